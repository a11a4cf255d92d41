/* SPDX-License-Identifier: GPL-2.0-only */
/* What is mounted where, for this thread and for PID 1: proc(5), mountinfo. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <stddef.h>

struct mount_entry {
	int id, parent;
	unsigned int major, minor; /* of the file system */
	char *root;                /* what of the file system is mounted: "/", or "net:[…]" */
	char *point;               /* where, as its reader sees it */
	char *source;              /* what was given as the source */
};

struct mounts {
	struct mount_entry *list;
	size_t count;
};

/*
 * Read a mountinfo file, with names as they are. The caller frees with mounts_free(),
 * also after an error. Returns 0 or a negative errno.
 */
int mounts_read(const char *path, struct mounts *m);
void mounts_free(struct mounts *m);

/*
 * Does PID 1 find the very same directory under @real, an absolute path without links?
 * Answered by /proc/1/mountinfo, which takes no right to look into PID 1 itself.
 * Returns 1, 0 or a negative errno.
 */
int mounts_same_for_init(const char *real);

#endif
