/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ethernet and VLAN headers. Takes data and data_end, not a context, so that
 * host tests and fuzzers compile it too.
 */
#ifndef PARSE_H
#define PARSE_H

#include <linux/if_ether.h>
#include <linux/types.h>
#include <linux/stddef.h>
#include <stdbool.h>

#include "vrxdp/layout.h"

#define VLAN_VID_MASK 0x0fff
#define VLAN_TAG_LEN 4

/* IEEE 802.1Q clause 9.3: TPID and TCI, between the addresses and the type. */
struct vlan_tag {
	__be16 tpid;
	__be16 tci;
};

static __always_inline __be16 wire16(__u16 host)
{
	return (__be16)__builtin_bswap16(host);
}

static __always_inline __u16 host16(__be16 wire)
{
	return __builtin_bswap16((__u16)wire);
}

static __always_inline bool is_tag(__be16 type)
{
	return type == wire16(ETH_P_8021Q) || type == wire16(ETH_P_8021AD);
}

enum tag_kind {
	TAG_NONE,    /* untagged, or priority-tagged (VID 0) and no other tag */
	TAG_VID,     /* one 802.1Q tag with a VID from 1 to 4095 outermost */
	TAG_STACKED, /* an 802.1ad tag outermost, an 802.1Q tag behind it, both with a VID */
	TAG_OTHER,   /* another 802.1ad tag, or a tag behind a priority tag: none of ours */
	TAG_CUT,     /* the frame ends inside its tags */
};

struct frame_head {
	enum tag_kind tag;
	struct vrxdp_vlan vlan; /* zeroes unless TAG_VID or TAG_STACKED */
};

/*
 * What a tag's VID and the type behind it make of a frame; @outer is the VID of an 802.1ad
 * tag that was before it, 0: there was none.
 */
static __always_inline struct frame_head judge_tag(__u16 outer, __u16 vid, __be16 inner)
{
	struct frame_head head = { TAG_NONE, { outer, vid } };

	if (vid)
		head.tag = outer ? TAG_STACKED : TAG_VID;
	/* Linux takes a priority tag off and looks at the next: net/core/dev.c. */
	else if (outer || is_tag(inner))
		head.tag = TAG_OTHER;
	if (!vid)
		head.vlan.outer = 0;
	return head;
}

/* The frame must have ETH_HLEN bytes: see frame_has_ethernet(). */
static __always_inline struct frame_head parse_tag(const void *data, const void *data_end)
{
	const struct ethhdr *eth = data;
	const struct vlan_tag *tag = data + 2 * ETH_ALEN;
	struct frame_head none = { TAG_NONE, { 0, 0 } }, cut = { TAG_CUT, { 0, 0 } },
			  other = { TAG_OTHER, { 0, 0 } };
	__u16 outer = 0;

	if (!is_tag(eth->h_proto))
		return none;
	/* A tag is followed by the type of what it carries. */
	if ((const void *)(tag + 1) + sizeof(__be16) > data_end)
		return cut;
	if (eth->h_proto == wire16(ETH_P_8021AD)) {
		outer = host16(tag->tci) & VLAN_VID_MASK;
		tag++;
		if (!outer || tag->tpid != wire16(ETH_P_8021Q))
			return other;
		if ((const void *)(tag + 1) + sizeof(__be16) > data_end)
			return cut;
	}
	return judge_tag(outer, host16(tag->tci) & VLAN_VID_MASK, *(const __be16 *)(tag + 1));
}

/* Bytes before the IP header: Ethernet's, and those of the tags that @head was found to have. */
static __always_inline __u16 l3_offset(const struct ethhdr *eth, struct frame_head head)
{
	if (!is_tag(eth->h_proto))
		return sizeof(*eth);
	return (__u16)(sizeof(*eth) + (head.tag == TAG_STACKED ? 2u : 1u) * VLAN_TAG_LEN);
}

/* Does vrxdp carry frames with these tags for anybody? */
static __always_inline bool tags_known(enum tag_kind tag)
{
	return tag == TAG_NONE || tag == TAG_VID || tag == TAG_STACKED;
}

static __always_inline bool vlan_equal(struct vrxdp_vlan a, struct vrxdp_vlan b)
{
	return a.outer == b.outer && a.vid == b.vid;
}

static __always_inline bool frame_has_ethernet(const void *data, const void *data_end)
{
	return data + sizeof(struct ethhdr) <= data_end;
}

static __always_inline bool mac_is_group(const __u8 mac[6])
{
	return mac[0] & 1;
}

/* 01:80:c2:00:00:00 to :0f: IEEE 802.1D table 7-10, never forwarded. */
static __always_inline bool mac_is_reserved(const __u8 mac[6])
{
	return mac[0] == 0x01 && mac[1] == 0x80 && mac[2] == 0xc2 && mac[3] == 0 && mac[4] == 0 &&
	       (mac[5] & 0xf0) == 0;
}

static __always_inline bool mac_equal(const __u8 *a, const __u8 *b)
{
	const __u16 *x = (const __u16 *)a, *y = (const __u16 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

#endif
