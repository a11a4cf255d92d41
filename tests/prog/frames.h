/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of the tables: what distinguishes them is named, the rest is a pattern that
 * depends on the place behind the headers, so that a frame that was shifted, cut or mixed
 * shows.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <string.h>

#define MAX_FRAME 70000u
#define SHORTEST 60u /* without FCS: IEEE 802.3, clause 3.2.8 */

/* IEEE local experimental ethertype 2 (IEEE 802, 9.2.4). */
#define TYPE_TEST 0x88b6

struct frame_tag {
	__u16 tpid; /* 0: no tag */
	__u16 tci;
};

struct frame_spec {
	__u8 dst[ETH_ALEN], src[ETH_ALEN];
	struct frame_tag tag[2]; /* the outer one first */
	__u16 type;              /* 0: TYPE_TEST */
	__u32 len;               /* all of it; 0: SHORTEST */
	__u8 body[56];           /* behind the type, in place of the pattern */
	__u8 body_len;
};

/* An initializer of an array or a struct, for a macro. */
#define INIT(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define FRAME(to, from, ...) INIT(.dst = to, .src = from, ##__VA_ARGS__)
#define TAGS(...) .tag = INIT(__VA_ARGS__)
#define DOT1Q(tci) INIT(ETH_P_8021Q, (tci))
#define DOT1AD(tci) INIT(ETH_P_8021AD, (tci))
#define PRIORITY 0xa000 /* of a TCI: priority 5, VID 0 */

__attribute__((unused)) static __u8 *put16(__u8 *at, __u16 value)
{
	at[0] = (__u8)(value >> 8);
	at[1] = (__u8)value;
	return at + 2;
}

__attribute__((unused)) static __u32 frame_len(const struct frame_spec *spec)
{
	return spec->len ? spec->len : SHORTEST;
}

/* Write @spec's frame to @buf, MAX_FRAME bytes, of which headers may be cut by its length. */
__attribute__((unused)) static __u32 frame_build(const struct frame_spec *spec, __u8 *buf)
{
	__u32 len = frame_len(spec), i;
	__u8 *at = buf, *payload;
	size_t t;

	memcpy(at, spec->dst, ETH_ALEN);
	memcpy(at + ETH_ALEN, spec->src, ETH_ALEN);
	at += 2 * ETH_ALEN;
	for (t = 0; t < 2 && spec->tag[t].tpid; t++)
		at = put16(put16(at, spec->tag[t].tpid), spec->tag[t].tci);
	payload = put16(at, spec->type ? spec->type : TYPE_TEST);
	for (i = 0; payload + i < buf + len; i++)
		payload[i] = i < spec->body_len ? spec->body[i] : (__u8)(i * 7 + i / 256 + 1);
	return len;
}

/* Who the tables talk about. Addresses of routers' interfaces: prog_lab.h. */
#define MAC_STRANGER INIT(0x02, 0, 0, 0, 0x99, 0x01)
#define MAC_STRANGER2 INIT(0x02, 0, 0, 0, 0x99, 0x02)
#define MAC_NOBODY INIT(0)
#define MAC_BROADCAST INIT(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
#define MAC_IPV4_GROUP INIT(0x01, 0x00, 0x5e, 0, 0, 0x05)
#define MAC_IPV6_GROUP INIT(0x33, 0x33, 0, 0, 0, 0x01)
/* Bridge group addresses: IEEE 802.1D, table 7-10, and those that follow. */
#define MAC_BRIDGE_GROUP(last) INIT(0x01, 0x80, 0xc2, 0, 0, (last))

#endif
