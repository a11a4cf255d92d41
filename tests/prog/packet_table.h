/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of packets that an interface receives (forward_lab.h), and what becomes of them: the
 * frame, every counter, and what is under way.
 */
#ifndef PACKET_TABLE_H
#define PACKET_TABLE_H

#include "forward_lab.h"

#include <linux/ip.h>
#include <linux/ipv6.h>

#define STRANGER4 "198.51.100.7"
#define STRANGER6 "2001:db8::7"

enum outcome { FORWARDED, PUNTED, DROPPED };

/* A packet, as an interface receives it, and what becomes of it. */
struct packet_case {
	const char *says;
	const char *from, *to; /* both IPv4 or both IPv6; from NULL: a stranger */
	__u32 at;              /* the interface; 0: RED */
	__u16 len;             /* of the packet; 0: 100 */
	__u16 claims;          /* length in its header, if another */
	__u16 cut;             /* the frame ends after so many bytes of the packet */
	__u16 trailer;
	__u16 type;    /* EtherType, if another */
	__u8 ttl;      /* 0: 64; 255 stands for 0 */
	__u8 ihl;      /* 0: 5 */
	__u8 version;  /* 0: the right one */
	__u8 protocol; /* 0: none that has a meaning */
	__u16 bad_sum; /* how far the checksum is off */
	bool priority; /* the frame has a priority tag */
	__u32 in;      /* VRXDP_IN_* beside those of both families */
	void (*before)(void), (*after)(void);
	enum outcome outcome;
	enum vrxdp_reason reason;
	__u32 by;    /* FORWARDED: next hop of RED's router */
	__u32 then;  /* the next hop of BLUE's router after that; 0: none */
	__u32 stack; /* interface of the sibling whose stack gets it; 0: the wire does */
	bool relay;  /* the relay does */
};

