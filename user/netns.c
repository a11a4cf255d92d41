/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/nsfs.h>

#include "netns.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define OWN "/proc/thread-self/ns/net"

void netns_close(struct netns *ns)
{
	int saved = errno;

	if (ns->fd >= 0)
		close(ns->fd);
	ns->fd = -1;
	errno = saved;
}

/* The identity of the open ns->fd. */
static int identify(struct netns *ns)
{
	socklen_t len = sizeof(ns->cookie);
	struct stat st;
	int fd, ret = 0;

	/* Any other file knows no such ioctl, or says another type. */
	if (ioctl(ns->fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	if (fstat(ns->fd, &st) < 0)
		return -errno;
	ns->inum = (__u32)st.st_ino;

	fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &ns->cookie, &len) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int open_path(const char *path, struct netns *ns)
{
	int ret;

	/* O_NONBLOCK: the path may be somebody's FIFO. */
	*ns = (struct netns){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
	if (ns->fd < 0)
		return -errno;
	ret = identify(ns);
	if (ret < 0)
		netns_close(ns);
	return ret;
}

__attribute__((format(printf, 2, 3))) static int open_format(struct netns *ns, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	return open_path(path, ns);
}

int netns_open(const char *spec, struct netns *ns)
{
	int ret;

	*ns = (struct netns){ .fd = -1 };
	if (!spec || !*spec)
		return open_path(OWN, ns);
	if (strchr(spec, '/'))
		return open_path(spec, ns);

	ret = open_format(ns, "/run/netns/%s", spec);
	if (ret == -ENOENT)
		ret = open_format(ns, "/var/run/netns/%s", spec);
	if (ret == -ENOENT && strspn(spec, "0123456789") == strlen(spec))
		ret = open_format(ns, "/proc/%s/ns/net", spec);
	return ret;
}

int netns_enter(const struct netns *ns, int *back)
{
	struct stat st;
	int ret;

	*back = open(OWN, O_RDONLY | O_CLOEXEC);
	if (*back < 0)
		return -errno;
	/* Both are open, so equal inode numbers mean the same namespace. */
	if (fstat(*back, &st) < 0)
		ret = -errno;
	else if ((__u32)st.st_ino == ns->inum)
		ret = 0;
	else if (setns(ns->fd, CLONE_NEWNET) < 0)
		ret = -errno;
	else
		return 0;
	close(*back);
	*back = -1;
	return ret;
}

void netns_leave(int back)
{
	int saved = errno;

	if (back < 0)
		return;
	if (setns(back, CLONE_NEWNET) < 0) {
		perror("vrxdp: can't return to the network namespace that it came from");
		abort();
	}
	close(back);
	errno = saved;
}

int netns_again(const struct netns *ns, struct netns *out)
{
	*out = *ns;
	out->fd = fcntl(ns->fd, F_DUPFD_CLOEXEC, 0);
	return out->fd < 0 ? -errno : 0;
}

bool netns_same(const struct netns *a, const struct netns *b)
{
	return a->cookie == b->cookie;
}

int netns_socket(const struct netns *ns, int domain, int type, int protocol)
{
	int back = -1, fd, ret;

	if (ns) {
		ret = netns_enter(ns, &back);
		if (ret < 0)
			return ret;
	}
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		fd = -errno;
	netns_leave(back);
	return fd;
}

bool netns_is_pid(const char *spec)
{
	char path[PATH_MAX];

	if (!*spec || spec[strspn(spec, "0123456789")])
		return false;
	snprintf(path, sizeof(path), "/run/netns/%s", spec);
	return access(path, F_OK) != 0;
}
