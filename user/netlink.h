/* SPDX-License-Identifier: GPL-2.0-only */
/* One request and its answers over netlink(7), in any namespace; on top of libmnl. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stddef.h>
#include <libmnl/libmnl.h>

#include "netns.h"

/*
 * Send @nlh (type, payload and flags are the caller's; sequence number, NLM_F_REQUEST
 * and, unless it is a dump, NLM_F_ACK are set here) to the protocol @bus (NETLINK_ROUTE)
 * in @ns (NULL: the thread's own), and call @cb, if not NULL, for each answer but the
 * acknowledgement. @cb returns MNL_CB_OK or MNL_CB_ERROR with errno set.
 * Returns 0 or a negative errno: the kernel's, or @cb's. -EINTR: what was dumped changed
 * underway, ask again from the start.
 */
int netlink_talk(const struct netns *ns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);

/*
 * What the kernel said about this thread's last failed netlink_talk(), or "": one line of
 * printable ASCII, valid until this thread's next netlink_talk().
 */
const char *netlink_error_text(void);

/*
 * The attributes of a message behind its @header bytes, and those nested in @nest:
 * first, next, then NULL. Attributes that overrun their message end the walk.
 */
const struct nlattr *netlink_first(const struct nlmsghdr *nlh, size_t header);
const struct nlattr *netlink_next(const struct nlmsghdr *nlh, const struct nlattr *attr);
const struct nlattr *netlink_inner_first(const struct nlattr *nest);
const struct nlattr *netlink_inner_next(const struct nlattr *nest, const struct nlattr *attr);

#endif
