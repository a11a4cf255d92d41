/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarding a router's packet in XDP, with the result that its own kernel would have had. What
 * isn't plain forwarding is punted: the kernel gets the frame as it came.
 */
#ifndef FORWARD_H
#define FORWARD_H

#include "send.h"
#include "tables.h"
#include "tick.h"

/* Routers of this host that a packet passes within one run. */
#define MAX_ROUTERS_IN_A_ROW 4

/* A packet at a router. */
struct hop {
	__u32 number;           /* of the interface that receives it */
	struct vrxdp_vlan vlan; /* in which */
	__u32 frame_len;        /* bytes */
	__u32 count_len;        /* as it counts as received, with tags that it hasn't any more */
	__u16 l3;               /* where the IP header is; between it and Ethernet's are tags */
	__be16 type;            /* EtherType of the packet */
	/* What is decided. */
	enum vrxdp_reason reason; /* not to forward it */
	__u32 nexthop;            /* in vx_nexthops */
	__u32 len;                /* of the packet, without a trailer */
	struct vrxdp_neighbour neighbour;
};

/* Where is the IP header, if there is one? False: the frame ends before. */
static __always_inline bool hop_find_ip(struct xdp_md *ctx, struct hop *hop, struct frame_head head)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;

	if (!frame_has_ethernet(data, data_end))
		return false;
	hop->l3 = l3_offset(data, head);
	if (data + hop->l3 > data_end)
		return false;
	hop->type = *(const __be16 *)(data + hop->l3 - sizeof(__be16));
	return true;
}

/* Is the router on the fast path? Its entry, or NULL. */
static __always_inline struct vrxdp_fast *router_fast(__u32 router)
{
	struct vrxdp_fast *fast = bpf_map_lookup_elem(&vx_fast, &router);

	return fast && fast->flags ? fast : NULL;
}

static __always_inline bool leaves_by(const struct vrxdp_nexthop *nh, __u32 iface,
				      struct vrxdp_vlan vlan)
{
	return nh->iface == iface && vlan_equal(nh->vlan, vlan);
}

/*
 * Would the kernel take a packet from this address at this interface? net/ipv4/fib_frontend.c,
 * fib_validate_source().
 */
static __always_inline struct judgement
source_judge(const struct vrxdp_fast *fast, const struct hop *hop, __u32 in, const struct packet *p)
{
	const __u32 filtered = VRXDP_IN_STRICT | VRXDP_IN_LOOSE;
	bool own = vrxdp_own_has(fast->own, (__u32)(p->from.high >> 32));
	const struct vrxdp_nexthop *back;

	if (!own && !(in & filtered))
		return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
	back = nexthop_of(route_lookup(fast, PACKET_IPV4, p->from));
	if (!back)
		return judge(PACKET_PUNT, VRXDP_DROP_NO_ROUTE);
	if (back->kind == VRXDP_NH_LOCAL || (back->kind == VRXDP_NH_BROADCAST && (in & filtered)))
		return judge(PACKET_DROP, VRXDP_DROP_MARTIAN);
	if (!(in & filtered))
		return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
	switch (back->kind) {
	case VRXDP_NH_FORWARD:
	case VRXDP_NH_CONNECTED:
		if ((in & VRXDP_IN_LOOSE) || leaves_by(back, hop->number, hop->vlan))
			return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
		return judge(PACKET_DROP, VRXDP_DROP_RP_FILTER);
	case VRXDP_NH_GROUP:
	case VRXDP_NH_OTHER:
	case VRXDP_NH_ENCAP:
		if (in & VRXDP_IN_LOOSE)
			return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
		/* One of its ways may be the interface. */
		return judge(PACKET_PUNT, VRXDP_DROP_RP_FILTER);
	default:
		return judge(PACKET_DROP, VRXDP_DROP_RP_FILTER);
	}
}

/* What does the route say? */
static __always_inline struct judgement nexthop_judge(const struct vrxdp_nexthop *nh,
						      struct hop *hop, const struct packet *p)
{
	__u32 egress, *out;

