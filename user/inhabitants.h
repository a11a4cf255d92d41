/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes by their network namespaces. */
#ifndef INHABITANTS_H
#define INHABITANTS_H

#include <stddef.h>
#include <linux/types.h>

struct inhabitant {
	__u32 netns_inum;
	int pid;
	char comm[16];
};

struct inhabitants {
	struct inhabitant *list; /* sorted by namespace, then PID */
	size_t count;
};

/*
 * Look at all processes and their threads, but for this one. A process is listed once for each
 * namespace that it is in. The caller frees with inhabitants_free(), also after an error.
 * Returns 0 or a negative errno.
 */
int inhabitants_read(struct inhabitants *all);
void inhabitants_free(struct inhabitants *all);

/*
 * How many are in the namespace; @text names some: "bird (712), sh (714) and 3 more", names
 * escaped.
 */
size_t inhabitants_of(const struct inhabitants *all, __u32 netns_inum, char *text, size_t len);

#endif
