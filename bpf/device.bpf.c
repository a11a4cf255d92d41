// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that leads to a router's stack: its program meets what the router
 * sends, and its devmap program what a relay brings.
 */
#include "account.h"
#include "demux.h"
#include "group.h"
#include "redirect.h"
#include "relay_header.h"
#include "vlan.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load: the namespace whose devices this instance serves; ifindexes repeat elsewhere. */
const volatile __u32 netns_number;

static __always_inline int tx_drop(__u32 number, enum vrxdp_reason reason)
{
	account_tx_drop(number, reason);
	return XDP_DROP;
}

/* To the port, in the form that it has on the wire. @len is that form's length. */
static __always_inline int to_wire(struct xdp_md *ctx, const struct vrxdp_iface *iface,
				   __u32 number, __u64 len)
{
	struct vrxdp_frame_underway f = { .from = (__u16)number, .len = (__u16)len };
	__u32 port = iface->port;
	struct vrxdp_port *p = bpf_map_lookup_elem(&vx_ports, &port);

	if (!p || len > p->max_len)
		return tx_drop(number, VRXDP_DROP_MTU);
	if ((iface->vlan && vlan_push(ctx, iface->vlan)) || (p->by_relay && add_relay_header(ctx)))
		return tx_drop(number, VRXDP_DROP_HEADROOM);
	return redirect(VRXDP_SLOT_PORT + port, f);
}

/* To the relay, for the host, for a macvlan child, or for all of a group. */
static __always_inline int to_relay(struct xdp_md *ctx, const struct vrxdp_iface *iface,
				    __u32 number, __u64 len, __u16 flags)
{
	struct vrxdp_frame_underway f = { .from = (__u16)number,
					  .len = (__u16)len,
					  .flags = flags };
	__u32 port = iface->port;

	if (iface->vlan && vlan_push(ctx, iface->vlan))
		return tx_drop(number, VRXDP_DROP_HEADROOM);
	return redirect(VRXDP_SLOT_RELAY + port, f);
}

static __always_inline int to_group(struct xdp_md *ctx, const struct vrxdp_iface *iface,
				    __u32 number, __u64 len)
{
	struct vrxdp_group *group = group_find(iface->port, iface->vlan);
	__u64 linear = (__u64)ctx->data_end - ctx->data + (iface->vlan ? VLAN_TAG_LEN : 0);
	enum group_event event;

	if (!group)
		return to_wire(ctx, iface, number, len);
	if (len > linear)
		event = GROUP_OVERSIZE;
	else if (!group_may_copy(iface->port, group->copies + 1))
		event = GROUP_LIMITED;
	else
		return to_relay(ctx, iface, number, len, VRXDP_UNDERWAY_VIA);
	/* Sending costs no copy: the wire gets it all the same. */
	group_count(group, event, number, 1, len);
	return to_wire(ctx, iface, number, len);
}

static __always_inline int to_unicast(struct xdp_md *ctx, const struct vrxdp_iface *iface,
				      __u32 number, const __u8 *mac, __u64 len, __u64 wire_len)
{
	struct vrxdp_frame_underway f = { .from = (__u16)number, .len = (__u16)len };
	__u32 port = iface->port;
	struct vrxdp_iface *sibling;
	struct vrxdp_port *p;
	__u32 to;

	to = demux(port, iface->vlan, mac);
	if (to == number)
		return tx_drop(number, VRXDP_DROP_HAIRPIN);
	if (to) {
		sibling = bpf_map_lookup_elem(&vx_ifaces, &to);
		if (!sibling)
			return tx_drop(number, VRXDP_DROP_DEVICE_GONE);
		if (sibling->delivery != VRXDP_REDIRECT)
			return to_relay(ctx, iface, number, wire_len, 0);
		if (len > sibling->max_len) {
			account_drop(to, len, VRXDP_DROP_MTU);
			return tx_drop(number, VRXDP_DROP_MTU);
		}
		f.to = (__u16)to;
		return redirect(VRXDP_SLOT_IFACE + to, f);
	}
	p = bpf_map_lookup_elem(&vx_ports, &port);
	if (p && mac_equal(mac, p->mac))
		return to_relay(ctx, iface, number, wire_len, 0);
	return to_wire(ctx, iface, number, wire_len);
}

SEC("xdp.frags")
int vx_device(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct vrxdp_iface *iface;
	struct frame_head head;
	__u64 len, wire_len;
	__u8 mac[ETH_ALEN];
	__u32 number;
	int slot;

	slot = device_slot(netns_number, ctx->ingress_ifindex);
	if (slot < (int)VRXDP_SLOT_IFACE)
		return XDP_DROP;
	number = (__u32)slot - VRXDP_SLOT_IFACE;
	iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	if (!iface)
		return XDP_DROP;
	if (!frame_has_ethernet(data, data_end))
		return tx_drop(number, VRXDP_DROP_MALFORMED);
	if (!mac_equal(eth->h_source, iface->mac))
		return tx_drop(number, VRXDP_DROP_SOURCE_MAC);
	head = parse_tag(data, data_end);
	if (head.tag == TAG_CUT)
		return tx_drop(number, VRXDP_DROP_MALFORMED);
	/* Inside a VLAN of its own a router may stack tags; without one it would reach others'. */
	if (!iface->vlan && head.tag != TAG_NONE)
		return tx_drop(number, VRXDP_DROP_VLAN);
	len = bpf_xdp_get_buff_len(ctx);
	wire_len = len + (iface->vlan ? VLAN_TAG_LEN : 0);
	if (mac_is_group(eth->h_dest)) {
		if (mac_is_reserved(eth->h_dest))
			return tx_drop(number, VRXDP_DROP_RESERVED_GROUP);
		return to_group(ctx, iface, number, wire_len);
	}
	__builtin_memcpy(mac, eth->h_dest, sizeof(mac));
	return to_unicast(ctx, iface, number, mac, len, wire_len);
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
	struct ethhdr *eth = data;

	if (!iface || !frame_has_ethernet(data, data_end))
		goto drop;
	/* Nobody gets its own back. */
	if (mac_is_group(eth->h_dest)) {
		if (mac_equal(eth->h_source, iface->mac))
			goto drop;
	} else {
		f.from = kernel_sender(iface->port, iface->vlan, eth->h_source);
	}
	if (len - (iface->vlan ? VLAN_TAG_LEN : 0) > iface->max_len) {
		account_lost(&f, VRXDP_DROP_MTU);
		goto drop;
	}
	if (iface->vlan && vlan_pop(ctx)) {
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
	f.from = (__u16)demux(port, parse_tag(data, data_end).vid, eth->h_source);
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
