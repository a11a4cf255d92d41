/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handing a frame to a device. The kernel collects redirected frames per CPU and
 * device and flushes up to 16 at a time, in order; until then they are under way,
 * and bpf/trace.bpf.c counts them by what the flush reports.
 */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "account.h"

/*
 * Set before load: the kernel won't report what becomes of redirected frames
 * (generic mode, or tracing refused), so they count at the verdict.
 */
const volatile __u8 at_verdict;

static __always_inline void underway_accept(__u32 slot, const struct vrxdp_frame_underway *f)
{
	struct vrxdp_run run = { f->from, f->to, f->in, 1, f->len, f->in_len };

	if (!f->flags)
		account_accepted(slot, &run);
}

static __always_inline void underway_add(__u32 slot, struct vrxdp_frame_underway f)
{
	struct vrxdp_underway *u;

	if (at_verdict) {
		underway_accept(slot, &f);
		return;
	}
	u = bpf_map_lookup_elem(&vx_underway, &slot);
	if (!u)
		return;
	/* Never full while flushes are seen: what is lost sight of counts as accepted. */
	if (u->tail - u->head >= VRXDP_UNDERWAY) {
		underway_accept(slot, &u->frame[u->head % VRXDP_UNDERWAY]);
		u->head++;
	}
	u->frame[u->tail % VRXDP_UNDERWAY] = f;
	u->tail++;
	u->fresh = 1;
}

static __always_inline int redirect(__u32 slot, struct vrxdp_frame_underway f)
{
	if (bpf_redirect_map(&vx_targets, slot, XDP_DROP) != XDP_REDIRECT) {
		account_lost(&f, VRXDP_DROP_DEVICE_GONE);
		return XDP_DROP;
	}
	underway_add(slot, f);
	return XDP_REDIRECT;
}

#endif
