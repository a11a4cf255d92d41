/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking an 802.1Q tag off a frame in XDP, and putting it on. */
#ifndef VLAN_H
#define VLAN_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "parse.h"

/* Remove the outermost tag. Returns 0, or a negative errno with the frame as it was. */
static __always_inline int vlan_pop(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u16 *from = data, *to = data + VLAN_TAG_LEN;

	if (data + sizeof(struct ethhdr) + VLAN_TAG_LEN > data_end)
		return -1;
	/* Both addresses move up over the tag: 12 bytes, from the end. */
	to[5] = from[5];
	to[4] = from[4];
	to[3] = from[3];
	to[2] = from[2];
	to[1] = from[1];
	to[0] = from[0];
	return (int)bpf_xdp_adjust_head(ctx, VLAN_TAG_LEN);
}

/* Insert a tag with this VID, priority 0. Returns 0, or a negative errno. */
static __always_inline int vlan_push(struct xdp_md *ctx, __u16 vid)
{
	struct vlan_tag *tag;
	void *data, *data_end;
	__u16 *from, *to;
	int err;

	err = (int)bpf_xdp_adjust_head(ctx, -VLAN_TAG_LEN);
	if (err)
		return err;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	if (data + sizeof(struct ethhdr) + VLAN_TAG_LEN > data_end)
		return -1;
	from = data + VLAN_TAG_LEN;
	to = data;
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
	to[5] = from[5];
	tag = data + 2 * ETH_ALEN;
	tag->tpid = wire16(ETH_P_8021Q);
	tag->tci = wire16(vid);
	return 0;
}

#endif
