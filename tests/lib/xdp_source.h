/* SPDX-License-Identifier: GPL-2.0-only */
/* What the source's two sides and the sink agree on. */
#ifndef XDP_SOURCE_H
#define XDP_SOURCE_H

#include <linux/types.h>

#define SOURCE_DESTS 4096
#define SOURCE_MACS 256
#define SOURCE_TTL 64
#define SOURCE_PORT 9 /* UDP destination port: discard */

/* A destination, with the checksums that a frame to it has. */
struct source_dest {
	__be32 daddr;
	__be16 port; /* UDP source port */
	__sum16 ip_check;
	__sum16 udp_check;
	__u16 pad;
};

struct source_mac {
	__u8 addr[6];
	__u16 pad;
};

#endif
