/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking 802.1Q and 802.1ad tags off a frame in XDP, and putting them on. */
#ifndef VLAN_H
#define VLAN_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "parse.h"

/* Both addresses: 12 bytes, in units that may overlap; ascending for a move to the front. */
static __always_inline void move_addresses(__u16 *to, const __u16 *from, bool to_front)
{
	int i;

	for (i = 0; i < ETH_ALEN; i++) {
		int at = to_front ? i : ETH_ALEN - 1 - i;

		to[at] = from[at];
	}
}

/* Remove the outermost @bytes of tags: a constant. 0, or negative with the frame as it was. */
static __always_inline int pop_bytes(struct xdp_md *ctx, const int bytes)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if (data + sizeof(struct ethhdr) + bytes > data_end)
		return -1;
	move_addresses(data + bytes, data, false);
	return (int)bpf_xdp_adjust_head(ctx, bytes);
}

/* Remove @hidden bytes of tags, as of an interface: 0, 4 or 8. */
static __always_inline int vlan_pop(struct xdp_md *ctx, __u8 hidden)
{
	if (!hidden)
		return 0;
	if (hidden == VLAN_TAG_LEN)
		return pop_bytes(ctx, VLAN_TAG_LEN);
	return pop_bytes(ctx, 2 * VLAN_TAG_LEN);
}

/* Room for @bytes of tags, a constant, behind the addresses. The first, or NULL. */
static __always_inline struct vlan_tag *push_bytes(struct xdp_md *ctx, const int bytes)
{
	void *data, *data_end;

	if (bpf_xdp_adjust_head(ctx, -bytes))
		return NULL;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	if (data + sizeof(struct ethhdr) + bytes > data_end)
		return NULL;
	move_addresses(data, data + bytes, true);
	return data + 2 * ETH_ALEN;
}

/* Insert the tags of @vlan, priority 0, @hidden bytes in all. Returns 0, or negative. */
static __always_inline int vlan_push(struct xdp_md *ctx, struct vrxdp_vlan vlan, __u8 hidden)
{
	struct vlan_tag *tag;

	if (!hidden)
		return 0;
	if (hidden == VLAN_TAG_LEN) {
		tag = push_bytes(ctx, VLAN_TAG_LEN);
		if (!tag)
			return -1;
	} else {
		tag = push_bytes(ctx, 2 * VLAN_TAG_LEN);
		if (!tag)
			return -1;
		tag->tpid = wire16(ETH_P_8021AD);
		tag->tci = wire16(vlan.outer);
		tag++;
	}
	tag->tpid = wire16(ETH_P_8021Q);
	tag->tci = wire16(vlan.vid);
	return 0;
}

#endif
