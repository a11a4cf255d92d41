/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel types that tracing needs, with the members that are read.
 * CO-RE moves the offsets to those of the running kernel.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/types.h>

#define PRESERVE __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} PRESERVE;

struct net {
	struct ns_common ns;
} PRESERVE;

typedef struct {
	struct net *net;
} possible_net_t;

struct rtnl_link_ops {
	const char *kind;
} PRESERVE;

struct net_device {
	int ifindex;
	unsigned int flags;
	unsigned int mtu;
	unsigned short hard_header_len;
	possible_net_t nd_net;
	const struct rtnl_link_ops *rtnl_link_ops;
} PRESERVE;

struct bpf_prog;

#undef PRESERVE
#endif
