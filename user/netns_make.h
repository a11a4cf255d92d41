/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces with a name in /run/netns, made and removed as ip-netns(8) does. */
#ifndef NETNS_MAKE_H
#define NETNS_MAKE_H

#include "netns.h"

#define NETNS_DIR "/run/netns"

/*
 * A new namespace that only @ns holds: without a name it is gone when the process is. Its
 * loopback device is up. Returns 0 or a negative errno.
 */
int netns_new(struct netns *ns);

/*
 * Give @ns the name @name in /run/netns, which is made as ip(8) makes it if need be.
 * Returns 0, and nothing is left after an error: -EEXIST: the name is taken; -EXDEV: PID 1
 * wouldn't see it, since this mount namespace keeps its mounts to itself; and others.
 */
int netns_give_name(const struct netns *ns, const char *name);

/*
 * Take the name from the namespace with @cookie: it ends with its last process, socket or
 * descriptor. What else has the name by now is left, but for the empty file of a
 * netns_give_name() that was killed. Returns 0 or a negative errno.
 */
int netns_take_name(const char *name, __u64 cookie);

/* Open what has the name; a PID or another place isn't meant. As netns_open(). */
int netns_open_name(const char *name, struct netns *ns);

#endif