	switch (nh->kind) {
	case VRXDP_NH_FORWARD:
		break;
	case VRXDP_NH_LOCAL:
	case VRXDP_NH_BROADCAST:
		return judge(PACKET_PUNT, VRXDP_DROP_LOCAL);
	case VRXDP_NH_CONNECTED:
		return judge(PACKET_PUNT, VRXDP_DROP_NEIGHBOUR);
	case VRXDP_NH_BLACKHOLE:
		return judge(PACKET_DROP, VRXDP_DROP_BLACKHOLE);
	case VRXDP_NH_UNREACHABLE:
		return judge(PACKET_PUNT, VRXDP_DROP_UNREACHABLE);
	case VRXDP_NH_PROHIBIT:
		return judge(PACKET_PUNT, VRXDP_DROP_PROHIBIT);
	case VRXDP_NH_ENCAP:
		return judge(PACKET_PUNT, VRXDP_DROP_ENCAP);
	case VRXDP_NH_OTHER:
		return judge(PACKET_PUNT, VRXDP_DROP_OTHER_DEVICE);
	default:
		return judge(PACKET_PUNT, VRXDP_DROP_NO_ROUTE);
	}
	egress = nh->iface;
	out = bpf_map_lookup_elem(&vx_iface_in, &egress);
	if (!out || !(*out & VRXDP_IN_KNOWN))
		return judge(PACKET_PUNT, VRXDP_DROP_OTHER_DEVICE);
	if (leaves_by(nh, hop->number, hop->vlan))
		return judge(PACKET_PUNT, VRXDP_DROP_SAME_INTERFACE);
	if (p->len > nh->mtu)
		return judge(PACKET_PUNT, VRXDP_DROP_MTU);
	/* One load: the address may be another one at any time. */
	*(__u64 *)&hop->neighbour = *(const volatile __u64 *)&nh->neighbour;
	if (!hop->neighbour.known)
		return judge(PACKET_PUNT, VRXDP_DROP_NEIGHBOUR);
	/* This check comes last in the kernel, too: ip6_forward(). */
	if (p->family == PACKET_IPV6 && ipv6_is_unspecified(p->from))
		return judge(PACKET_DROP, VRXDP_DROP_MARTIAN);
	return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
}

/* The packet's headers. */
static __always_inline struct judgement packet_judge(const struct hop *hop, const void *head,
						     const void *data_end, __u32 room, __u32 flags,
						     struct packet *p)
{
	if (hop->type == wire16(ETH_P_IP) && (flags & VRXDP_FAST_IPV4)) {
		p->family = PACKET_IPV4;
		return ipv4_judge(head, data_end, room, p);
	}
	if (hop->type == wire16(ETH_P_IPV6) && (flags & VRXDP_FAST_IPV6)) {
		p->family = PACKET_IPV6;
		return ipv6_judge(head, data_end, room, p);
	}
	return judge(PACKET_PUNT, VRXDP_DROP_NOT_IP);
}

/* The next hop for a packet, with the member of a group that its flow has. */
static __always_inline __u32 packet_route(const struct vrxdp_fast *fast, const void *head,
					  const void *data_end, const struct packet *p)
{
	__u32 entry = route_lookup(fast, p->family, p->to);
	const struct vrxdp_nexthop *nh = nexthop_of(entry);
	__u32 hash;

	if (!nh || nh->kind != VRXDP_NH_GROUP)
		return entry;
	hash = flow_hash(head, data_end, p, fast->seed, fast->flags & VRXDP_FAST_HASH_PORTS);
	return nexthop_entry(nh->first + (hash & nh->mask));
}

/*
 * Decide on the packet of @ctx at @hop; fills in what is decided. Returns enum packet_fate.
 * Not inlined: the verifier looks at it once, however many routers a packet may pass.
 */
