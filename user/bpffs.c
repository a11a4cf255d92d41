/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "bpffs.h"
#include "mounts.h"

/* Where an error is told, and the errno that comes with it. */
struct report {
	const char *dir;
	char *text;
	size_t len;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct report *r, int err,
						      const char *fmt, ...)
{
	int used = snprintf(r->text, r->len, "%s: ", r->dir);
	va_list ap;

	va_start(ap, fmt);
	if (used > 0 && (size_t)used < r->len)
		vsnprintf(r->text + used, r->len - (size_t)used, fmt, ap);
	va_end(ap);
	return err;
}

int bpffs_is(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	return fs.f_type == BPF_FS_MAGIC;
}

/*
 * 1 or 0: has nobody put anything into @dir? Names with a dot are the kernel's own in a
 * bpffs: it puts maps.debug and progs.debug there, and lets nobody else use a dot.
 */
static int is_empty(const char *dir, bool in_bpffs)
{
	struct dirent *entry;
	int ret = 1;
	DIR *d = opendir(dir);

	if (!d)
		return -errno;
	while (ret && (entry = readdir(d)))
		ret = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		      (in_bpffs && strchr(entry->d_name, '.'));
	closedir(d);
	return ret;
}

/*
 * The mode of directories that vrxdp makes. The sticky bit means nothing where only root may
 * write, and it is set in the same step: a killed command's directories can be told from others.
 */
#define MADE_MODE (S_ISVTX | S_IRWXU)

int bpffs_mkdir(const char *path)
{
	return mkdir(path, MADE_MODE);
}

bool bpffs_is_made(const char *path)
{
	char above[PATH_MAX];
	struct stat st, up;

	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return false;
	/* A group may have got the right to pass through (user/share.c). */
	if ((st.st_mode & (S_ISVTX | S_IWGRP | S_IRWXO)) != S_ISVTX)
		return false;
	/* The root of every bpffs has the sticky bit, too. */
	return snprintf(above, sizeof(above), "%s/..", path) < PATH_MAX && !stat(above, &up) &&
	       up.st_dev == st.st_dev;
}

