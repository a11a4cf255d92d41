/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/shared.bpf.c, tc on a port's egress: who may send what by a port that the host, macvlan
 * children or one router use, and which of it goes into the relay.
 */
#include "tc_table.h"

static const struct tc_case cases[] = {
	{
		"what the host sends to the wire goes there",
		.in = FRAME(MAC_STRANGER, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends to a router goes into the relay instead",
		.in = FRAME(MAC_RED, MAC_UP, .len = 100),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"what it sends to a macvlan child is the kernel's to deliver",
		.in = FRAME(MAC_CHILD, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends to a group goes to the wire and into the relay",
		.in = FRAME(MAC_IPV6_GROUP, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"above the group limit only to the wire",
		.in = FRAME(MAC_IPV6_GROUP, MAC_UP, .len = 300),
		.program = EGRESS,
		.segments = 3,
		.wire_len = 328,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP_N(G_UP, limited, 3, 328) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"what it sends to a bridge group only to the wire",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a macvlan child's frame to the wire counts as sent",
		.in = FRAME(MAC_STRANGER, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60) },
	},
	{
		"its super-frame counts as the frames and bytes that it becomes",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, .len = 3000),
		.program = EGRESS,
		.segments = 3,
		.wire_len = 3108,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT_N(CHILD, 3, 3108) },
	},
	{
		"its frame to a router with a device goes into the relay, and counts there",
		.in = FRAME(MAC_BLUE, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"if the relay doesn't take it, it is lost to the sender",
		.in = FRAME(MAC_BLUE, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.now = { TX_LOST(CHILD, RING_FULL) },
		.before = relay_down,
		.after = relay_up,
	},
	{
		"its group frame counts as sent once, whoever gets a copy",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { SENT(CHILD, 60) },
	},
	{
		"nor does the group limit change that",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60), GROUP(G_UP, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"a bridge group's frame never leaves it",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0f), MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, RESERVED_GROUP) },
	},
	{
		"that of IS-IS does",
		.in = FRAME(MAC_BRIDGE_GROUP(0x14), MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { SENT(CHILD, 60) },
	},
	{
		"nobody sends by the port with the address of a router that has a device",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"not even to another router",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"or to a group",
		.in = FRAME(MAC_BROADCAST, MAC_BLUE),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"on another port, or in another VLAN, that address is nobody's",
		.in = FRAME(MAC_STRANGER, MAC_GREEN),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a whole port's router sends with its address",
		.in = FRAME(MAC_STRANGER, MAC_WHOLE),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(WHOLE, 60) },
	},
	{
		"and with no other",
		.in = FRAME(MAC_STRANGER, MAC_STRANGER2),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, SOURCE_MAC) },
	},
	/* A packet socket's frames have their tag where it is on the wire. */
	{
		"a tag inside the frame leads into its VLAN like one beside it",
		.in = FRAME(MAC_TEAL, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"and not out of it",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a mere priority stays without a VLAN",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"a router's address is forged there as well",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"a group's frame is copied there",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP_100, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"and nowhere else",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(101))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a tag behind a mere priority tag is none of ours",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(PRIORITY), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor is it in what a macvlan child sends",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(PRIORITY), DOT1AD(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"an 802.1ad tag is none of ours",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1AD(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a macvlan child without a VLAN can't send into one",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"nor into a service VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD, TAGS(DOT1AD(5))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"nor does a whole port's router",
		.in = FRAME(MAC_STRANGER, MAC_WHOLE, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, VLAN) },
	},
	{
		"it may give its frames a priority",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60) },
	},
};

static void what_leaves_by_a_port_is_checked_counted_and_led_to_routers(void **state)
{
	(void)state;
	assert_int_equal(tc_table_wrong(cases, sizeof(cases) / sizeof(cases[0])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leaves_by_a_port_is_checked_counted_and_led_to_routers),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
