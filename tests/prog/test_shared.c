/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/shared.bpf.c, tc on a port's ingress and on its relay: group frames are copied into
 * the relay, and what a relay brings is counted.
 */
#include "tc_table.h"

static const struct tc_case cases[] = {
	{
		"a group frame from the wire is copied into the relay, and goes on to the host",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 70),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { GROUP(G_UP, passed, 70) },
	},
	{
		"a bridge group's frame is not",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0f), MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"but that of IS-IS is",
		.in = FRAME(MAC_BRIDGE_GROUP(0x14), MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { GROUP(G_UP, passed, 60) },
	},
	{
		"where the kernel serves everybody it is only counted",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_WHOLE, passed, 60) },
	},
	{
		"frames that were merged count one by one",
		.in = FRAME(MAC_IPV4_GROUP, MAC_STRANGER, .len = 600),
		.at = WHOLE_PORT,
		.segments = 3,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP_N(G_WHOLE, passed, 3, 600) },
	},
	{
		"on a port without a group it goes on to the host",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = OTHER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"above the group limit all interfaces with a device miss it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 60), GROUP(G_UP, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"they miss it as well if the relay doesn't take it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 80),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 80), GROUP(G_UP, overrun, 80) },
		.before = relay_down,
		.after = relay_up,
	},
	{
		"what the port received for a router is no business of tc",
		.in = FRAME(MAC_CHILD, MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a mark of somebody else's stays",
		.in = FRAME(MAC_STRANGER2, MAC_STRANGER),
		.mark = 7,
		.marked = 7,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a frame that the relay brought for the host loses its mark",
		.in = FRAME(MAC_UP, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"one for a macvlan child counts as delivered",
		.in = FRAME(MAC_CHILD, MAC_RED, .len = 90),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
		.now = { DELIVERED(CHILD, 90) },
	},
	{
		"one for an interface with a device doesn't: the kernel has no way to it",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a router's group frame counts for those that the kernel serves, and isn't copied again",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 60) },
	},
	{
		"a bridge group's frame loses its mark, too",
		.in = FRAME(MAC_BRIDGE_GROUP(0), MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what the relay brings is marked and put into the port's ingress",
		.in = FRAME(MAC_UP, MAC_RED),
		.program = INJECT,
		.marked = RELAY_MARK,
		.verdict = TC_ACT_REDIRECT,
	},
	{
		"so is what leaves by it, for the port's egress",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EMIT,
		.marked = RELAY_MARK,
		.verdict = TC_ACT_REDIRECT,
	},
	{
		"where the mark lets nothing pass: a macvlan child's owner can set it",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EGRESS,
		.mark = RELAY_MARK,
		.marked = RELAY_MARK,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"what these programs put into the relay passes its gate, and loses its mark",
		.in = FRAME(MAC_RED, MAC_UP),
		.program = GATE,
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what the host says by itself doesn't",
		.in = FRAME(MAC_BROADCAST, MAC_UP),
		.program = GATE,
		.verdict = TC_ACT_SHOT,
	},
	{
		"nor with a mark of somebody else's",
		.in = FRAME(MAC_BROADCAST, MAC_UP),
		.program = GATE,
		.mark = 1,
		.marked = 1,
		.verdict = TC_ACT_SHOT,
	},
};

static void group_frames_go_into_the_relay_and_what_it_brings_is_counted(void **state)
{
	(void)state;
	assert_int_equal(tc_table_wrong(cases, sizeof(cases) / sizeof(cases[0])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_frames_go_into_the_relay_and_what_it_brings_is_counted),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
