/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDP_SINK_H
#define XDP_SINK_H

#include <linux/types.h>

#define SINK_SLOTS 4096u
#define SINK_OTHER SINK_SLOTS /* what the source didn't send: ARP, ND, ... */

/* Of one MAC address on one CPU. hi and lo: its first two and last four bytes. */
struct sink_count {
	__u64 packets;
	__u64 bytes;
	__u64 clashes;
	__u32 lo;
	__u16 hi;
	__u16 pad;
};

#endif
