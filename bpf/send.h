/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port's wire rules: where a frame goes that one of its routers sends, whether the router's
 * own stack made it or XDP forwarded it.
 */
#ifndef SEND_H
#define SEND_H

#include "account.h"
#include "behind.h"
#include "demux.h"
#include "group.h"
#include "redirect.h"
#include "relay_header.h"
#include "vlan.h"

/* A frame of a router: whose, and how it is on the port. */
struct sent {
	const struct vrxdp_iface *iface;
	struct vrxdp_vlan vlan; /* in which it is on the port */
	__u32 number;           /* of the interface */
	__u32 wire_len;         /* with all of its tags */
	__u16 in;               /* forwarded: the interface that received it; else 0 */
	__u16 in_len;           /* then, its length there */
	__u8 push;              /* bytes of tags that it doesn't have yet: 0, 4 or 8 */
};

static __always_inline struct vrxdp_frame_underway sent_underway(const struct sent *s)
{
	struct vrxdp_frame_underway f = { .from = (__u16)s->number,
					  .in = s->in,
					  .len = (__u16)s->wire_len,
					  .in_len = s->in_len };

	return f;
}

/* It goes nowhere: the loss of the router that sent it, or that was to forward it. */
static __always_inline int sent_drop(const struct sent *s, enum vrxdp_reason reason)
{
	struct vrxdp_frame_underway f = sent_underway(s);

	account_lost(&f, reason);
	return XDP_DROP;
}

/* To the port, in the form that it has on the wire. */
static __always_inline int to_wire(struct xdp_md *ctx, const struct sent *s)
{
	__u32 port = s->iface->port;
	struct vrxdp_port *p = bpf_map_lookup_elem(&vx_ports, &port);

	if (!p || s->wire_len > p->max_len)
		return sent_drop(s, VRXDP_DROP_MTU);
	if (vlan_push(ctx, s->vlan, s->push) || (p->by_relay && add_relay_header(ctx)))
		return sent_drop(s, VRXDP_DROP_HEADROOM);
	return redirect(VRXDP_SLOT_PORT + port, sent_underway(s));
}

/* To the relay, for the host, for a macvlan child, or for all of a group. */
static __always_inline int to_relay(struct xdp_md *ctx, const struct sent *s, __u16 flags)
{
	struct vrxdp_frame_underway f = sent_underway(s);

	if (vlan_push(ctx, s->vlan, s->push))
		return sent_drop(s, VRXDP_DROP_HEADROOM);
	f.flags = flags;
	return redirect(VRXDP_SLOT_RELAY + s->iface->port, f);
}

static __always_inline int to_group(struct xdp_md *ctx, const struct sent *s)
{
	struct vrxdp_group *group = group_find(s->iface->port, s->vlan);
	__u64 linear = (__u64)ctx->data_end - ctx->data + s->push;
	enum group_event event;

	if (!group)
		return to_wire(ctx, s);
	if (s->wire_len > linear)
		event = GROUP_OVERSIZE;
	else if (!group_may_copy(s->iface->port, group->copies + 1))
		event = GROUP_LIMITED;
	else
		return to_relay(ctx, s, VRXDP_UNDERWAY_VIA);
	/* Sending costs no copy: the wire gets it all the same. */
	group_count(group, event, s->number, 1, s->wire_len);
	return to_wire(ctx, s);
}

/* To a neighbour router on the port, which may see the VLAN's tag where the sender doesn't. */
static __always_inline int to_sibling(struct xdp_md *ctx, const struct sent *s, __u32 to)
{
	struct vrxdp_iface *sibling = bpf_map_lookup_elem(&vx_ifaces, &to);
	struct vrxdp_frame_underway f = sent_underway(s);

	if (!sibling)
		return sent_drop(s, VRXDP_DROP_DEVICE_GONE);
	if (sibling->delivery != VRXDP_REDIRECT)
		return to_relay(ctx, s, 0);
	f.to = (__u16)to;
	f.len = (__u16)(s->wire_len - sibling->hidden);
	if (f.len > sibling->max_len) {
		account_lost(&f, VRXDP_DROP_MTU);
		return XDP_DROP;
	}
	if (sibling->hidden != s->push &&
	    (vlan_push(ctx, s->vlan, s->push) || vlan_pop(ctx, sibling->hidden))) {
		account_lost(&f, VRXDP_DROP_HEADROOM);
		return XDP_DROP;
	}
	return redirect(VRXDP_SLOT_IFACE + to, f);
}

/* To @mac, which no router on this port and VLAN has: to the host's side of the port, or out. */
static __always_inline int to_nobodys(struct xdp_md *ctx, const struct sent *s, const __u8 *mac)
{
	__u32 port = s->iface->port;
	struct vrxdp_port *p = bpf_map_lookup_elem(&vx_ports, &port);

	if (p && is_behind(port, p, s->vlan, mac))
		return to_relay(ctx, s, 0);
	return to_wire(ctx, s);
}

#endif
