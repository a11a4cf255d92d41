/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/port.bpf.c with all forms of VLANs: whose is a tagged frame, and which of its tags
 * does the router see?
 */
#include "tags_lab.h"
#include "xdp_table.h"

static const struct xdp_case cases[] = {
	{
		"a VLAN of a list passes with its tag",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 64) },
		.under = UNDER_TO(LIST, 64),
		.then = { DELIVERED(LIST, 64) },
	},
	{
		"so does its other one",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(102)), .len = 65),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 65) },
		.under = UNDER_TO(LIST, 65),
		.then = { DELIVERED(LIST, 65) },
	},
	{
		"priority and drop eligibility stay in the tag",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(0xf000 | 102))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(LIST, 60),
		.then = { DELIVERED(LIST, 60) },
	},
	{
		"another MAC address of the interface leads to it as well",
		.in = FRAME(MAC_LIST2, MAC_STRANGER, TAGS(DOT1Q(102))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(LIST, 60),
		.then = { DELIVERED(LIST, 60) },
	},
	{
		"a tag behind the one of the list is the router's",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(100), DOT1Q(7))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(LIST, 60),
		.then = { DELIVERED(LIST, 60) },
	},
	{
		"a VLAN that isn't in the list is not the interface's",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(101))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor is an untagged frame",
		.in = FRAME(MAC_LIST, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor a priority-tagged one",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor one with a tag of the list inside an 802.1ad tag",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"a trunk has a VLAN that nobody else names, with its tag",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1Q(4094))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(TRUNK, 60),
		.then = { DELIVERED(TRUNK, 60) },
	},
	{
		"and one that others name",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1518),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 1518) },
		.under = UNDER_TO(TRUNK, 1518),
		.then = { DELIVERED(TRUNK, 1518) },
	},
	{
		"an untagged frame isn't a trunk's",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor is a priority-tagged one",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor one with an 802.1ad tag",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1AD(200))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor with an 802.1Q tag inside that",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"another's address isn't the trunk's in any VLAN",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(4094))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"a second 802.1Q tag is the trunk's own business",
		.in = FRAME(MAC_TRUNK, MAC_STRANGER, TAGS(DOT1Q(5), DOT1AD(6))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(TRUNK, 60),
		.then = { DELIVERED(TRUNK, 60) },
	},
	{
		"stacked tags are both taken off, and both count",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.out = FRAME(MAC_STACKED, MAC_STRANGER, .len = 60),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 68) },
		.under = UNDER_TO(STACKED, 68),
		.then = { DELIVERED(STACKED, 68) },
	},
	{
		"whatever their priorities are",
		.in = FRAME(MAC_STACKED, MAC_STRANGER,
			    TAGS(DOT1AD(0xf000 | 200), DOT1Q(0xe000 | 100)), .len = 68),
		.out = FRAME(MAC_STACKED, MAC_STRANGER, .len = 60),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 68) },
		.under = UNDER_TO(STACKED, 68),
		.then = { DELIVERED(STACKED, 68) },
	},
	{
		"with the outer VID of another",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(201), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"or the inner one, it is for nobody",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(101))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so it is with the two exchanged",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(100), DOT1Q(200))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with an 802.1Q tag outside",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1Q(200), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with an 802.1ad tag inside",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1AD(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with one tag alone",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with the inner tag alone",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with a mere priority inside",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(PRIORITY))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with a mere priority outside",
		.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(PRIORITY), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"the inner tag doesn't lead to an access interface there, either",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1AD(PRIORITY), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"and without a tag",
		.in = FRAME(MAC_STACKED, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"the longest frame of a stacked interface is 8 bytes longer on the wire",
		.in = FRAME(MAC_INNER, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)), .len = 1008),
		.out = FRAME(MAC_INNER, MAC_STRANGER, .len = 1000),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 1008) },
		.under = UNDER_TO(INNER, 1008),
		.then = { DELIVERED(INNER, 1008) },
	},
	{
		"one byte more is dropped for its MTU, and counted with the tags",
		.in = FRAME(MAC_INNER, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)), .len = 1009),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1009), LOST(INNER, 1009, MTU) },
	},
	{
		"a tag that passes counts for the longest frame",
		.in = FRAME(MAC_LIST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1519),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1519), LOST(LIST, 1519, MTU) },
	},
	{
		"an untagged interface's second address leads to it",
		.in = FRAME(MAC_RIVAL2, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(RIVAL, 60),
		.then = { DELIVERED(RIVAL, 60) },
	},
	{
		"not so in a VLAN",
		.in = FRAME(MAC_RIVAL2, MAC_STRANGER, TAGS(DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"beside a trunk an access interface still loses the tag",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.out = FRAME(MAC_GREEN, MAC_STRANGER, .len = 60),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 64) },
		.under = UNDER_TO(GREEN, 64),
		.then = { DELIVERED(GREEN, 64) },
	},
	{
		"an address on the host's side is the host's",
		.in = FRAME(MAC_BRIDGE, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static int all_wrong(enum how how)
{
	struct place places[PORTS] = { [UP] = { port_program(UP, how == AT_VERDICT), prog.up[UP],
						-1 } };
	int wrong;

	if (how == LIVE)
		captures_open();
	places[UP].host = at_up[UP];
	wrong = xdp_table_wrong(cases, CASES, how, places);
	close(places[UP].fd);
	if (how == LIVE)
		captures_close();
	return wrong;
}

static void a_router_sees_the_tags_that_its_form_of_vlan_says(void **state)
{
	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(all_wrong(TRACED), 0);
}

static void without_tracing_a_frame_counts_at_the_verdict(void **state)
{
	(void)state;
	assert_int_equal(all_wrong(AT_VERDICT), 0);
}

static void a_live_frame_arrives_and_counts_once_it_is_flushed(void **state)
{
	(void)state;
	assert_int_equal(all_wrong(LIVE), 0);
}

static void stacked_tags_cut_at_any_byte_are_never_miscounted(void **state)
{
	const struct frame_spec in =
		FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)));
	const struct place place = { port_program(UP, true), prog.up[UP], -1 };
	int wrong = 0;
	__u32 len;

	(void)state;
	for (len = ETH_HLEN; len <= SHORTEST; len++) {
		struct xdp_case c = { .says = "a frame that ends inside its tags is the host's",
				      .in = in,
				      .verdict = XDP_PASS,
				      .now = { PORT_RX(UP, len) } };
		const struct xdp_case whole = {
			.says = "with both and a type it is delivered",
			.in = FRAME(MAC_STACKED, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)),
				    .len = len),
			.out = FRAME(MAC_STACKED, MAC_STRANGER, .len = len - 8),
			.verdict = XDP_REDIRECT,
			.now = { PORT_RX(UP, len) },
			.then = { DELIVERED(STACKED, len) }
		};

		c.in.len = len;
		wrong += xdp_case_wrong(len < 22 ? &c : &whole, AT_VERDICT, &place);
	}
	close(place.fd);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_router_sees_the_tags_that_its_form_of_vlan_says),
		cmocka_unit_test(without_tracing_a_frame_counts_at_the_verdict),
		cmocka_unit_test(a_live_frame_arrives_and_counts_once_it_is_flushed),
		cmocka_unit_test(stacked_tags_cut_at_any_byte_are_never_miscounted),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
