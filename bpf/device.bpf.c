// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that leads to a router's stack: its program meets what the router
 * sends, and its devmap program what a relay brings.
 */
#include "account.h"
#include "demux.h"
#include "forward.h"
#include "relay_header.h"
#include "send.h"
#include "vlan.h"
#include "vrrp.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load: the namespace whose devices this instance serves; ifindexes repeat elsewhere. */
const volatile __u32 netns_number;

/* To a neighbour router, which may be one that XDP forwards for. */
static __always_inline int to_neighbour(struct xdp_md *ctx, struct sent *s, struct frame_head head,
					__u32 to)
{
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &to);
	struct hop hop = { .number = to, .vlan = s->vlan, .frame_len = s->wire_len - s->push };
	int verdict;

	if (iface && router_fast(iface->router) && (!s->push || head.tag == TAG_NONE) &&
	    hop_find_ip(ctx, &hop, head) && s->wire_len - iface->hidden <= iface->max_len) {
		hop.count_len = s->wire_len - iface->hidden;
		verdict = forward(ctx, &hop, s);
		if (verdict != FORWARD_PUNT)
			return verdict;
	}
	return to_sibling(ctx, s, to);
}

static __always_inline int to_unicast(struct xdp_md *ctx, struct sent *s, struct frame_head head,
				      const __u8 *mac)
{
	__u32 to = demux(s->iface->port, s->vlan, mac);

	if (to == s->number)
		return sent_drop(s, VRXDP_DROP_HAIRPIN);
	if (to)
		return to_neighbour(ctx, s, head, to);
	return to_nobodys(ctx, s, mac);
}

/*
 * The VLAN of a frame that the router sent. REASON_NONE, or why it may not leave: without a
 * VLAN of its own a router's tags would reach others', inside one it may stack them.
 */
static __always_inline enum vrxdp_reason sent_vlan(const struct vrxdp_iface *iface,
						   struct frame_head head, struct vrxdp_vlan *vlan)
{
	*vlan = iface->vlan;
	if (head.tag == TAG_CUT)
		return VRXDP_DROP_MALFORMED;
	switch (iface->tags) {
	case VRXDP_TAGS_NONE:
		return head.tag == TAG_NONE ? VRXDP_REASON_NONE : VRXDP_DROP_VLAN;
	case VRXDP_TAGS_LIST:
	case VRXDP_TAGS_TRUNK:
		*vlan = head.vlan;
		return head.tag == TAG_VID ? VRXDP_REASON_NONE : VRXDP_DROP_VLAN;
	default:
		return VRXDP_REASON_NONE;
	}
}

/* Has the interface this address on the frame's VLAN? */
static __always_inline bool is_own(const struct sent *s, const __u8 *mac)
{
	return demux(s->iface->port, s->vlan, mac) == s->number;
}

/* Is the source address the interface's, on this VLAN? A list's VLANs are those in vx_demux. */
static __always_inline enum vrxdp_reason sent_source(const struct sent *s, const __u8 *source)
{
	bool first = mac_equal(source, s->iface->mac);
	bool list = s->iface->tags == VRXDP_TAGS_LIST;

	if (first && !list)
		return VRXDP_REASON_NONE;
	if ((list || s->iface->more_macs || s->iface->vrrp) && is_own(s, source))
		return VRXDP_REASON_NONE;
	if (s->iface->vrrp && mac_is_vrrp(source) && (!list || is_own(s, s->iface->mac)) &&
	    vrrp_claim(s->iface->port, s->vlan, s->number, source))
		return VRXDP_REASON_NONE;
	return first ? VRXDP_DROP_VLAN : VRXDP_DROP_SOURCE_MAC;
}

/* Is the frame in a VLAN of the interface's? sent_vlan() leaves a list's to vx_demux. */
static __always_inline bool in_own_vlan(const struct sent *s)
{
	return s->iface->tags != VRXDP_TAGS_LIST ||
	       demux(s->iface->port, s->vlan, s->iface->mac) == s->number;
}

/* Before its source is judged: by this it may become the owner of the virtual one. */
static __always_inline void sent_vrrp(struct xdp_md *ctx, const struct sent *s,
				      const struct ethhdr *eth)
{
	bool tagged = is_tag(eth->h_proto);

	/* Inside its VLAN a router has VLANs of its own, and a list has none but those listed. */
	if ((tagged && s->iface->hidden) || !is_own(s, s->iface->mac))
		return;
	vrrp_take(s->iface->port, s->vlan, s->number, eth->h_source, is_own(s, eth->h_source),
		  vrrp_parse(ctx, load_xdp, 2 * ETH_ALEN + (tagged ? VLAN_TAG_LEN : 0)));
}