/* Take the last component off. Returns false when only the root is left. */
static bool cut(char *path)
{
	char *end = path + strlen(path);

	while (end > path && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	while (end > path && end[-1] == '/')
		end--;
	*end = '\0';
	return end > path;
}

/* How many directories at the end of @dir are vrxdp's? What is missing there doesn't matter. */
static __u8 count_made(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;
	__u8 count = 0;

	snprintf(path, sizeof(path), "%s", dir);
	do {
		if (bpffs_is_made(path))
			count++;
		else if (count || lstat(path, &st) == 0)
			break;
	} while (cut(path) && count < UCHAR_MAX);
	return count;
}

/*
 * Remove @count directories, the last of the path first, without those that are missing. That
 * others use one above is no error: the last who does removes it.
 */
static int remove_dirs(const char *dir, unsigned int count)
{
	char path[PATH_MAX];
	bool first = true;

	snprintf(path, sizeof(path), "%s", dir);
	do {
		if (!count)
			break;
		if (rmdir(path) == 0)
			count--;
		else if (errno != ENOENT)
			return first || (errno != ENOTEMPTY && errno != EBUSY) ? -errno : 0;
		first = false;
	} while (cut(path));
	return 0;
}

/* What was made must be the end of the path, to be taken away from there again. */
static bool is_plain(const char *dir)
{
	const char *at = dir;

	while (*at) {
		size_t len;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if ((len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += len;
	}
	return dir[0] == '/';
}

/* Make what is missing of @dir, like mkdir -p; *@made counts vrxdp's, also after an error. */
static int make_dirs(const struct report *r, __u8 *made)
{
	char path[PATH_MAX];
	char *slash = path;
	struct stat st;
	bool last;

	snprintf(path, sizeof(path), "%s", r->dir);
	do {
		slash += strspn(slash, "/");
		slash += strcspn(slash, "/");
		last = slash[strspn(slash, "/")] == '\0';
		*slash = '\0';
		if (bpffs_mkdir(path) < 0 && errno != EEXIST)
			return fail(r, -errno, "can't make the directory %s: %s", path,
				    strerror(errno));
		if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
			return fail(r, -ENOTDIR, "%s is a file; name a directory", path);
		/* Also what a killed command, or another instance, has made. */
		*made = bpffs_is_made(path) ? (__u8)(*made + 1) : 0;
		if (!last)
			*slash = '/';
	} while (!last && *made < UCHAR_MAX);
	return last ? 0 : fail(r, -ENAMETOOLONG, "too many directories to make");
}

/*
 * The same directory for PID 1 under the same name? A mount namespace of `ip netns exec`
 * gets what PID 1 mounts, but not the other way round, so only a look tells.
 */
static int check_seen(const struct report *r, const char *real)
{
	int ret = mounts_same_for_init(real);

	if (ret < 0)
		return fail(r, ret, "can't see whether PID 1 has the same bpffs: %s",
			    strerror(-ret));
	if (ret)
		return 0;
	return fail(r, -EXDEV,
		    "a bpffs here isn't what PID 1 sees, and would vanish with this mount "
		    "namespace; run vrxdp outside of it (`vrxdp --netns NAME` instead of "
		    "`ip netns exec`)");
}

#define SOURCE "vrxdp+"

static int mount_here(const struct report *r, const char *real, __u8 dirs)
{
	int ret = is_empty(real, false);
	char source[sizeof(SOURCE) + 4];

	if (ret < 0)
		return fail(r, ret, "can't read the directory: %s", strerror(-ret));
	if (!ret)
		return fail(r, -ENOTEMPTY,
			    "is no bpffs and has files in it; name an empty or a new directory");
	snprintf(source, sizeof(source), SOURCE "%u", dirs);
	if (mount(source, real, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0)
		return 0;
	if (errno == EPERM || errno == EACCES)
		return fail(r, -EPERM,
			    "no right to mount a bpffs here (CAP_SYS_ADMIN); "
			    "mount one before: mount -t bpf bpf %s",
			    r->dir);
	if (errno == ENODEV)
		return fail(r, -ENODEV, "this kernel has no bpffs (CONFIG_BPF_SYSCALL)");
	return fail(r, -errno, "can't mount a bpffs here: %s", strerror(errno));
}

/* Two commands at once must not mount twice: the directory underneath is the lock. */
static int mount_missing(const struct report *r, const char *real, struct bpffs_made *made)
{
	int fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;
	struct statfs fs;

	if (fd < 0)
		return fail(r, -errno, "can't open the directory: %s", strerror(errno));
	if (fstatfs(fd, &fs) < 0) {
		ret = fail(r, -errno, "%s", strerror(errno));
	} else if (fs.f_type == BPF_FS_MAGIC) {
		ret = 0;
	} else if (flock(fd, LOCK_EX) < 0) {
		ret = fail(r, -errno, "can't lock the directory: %s", strerror(errno));
	} else if (bpffs_is(real) == 1) {
		ret = 0; /* somebody else's mount while we waited */
	} else {
		ret = mount_here(r, real, made->dirs);
		made->mounted = ret == 0;
	}
	close(fd);
	return ret;
}

int bpffs_ready(const char *dir, struct bpffs_made *made, char *err, size_t err_len)
{
	struct report r = { .dir = dir, .text = err, .len = err_len };
	char real[PATH_MAX];
	int ret;

	*made = (struct bpffs_made){ 0 };
	if (!is_plain(dir))
		return fail(&r, -EINVAL, "isn't an absolute path without . and ..");
	if (strlen(dir) >= PATH_MAX)
		return fail(&r, -ENAMETOOLONG, "the path is too long");

	ret = make_dirs(&r, &made->dirs);
	if (ret < 0)
		goto undo;
	if (!realpath(dir, real)) {
		ret = fail(&r, -errno, "%s", strerror(errno));
		goto undo;
	}
	ret = mount_missing(&r, real, made);
	if (ret == 0)
		ret = check_seen(&r, real);
	if (ret < 0)
		goto undo;
	return 0;
undo:
	bpffs_undo(dir, made);
	*made = (struct bpffs_made){ 0 };
	return ret;
}

int bpffs_found(const char *dir, struct bpffs_made *made)
{
	char real[PATH_MAX];
	struct mounts m;
	unsigned int dirs;
	size_t i;
	int ret;

	*made = (struct bpffs_made){ .dirs = count_made(dir) };
	if (!realpath(dir, real))
		return errno == ENOENT ? 0 : -errno;
	ret = mounts_read("/proc/thread-self/mountinfo", &m);
	for (i = 0; ret == 0 && i < m.count; i++) {
		if (strcmp(m.list[i].point, real) ||
		    strncmp(m.list[i].source, SOURCE, strlen(SOURCE)))
			continue;
		if (sscanf(m.list[i].source + strlen(SOURCE), "%u", &dirs) == 1 && dirs < UCHAR_MAX)
			*made = (struct bpffs_made){ .mounted = 1, .dirs = (__u8)dirs };
	}
	mounts_free(&m);
	return ret;
}

int bpffs_undo(const char *dir, const struct bpffs_made *made)
{
	int ret;

	if (made->mounted) {
		ret = bpffs_is(dir);
		if (ret < 0)
			return ret;
		if (ret) {
			/* Unmounting would drop what others pinned there since. */
			ret = is_empty(dir, true);
			if (ret <= 0)
				return ret < 0 ? ret : -ENOTEMPTY;
			if (umount2(dir, 0) < 0)
				return -errno;
		}
	}
	return remove_dirs(dir, made->dirs);
}
