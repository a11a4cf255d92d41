/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/parse.h on the host, where a byte that is read beyond a frame's end stops the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/parse.h"

#define ADDRESSES 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2
#define LEN 26

/* A frame's bytes behind its addresses, and what they say from @enough bytes on. */
static const struct {
	const char *says;
	__u8 rest[LEN - 12];
	enum tag_kind tag;
	struct vrxdp_vlan vlan;
	__u32 enough; /* below it the frame is cut */
} cases[] = {
	{ "an IPv4 frame has no tag", { 0x08, 0x00, 0x45 }, TAG_NONE, { 0, 0 }, 14 },
	{ "nor has one with a length for a type", { 0x00, 0x26, 0x42 }, TAG_NONE, { 0, 0 }, 14 },
	{ "nor one whose type is the TPID read backwards", { 0x00, 0x81 }, TAG_NONE, { 0, 0 }, 14 },
	{ "nor one with the TPID of old stacked tags",
	  { 0x91, 0x00, 0, 5 },
	  TAG_NONE,
	  { 0, 0 },
	  14 },
	{ "VID 1", { 0x81, 0x00, 0x00, 0x01, 0x08, 0x00 }, TAG_VID, { 0, 1 }, 18 },
	{ "VID 100", { 0x81, 0x00, 0x00, 0x64, 0x86, 0xdd }, TAG_VID, { 0, 100 }, 18 },
	{ "VID 4095", { 0x81, 0x00, 0x0f, 0xff, 0x08, 0x00 }, TAG_VID, { 0, 4095 }, 18 },
	{ "a priority is no part of the VID", { 0x81, 0x00, 0xf0, 0x64 }, TAG_VID, { 0, 100 }, 18 },
	{ "a mere priority is no tag",
	  { 0x81, 0x00, 0xe0, 0x00, 0x08, 0x00 },
	  TAG_NONE,
	  { 0, 0 },
	  18 },
	{ "nor is drop eligibility",
	  { 0x81, 0x00, 0x10, 0x00, 0x08, 0x00 },
	  TAG_NONE,
	  { 0, 0 },
	  18 },
	{ "behind it a tag is one",
	  { 0x81, 0x00, 0xe0, 0x00, 0x81, 0x00, 0x00, 0x64 },
	  TAG_OTHER,
	  { 0, 0 },
	  18 },
	{ "so is an 802.1ad tag",
	  { 0x81, 0x00, 0x00, 0x00, 0x88, 0xa8, 0x00, 0x64 },
	  TAG_OTHER,
	  { 0, 0 },
	  18 },
	{ "of two tags the outer one decides",
	  { 0x81, 0x00, 0x00, 0xc8, 0x81, 0x00, 0x00, 0x64 },
	  TAG_VID,
	  { 0, 200 },
	  18 },
	{ "whatever the inner one is",
	  { 0x81, 0x00, 0x00, 0xc8, 0x88, 0xa8, 0x00, 0x64 },
	  TAG_VID,
	  { 0, 200 },
	  18 },
	{ "an 802.1ad tag alone is none of ours",
	  { 0x88, 0xa8, 0x00, 0x64, 0x08, 0x00 },
	  TAG_OTHER,
	  { 0, 0 },
	  18 },
	{ "not even without a VID", { 0x88, 0xa8, 0x00, 0x00 }, TAG_OTHER, { 0, 0 }, 18 },
	{ "nor with another 802.1ad tag inside",
	  { 0x88, 0xa8, 0x00, 0xc8, 0x88, 0xa8, 0x00, 0x64 },
	  TAG_OTHER,
	  { 0, 0 },
	  18 },
	{ "with an 802.1Q tag inside it is",
	  { 0x88, 0xa8, 0x00, 0xc8, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00 },
	  TAG_STACKED,
	  { 200, 100 },
	  22 },
	{ "priorities are no part of its VIDs",
	  { 0x88, 0xa8, 0xf0, 0xc8, 0x81, 0x00, 0xf0, 0x64, 0x08, 0x00 },
	  TAG_STACKED,
	  { 200, 100 },
	  22 },
	{ "a third tag is the router's",
	  { 0x88, 0xa8, 0x0f, 0xff, 0x81, 0x00, 0x0f, 0xff, 0x81, 0x00, 0x00, 0x05 },
	  TAG_STACKED,
	  { 4095, 4095 },
	  22 },
	{ "without a VID outside it is none of ours",
	  { 0x88, 0xa8, 0xe0, 0x00, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00 },
	  TAG_OTHER,
	  { 0, 0 },
	  18 },
	{ "nor without one inside",
	  { 0x88, 0xa8, 0x00, 0xc8, 0x81, 0x00, 0xe0, 0x00, 0x08, 0x00 },
	  TAG_OTHER,
	  { 0, 0 },
	  22 },
};

