/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/vrrp.h, with advertisements that have the outermost tag beside them, as the kernel
 * leaves it: of frames from the wire, and of what VLAN devices of the host send.
 */
#include "beside_lab.h"
#include "copy_table.h"
#include "tags_lab.h"
#include "vrrp_frames.h"

static const struct {
	const char *says;
	struct frame_spec advert;
	struct vrxdp_demux_key key;
	__u32 owner;
} cases[] = {
	{
		"untagged",
		FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), IN_IPV4(ADVERT(3, 51, 100))),
		{ UP, { 0, 0 }, MAC_VRRP(51) },
		OWNER,
	},
	{
		"with one tag",
		FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), TAGS(DOT1Q(102)), IN_IPV4(ADVERT(2, 51, 100))),
		{ UP, { 0, 102 }, MAC_VRRP(51) },
		LIST,
	},
	{
		"with one tag, and IPv6",
		FRAME(MAC_VRRP_GROUP6, MAC_VRRP6(51), TAGS(DOT1Q(4094)),
		      IN_IPV6(ADVERT(3, 51, 100))),
		{ UP, { 0, 4094 }, MAC_VRRP6(51) },
		TRUNK,
	},
	{
		"with stacked tags",
		FRAME(MAC_VRRP_GROUP, MAC_VRRP(7), TAGS(DOT1AD(200), DOT1Q(100)),
		      IN_IPV4(ADVERT(3, 7, 100))),
		{ UP, { 200, 100 }, MAC_VRRP(7) },
		STACKED,
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

/* Send it by @ifindex; it arrives at @at, and nobody has the address any more. */
static int taken_away_wrong(size_t i, __u32 ifindex, int at)
{
	static __u8 frame[MAX_FRAME];
	__u32 len = frame_build(&cases[i].advert, frame), owner;
	int wrong;

	assert_int_equal(state_put(&prog.st, MAP_DEMUX, &cases[i].key, &cases[i].owner), 0);
	send_by(ifindex, frame, len);
	wrong = arrival_wrong("arrived", at, &cases[i].advert);
	if (state_get(&prog.st, MAP_DEMUX, &cases[i].key, &owner) || owner) {
		print_error("  %s still has the address\n", iface_names[owner]);
		wrong++;
	}
	assert_int_equal(state_delete(&prog.st, MAP_DEMUX, &cases[i].key), 0);
	if (wrong)
		print_error("^ %s\n", cases[i].says);
	return wrong;
}

static void an_advertisement_from_the_wire_takes_the_address_away(void **state)
{
	int wrong = 0;
	size_t i;

	(void)state;
	relay_start(false, false);
	for (i = 0; i < CASES; i++)
		wrong += taken_away_wrong(i, prog.wire[UP], at_up[UP]);
	relay_stop();
	assert_int_equal(wrong, 0);
}

static void one_of_the_host_does(void **state)
{
	struct beside_bpf *skel;
	int wrong = 0;
	size_t i;

	(void)state;
	relay_start(false, false);
	skel = put_tags_beside();
	for (i = 0; i < CASES; i++)
		wrong += taken_away_wrong(i, prog.up[UP], at_wire[UP]);
	relay_stop();
	beside_bpf__destroy(skel);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_advertisement_from_the_wire_takes_the_address_away),
		cmocka_unit_test(one_of_the_host_does),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
