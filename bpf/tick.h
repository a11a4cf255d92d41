/* SPDX-License-Identifier: GPL-2.0-only */
/* A clock for each packet: right to one tick (1 to 10 ms), and nearly free. */
#ifndef TICK_H
#define TICK_H

#include "maps.h"

/* CLOCK_MONOTONIC ns, as of the last tick or a little later; never decreases on a CPU. */
static __always_inline __u64 tick_now(void)
{
	__u32 zero = 0;
	struct vrxdp_tick *tick = bpf_map_lookup_elem(&vx_ticks, &zero);
	__u64 jiffies = bpf_jiffies64();

	if (!tick)
		return bpf_ktime_get_ns();
	if (tick->jiffies != jiffies) {
		tick->ns = bpf_ktime_get_ns();
		tick->jiffies = jiffies;
	}
	return tick->ns;
}

#endif