/* The first @len bytes of case @i in memory of just that size; the caller frees. */
static __u8 *cut(size_t i, __u32 len)
{
	static const __u8 addresses[12] = { ADDRESSES };
	__u8 whole[LEN], *frame = malloc(len ? len : 1);

	assert_non_null(frame);
	memcpy(whole, addresses, sizeof(addresses));
	memcpy(whole + sizeof(addresses), cases[i].rest, sizeof(cases[i].rest));
	memcpy(frame, whole, len);
	return frame;
}

static int cut_wrong(size_t i, __u32 len)
{
	__u8 *frame = cut(i, len);
	struct frame_head head = parse_tag(frame, frame + len);
	const struct vrxdp_vlan none = { 0, 0 };
	bool whole = len >= cases[i].enough;

	free(frame);
	if (head.tag == (whole ? cases[i].tag : TAG_CUT) &&
	    vlan_equal(head.vlan, whole ? cases[i].vlan : none))
		return 0;
	print_error("%s: of %u bytes: kind %d, VIDs %u and %u\n", cases[i].says, len, (int)head.tag,
		    head.vlan.outer, head.vlan.vid);
	return 1;
}

static void tags_are_what_the_first_22_bytes_say(void **state)
{
	int wrong = 0;
	__u32 len;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (len = ETH_HLEN; len <= LEN; len++)
			wrong += cut_wrong(i, len);
	assert_int_equal(wrong, 0);
}

static void a_frame_has_a_header_from_14_bytes_on(void **state)
{
	__u8 *frame;
	__u32 len;

	(void)state;
	for (len = 0; len <= LEN; len++) {
		frame = cut(0, len);
		assert_int_equal(frame_has_ethernet(frame, frame + len), len >= 14);
		free(frame);
	}
}

static void the_first_bit_on_the_wire_makes_a_group(void **state)
{
	__u8 mac[6] = { 0 };
	int first;

	(void)state;
	for (first = 0; first < 256; first++) {
		mac[0] = (__u8)first;
		assert_int_equal(mac_is_group(mac), first % 2);
	}
}

static void sixteen_bridge_groups_are_reserved(void **state)
{
	__u8 mac[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 }, other[6];
	int last, byte, bit;

	(void)state;
	for (last = 0; last < 256; last++) {
		mac[5] = (__u8)last;
		assert_int_equal(mac_is_reserved(mac), last < 16);
	}
	mac[5] = 0x0e;
	for (byte = 0; byte < 5; byte++) {
		for (bit = 0; bit < 8; bit++) {
			memcpy(other, mac, 6);
			other[byte] ^= (__u8)(1 << bit);
			assert_false(mac_is_reserved(other));
		}
	}
}

static void addresses_are_equal_in_every_bit(void **state)
{
	__u8 a[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 }, b[6];
	int byte, bit;

	(void)state;
	memcpy(b, a, 6);
	assert_true(mac_equal(a, b));
	for (byte = 0; byte < 6; byte++) {
		for (bit = 0; bit < 8; bit++) {
			memcpy(b, a, 6);
			b[byte] ^= (__u8)(1 << bit);
			assert_false(mac_equal(a, b));
		}
	}
}

static void network_byte_order_is_big_endian(void **state)
{
	__be16 wire = wire16(0x1234);
	__u8 bytes[2];

	(void)state;
	memcpy(bytes, &wire, 2);
	assert_int_equal(bytes[0], 0x12);
	assert_int_equal(bytes[1], 0x34);
	assert_int_equal(host16(wire), 0x1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_what_the_first_22_bytes_say),
		cmocka_unit_test(a_frame_has_a_header_from_14_bytes_on),
		cmocka_unit_test(the_first_bit_on_the_wire_makes_a_group),
		cmocka_unit_test(sixteen_bridge_groups_are_reserved),
		cmocka_unit_test(addresses_are_equal_in_every_bit),
		cmocka_unit_test(network_byte_order_is_big_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