__noinline int forward_decide(struct xdp_md *ctx, struct hop *hop)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	const struct vrxdp_nexthop *nh;
	struct packet p = {};
	struct vrxdp_iface *iface;
	struct vrxdp_fast *fast;
	struct judgement j;
	__u32 number, l3, *in;
	void *head;

	if (!hop)
		return PACKET_PUNT;
	number = hop->number;
	l3 = hop->l3;
	asm volatile("" : "+r"(l3)); /* or what is checked isn't what is added below */
	iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	in = bpf_map_lookup_elem(&vx_iface_in, &number);
	hop->reason = VRXDP_DROP_STALE;
	if (!iface || !in || l3 > sizeof(struct ethhdr) + 2 * VLAN_TAG_LEN)
		return PACKET_PUNT;
	fast = router_fast(iface->router);
	if (!fast || tick_now() > *(volatile __u64 *)&fast->valid_until)
		return PACKET_PUNT;
	head = data + l3;
	/* The families that the router forwards at this interface; the bits of both are the same. */
	j = packet_judge(hop, head, data_end, hop->frame_len - l3, fast->flags & *in, &p);
	if (j.fate != PACKET_FORWARD)
		goto out;
	if (p.family == PACKET_IPV4) {
		j = source_judge(fast, hop, *in, &p);
		if (j.fate != PACKET_FORWARD)
			goto out;
	}
	hop->len = p.len;
	hop->nexthop = packet_route(fast, head, data_end, &p);
	nh = nexthop_of(hop->nexthop);
	j = nh ? nexthop_judge(nh, hop, &p) : judge(PACKET_PUNT, VRXDP_DROP_NO_ROUTE);
out:
	hop->reason = j.reason;
	return (int)j.fate;
}

/* Count a frame that doesn't go on in XDP; the stack's copy of it counts when it is delivered. */
static __always_inline void forward_punted(const struct vrxdp_iface *iface,
					   enum vrxdp_reason reason)
{
	__u32 router = iface->router;
	struct vrxdp_router_counters *r = bpf_map_lookup_elem(&vx_router_counts, &router);

	if (r && (__u32)reason < VRXDP_REASONS)
		r->punts[reason]++;
}

/* Cut the frame to its packet, take its tags off, and rewrite what a router rewrites. */
static __always_inline int forward_rewrite(struct xdp_md *ctx, const struct hop *hop,
					   const __u8 *source)
{
	int trailer = (int)(hop->frame_len - hop->l3 - hop->len);
	void *data, *data_end;
	struct ethhdr *eth;

	if (trailer > 0 && bpf_xdp_adjust_tail(ctx, -trailer))
		return -1;
	/* The type stays right in front of the IP header, and the addresses are written anew. */
	if (hop->l3 > sizeof(*eth) && bpf_xdp_adjust_head(ctx, hop->l3 - (int)sizeof(*eth)))
		return -1;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	eth = data;
	if (data + sizeof(*eth) + sizeof(struct iphdr) > data_end)
		return -1;
	__builtin_memcpy(eth->h_dest, hop->neighbour.mac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, source, ETH_ALEN);
	if (hop->type == wire16(ETH_P_IP))
		ipv4_hop((void *)(eth + 1));
	else
		((struct ipv6hdr *)(eth + 1))->hop_limit--;
	return 0;
}

/* Who has the neighbour's address on the egress port: a router's interface, or 0. */
static __always_inline __u32 forward_sibling(const struct vrxdp_nexthop *nh, const struct sent *s,
					     const __u8 *mac, bool *is_nobodys)
{
	__u32 zero = 0, *wire = bpf_map_lookup_elem(&vx_wire, &zero);

	*is_nobodys = false;
	if (wire && nh->generation == *wire) {
		if (nh->way == VRXDP_WAY_SIBLING)
			return nh->sibling;
		if (nh->way == VRXDP_WAY_WIRE) {
			*is_nobodys = true;
			return 0;
		}
	}
	return demux(s->iface->port, s->vlan, mac);
}

/* The tags that frames of this VLAN have on the port, bytes. */
static __always_inline __u8 vlan_len(struct vrxdp_vlan vlan)
{
	return (vlan.vid ? VLAN_TAG_LEN : 0) + (vlan.outer ? VLAN_TAG_LEN : 0);
}

/* A frame stays as it came, and goes to the stack of the router that receives it. */
#define FORWARD_PUNT -1

