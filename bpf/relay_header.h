/* SPDX-License-Identifier: GPL-2.0-only */
/* The header that tells what the relay carries (bpf/relay.h): put on and taken off in XDP. */
#ifndef RELAY_HEADER_H
#define RELAY_HEADER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "relay.h"

/* Returns 0 or a negative errno. */
static __always_inline int add_relay_header(struct xdp_md *ctx)
{
	void *data, *data_end;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct ethhdr)))
		return -1;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	if (!frame_has_ethernet(data, data_end))
		return -1;
	mark_relayed(data);
	return 0;
}

/* The frame behind the header goes on to the kernel. Returns the verdict. */
static __always_inline int pass_relayed(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_head(ctx, sizeof(struct ethhdr)) ? XDP_DROP : XDP_PASS;
}

#endif