/* Ones' complement sum of 16-bit words. */
static __u16 sum16(const __u8 *at, size_t len)
{
	__u32 sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (__u32)(at[i] << 8 | at[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

static bool is_ipv6(const struct packet_case *c)
{
	return strchr(c->to, ':');
}

static __u8 *build_ipv4(const struct packet_case *c, __u8 *at, __u16 len, __u8 ttl)
{
	const __u8 version = c->version ?: 4, words = c->ihl ?: 5;
	struct iphdr ip = { .ttl = ttl };

	ip.tot_len = htons(c->claims ?: len);
	ip.protocol = c->protocol ?: 253;
	ip.id = htons(0x1234);
	assert_int_equal(inet_pton(AF_INET, c->from ?: STRANGER4, &ip.saddr), 1);
	assert_int_equal(inet_pton(AF_INET, c->to, &ip.daddr), 1);
	memcpy(at, &ip, sizeof(ip));
	at[0] = (__u8)(version << 4 | words);
	/* Options: no operation, four times. */
	memset(at + sizeof(ip), 1, 4);
	put16(at + offsetof(struct iphdr, check), (__u16)(~sum16(at, words * 4u) + c->bad_sum));
	return at + sizeof(ip);
}

static __u8 *build_ipv6(const struct packet_case *c, __u8 *at, __u16 len, __u8 ttl)
{
	const __u8 version = c->version ?: 6;
	struct ipv6hdr ip = { .hop_limit = ttl };

	ip.payload_len = htons((__u16)((c->claims ?: len) - sizeof(ip)));
	/* 255 stands for a hop-by-hop header, whose number is 0. */
	ip.nexthdr = c->protocol == 255 ? 0 : c->protocol ?: 253;
	assert_int_equal(inet_pton(AF_INET6, c->from ?: STRANGER6, &ip.saddr), 1);
	assert_int_equal(inet_pton(AF_INET6, c->to, &ip.daddr), 1);
	memcpy(at, &ip, sizeof(ip));
	at[0] = (__u8)(version << 4);
	return at + sizeof(ip);
}

/* A frame in VLAN @vlan with @c's packet and @ttl, from @src to @dst. Returns its length. */
static __u32 build(const struct packet_case *c, __u8 *frame, const __u8 *dst, const __u8 *src,
		   struct vrxdp_vlan vlan, __u8 ttl, bool as_received)
{
	__u16 len = c->len ?: 100;
	__u8 *at = frame, *l3;
	__u32 i;

	memcpy(at, dst, ETH_ALEN);
	memcpy(at + ETH_ALEN, src, ETH_ALEN);
	at += 2 * ETH_ALEN;
	if (as_received && c->priority)
		at = put16(put16(at, ETH_P_8021Q), PRIORITY);
	if (vlan.vid)
		at = put16(put16(at, ETH_P_8021Q), vlan.vid);
	l3 = at = put16(at, c->type ?: is_ipv6(c) ? ETH_P_IPV6 : ETH_P_IP);
	if (c->type && !as_received)
		fail_msg("%s: can't be forwarded", c->says);
	for (i = 0; i < len + (as_received ? c->trailer : 0u); i++)
		at[i] = (__u8)(i * 7 + 3);
	if (is_ipv6(c))
		build_ipv6(c, at, len, ttl);
	else
		build_ipv4(c, at, len, ttl);
	return (__u32)(l3 - frame) + (as_received && c->cut ? c->cut :
				      as_received           ? len + c->trailer :
							      len);
}

static __u32 at_of(const struct packet_case *c)
{
	return c->at ?: RED;
}

static __u8 ttl_of(const struct packet_case *c)
{
	return c->ttl == 255 ? 0 : c->ttl ?: 64;
}

#define MAX_CHANGES 40

static void add(struct change *list, __u32 at, __u32 by)
{
	size_t i;

	for (i = 0; list[i].by; i++)
		assert_true(i < MAX_CHANGES - 2);
	list[i] = (struct change){ at, by };
}

/* A frame of @len bytes that interface @i received, and that its router forwarded, or lost. */
static void add_received(struct change *list, __u32 i, __u32 len)
{
	add(list, AT(iface[i].rx.packets), 1);
	add(list, AT(iface[i].rx.bytes), len);
	add(list, AT(router[owner(i)].rx_bytes), len);
}

static void add_sent(struct change *list, __u32 i, __u32 len)
{
	add(list, AT(iface[i].tx.packets), 1);
	add(list, AT(iface[i].tx.bytes), len);
	add(list, AT(router[owner(i)].tx.packets), 1);
	add(list, AT(router[owner(i)].tx.bytes), len);
}

static void add_port_tx(struct change *list, __u32 port, __u32 len)
{
	add(list, AT(port[port].tx.packets), 1);
	add(list, AT(port[port].tx.bytes), len);
}

/* What should be seen of a case. */
struct expected {
	int verdict;
	struct change now[MAX_CHANGES], then[MAX_CHANGES];
	struct underway under;
	__u8 frame[MAX_FRAME];
	__u32 len;
};

/* Its own stack gets the frame as it came. */
static void expect_punt(const struct packet_case *c, const __u8 *in, __u32 len, struct expected *e)
{
	__u32 i = at_of(c), hidden = lab_ifaces[i].hidden;

	e->verdict = XDP_REDIRECT;
	add(e->now, AT(router[owner(i)].punts[c->reason]), 1);
	e->under = (struct underway){ VRXDP_SLOT_IFACE + i, { .to = (__u16)i, .len = (__u16)len } };
	add_received(e->then, i, len);
	add(e->then, AT(router[owner(i)].stack), 1);
	memcpy(e->frame, in, 2 * ETH_ALEN);
	memcpy(e->frame + 2 * ETH_ALEN, in + 2 * ETH_ALEN + hidden, len - 2 * ETH_ALEN - hidden);
	e->len = len - hidden;
}

static void expect_drop(const struct packet_case *c, __u32 len, struct expected *e)
{
	e->verdict = XDP_DROP;
	add_received(e->now, at_of(c), len);
	add(e->now, AT(router[owner(at_of(c))].drops[c->reason]), 1);
}

/* Where the frame goes after the last router that forwards it: @from, that received @in_len. */
static void expect_out(const struct packet_case *c, struct expected *e, __u32 in, __u32 in_len,
		       __u32 out, __u32 len)
{
	__u32 port = lab_ifaces[out].port;

	e->under.frame = (struct vrxdp_frame_underway){
		.from = (__u16)out, .len = (__u16)len, .in = (__u16)in, .in_len = (__u16)in_len
	};
	add_received(e->then, in, in_len);
	add(e->then, AT(router[owner(in)].fast), 1);
	add_sent(e->then, out, len);
	if (c->stack) {
		e->under.slot = VRXDP_SLOT_IFACE + c->stack;
		e->under.frame.to = (__u16)c->stack;
		add_received(e->then, c->stack, len);
		add(e->then, AT(router[owner(c->stack)].stack), 1);
		add(e->now, AT(router[owner(c->stack)].punts[c->reason]), 1);
	} else if (c->relay) {
		e->under.slot = VRXDP_SLOT_RELAY + port;
	} else {
		e->under.slot = VRXDP_SLOT_PORT + port;
		add_port_tx(e->then, port, len);
	}
}

static void expect_forward(const struct packet_case *c, __u32 in_len, struct expected *e)
{
	const struct vrxdp_nexthop *nh = &red_hops[c->by];
	__u32 in = at_of(c), out = nh->iface, len = 14u + (c->len ?: 100);
	__u8 ttl = (__u8)(ttl_of(c) - 1);

	e->verdict = XDP_REDIRECT;
	if (c->then) {
		/* The first router is done when the second has the frame. */
		add_received(e->now, in, in_len);
		add(e->now, AT(router[owner(in)].fast), 1);
		add_sent(e->now, out, len);
		nh = &blue_hops[c->then];
		in = BLUE;
		in_len = len;
		out = nh->iface;
		ttl--;
	}
	e->len = build(c, e->frame, nh->neighbour.mac, nh->mac, lab_ifaces[out].vlan, ttl, false);
	expect_out(c, e, in, in_len, out, e->len);
}

__attribute__((unused)) static int packet_case_wrong(const struct packet_case *c, bool at_verdict,
						     const int *programs)
{
	static const struct underway none;
	static const __u8 stranger[ETH_ALEN] = MAC_STRANGER;
	const __u32 i = at_of(c), port = lab_ifaces[i].port;
	static struct expected e;
	const struct change *changes[] = { e.now, e.then };
	__u32 in = KNOWN_AND_FORWARDED, len, out_len;
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	struct counts before;
	int verdict, wrong = 0;

	memset(&e, 0, sizeof(e));
	len = build(c, frame, lab_ifaces[i].mac, stranger, lab_ifaces[i].vlan, ttl_of(c), true);
	add(e.now, AT(port[port].rx.packets), 1);
	add(e.now, AT(port[port].rx.bytes), len);
	if (c->outcome == PUNTED)
		expect_punt(c, frame, len, &e);
	else if (c->outcome == DROPPED)
		expect_drop(c, len, &e);
	else
		expect_forward(c, len, &e);
	join(i, in | c->in);
	if (c->before)
		c->before();
	counts_read(&prog.st, &before);
	verdict = run_xdp(programs[port], frame, len, prog.up[port], out, &out_len, 1);
	if (verdict != e.verdict) {
		print_error("  verdict %d, expected %d\n", verdict, e.verdict);
		wrong++;
	} else if (verdict != XDP_DROP && (out_len != e.len || memcmp(out, e.frame, e.len))) {
		wrong += frame_wrong_bytes("the frame", out, out_len, e.frame, e.len);
	}
	wrong += counts_wrong(&prog.st, &before, changes, at_verdict ? 2 : 1);
	wrong += underway_wrong(&prog.st, at_verdict ? &none : &e.under);
	if (c->after)
		c->after();
	join(i, in);
	if (wrong)
		print_error("^ %s (%s -> %s, %s)\n", c->says, c->from ?: "a stranger", c->to,
			    at_verdict ? "at the verdict" : "traced");
	return wrong;
}

#endif
