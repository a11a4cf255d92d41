// SPDX-License-Identifier: GPL-2.0-only
#include "inhabitants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "values.h"

#define NAMED 3 /* of many */

static int by_netns(const void *a, const void *b)
{
	const struct inhabitant *x = a, *y = b;

	if (x->netns_inum != y->netns_inum)
		return x->netns_inum < y->netns_inum ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void read_comm(const char *pid, char comm[16])
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(comm, 16, f))
		snprintf(comm, 16, "?");
	if (f)
		fclose(f);
	comm[strcspn(comm, "\n")] = '\0';
}

static int append(struct inhabitants *all, size_t *room, const char *pid, __u32 inum)
{
	struct inhabitant *more;
	size_t i;

	/* Of the same process, another thread. */
	for (i = all->count; i-- && all->list[i].pid == atoi(pid);)
		if (all->list[i].netns_inum == inum)
			return 0;
	if (all->count == *room) {
		*room = *room ? 2 * *room : 256;
		more = reallocarray(all->list, *room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		all->list = more;
	}
	all->list[all->count] = (struct inhabitant){ .netns_inum = inum, .pid = atoi(pid) };
	read_comm(pid, all->list[all->count++].comm);
	return 0;
}

/* A process that ends meanwhile, or is a zombie, is in no namespace. */
static int read_process(struct inhabitants *all, size_t *room, const char *pid)
{
	struct dirent *entry;
	char path[600], link[64];
	unsigned int inum;
	int ret = 0;
	ssize_t len;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	if (!d)
		return 0;
	while (!ret && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task/%s/ns/net", pid, entry->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		if (sscanf(link, "net:[%u]", &inum) == 1)
			ret = append(all, room, pid, inum);
	}
	closedir(d);
	return ret;
}

int inhabitants_read(struct inhabitants *all)
{
	struct dirent *entry;
	size_t room = 0;
	int ret = 0;
	DIR *d;

	*all = (struct inhabitants){ 0 };
	d = opendir("/proc");
	if (!d)
		return -errno;
	while (!ret && (entry = readdir(d)))
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
			ret = read_process(all, &room, entry->d_name);
	closedir(d);
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), by_netns);
	return ret;
}

void inhabitants_free(struct inhabitants *all)
{
	free(all->list);
	*all = (struct inhabitants){ 0 };
}

size_t inhabitants_of(const struct inhabitants *all, __u32 netns_inum, char *text, size_t len)
{
	char comm[4 * sizeof(all->list[0].comm)];
	size_t i, n = 0, at = 0;

	*text = '\0';
	for (i = 0; i < all->count; i++) {
		if (all->list[i].netns_inum != netns_inum || n++ >= NAMED)
			continue;
		at += (size_t)snprintf(text + at, len - at, "%s%s (%d)", n > 1 ? ", " : "",
				       escape_text(all->list[i].comm, comm, sizeof(comm)),
				       all->list[i].pid);
		if (at >= len)
			at = len - 1;
	}
	if (n > NAMED)
		snprintf(text + at, len - at, " and %zu more", n - NAMED);
	return n;
}
