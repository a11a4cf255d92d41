// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link.h"
#include "mounts.h"
#include "netns_make.h"

#define OWN "/proc/thread-self/ns/net"

static void path_of(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, NETNS_DIR "/%s", name);
}

int netns_open_name(const char *name, struct netns *ns)
{
	char path[PATH_MAX];

	path_of(name, path);
	return netns_open(path, ns);
}

int netns_new(struct netns *ns)
{
	int back = open(OWN, O_RDONLY | O_CLOEXEC), ret;
	struct link_info lo;

	*ns = (struct netns){ .fd = -1 };
	if (back < 0)
		return -errno;
	if (unshare(CLONE_NEWNET) < 0) {
		ret = -errno;
		close(back);
		return ret;
	}
	ret = netns_open(NULL, ns);
	netns_leave(back);
	if (ret == 0)
		ret = link_by_name(ns, "lo", &lo);
	if (ret == 0)
		ret = link_set_flags(ns, lo.ifindex, IFF_UP, IFF_UP);
	if (ret < 0 && ns->fd >= 0)
		netns_close(ns);
	return ret;
}

/*
 * Mount namespaces that are made later shall see names come and go: a mount that passes its
 * mounts on. Returns a descriptor with the lock that ip(8) takes for this, or a negative errno.
 */
static int ready_dir(void)
{
	int fd, err;

	if (mkdir(NETNS_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(NETNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX) == 0 &&
	    (mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0 ||
	     /* EINVAL: it isn't the root of a mount. */
	     (errno == EINVAL && mount(NETNS_DIR, NETNS_DIR, "none", MS_BIND | MS_REC, NULL) == 0 &&
	      mount("", NETNS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int mount_at(const struct netns *ns, const char *path)
{
	char source[40];
	int fd, ret;

	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	close(fd);
	snprintf(source, sizeof(source), "/proc/self/fd/%d", ns->fd);
	if (mount(source, path, "none", MS_BIND, NULL) < 0) {
		ret = -errno;
		unlink(path);
		return ret;
	}
	return 0;
}

int netns_give_name(const struct netns *ns, const char *name)
{
	char path[PATH_MAX];
	int dir = ready_dir(), ret;

	if (dir < 0)
		return dir;
	path_of(name, path);
	ret = mount_at(ns, path);
	close(dir);
	if (ret < 0)
		return ret;
	/* A mount in the mount namespace of an `ip netns exec` goes nowhere. Only a look tells. */
	ret = mounts_same_for_init(path);
	if (ret == 1)
		return 0;
	netns_take_name(name, ns->cookie);
	return ret < 0 ? ret : -EXDEV;
}

/* What mount_at() leaves in front of its mount. */
static int remove_empty(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode) || st.st_size)
		return 0;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

int netns_take_name(const char *name, __u64 cookie)
{
	char path[PATH_MAX];
	struct netns ns;
	bool same;
	int ret;

	path_of(name, path);
	ret = netns_open(path, &ns);
	if (ret == -EINVAL || ret == -EACCES)
		return remove_empty(path);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	same = ns.cookie == cookie;
	netns_close(&ns);
	if (!same)
		return 0;
	if (umount2(path, MNT_DETACH) < 0)
		return -errno;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
