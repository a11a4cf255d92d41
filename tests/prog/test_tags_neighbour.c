/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/device.bpf.c, vx_device, with all forms of VLANs, between the routers of a port: the
 * receiver has the tags that its own form says, whatever the sender's is.
 */
#include "device_table.h"
#include "tags_lab.h"

static const struct xdp_case cases[] = {
	{
		"from an access interface a trunk gets the frame with the tag",
		.in = FRAME(MAC_TRUNK, MAC_GREEN),
		.out = FRAME(MAC_TRUNK, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(GREEN, TRUNK, 64),
		.then = { SENT(GREEN, 64), DELIVERED(TRUNK, 64) },
	},
	{
		"so does a list",
		.in = FRAME(MAC_LIST2, MAC_TEAL),
		.out = FRAME(MAC_LIST2, MAC_TEAL, TAGS(DOT1Q(100)), .len = 64),
		.at = TEAL,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TEAL, LIST, 64),
		.then = { SENT(TEAL, 64), DELIVERED(LIST, 64) },
	},
	{
		"from a trunk an access interface gets it without",
		.in = FRAME(MAC_GREEN, MAC_TRUNK, TAGS(DOT1Q(0xe000 | 100)), .len = 64),
		.out = FRAME(MAC_GREEN, MAC_TRUNK, .len = 60),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TRUNK, GREEN, 60),
		.then = { SENT(TRUNK, 60), DELIVERED(GREEN, 60) },
	},
	{
		"by VLAN and address: the one of another VLAN",
		.in = FRAME(MAC_RED, MAC_TRUNK, TAGS(DOT1Q(200)), .len = 64),
		.out = FRAME(MAC_RED, MAC_TRUNK, .len = 60),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TRUNK, PINK, 60),
		.then = { SENT(TRUNK, 60), DELIVERED(PINK, 60) },
	},
	{
		"from a list as well",
		.in = FRAME(MAC_TEAL, MAC_LIST, TAGS(DOT1Q(100)), .len = 64),
		.out = FRAME(MAC_TEAL, MAC_LIST, .len = 60),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(LIST, TEAL, 60),
		.then = { SENT(LIST, 60), DELIVERED(TEAL, 60) },
	},
	{
		"tags behind the VLAN's stay",
		.in = FRAME(MAC_TEAL, MAC_LIST2, TAGS(DOT1Q(100), DOT1Q(7)), .len = 64),
		.out = FRAME(MAC_TEAL, MAC_LIST2, TAGS(DOT1Q(7)), .len = 60),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(LIST, TEAL, 60),
		.then = { SENT(LIST, 60), DELIVERED(TEAL, 60) },
	},
	{
		"between a list and a trunk nothing changes",
		.in = FRAME(MAC_TRUNK, MAC_LIST, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(LIST, TRUNK, 60),
		.then = { SENT(LIST, 60), DELIVERED(TRUNK, 60) },
	},
	{
		"in both directions",
		.in = FRAME(MAC_LIST, MAC_TRUNK, TAGS(DOT1Q(102))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TRUNK, LIST, 60),
		.then = { SENT(TRUNK, 60), DELIVERED(LIST, 60) },
	},
	{
		"nor between those behind the same stacked tags",
		.in = FRAME(MAC_INNER, MAC_STACKED),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(STACKED, INNER, 60),
		.then = { SENT(STACKED, 60), DELIVERED(INNER, 60) },
	},
	{
		"to a neighbour's second address as to its first",
		.in = FRAME(MAC_RIVAL2, MAC_OWNER),
		.at = OWNER,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(OWNER, RIVAL, 60),
		.then = { SENT(OWNER, 60), DELIVERED(RIVAL, 60) },
	},
	{
		"in a VLAN that a list hasn't, it is no neighbour of a trunk",
		.in = FRAME(MAC_LIST, MAC_TRUNK, TAGS(DOT1Q(101))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(TRUNK, 60),
		.then = { SENT(TRUNK, 60), PORT_TX(UP, 60) },
	},
	{
		"nor is a trunk one of those behind stacked tags",
		.in = FRAME(MAC_TRUNK, MAC_STACKED),
		.out = FRAME(MAC_TRUNK, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(STACKED, 68),
		.then = { SENT(STACKED, 68), PORT_TX(UP, 68) },
	},
	{
		"a frame of a list for its other address is dropped",
		.in = FRAME(MAC_LIST2, MAC_LIST, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, HAIRPIN) },
	},
	{
		"so is one of a trunk for itself",
		.in = FRAME(MAC_TRUNK, MAC_TRUNK, TAGS(DOT1Q(9))),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, HAIRPIN) },
	},
	{
		"a tag that is taken off doesn't count for a neighbour's longest frame",
		.in = FRAME(MAC_TEAL, MAC_TRUNK, TAGS(DOT1Q(100)), .len = 1518),
		.out = FRAME(MAC_TEAL, MAC_TRUNK, .len = 1514),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TRUNK, TEAL, 1514),
		.then = { SENT(TRUNK, 1514), DELIVERED(TEAL, 1514) },
	},
	{
		"above that it is lost to both",
		.in = FRAME(MAC_TEAL, MAC_TRUNK, TAGS(DOT1Q(100)), .len = 1519),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, MTU), LOST(TEAL, 1515, MTU) },
	},
	{
		"one that is put on does",
		.in = FRAME(MAC_TRUNK, MAC_GREEN, .len = 1514),
		.out = FRAME(MAC_TRUNK, MAC_GREEN, TAGS(DOT1Q(100)), .len = 1518),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(GREEN, TRUNK, 1518),
		.then = { SENT(GREEN, 1518), DELIVERED(TRUNK, 1518) },
	},
	{
		"above that it is lost to both, too",
		.in = FRAME(MAC_TRUNK, MAC_GREEN, .len = 1515),
		.at = GREEN,
		.verdict = XDP_DROP,
		.now = { TX_LOST(GREEN, MTU), LOST(TRUNK, 1519, MTU) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void a_neighbour_gets_the_tags_that_its_own_form_of_vlan_says(void **state)
{
	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(device_table_wrong(cases, CASES, TRACED), 0);
}

static void without_tracing_a_frame_counts_at_the_verdict(void **state)
{
	(void)state;
	assert_int_equal(device_table_wrong(cases, CASES, AT_VERDICT), 0);
}

static void a_live_frame_arrives_and_counts_once_it_is_flushed(void **state)
{
	(void)state;
	assert_int_equal(device_table_wrong(cases, CASES, LIVE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_neighbour_gets_the_tags_that_its_own_form_of_vlan_says),
		cmocka_unit_test(without_tracing_a_frame_counts_at_the_verdict),
		cmocka_unit_test(a_live_frame_arrives_and_counts_once_it_is_flushed),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
