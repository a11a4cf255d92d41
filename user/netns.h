/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: found by name, PID, path or identity, entered and left.
 * Nothing here prints, but netns_leave() before it aborts. See namespaces(7).
 */
#ifndef NETNS_H
#define NETNS_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * An open network namespace. The cookie names it for as long as the kernel runs
 * (SO_NETNS_COOKIE, never reused); the inode number may be reused once it is gone.
 * While fd is open the namespace stays alive, whatever its owner does.
 */
struct netns {
	int fd; /* close-on-exec; -1: not open */
	__u64 cookie;
	__u32 inum;
};

/*
 * Open the namespace that @spec names: "" or NULL is the calling thread's own;
 * text with a '/' is a path; else a name in /run/netns (or /var/run/netns), and
 * text of digits only that isn't such a name is a PID (resolved once, now).
 * The caller frees *@ns with netns_close(); after an error its fd is -1.
 * Returns 0; -ENOENT: no such name or process; -EINVAL: the file isn't a network
 * namespace; -EPERM: no right to enter it (CAP_SYS_ADMIN); -EACCES and others of open(2).
 */
int netns_open(const char *spec, struct netns *ns);

/*
 * Open the very namespace that has @cookie, whatever its name is now: looks at
 * @spec (may be NULL), the thread's own, PID 1's, /run/netns, mounted namespaces,
 * then every process and thread. @inum only makes it cheap; 0: not known.
 * Returns 0 or -ENOENT: it is gone, or only reachable by a descriptor of somebody else's.
 */
int netns_find(const char *spec, __u64 cookie, __u32 inum, struct netns *ns);

/*
 * Open the namespace that @from knows as @nsid (struct link_info's link_nsid). Looks at
 * @spec (may be NULL) first, then at the same places as netns_find(), which takes some
 * 50 us for each namespace on the machine. Returns 0, -ENOENT, or an error of netlink.
 */
int netns_by_nsid(const struct netns *from, int nsid, const char *spec, struct netns *out);

/* Closes the descriptor, sets it to -1. errno stays. */
void netns_close(struct netns *ns);

/*
 * Move the calling thread into @ns. *@back is a descriptor of where it was, for
 * netns_leave(), or -1 if it was there already (then nothing changes).
 * Only the network namespace changes: /proc/sys/net follows, but /sys/class/net
 * still shows the namespace of whoever mounted it, so never use it in between.
 * Returns 0 or a negative errno (the thread is where it was).
 */
int netns_enter(const struct netns *ns, int *back);

/*
 * Return to @back and close it; -1 does nothing. errno stays. Aborts with a message
 * if that fails, since to go on in a wrong namespace is worse.
 */
void netns_leave(int back);

/* Would netns_open() take @spec for a PID? */
bool netns_is_pid(const char *spec);

/* A second descriptor of the same namespace. Returns 0 or a negative errno. */
int netns_again(const struct netns *ns, struct netns *out);

/*
 * What @from calls the namespace @of: *@nsid as in struct link_info's link_nsid. Returns 0,
 * -ENOENT: it has no number there, so no link of @from leads to it; or an error of netlink.
 */
int netns_nsid(const struct netns *from, const struct netns *of, int *nsid);

/* The same namespace, by cookie. */
bool netns_same(const struct netns *a, const struct netns *b);

/*
 * A socket (close-on-exec) of namespace @ns; NULL: the thread's own. The thread is
 * back where it was afterwards. Returns the descriptor or a negative errno.
 */
int netns_socket(const struct netns *ns, int domain, int type, int protocol);

#endif
