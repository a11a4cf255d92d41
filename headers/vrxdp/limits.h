/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes that both sides agree on. What can grow with the host (routers,
 * interfaces) is sized when the maps are created; these are the bounds.
 */
#ifndef VRXDP_LIMITS_H
#define VRXDP_LIMITS_H

/* Version of the maps' layout; stored in the state, checked by every command. */
#define VRXDP_LAYOUT 3
/* Version of the contract: commands, config keys, JSON keys, exit status. */
#define VRXDP_CONTRACT 1

#define VRXDP_NAME_LEN 32   /* a name's 31 characters and its NUL */
#define VRXDP_DEV_LEN 16    /* IFNAMSIZ */
#define VRXDP_NETNS_LEN 128 /* a namespace as the user wrote it, and its NUL */

#define VRXDP_MAX_PORTS 256u
#define VRXDP_MAX_MACS 16u             /* of one interface, those of VRRP aside */
#define VRXDP_MAX_ADDRESSES 16u        /* that one interface is made with */
#define VRXDP_VIDS 4096u               /* IEEE 802.1Q: 12 bits */
#define VRXDP_VRIDS 256u               /* RFC 5798 */
#define VRXDP_TRUNK_VRRP 512           /* pairs of VLAN and virtual address that a trunk may take */
#define VRXDP_MAX_GROUPS 4096u         /* pairs of port and VLAN with routers */
#define VRXDP_DEFAULT_ROUTERS 1024u    /* [daemon] max-routers */
#define VRXDP_DEFAULT_INTERFACES 2048u /* [daemon] max-interfaces */
#define VRXDP_LIMIT_ROUTERS 16384u
#define VRXDP_LIMIT_INTERFACES 32768u

/* Pairs of address and VLAN, or of interface and VLAN, for @ifaces interfaces: lists need many. */
#define VRXDP_DEMUX_ROOM(ifaces) (8u * (ifaces) + 16384u)
/* Next hops of all routers, and the numbers that routers and groups of next hops give them. */
#define VRXDP_NEXTHOPS(routers) (16u * (routers) + 4096u)
#define VRXDP_NEXTHOP_NUMBERS(routers) (64u * (routers) + 16384u)

/* Counters of all objects, and of members of groups. */
#define VRXDP_CARRY_ROOM(routers, ifaces)                                                          \
	(VRXDP_MAX_PORTS + (routers) + (ifaces) + 1u + VRXDP_MAX_GROUPS + VRXDP_DEMUX_ROOM(ifaces))
#define VRXDP_MAX_HOST_MACS 4096u /* addresses behind all ports on the host's side */

/* Stations behind other members of a port's bridge, and how long they are known without a frame. */
#define VRXDP_MAX_BEHIND 8192u
#define VRXDP_BEHIND_NS 300000000000ull /* IEEE 802.1D 7.9.2, the kernel's default */

/*
 * A slot names a device that frames can be redirected to: index of the devmap
 * and of the per-CPU lists of frames under way.
 */
#define VRXDP_SLOT_PORT 0u
#define VRXDP_SLOT_RELAY VRXDP_MAX_PORTS
#define VRXDP_SLOT_IFACE (2u * VRXDP_MAX_PORTS)

/* Frames of a bulk: DEV_MAP_BULK_SIZE of include/net/xdp.h. */
#define VRXDP_BULK 16u
/* Frames that one CPU may have under way to one device: a full bulk is flushed. */
#define VRXDP_UNDERWAY 32u

/* Copies of group frames a second and port unless `group-limit` says otherwise. */
#define VRXDP_DEFAULT_GROUP_PPS 200000u

#endif