/* The router that sent the packet has done its part: the next one on this host has it. */
static __always_inline void forward_taken(const struct sent *s, const struct hop *hop)
{
	if (s->in)
		account_forwarded(s->in, 1, s->in_len);
	if (s->number)
		account_sent(s->number, 1, hop->count_len);
}

/* Turn @s from who brought the packet to @hop into who sends it on, and rewrite it. */
static __always_inline int forward_send(struct xdp_md *ctx, const struct hop *hop, struct sent *s,
					const struct vrxdp_nexthop *nh)
{
	__u32 number = nh->iface;

	s->in = (__u16)hop->number;
	s->in_len = (__u16)hop->count_len;
	s->number = number;
	s->vlan = nh->vlan;
	s->push = vlan_len(nh->vlan);
	s->wire_len = (__u32)sizeof(struct ethhdr) + hop->len + s->push;
	s->iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	if (!s->iface || !s->iface->delivery) {
		sent_drop(s, VRXDP_DROP_DEVICE_GONE);
		return -1;
	}
	if (forward_rewrite(ctx, hop, nh->mac)) {
		sent_drop(s, VRXDP_DROP_HEADROOM);
		return -1;
	}
	return 0;
}

/* The packet of @s is for @sibling, which is fast: it is @hop's now. */
static __always_inline int forward_arrive(struct hop *hop, const struct sent *s,
					  const struct vrxdp_iface *sibling, __u32 number)
{
	struct vrxdp_frame_underway f = sent_underway(s);

	f.to = (__u16)number;
	f.len = (__u16)(s->wire_len - sibling->hidden);
	if (f.len > sibling->max_len) {
		account_lost(&f, VRXDP_DROP_MTU);
		return -1;
	}
	hop->number = number;
	hop->vlan = s->vlan;
	hop->count_len = f.len;
	hop->frame_len = (__u32)sizeof(struct ethhdr) + hop->len;
	hop->l3 = sizeof(struct ethhdr);
	return 0;
}

/*
 * Forward the frame that @hop's interface receives, through as many fast routers of this host as
 * it takes. @s: the router that sent it here, by itself; number 0: it is from the wire.
 * Returns an XDP verdict, or FORWARD_PUNT.
 */
static __always_inline int forward(struct xdp_md *ctx, struct hop *hop, struct sent *s)
{
	const struct vrxdp_nexthop *nh;
	struct vrxdp_iface *iface;
	bool is_nobodys;
	__u32 number;
	int i, fate;

	for (i = 0; i < MAX_ROUTERS_IN_A_ROW; i++) {
		number = hop->number;
		iface = bpf_map_lookup_elem(&vx_ifaces, &number);
		if (!iface)
			return FORWARD_PUNT;
		fate = forward_decide(ctx, hop);
		if (fate == PACKET_PUNT) {
			forward_punted(iface, hop->reason);
			return i ? to_sibling(ctx, s, number) : FORWARD_PUNT;
		}
		forward_taken(s, hop);
		if (fate == PACKET_DROP) {
			account_drop(number, hop->count_len, hop->reason);
			return XDP_DROP;
		}
		nh = nexthop_of(hop->nexthop);
		if (!nh || forward_send(ctx, hop, s, nh))
			return XDP_DROP;
		number = forward_sibling(nh, s, hop->neighbour.mac, &is_nobodys);
		if (is_nobodys)
			return to_wire(ctx, s);
		if (!number)
			return to_nobodys(ctx, s, hop->neighbour.mac);
		if (number == s->number)
			return sent_drop(s, VRXDP_DROP_HAIRPIN);
		iface = bpf_map_lookup_elem(&vx_ifaces, &number);
		if (!iface || !router_fast(iface->router))
			return to_sibling(ctx, s, number);
		if (forward_arrive(hop, s, iface, number))
			return XDP_DROP;
	}
	number = hop->number;
	iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	if (iface)
		forward_punted(iface, VRXDP_DROP_ROUTER_CHAIN);
	return to_sibling(ctx, s, number);
}

#endif
