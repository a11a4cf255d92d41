/* SPDX-License-Identifier: GPL-2.0-only */
/* One request and its answers over netlink(7), in any namespace; on top of libmnl. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stddef.h>
#include <libmnl/libmnl.h>

#include "netns.h"

/*
 * A socket of the protocol @bus (NETLINK_ROUTE) in @ns (NULL: the thread's own), for many
 * questions. The caller closes with mnl_socket_close(). Returns 0 or a negative errno.
 */
int netlink_open(const struct netns *ns, int bus, struct mnl_socket **sock);

/*
 * Send @nlh (type, payload and flags are the caller's; sequence number, NLM_F_REQUEST
 * and, unless it is a dump, NLM_F_ACK are set here), and call @cb, if not NULL, for each
 * answer but the acknowledgement. @cb returns MNL_CB_OK or MNL_CB_ERROR with errno set.
 * Returns 0 or a negative errno: the kernel's, or @cb's. -EINTR: what was dumped changed
 * underway, ask again from the start, on a new socket.
 */
int netlink_ask(struct mnl_socket *sock, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);

/* Open, ask, close. */
int netlink_talk(const struct netns *ns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);

/*
 * What the kernel said about this thread's last question, or "": one line of
 * printable ASCII, valid until its next question.
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
