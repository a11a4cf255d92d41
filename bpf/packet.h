/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP headers: what Linux drops, what only a router's own kernel may decide, and what the fast path
 * looks up. Takes data and data_end, not a context, so that host tests and fuzzers compile it too.
 *
 * The order of the checks is that of the kernel where both ends of a choice are drops:
 * net/ipv4/ip_input.c, ip_rcv_core(); net/ipv4/route.c, ip_route_input_slow();
 * net/ipv6/ip6_input.c, ip6_rcv_core(); net/ipv6/ip6_output.c, ip6_forward().
 */
#ifndef PACKET_H
#define PACKET_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "vrxdp/fib.h"
#include "vrxdp/reasons.h"

#include "parse.h"

enum packet_family { PACKET_IPV4, PACKET_IPV6 };

enum packet_fate {
	PACKET_FORWARD,
	PACKET_PUNT, /* the router's kernel decides */
	PACKET_DROP, /* the router's kernel would drop it, and say nothing */
};

struct packet {
	enum packet_family family;
	__u32 len; /* from the IP header on, bytes; what is behind it in the frame is a trailer */
	struct vrxdp_fib_key to;
	struct vrxdp_fib_key from;
};

/* A fate and its reason. */
struct judgement {
	enum packet_fate fate;
	enum vrxdp_reason reason;
};

static __always_inline struct judgement judge(enum packet_fate fate, enum vrxdp_reason reason)
{
	struct judgement j = { fate, reason };

	return j;
}

static __always_inline __u32 host32(__be32 wire)
{
	return __builtin_bswap32((__u32)wire);
}

static __always_inline __u64 host64(__u64 wire)
{
	return __builtin_bswap64(wire);
}

#define IPV4_NET(a, b, bits, address) (((address) ^ ((a) << 24 | (b) << 16)) >> (32 - (bits)) == 0)

static __always_inline bool ipv4_is_group(__u32 address)
{
	return IPV4_NET(224u, 0u, 4, address);
}

static __always_inline bool ipv4_is_loopback(__u32 address)
{
	return IPV4_NET(127u, 0u, 8, address);
}

static __always_inline bool ipv4_is_zero_net(__u32 address)
{
	return IPV4_NET(0u, 0u, 8, address);
}

