/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The relay: a pair of veths beside each port that routers share, for frames that
 * XDP can't place in one redirect.
 *
 *   far ◀── near   tc on the port sends here what routers must get: copies of the
 *                  port's group frames, and what the host or a macvlan child sends
 *                  to a router. The far end's program delivers.
 *   far ──▶ near   routers' programs redirect here: group frames, and frames to the
 *                  host or to a macvlan child. The near end's program copies group
 *                  frames to the wire, to the other routers and once more to itself;
 *                  what it passes, tc puts into the port's ingress.
 *
 *   far ◀── near   also what routers send to a port in generic mode, whose driver may
 *                  take no XDP frames: the far end passes it, and tc sends it.
 *
 * The copy for the host, and what goes to such a port, would look like frames for others
 * here, so they carry an Ethernet header more, which nobody can send here. By it a port in
 * generic mode also knows what the relay puts into its ingress, which its program meets.
 */
#ifndef RELAY_H
#define RELAY_H

#include "parse.h"

/* IEEE local experimental ethertype 1 (IEEE 802, 9.2.4). */
#define RELAY_ETHERTYPE 0x88b5

static __always_inline bool is_relayed(const struct ethhdr *eth)
{
	const __u16 *mac = (const __u16 *)eth->h_dest;

	return !mac[0] && !mac[1] && !mac[2] && eth->h_proto == wire16(RELAY_ETHERTYPE);
}

static __always_inline void mark_relayed(struct ethhdr *eth)
{
	__builtin_memset(eth, 0, sizeof(*eth));
	eth->h_proto = wire16(RELAY_ETHERTYPE);
}

/* skb->mark between the relay and the port's ingress, cleared there. */
#define RELAY_MARK 0x76727864u

#endif
