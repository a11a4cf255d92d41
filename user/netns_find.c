/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces whose name isn't known: every place where one can be opened is tried. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "mounts.h"
#include "netlink.h"
#include "netns.h"

struct search {
	/* What is looked for: a cookie, or what another namespace calls `nsid`. */
	__u64 cookie;
	__u32 inum;              /* 0: not known */
	struct mnl_socket *from; /* a socket of that namespace; NULL: look for the cookie */
	int nsid;

	dev_t nsfs;
	ino_t *seen; /* asked already */
	size_t nseen, room;
	int err; /* that ends the search */
	struct netns *out;
};

static int take_nsid(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	for (attr = netlink_first(nlh, sizeof(struct rtgenmsg)); attr;
	     attr = netlink_next(nlh, attr)) {
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*(int *)arg = (int)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

/* RTM_GETNSID: what the namespace of @from calls the one behind @fd, perhaps nothing (-1). */
static int ask_nsid(struct mnl_socket *from, int fd, int *nsid)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *gen;

	*nsid = NETNSA_NSID_NOT_ASSIGNED;
	nlh->nlmsg_type = RTM_GETNSID;
	gen = mnl_nlmsg_put_extra_header(nlh, sizeof(*gen));
	gen->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, NETNSA_FD, (__u32)fd);
	return netlink_ask(from, nlh, take_nsid, nsid);
}

/* Does that other namespace call the one behind @fd `nsid`? 1, 0 or negative. */
static int called_so(const struct search *s, int fd)
{
	int nsid, ret = ask_nsid(s->from, fd, &nsid);

	return ret < 0 ? ret : nsid == s->nsid;
}

int netns_nsid(const struct netns *from, const struct netns *of, int *nsid)
{
	struct mnl_socket *sock;
	int ret = netlink_open(from, NETLINK_ROUTE, &sock);

	if (ret < 0)
		return ret;
	ret = ask_nsid(sock, of->fd, nsid);
	mnl_socket_close(sock);
	return ret == 0 && *nsid < 0 ? -ENOENT : ret;
}

/*
 * Is the namespace of file @path the one? Then it becomes *s->out. 1, 0 or negative.
 * To learn a cookie takes two changes of namespace, so the other question comes first.
 */
static int try_file(struct search *s, const char *path)
{
	char again[32];
	int fd, ret;

	if (!s->from) {
		if (netns_open(path, s->out) < 0)
			return 0;
		if (s->out->cookie == s->cookie)
			return 1;
		netns_close(s->out);
		return 0;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ret = called_so(s, fd);
	if (ret > 0) {
		snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
		ret = netns_open(again, s->out);
		ret = ret < 0 ? ret : 1;
	}
	close(fd);
	return ret;
}

/* Has this file been asked already? Remembers it. */
static bool seen_before(struct search *s, ino_t ino)
{
	ino_t *more;
	size_t i;

	for (i = 0; i < s->nseen; i++) {
		if (s->seen[i] == ino)
			return true;
	}
	if (s->nseen == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		more = reallocarray(s->seen, s->room, sizeof(*more));
		if (!more) {
			s->err = -ENOMEM;
			return true;
		}
		s->seen = more;
	}
	s->seen[s->nseen++] = ino;
	return false;
}

/* True: the search is over, found or failed. What can't be opened is passed over. */
static bool try_path(struct search *s, const char *path)
{
	struct stat st;
	int ret;

	if (stat(path, &st) < 0 || st.st_dev != s->nsfs || (s->inum && st.st_ino != s->inum))
		return false;
	if (seen_before(s, st.st_ino))
		return s->err < 0;
	ret = try_file(s, path);
	if (ret < 0)
		s->err = ret;
	return ret != 0;
}

static bool try_named(struct search *s, const char *dir)
{
	struct dirent *entry;
	char path[PATH_MAX];
	bool over = false;
	DIR *d = opendir(dir);

	if (!d)
		return false;
	while (!over && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		over = try_path(s, path);
	}
	closedir(d);
	return over;
}

/* Namespaces that container managers keep by a mount: those with the root "net:[…]". */
static bool try_mounted(struct search *s)
{
	struct mounts m;
	bool over = false;
	size_t i;

	if (mounts_read("/proc/thread-self/mountinfo", &m) == 0) {
		for (i = 0; i < m.count && !over; i++)
			over = strncmp(m.list[i].root, "net:[", 5) == 0 &&
			       try_path(s, m.list[i].point);
	}
	mounts_free(&m);
	return over;
}

static bool try_threads(struct search *s, const char *pid)
{
	struct dirent *entry;
	char path[600];
	bool over = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	if (!d)
		return false;
	while (!over && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%s/task/%s/ns/net", pid, entry->d_name);
		over = try_path(s, path);
	}
	closedir(d);
	return over;
}

/* Threads may be elsewhere than their process, but that is rare and takes longer. */
static bool try_processes(struct search *s, bool threads)
{
	struct dirent *entry;
	char path[300];
	bool over = false;
	DIR *d = opendir("/proc");

	if (!d)
		return false;
	while (!over && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (threads) {
			over = try_threads(s, entry->d_name);
			continue;
		}
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		over = try_path(s, path);
	}
	closedir(d);
	return over;
}

static int search(struct search *s)
{
	struct stat st;

	*s->out = (struct netns){ .fd = -1 };
	if (stat("/proc/thread-self/ns/net", &st) < 0)
		return -errno;
	s->nsfs = st.st_dev;

	if (!try_path(s, "/proc/thread-self/ns/net") && !try_path(s, "/proc/1/ns/net") &&
	    !try_named(s, "/run/netns") && !try_mounted(s) && !try_processes(s, false) &&
	    !try_processes(s, true))
		s->err = -ENOENT;
	free(s->seen);
	return s->err;
}

int netns_find(const char *spec, __u64 cookie, __u32 inum, struct netns *ns)
{
	struct search s = { .cookie = cookie, .inum = inum, .out = ns };

	if (spec && netns_open(spec, ns) == 0) {
		if (ns->cookie == cookie)
			return 0;
		netns_close(ns);
	}
	return search(&s);
}

int netns_by_nsid(const struct netns *from, int nsid, const char *spec, struct netns *out)
{
	struct search s = { .nsid = nsid, .out = out };
	int ret;

	*out = (struct netns){ .fd = -1 };
	if (nsid < 0)
		return -ENOENT;
	ret = netlink_open(from, NETLINK_ROUTE, &s.from);
	if (ret < 0)
		return ret;
	if (spec && netns_open(spec, out) == 0) {
		ret = called_so(&s, out->fd);
		if (ret <= 0)
			netns_close(out);
	}
	if (ret == 0)
		ret = search(&s);
	mnl_socket_close(s.from);
	return ret < 0 ? ret : 0;
}
