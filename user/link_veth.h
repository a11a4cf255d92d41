/* SPDX-License-Identifier: GPL-2.0-only */
/* The veth that leads to a router, and the addresses of its end there. */
#ifndef LINK_VETH_H
#define LINK_VETH_H

#include "link.h"
#include "vrxdp/records.h"

struct link_veth {
	const char *host_name, *name; /* of the host's end, of the router's */
	__u8 host_mac[6], mac[6];
	__u32 mtu;
};

/*
 * Make a pair of veths, one end in @host (NULL: the thread's own), the other in @inside. The
 * host's end is up and never says a word of its own: no addresses, IPv6 off; the other one is
 * down. All in one request: there is a whole pair or none. *@ifindex is the host's end.
 * -EEXIST: one of the names is taken; -EINVAL: an MTU that the kernel doesn't take.
 */
int link_add_router_veth(const struct netns *host, const struct netns *inside,
			 const struct link_veth *v, __u32 *ifindex);

int link_set_mac(const struct netns *ns, __u32 ifindex, const __u8 mac[6]);

/* An address that is there already, or isn't any more, is no error. */
int link_add_address(const struct netns *ns, __u32 ifindex, const struct vrxdp_address *a);
int link_del_address(const struct netns *ns, __u32 ifindex, const struct vrxdp_address *a);

/* How many addresses the link has, those of scope link aside; or a negative errno. */
int link_addresses(const struct netns *ns, __u32 ifindex);

#endif
