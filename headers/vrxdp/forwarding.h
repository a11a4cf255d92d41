/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What XDP needs to forward a router's packets: the router's tables and next hops, and what its
 * kernel would check at an interface. Whoever mirrors the kernel writes it while packets read it:
 * what must change together is one aligned store of at most 8 bytes.
 */
#ifndef VRXDP_FORWARDING_H
#define VRXDP_FORWARDING_H

#include <linux/types.h>

#include "layout.h"

/* What of a router XDP may forward. */
#define VRXDP_FAST_IPV4 1u
#define VRXDP_FAST_IPV6 2u
/* Multipath by addresses and ports of unfragmented TCP and UDP; else by addresses (policy 1, 0). */
#define VRXDP_FAST_HASH_PORTS 4u

/* A Bloom filter of the router's own IPv4 addresses: 128 bits, of which each sets two. */
#define VRXDP_OWN_WORDS 2u

/* A router. Array, index is the router's number. */
struct vrxdp_fast {
	__u64 valid_until;          /* CLOCK_MONOTONIC ns; later all is punted */
	__u32 flags;                /* VRXDP_FAST_*; 0: it is on the stack path */
	__u32 nexthops;             /* its number 0 in vx_nexthop_numbers */
	__u64 root[2];              /* of its tables for IPv4 and IPv6 (fib.h) */
	__u64 own[VRXDP_OWN_WORDS]; /* a packet from one of these addresses is martian */
	__u64 seed;                 /* of its flow hash */
	__u64 pad;
};
_Static_assert(sizeof(struct vrxdp_fast) == 64, "a cache line");

/* The two bits of an address, host byte order, in vrxdp_fast.own. */
static inline __u32 vrxdp_own_bits(__u32 address)
{
	return address * 2654435761u >> 18; /* seven bits each */
}

static inline void vrxdp_own_add(__u64 own[VRXDP_OWN_WORDS], __u32 address)
{
	__u32 bits = vrxdp_own_bits(address);

	own[bits >> 6 & 1] |= 1ull << (bits & 63);
	own[bits >> 13 & 1] |= 1ull << (bits >> 7 & 63);
}

static inline __u64 vrxdp_own_has(const __u64 own[VRXDP_OWN_WORDS], __u32 address)
{
	__u32 bits = vrxdp_own_bits(address);

	return own[bits >> 6 & 1] >> (bits & 63) & own[bits >> 13 & 1] >> (bits >> 7 & 63) & 1;
}

/* What the router's kernel does with packets that an interface receives. */
#define VRXDP_IN_IPV4 1u /* forwards them */
#define VRXDP_IN_IPV6 2u
#define VRXDP_IN_STRICT 4u /* rp_filter 1: the way back must be the interface (RFC 3704) */
#define VRXDP_IN_LOOSE 8u  /* rp_filter 2: there must be a way back */
/*
 * All that the fast path is told of the interface is true, so it may also be the egress. Commands
 * set the entry to 0 when they change the interface; its number may be another router's then.
 */
#define VRXDP_IN_KNOWN 16u

enum vrxdp_nexthop_kind {
	VRXDP_NH_NO_ROUTE = 0,
	VRXDP_NH_FORWARD = 1,
	VRXDP_NH_GROUP = 2,     /* one of several, by the flow */
	VRXDP_NH_LOCAL = 3,     /* an address of the router itself */
	VRXDP_NH_BROADCAST = 4, /* of a link of the router */
	VRXDP_NH_CONNECTED = 5, /* a host on a link, with an address that nobody has asked for */
	VRXDP_NH_BLACKHOLE = 6,
	VRXDP_NH_UNREACHABLE = 7,
	VRXDP_NH_PROHIBIT = 8,
	VRXDP_NH_ENCAP = 9,  /* with an encapsulation */
	VRXDP_NH_OTHER = 10, /* by a device that is none of the router's interfaces */
};

/*
 * Where the wire rules of the egress port lead the neighbour's address to. To be asked each time:
 * an address of VRRP's, and a port that is in a bridge, whose stations move.
 */
enum vrxdp_nexthop_way {
	VRXDP_WAY_ASK = 0, /* it isn't known: look up */
	VRXDP_WAY_WIRE = 1,
	VRXDP_WAY_SIBLING = 2, /* to another router on the port */
};

/*
 * The address that a neighbour has, in one store. Without an address (@known 0) its packets are
 * the router's kernel's business.
 */
struct vrxdp_neighbour {
	__u8 mac[6];
	__u16 known;
} __attribute__((aligned(8)));

/*
 * A next hop. What isn't the neighbour's never changes while it can be found: another next hop
 * takes another entry, and the number in vx_nexthop_numbers leads there in one store.
 */
struct vrxdp_nexthop {
	struct vrxdp_neighbour neighbour;
	__u8 mac[6];            /* of the egress interface */
	__u8 kind;              /* enum vrxdp_nexthop_kind */
	__u8 way;               /* enum vrxdp_nexthop_way, true while @generation is the wire's */
	__u16 iface;            /* egress: number of the interface */
	__u16 sibling;          /* VRXDP_WAY_SIBLING: the interface that has the address */
	struct vrxdp_vlan vlan; /* of the frames on the port */
	__u32 mtu;              /* of the route or the device, bytes from the IP header on */
	union {
		__u32 generation; /* of vx_wire, when @way was found */
		__u32 mask;       /* VRXDP_NH_GROUP: its members' number, a power of two, less 1 */
	};
	__u32 first; /* VRXDP_NH_GROUP: of its members, in vx_nexthop_numbers */
	__u32 pad;
};
_Static_assert(sizeof(struct vrxdp_nexthop) == 40, "same on both sides");

/* What a CPU knows of the time: CLOCK_MONOTONIC ns at a tick. */
struct vrxdp_tick {
	__u64 jiffies;
	__u64 ns;
};

/* Members of a group, each as often as its weight says. */
#define VRXDP_GROUP_MEMBERS 256u

#endif
