/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mounts.h"

void mounts_free(struct mounts *m)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		free(m->list[i].root);
		free(m->list[i].point);
		free(m->list[i].source);
	}
	free(m->list);
	*m = (struct mounts){ 0 };
}

/* A copy of @text, where blanks, newlines and backslashes are three octal digits. */
static char *unescaped(const char *text)
{
	char *copy = strdup(text), *from = copy, *to = copy;

	while (copy && *from) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	if (copy)
		*to = '\0';
	return copy;
}

/* "36 35 98:0 /root /point rw,… shared:1 - bpf source …" */
static int append(struct mounts *m, char *line)
{
	struct mount_entry e, *more;
	char *rest, *root, *point, *word;
	int used = 0;

	if (sscanf(line, "%d %d %u:%u %n", &e.id, &e.parent, &e.major, &e.minor, &used) != 4 ||
	    !used)
		return -EBADMSG;
	root = strtok_r(line + used, " ", &rest);
	point = root ? strtok_r(NULL, " ", &rest) : NULL;
	if (!point)
		return -EBADMSG;
	more = reallocarray(m->list, m->count + 1, sizeof(e));
	if (!more)
		return -ENOMEM;
	m->list = more;
	e.root = unescaped(root);
	e.point = unescaped(point);
	/* Options, optional fields, "-", the type, the source. */
	while ((word = strtok_r(NULL, " \n", &rest)) && strcmp(word, "-"))
		;
	strtok_r(NULL, " \n", &rest);
	word = strtok_r(NULL, " \n", &rest);
	e.source = unescaped(word ? word : "");
	m->list[m->count++] = e;
	return e.root && e.point && e.source ? 0 : -ENOMEM;
}

int mounts_read(const char *path, struct mounts *m)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int ret = 0;

	*m = (struct mounts){ 0 };
	if (!f)
		return -errno;
	while (ret == 0 && getline(&line, &room, f) > 0)
		ret = append(m, line);
	free(line);
	fclose(f);
	return ret;
}

/* Is @point on the way to @path? */
static bool leads_to(const char *point, const char *path)
{
	size_t len = strlen(point);

	if (len == 1)
		return true;
	return strncmp(point, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static const struct mount_entry *by_id(const struct mounts *m, int id)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		if (m->list[i].id == id)
			return &m->list[i];
	}
	return NULL;
}

/* What is mounted upon @on, the first that one meets on the way to @path. NULL on: the root. */
static const struct mount_entry *next_on_the_way(const struct mounts *m,
						 const struct mount_entry *on, const char *path)
{
	const struct mount_entry *next = NULL, *e;
	size_t i;

	for (i = 0; i < m->count; i++) {
		e = &m->list[i];
		if (on ? e->parent != on->id || e == on : by_id(m, e->parent) && e->parent != e->id)
			continue;
		if (leads_to(e->point, path) && (!next || strlen(e->point) < strlen(next->point)))
			next = e;
	}
	return next;
}

/* The mount that @path is in, as a walk from the root finds it, mounts over mounts included. */
static const struct mount_entry *walk(const struct mounts *m, const char *path)
{
	const struct mount_entry *at = NULL, *next = next_on_the_way(m, NULL, path);
	size_t steps;

	for (steps = 0; next && steps < m->count; steps++) {
		at = next;
		next = next_on_the_way(m, at, path);
	}
	return at;
}

/* Where in its file system is @path, which is in the mount @e? */
static int place_in_fs(const struct mount_entry *e, const char *path, char *place, size_t len)
{
	const char *below = strlen(e->point) == 1 ? path : path + strlen(e->point);
	const char *root = strlen(e->root) == 1 ? "" : e->root;
	int used = snprintf(place, len, "%s%s", root, below);

	return used < 0 || (size_t)used >= len ? -ENAMETOOLONG : 0;
}

static int compare(const struct mount_entry *own, const struct mount_entry *init, const char *real)
{
	char here[PATH_MAX], there[PATH_MAX];
	int ret;

	if (!own || !init || own->major != init->major || own->minor != init->minor ||
	    !leads_to(own->point, real))
		return 0;
	ret = place_in_fs(own, real, here, sizeof(here));
	if (ret == 0)
		ret = place_in_fs(init, real, there, sizeof(there));
	return ret < 0 ? ret : strcmp(here, there) == 0;
}

int mounts_same_for_init(const char *real)
{
	struct mounts own = { 0 }, init = { 0 };
	struct statx st;
	int ret;

	if (statx(AT_FDCWD, real, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &st) < 0)
		return -errno;
	ret = mounts_read("/proc/thread-self/mountinfo", &own);
	if (ret == 0)
		ret = mounts_read("/proc/1/mountinfo", &init);
	if (ret == 0)
		ret = compare(by_id(&own, (int)st.stx_mnt_id), walk(&init, real), real);
	mounts_free(&own);
	mounts_free(&init);
	return ret;
}
