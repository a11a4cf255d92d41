/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links of any namespace, their unicast filters and their clsact qdiscs, by
 * rtnetlink(7). Links are identified by ifindex; names are only looked up.
 *
 * In all of these @ns NULL means the calling thread's namespace. They return 0 (or
 * what is said) or a negative errno and never print; the kernel's own text for the
 * last failure is netlink_error_text() of netlink.h. -ENODEV: no such link.
 */
#ifndef LINK_H
#define LINK_H

#include <linux/types.h>

#include "netns.h"

struct link_info {
	__u32 ifindex;
	char name[16];
	__u8 mac[6];
	__u8 addr_len; /* bytes of the address, 6 for Ethernet; mac is zero otherwise */
	__u16 type;    /* ARPHRD_ */
	__u32 mtu, min_mtu, max_mtu; /* bytes; max_mtu 0: no limit known */
	__u32 flags;                 /* IFF_ */
	__u8 operstate;              /* IF_OPER_ */
	__u32 link;                  /* veth: the peer, macvlan: the lower device; 0: none */
	int link_nsid;               /* whose ifindex that is, for netns_by_nsid(); -1: the same */
	char kind[16];        /* "veth" "tun" "macvlan" "macvtap" "bridge" …; "" for hardware */
	__u32 master;         /* ifindex of the bridge, bond or VRF that it belongs to, or 0 */
	char master_kind[16]; /* "bridge" …, "" without master */
	__u32 macvlan_mode;   /* MACVLAN_MODE_, macvlan and macvtap only */
	__u32 tun_type;       /* IFF_TUN or IFF_TAP, tun only */
	__u8 tun_vnet_hdr;    /* 1: its reader may offer checksum and segmentation offload */
	__u32 rx_queues, tx_queues;
	__u32 xdp_prog_id; /* of the only program; 0: none, or several (xdp_mode MULTI) */
	__u8 xdp_mode;     /* XDP_ATTACHED_ */
	__u32 xdp_drv_prog_id, xdp_skb_prog_id;
};

/* @name may be an alternative name too; out->name is the proper one. -ENODEV */
int link_by_name(const struct netns *ns, const char *name, struct link_info *out);
int link_by_index(const struct netns *ns, __u32 ifindex, struct link_info *out);

/*
 * Call @cb for each link, in the kernel's order, from one consistent listing taken
 * before the first call, so that @cb may change links. Returns 0, the first
 * non-zero value that @cb returned (and stops there), or a negative errno.
 */
int link_each(const struct netns *ns, int (*cb)(const struct link_info *l, void *arg), void *arg);

/* Give the flags in @change (IFF_) the values that they have in @flags. */
int link_set_flags(const struct netns *ns, __u32 ifindex, __u32 flags, __u32 change);

/*
 * Make a veth pair in @ns that never says a word of its own: no addresses, IPv6 off,
 * IFF_NOARP; both ends of @mtu bytes, up. As many queue pairs as the machine may have
 * CPUs, up to LINK_VETH_QUEUES: the kernel maps a frame's receive queue to them, so
 * what one CPU sends in one poll (64) never overflows a ring (256) for another CPU's sake.
 * Nothing is left after an error. -EEXIST: one of the names is taken; -EINVAL: a name
 * or an MTU that the kernel doesn't take.
 */
#define LINK_VETH_QUEUES 16u
int link_add_veth_pair(const struct netns *ns, const char *near, const char *far, __u32 mtu);

/* Keep IPv6 from taking an address on the link, and from reporting multicast groups there. */
int link_silence_ipv6(const struct netns *ns, const struct link_info *l);

int link_del(const struct netns *ns, __u32 ifindex);

/*
 * A unicast address in the device's own filter, beside its MAC address (`bridge fdb
 * add MAC dev DEV self permanent`). fdb_add: -EEXIST if it was there, perhaps by a
 * macvlan child, whose removal takes it away again; -EOPNOTSUPP if the device has no
 * filter (then promiscuous mode is what is left). fdb_del: -ENOENT if it isn't there.
 * fdb_has: 1 or 0.
 */
int fdb_add(const struct netns *ns, __u32 ifindex, const __u8 mac[6]);
int fdb_del(const struct netns *ns, __u32 ifindex, const __u8 mac[6]);
int fdb_has(const struct netns *ns, __u32 ifindex, const __u8 mac[6]);

/* Call @cb for each address, perhaps twice for one: those of macvlan children are among them. */
int fdb_each(const struct netns *ns, __u32 ifindex, void (*cb)(const __u8 mac[6], void *arg),
	     void *arg);

/*
 * What a bridge has learnt of @conf's addresses behind its member @ifindex. It learns again when
 * the router sends, and until then asks everywhere. Quiet: at the worst it ages.
 */
struct vrxdp_iface_conf;
void fdb_forget(const struct netns *ns, __u32 ifindex, const struct vrxdp_iface_conf *conf);

/*
 * The clsact qdisc. clsact_has: 1 or 0 (0 also for the older "ingress" qdisc, whose
 * place it would take). clsact_add: -EEXIST if there is one of either kind.
 * clsact_del: removes it with its filters, -ENOENT if it isn't there.
 * clsact_filters: how many filters ingress and egress have together, of any kind, 0
 * without clsact: remove the qdisc on detach only when that is 0.
 */
int clsact_has(const struct netns *ns, __u32 ifindex);
int clsact_add(const struct netns *ns, __u32 ifindex);
int clsact_del(const struct netns *ns, __u32 ifindex);
int clsact_filters(const struct netns *ns, __u32 ifindex);

#endif
