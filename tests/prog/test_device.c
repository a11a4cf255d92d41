/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/device.bpf.c, vx_device: what a router sends, and where it may go. */
#include "device_table.h"

static const struct xdp_case cases[] = {
	{
		"a frame for an unknown address goes to the wire, untouched",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RED, 60),
		.then = { SENT(RED, 60), PORT_TX(UP, 60) },
	},
	{
		"each interface has its own port",
		.in = FRAME(MAC_STRANGER, MAC_AWAY, .len = 77),
		.at = AWAY,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(AWAY, 77),
		.then = { SENT(AWAY, 77), PORT_TX(OTHER, 77) },
	},
	{
		"a frame with a neighbour's source address is dropped",
		.in = FRAME(MAC_STRANGER, MAC_BLUE),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, SOURCE_MAC) },
	},
	{
		"so is one with the port's",
		.in = FRAME(MAC_STRANGER, MAC_UP),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, SOURCE_MAC) },
	},
	{
		"so is one that differs in its last bit",
		.in = FRAME(MAC_STRANGER, MAC_OF_ROUTER(0)),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, SOURCE_MAC) },
	},
	{
		"so is one that differs in its first",
		.in = FRAME(MAC_STRANGER, INIT(0x82, 0, 0, 0, 0x0e, 1)),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, SOURCE_MAC) },
	},
	{
		"a group frame with a wrong source address is no exception",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = GREEN,
		.verdict = XDP_DROP,
		.now = { TX_LOST(GREEN, SOURCE_MAC) },
	},
	{
		"the same address is right behind another device",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.out = FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1Q(200)), .len = 64),
		.at = PINK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(PINK, 64),
		.then = { SENT(PINK, 64), PORT_TX(UP, 64) },
	},

	{
		"a router without a VLAN can't send into one",
		.in = FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1Q(100))),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, VLAN) },
	},
	{
		"nor by a group frame",
		.in = FRAME(MAC_IPV6_GROUP, MAC_RED, TAGS(DOT1Q(100))),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, VLAN) },
	},
	{
		"nor into a service VLAN",
		.in = FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1AD(PRIORITY))),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, VLAN) },
	},
	{
		"nor by a tag behind a mere priority tag",
		.in = FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1Q(PRIORITY), DOT1Q(100))),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, VLAN) },
	},
	{
		"it may give its frames a priority",
		.in = FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1Q(PRIORITY))),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RED, 60),
		.then = { SENT(RED, 60), PORT_TX(UP, 60) },
	},
	{
		"a router in a VLAN has its tag put on, and it counts",
		.in = FRAME(MAC_STRANGER, MAC_GREEN),
		.out = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(GREEN, 64),
		.then = { SENT(GREEN, 64), PORT_TX(UP, 64) },
	},
	{
		"inside its VLAN it may have tags of its own",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(200))),
		.out = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100), DOT1Q(200)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(GREEN, 64),
		.then = { SENT(GREEN, 64), PORT_TX(UP, 64) },
	},
	{
		"even 802.1ad's",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1AD(5))),
		.out = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100), DOT1AD(5)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(GREEN, 64),
		.then = { SENT(GREEN, 64), PORT_TX(UP, 64) },
	},

	{
		"the longest frame that the port takes goes to the wire",
		.in = FRAME(MAC_STRANGER, MAC_RED, .len = 1518),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RED, 1518),
		.then = { SENT(RED, 1518), PORT_TX(UP, 1518) },
	},
	{
		"one byte more is dropped for its MTU",
		.in = FRAME(MAC_STRANGER, MAC_RED, .len = 1519),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, MTU) },
	},
	{
		"a tag that is put on counts for that",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, .len = 1515),
		.at = GREEN,
		.verdict = XDP_DROP,
		.now = { TX_LOST(GREEN, MTU) },
	},
	{
		"with it the longest frame has its length",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, .len = 1514),
		.out = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100)), .len = 1518),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(GREEN, 1518),
		.then = { SENT(GREEN, 1518), PORT_TX(UP, 1518) },
	},
	{
		"a frame of several buffers counts with all of them, and its tag",
		.in = FRAME(MAC_STRANGER, MAC_BIG, .len = JUMBO + 14),
		.out = FRAME(MAC_STRANGER, MAC_BIG, TAGS(DOT1Q(300)), .len = JUMBO + 18),
		.at = BIG,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(BIG, JUMBO + 18),
		.then = { SENT(BIG, JUMBO + 18), PORT_TX(OTHER, JUMBO + 18) },
	},
	{
		"the longest frame of all isn't mistaken for a short one",
		.in = FRAME(MAC_STRANGER, MAC_AWAY, .len = 65540),
		.at = AWAY,
		.verdict = XDP_DROP,
		.now = { TX_LOST(AWAY, MTU) },
	},

	{
		"a frame for a neighbour goes straight to its device, and is received there",
		.in = FRAME(MAC_BLUE, MAC_RED, .len = 1000),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(RED, BLUE, 1000),
		.then = { SENT(RED, 1000), DELIVERED(BLUE, 1000) },
	},
	{
		"above that one's longest frame it is lost to both",
		.in = FRAME(MAC_BLUE, MAC_RED, .len = 1001),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, MTU), LOST(BLUE, 1001, MTU) },
	},
	{
		"the port's longest frame doesn't matter between neighbours",
		.in = FRAME(MAC_GREEN, MAC_TEAL, .len = 2000),
		.at = TEAL,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(TEAL, GREEN, 2000),
		.then = { SENT(TEAL, 2000), DELIVERED(GREEN, 2000) },
	},
	{
		"between neighbours in a VLAN no tag is put on",
		.in = FRAME(MAC_TEAL, MAC_GREEN),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(GREEN, TEAL, 60),
		.then = { SENT(GREEN, 60), DELIVERED(TEAL, 60) },
	},
	{
		"a frame for a neighbour whose device is gone is lost to both",
		.in = FRAME(MAC_GONE, MAC_RED),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, DEVICE_GONE), LOST(GONE, 60, DEVICE_GONE) },
	},
	{
		"an interface in another VLAN is no neighbour",
		.in = FRAME(MAC_GREEN, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RED, 60),
		.then = { SENT(RED, 60), PORT_TX(UP, 60) },
	},
	{
		"nor is one without, for a router in a VLAN",
		.in = FRAME(MAC_BLUE, MAC_GREEN),
		.out = FRAME(MAC_BLUE, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(GREEN, 64),
		.then = { SENT(GREEN, 64), PORT_TX(UP, 64) },
	},
	{
		"nor is one on another port",
		.in = FRAME(MAC_RED, MAC_AWAY),
		.at = AWAY,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(AWAY, 60),
		.then = { SENT(AWAY, 60), PORT_TX(OTHER, 60) },
	},
	{
		"a tag of its own doesn't lead out of a router's VLAN",
		.in = FRAME(MAC_TEAL, MAC_GREEN, TAGS(DOT1Q(200))),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(GREEN, TEAL, 60),
		.then = { SENT(GREEN, 60), DELIVERED(TEAL, 60) },
	},
	{
		"a frame for its own address is dropped",
		.in = FRAME(MAC_RED, MAC_RED),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, HAIRPIN) },
	},
	{
		"its own address in another VLAN isn't its own",
		.in = FRAME(MAC_RED, MAC_RED, TAGS(DOT1Q(200))),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, VLAN) },
	},

	{
		"a frame for a macvlan child goes to the relay, and counts as sent",
		.in = FRAME(MAC_CHILD, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(RED, 60, 0),
		.then = { SENT(RED, 60) },
	},
	{
		"so does one for the port's own address: it is the host's",
		.in = FRAME(MAC_UP, MAC_BLUE),
		.at = BLUE,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(BLUE, 60, 0),
		.then = { SENT(BLUE, 60) },
	},
	{
		"from a VLAN it gets there with the tag",
		.in = FRAME(MAC_UP, MAC_GREEN),
		.out = FRAME(MAC_UP, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(GREEN, 64, 0),
		.then = { SENT(GREEN, 64) },
	},
	{
		"another port's address is for the wire",
		.in = FRAME(MAC_OTHER, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RED, 60),
		.then = { SENT(RED, 60), PORT_TX(UP, 60) },
	},

	{
		"a group frame goes to the relay, and counts when that has copied it",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(RED, 60, VRXDP_UNDERWAY_VIA),
	},
	{
		"from a VLAN it gets there as it is on the wire",
		.in = FRAME(MAC_IPV4_GROUP, MAC_GREEN),
		.out = FRAME(MAC_IPV4_GROUP, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(GREEN, 64, VRXDP_UNDERWAY_VIA),
	},
	{
		"without a group it goes to the wire",
		.in = FRAME(MAC_BROADCAST, MAC_AWAY),
		.at = AWAY,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(AWAY, 60),
		.then = { SENT(AWAY, 60), PORT_TX(OTHER, 60) },
	},
	{
		"a bridge group's first address never leaves a router",
		.in = FRAME(MAC_BRIDGE_GROUP(0x00), MAC_RED),
		.at = RED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RED, RESERVED_GROUP) },
	},
	{
		"nor does the last",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0f), MAC_GREEN),
		.at = GREEN,
		.verdict = XDP_DROP,
		.now = { TX_LOST(GREEN, RESERVED_GROUP) },
	},
	{
		"nor does it where there is no group",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_AWAY),
		.at = AWAY,
		.verdict = XDP_DROP,
		.now = { TX_LOST(AWAY, RESERVED_GROUP) },
	},
	{
		"the address behind them is a group's like any other",
		.in = FRAME(MAC_BRIDGE_GROUP(0x10), MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(RED, 60, VRXDP_UNDERWAY_VIA),
	},
	{
		"so is that of IS-IS",
		.in = FRAME(MAC_BRIDGE_GROUP(0x14), MAC_RED, .len = 1497),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(RED, 1497, VRXDP_UNDERWAY_VIA),
	},
	{
		"above the group limit a group frame goes to the wire alone, and all others miss it",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS(RED, limited, 60) },
		.under = UNDER_TO_WIRE(RED, 60),
		.then = { SENT(RED, 60), PORT_TX(UP, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"in a VLAN they miss it as long as it is on the wire",
		.in = FRAME(MAC_IPV6_GROUP, MAC_TEAL),
		.out = FRAME(MAC_IPV6_GROUP, MAC_TEAL, TAGS(DOT1Q(100)), .len = 64),
		.at = TEAL,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS(TEAL, limited, 64) },
		.under = UNDER_TO_WIRE(TEAL, 64),
		.then = { SENT(TEAL, 64), PORT_TX(UP, 64) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"the limit is for group frames only",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_BETWEEN(RED, BLUE, 60),
		.then = { SENT(RED, 60), DELIVERED(BLUE, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"a group frame of several buffers goes to the wire alone, and all others miss it",
		.in = FRAME(MAC_BROADCAST, MAC_BIG, .len = JUMBO),
		.out = FRAME(MAC_BROADCAST, MAC_BIG, TAGS(DOT1Q(300)), .len = JUMBO + 4),
		.at = BIG,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS(BIG, oversize, JUMBO + 4) },
		.under = UNDER_TO_WIRE(BIG, JUMBO + 4),
		.then = { SENT(BIG, JUMBO + 4), PORT_TX(OTHER, JUMBO + 4) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void what_a_router_sends_goes_where_its_port_would_take_it(void **state)
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

/* A device that no interface has: nobody to count for, so nothing but the drop. */
static void a_frame_from_an_unknown_device_is_dropped(void **state)
{
	struct device_programs p = device_programs(true);
	struct vrxdp_device_key elsewhere = { .netns = prog.ns.inum + 1, .ifindex = prog.far[RED] };
	const struct xdp_case unknown = { "a frame from a device without an interface is dropped",
					  .in = FRAME(MAC_STRANGER, MAC_RED), .verdict = XDP_DROP };
	const struct place places[] = { { p.device, prog.far[RED], -1 },
					{ p.device, prog.up[UP], -1 },
					{ p.device, prog.relay_far, -1 },
					{ p.device, 0, -1 } };
	__u32 slot = VRXDP_SLOT_IFACE + RED;
	int wrong = 0;
	size_t i;

	(void)state;
	/* The same number in another namespace is another device. */
	assert_int_equal(state_put(&prog.st, MAP_DEVICES, &elsewhere, &slot), 0);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		wrong += xdp_case_wrong(&unknown, AT_VERDICT, &places[i]);
	assert_int_equal(state_delete(&prog.st, MAP_DEVICES, &elsewhere), 0);
	programs_device_close(&p);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_router_sends_goes_where_its_port_would_take_it),
		cmocka_unit_test(without_tracing_a_frame_counts_at_the_verdict),
		cmocka_unit_test(a_live_frame_arrives_and_counts_once_it_is_flushed),
		cmocka_unit_test(a_frame_from_an_unknown_device_is_dropped),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