/* The Internet checksum over a header of 20 bytes, its own field included (RFC 1071). */
static __always_inline bool ipv4_checksum_ok(const struct iphdr *ip)
{
	const __u32 *words = (const __u32 *)ip;
	__u64 sum = (__u64)words[0] + words[1] + words[2] + words[3] + words[4];

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static __always_inline struct judgement ipv4_judge_addresses(__u32 from, __u32 to)
{
	if (ipv4_is_group(to))
		return judge(PACKET_PUNT, VRXDP_DROP_GROUP);
	if (ipv4_is_group(from) || from == INADDR_BROADCAST)
		return judge(PACKET_DROP, VRXDP_DROP_MARTIAN);
	if (to == INADDR_BROADCAST || (!from && !to))
		return judge(PACKET_PUNT, VRXDP_DROP_LOCAL);
	if (ipv4_is_zero_net(from) || ipv4_is_zero_net(to) || ipv4_is_loopback(from) ||
	    ipv4_is_loopback(to))
		return judge(PACKET_DROP, VRXDP_DROP_MARTIAN);
	return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
}

/* @room: bytes of the frame from the IP header on. */
static __always_inline struct judgement ipv4_judge(const void *head, const void *data_end,
						   __u32 room, struct packet *p)
{
	const struct iphdr *ip = head;
	struct judgement j;
	__u32 from, to;

	if ((const void *)(ip + 1) > data_end)
		return room < sizeof(*ip) ? judge(PACKET_DROP, VRXDP_DROP_MALFORMED) :
					    judge(PACKET_PUNT, VRXDP_DROP_BUFFERS);
	p->len = host16(ip->tot_len);
	if (ip->version != 4 || ip->ihl < 5 || p->len < ip->ihl * 4u || p->len > room)
		return judge(PACKET_DROP, VRXDP_DROP_MALFORMED);
	if (ip->ihl > 5)
		return judge(PACKET_PUNT, VRXDP_DROP_OPTIONS);
	if (!ipv4_checksum_ok(ip))
		return judge(PACKET_DROP, VRXDP_DROP_IP_CHECKSUM);
	from = host32(ip->saddr);
	to = host32(ip->daddr);
	j = ipv4_judge_addresses(from, to);
	if (j.fate != PACKET_FORWARD)
		return j;
	if (ip->ttl <= 1)
		return judge(PACKET_PUNT, VRXDP_DROP_TTL);
	p->from.high = (__u64)from << 32;
	p->from.low = 0;
	p->to.high = (__u64)to << 32;
	p->to.low = 0;
	return j;
}

static __always_inline struct vrxdp_fib_key ipv6_key(const struct in6_addr *address)
{
	const __u64 *words = (const __u64 *)address;
	struct vrxdp_fib_key key = { host64(words[0]), host64(words[1]) };

	return key;
}

static __always_inline bool ipv6_is_loopback(struct vrxdp_fib_key key)
{
	return !key.high && key.low == 1;
}

static __always_inline bool ipv6_is_unspecified(struct vrxdp_fib_key key)
{
	return !key.high && !key.low;
}

static __always_inline bool ipv6_is_group(struct vrxdp_fib_key key)
{
	return key.high >> 56 == 0xff;
}

/* fe80::/10: RFC 4291, 2.5.6. */
static __always_inline bool ipv6_is_link_local(struct vrxdp_fib_key key)
{
	return key.high >> 54 == 0xfe80 >> 6;
}

static __always_inline struct judgement ipv6_judge_addresses(struct vrxdp_fib_key from,
							     struct vrxdp_fib_key to)
{
	if (ipv6_is_loopback(from) || ipv6_is_loopback(to) || ipv6_is_group(from))
		return judge(PACKET_DROP, VRXDP_DROP_MARTIAN);
	if (ipv6_is_group(to))
		return judge(PACKET_PUNT, VRXDP_DROP_GROUP);
	if (ipv6_is_link_local(to) || ipv6_is_link_local(from))
		return judge(PACKET_PUNT, VRXDP_DROP_LINK_LOCAL);
	if (ipv6_is_unspecified(to))
		return judge(PACKET_PUNT, VRXDP_DROP_LOCAL);
	return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
}

static __always_inline struct judgement ipv6_judge(const void *head, const void *data_end,
						   __u32 room, struct packet *p)
{
	const struct ipv6hdr *ip = head;
	struct judgement j;

	if ((const void *)(ip + 1) > data_end)
		return room < sizeof(*ip) ? judge(PACKET_DROP, VRXDP_DROP_MALFORMED) :
					    judge(PACKET_PUNT, VRXDP_DROP_BUFFERS);
	if (ip->version != 6)
		return judge(PACKET_DROP, VRXDP_DROP_MALFORMED);
	p->len = host16(ip->payload_len) + (__u32)sizeof(*ip);
	p->from = ipv6_key(&ip->saddr);
	p->to = ipv6_key(&ip->daddr);
	j = ipv6_judge_addresses(p->from, p->to);
	if (j.fate == PACKET_DROP)
		return j;
	/* Also a jumbogram, whose length is an option. */
	if (ip->nexthdr == IPPROTO_HOPOPTS)
		return judge(PACKET_PUNT, VRXDP_DROP_OPTIONS);
	if (p->len > room)
		return judge(PACKET_DROP, VRXDP_DROP_MALFORMED);
	if (j.fate != PACKET_FORWARD)
		return j;
	if (ip->hop_limit <= 1)
		return judge(PACKET_PUNT, VRXDP_DROP_TTL);
	return j;
}

/* One hop less, as include/net/ip.h, ip_decrease_ttl(): RFC 1624 for a change of a high byte. */
static __always_inline void ipv4_hop(struct iphdr *ip)
{
	__u32 check = (__u32)(__u16)ip->check + wire16(0x0100);

	ip->check = (__sum16)(check + (check >= 0xffff));
	ip->ttl--;
}

/* Mixes a word into a flow's hash; the upper half is the better one. */
static __always_inline __u64 flow_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* The ports of TCP and UDP; 0 for others, for fragments, and where they aren't in the packet. */
static __always_inline __u32 flow_ports(const void *head, const void *data_end,
					enum packet_family family, __u8 *protocol)
{
	const struct ipv6hdr *ip6 = head;
	const struct iphdr *ip = head;
	const __u32 *ports;
	bool whole = true;

	if (family == PACKET_IPV4) {
		if ((const void *)(ip + 1) > data_end)
			return 0;
		*protocol = ip->protocol;
		/* More fragments, or an offset. */
		whole = !(ip->frag_off & wire16(0x3fff));
		ports = (const __u32 *)(ip + 1);
	} else {
		if ((const void *)(ip6 + 1) > data_end)
			return 0;
		*protocol = ip6->nexthdr;
		ports = (const __u32 *)(ip6 + 1);
	}
	if (!whole || (*protocol != IPPROTO_TCP && *protocol != IPPROTO_UDP) ||
	    (const void *)(ports + 1) > data_end)
		return 0;
	return *ports;
}

/* Which of a router's equal routes has this flow? The same one for all of its packets. */
static __always_inline __u32 flow_hash(const void *head, const void *data_end,
				       const struct packet *p, __u64 seed, bool with_ports)
{
	__u64 hash = flow_mix(seed, p->from.high);
	__u8 protocol = 0;
	__u32 ports;

	hash = flow_mix(hash, p->to.high);
	if (p->family == PACKET_IPV6)
		hash = flow_mix(flow_mix(hash, p->from.low), p->to.low);
	if (with_ports) {
		ports = flow_ports(head, data_end, p->family, &protocol);
		hash = flow_mix(hash, (__u64)protocol << 32 | ports);
	}
	return (__u32)(hash >> 32);
}

#endif
