/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a frame: bpf/parse.h reads nothing outside of it (the sanitizer tells), and
 * comes to the same as a parser that goes through the frame byte by byte.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/parse.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The two bytes at @at, in network byte order; -1 beyond the end. */
static int word(const uint8_t *data, size_t size, size_t at)
{
	if (at + 2 > size)
		return -1;
	return data[at] << 8 | data[at + 1];
}

static bool is_tpid(int type)
{
	return type == 0x8100 || type == 0x88a8;
}

static struct frame_head head_of(enum tag_kind tag, int outer, int vid)
{
	return (struct frame_head){ tag, { (__u16)outer, (__u16)vid } };
}

/* IEEE 802.1Q, read plainly. */
static struct frame_head plain(const uint8_t *data, size_t size)
{
	int type = word(data, size, 12), tci = word(data, size, 14), inner = word(data, size, 16);
	int inner_tci = word(data, size, 18), carried = word(data, size, 20);

	if (!is_tpid(type))
		return head_of(TAG_NONE, 0, 0);
	if (inner < 0)
		return head_of(TAG_CUT, 0, 0);
	if (type == 0x8100) {
		if (tci % 4096 != 0)
			return head_of(TAG_VID, 0, tci % 4096);
		return head_of(is_tpid(inner) ? TAG_OTHER : TAG_NONE, 0, 0);
	}
	if (tci % 4096 == 0 || inner != 0x8100)
		return head_of(TAG_OTHER, 0, 0);
	if (carried < 0)
		return head_of(TAG_CUT, 0, 0);
	if (inner_tci % 4096 == 0)
		return head_of(TAG_OTHER, 0, 0);
	return head_of(TAG_STACKED, tci % 4096, inner_tci % 4096);
}

static void check_addresses(const uint8_t *frame)
{
	static const uint8_t bridge[5] = { 0x01, 0x80, 0xc2, 0, 0 };
	const uint8_t *dst = frame, *src = frame + 6;

	MUST(mac_is_group(dst) == (dst[0] % 2 == 1));
	MUST(mac_is_reserved(dst) == (!memcmp(dst, bridge, 5) && dst[5] < 16));
	MUST(!mac_is_reserved(dst) || mac_is_group(dst));
	MUST(mac_equal(dst, src) == !memcmp(dst, src, 6));
	MUST(mac_equal(dst, dst));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Just as long as the frame, so that a byte too much is seen. */
	uint8_t *frame = malloc(size ? size : 1);
	struct frame_head head, want;

	MUST(frame);
	if (size)
		memcpy(frame, data, size);
	MUST(frame_has_ethernet(frame, frame + size) == (size >= 14));
	if (size >= 14) {
		head = parse_tag(frame, frame + size);
		want = plain(frame, size);
		MUST(head.tag == want.tag);
		MUST(vlan_equal(head.vlan, want.vlan));
		MUST((head.vlan.vid != 0) == (head.tag == TAG_VID || head.tag == TAG_STACKED));
		MUST((head.vlan.outer != 0) == (head.tag == TAG_STACKED));
		MUST(tags_known(head.tag) == (head.tag != TAG_OTHER && head.tag != TAG_CUT));
		MUST(!size || !memcmp(frame, data, size));
		check_addresses(frame);
	}
	free(frame);
	return 0;
}
