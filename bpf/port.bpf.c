// SPDX-License-Identifier: GPL-2.0-only
/* A port's program: find the frame's router by port, VLAN and destination MAC, and deliver. */
#include "account.h"
#include "demux.h"
#include "forward.h"
#include "redirect.h"
#include "relay_header.h"
#include "vlan.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load: one instance of this program serves one port. */
const volatile __u32 port_number;
const volatile __u8 generic_port;

/* To the stack of the router behind the interface. */
static __always_inline int to_stack(struct xdp_md *ctx, __u32 number, __u64 len)
{
	struct vrxdp_frame_underway f = { .to = (__u16)number, .len = (__u16)len };
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &number);

	if (!iface)
		return XDP_PASS;
	if (iface->delivery != VRXDP_REDIRECT) {
		account_delivered(number, 1, len);
		return XDP_PASS;
	}
	if (len - iface->hidden > iface->max_len) {
		account_drop(number, len, VRXDP_DROP_MTU);
		return XDP_DROP;
	}
	if (vlan_pop(ctx, iface->hidden)) {
		account_drop(number, len, VRXDP_DROP_HEADROOM);
		return XDP_DROP;
	}
	return redirect(VRXDP_SLOT_IFACE + number, f);
}

static __always_inline int to_router(struct xdp_md *ctx, __u32 number, struct frame_head head,
				     __u32 len)
{
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	struct hop hop = {
		.number = number, .vlan = head.vlan, .frame_len = len, .count_len = len
	};
	struct sent nobody = {};
	int verdict;

	if (!iface)
		return XDP_PASS;
	if (router_fast(iface->router) && hop_find_ip(ctx, &hop, head)) {
		verdict = forward(ctx, &hop, &nobody);
		if (verdict != FORWARD_PUNT)
			return verdict;
	}
	return to_stack(ctx, number, len);
}

SEC("xdp.frags")
int vx_port(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct vrxdp_port_counters *counters;
	struct ethhdr *eth = data;
	struct frame_head head;
	__u32 port = port_number;
	__u32 iface;
	__u64 len;

	/* The port didn't receive it: its relay brings it (bpf/shared.bpf.c, vx_inject). */
	if (generic_port && frame_has_ethernet(data, data_end) && is_relayed(eth))
		return pass_relayed(ctx);
	len = bpf_xdp_get_buff_len(ctx);
	counters = bpf_map_lookup_elem(&vx_port_counts, &port);
	if (counters)
		count_add(&counters->rx, 1, len);
	if (!frame_has_ethernet(data, data_end))
		return XDP_PASS;
	/* The host keeps its copy; tc makes the others (bpf/shared.bpf.c). */
	if (mac_is_group(eth->h_dest))
		return XDP_PASS;
	head = parse_tag(data, data_end);
	if (!tags_known(head.tag))
		return XDP_PASS;
	iface = demux(port, head.vlan, eth->h_dest);
	if (!iface)
		return XDP_PASS;
	return to_router(ctx, iface, head, (__u32)len);
}