SEC("xdp.frags")
int vx_device(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct vrxdp_iface *iface;
	enum vrxdp_reason reason;
	struct sent s = {};
	struct frame_head head;
	__u8 mac[ETH_ALEN];
	int slot;

	slot = device_slot(netns_number, ctx->ingress_ifindex);
	if (slot < (int)VRXDP_SLOT_IFACE)
		return XDP_DROP;
	s.number = (__u32)slot - VRXDP_SLOT_IFACE;
	iface = bpf_map_lookup_elem(&vx_ifaces, &s.number);
	if (!iface)
		return XDP_DROP;
	s.iface = iface;
	s.push = iface->hidden;
	if (!frame_has_ethernet(data, data_end))
		return sent_drop(&s, VRXDP_DROP_MALFORMED);
	head = parse_tag(data, data_end);
	reason = sent_vlan(iface, head, &s.vlan);
	if (reason != VRXDP_REASON_NONE)
		return sent_drop(&s, reason);
	if (iface->vrrp && mac_is_vrrp_group(eth->h_dest) && in_own_vlan(&s))
		sent_vrrp(ctx, &s, eth);
	reason = sent_source(&s, eth->h_source);
	if (reason != VRXDP_REASON_NONE)
		return sent_drop(&s, reason);
	s.wire_len = (__u32)bpf_xdp_get_buff_len(ctx) + iface->hidden;
	if (mac_is_group(eth->h_dest)) {
		if (mac_is_reserved(eth->h_dest))
			return sent_drop(&s, VRXDP_DROP_RESERVED_GROUP);
		return to_group(ctx, &s);
	}
	__builtin_memcpy(mac, eth->h_dest, sizeof(mac));
	return to_unicast(ctx, &s, head, mac);
}

/* Has the router behind this interface sent the frame itself? */
static __always_inline bool own_frame(const struct vrxdp_iface *iface, __u32 number,
				      struct vrxdp_vlan vlan, const __u8 *source)
{
	if (mac_equal(source, iface->mac))
		return true;
	return (iface->more_macs || iface->vrrp) && demux(iface->port, vlan, source) == number;
}

/* What a relay redirects meets this on the way to its target. */
static __always_inline int copy_to_router(struct xdp_md *ctx, __u32 number, __u32 slot)
{
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	__u64 len = bpf_xdp_get_buff_len(ctx);
	struct vrxdp_frame_underway f = { .to = (__u16)number, .len = (__u16)len };
	struct vrxdp_frame_underway out = { .flags = VRXDP_UNDERWAY_SKIP };
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct vrxdp_vlan vlan;
	struct ethhdr *eth = data;

	if (!iface || !frame_has_ethernet(data, data_end))
		goto drop;
	vlan = parse_tag(data, data_end).vlan;
	/* Nobody gets its own back. */
	if (mac_is_group(eth->h_dest)) {
		if (own_frame(iface, number, vlan, eth->h_source))
			goto drop;
	} else {
		f.from = kernel_sender(iface->port, vlan, eth->h_source);
	}
	if (len - iface->hidden > iface->max_len) {
		account_lost(&f, VRXDP_DROP_MTU);
		goto drop;
	}
	if (vlan_pop(ctx, iface->hidden)) {
		account_lost(&f, VRXDP_DROP_HEADROOM);
		goto drop;
	}
	underway_add(slot, f);
	return XDP_PASS;
drop:
	underway_add(slot, out);
	return XDP_DROP;
}

static __always_inline int copy_to_wire(struct xdp_md *ctx, __u32 port, __u32 slot)
{
	struct vrxdp_port *p = bpf_map_lookup_elem(&vx_ports, &port);
	__u64 len = bpf_xdp_get_buff_len(ctx);
	struct vrxdp_frame_underway f = { .len = (__u16)len };
	struct vrxdp_frame_underway out = { .flags = VRXDP_UNDERWAY_SKIP };
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;

	if (!p || !frame_has_ethernet(data, data_end))
		goto drop;
	f.from = (__u16)demux(port, parse_tag(data, data_end).vlan, eth->h_source);
	if (len > p->max_len) {
		account_lost(&f, VRXDP_DROP_MTU);
		goto drop;
	}
	if (p->by_relay && add_relay_header(ctx)) {
		account_lost(&f, VRXDP_DROP_HEADROOM);
		goto drop;
	}
	underway_add(slot, f);
	return XDP_PASS;
drop:
	underway_add(slot, out);
	return XDP_DROP;
}

/* The copy for the host goes through the relay once more, with a header that says so. */
static __always_inline int copy_to_relay(struct xdp_md *ctx, __u32 slot)
{
	struct vrxdp_frame_underway f = { .flags = VRXDP_UNDERWAY_VIA };

	if (!add_relay_header(ctx)) {
		underway_add(slot, f);
		return XDP_PASS;
	}
	f.flags = VRXDP_UNDERWAY_SKIP;
	underway_add(slot, f);
	return XDP_DROP;
}

SEC("xdp.frags/devmap")
int vx_copy(struct xdp_md *ctx)
{
	int slot = device_slot(netns_number, ctx->egress_ifindex);

	if (slot < 0)
		return XDP_DROP;
	if (slot >= (int)VRXDP_SLOT_IFACE)
		return copy_to_router(ctx, (__u32)slot - VRXDP_SLOT_IFACE, (__u32)slot);
	if (slot >= (int)VRXDP_SLOT_RELAY)
		return copy_to_relay(ctx, (__u32)slot);
	return copy_to_wire(ctx, (__u32)slot - VRXDP_SLOT_PORT, (__u32)slot);
}
