/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/device.bpf.c, vx_device, with all forms of VLANs and several MAC addresses: what may a
 * router send, and which tags does it have where it goes?
 */
#include "device_table.h"
#include "tags_lab.h"

static const struct xdp_case cases[] = {
	{
		"a list's frame goes out with the tag that it has",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(100))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
	},
	{
		"in each of its VLANs, with its priority",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(0xe000 | 102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
	},
	{
		"from each of its addresses",
		.in = FRAME(MAC_STRANGER, MAC_LIST2, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
	},
	{
		"a list has no other VLAN",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(101))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, VLAN) },
	},
	{
		"nor another address in one of its own",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, SOURCE_MAC) },
	},
	{
		"nor its second one in another VLAN",
		.in = FRAME(MAC_STRANGER, MAC_LIST2, TAGS(DOT1Q(101))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, SOURCE_MAC) },
	},
	{
		"nor does it send untagged",
		.in = FRAME(MAC_STRANGER, MAC_LIST),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, VLAN) },
	},
	{
		"or priority-tagged",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(PRIORITY))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, VLAN) },
	},
	{
		"or with an 802.1ad tag around its own",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1AD(200), DOT1Q(100))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, VLAN) },
	},
	{
		"not even to a group",
		.in = FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(200))),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, VLAN) },
	},
	{
		"behind its tag it may have more",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(100), DOT1Q(200))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
	},
	{
		"a trunk sends into any VLAN",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK, TAGS(DOT1Q(4094))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(TRUNK, 60),
		.then = { SENT(TRUNK, 60), PORT_TX(UP, 60) },
	},
	{
		"also into one that others name",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK, TAGS(DOT1Q(200))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(TRUNK, 60),
		.then = { SENT(TRUNK, 60), PORT_TX(UP, 60) },
	},
	{
		"but not untagged",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, VLAN) },
	},
	{
		"nor with an 802.1ad tag",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK, TAGS(DOT1AD(200), DOT1Q(100))),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, VLAN) },
	},
	{
		"nor with another's address",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(100))),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, SOURCE_MAC) },
	},
	{
		"stacked tags are put on, and count",
		.in = FRAME(MAC_STRANGER, MAC_STACKED),
		.out = FRAME(MAC_STRANGER, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(STACKED, 68),
		.then = { SENT(STACKED, 68), PORT_TX(UP, 68) },
	},
	{
		"the longest frame that the port takes has them on it",
		.in = FRAME(MAC_STRANGER, MAC_STACKED, .len = 1510),
		.out = FRAME(MAC_STRANGER, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 1518),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(STACKED, 1518),
		.then = { SENT(STACKED, 1518), PORT_TX(UP, 1518) },
	},
	{
		"one byte more is dropped for the port's MTU",
		.in = FRAME(MAC_STRANGER, MAC_STACKED, .len = 1511),
		.at = STACKED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(STACKED, MTU) },
	},
	{
		"a list's longest frame has its tag",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(100)), .len = 1518),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(LIST, 1518),
		.then = { SENT(LIST, 1518), PORT_TX(UP, 1518) },
	},
	{
		"a byte more is dropped",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(100)), .len = 1519),
		.at = LIST,
		.verdict = XDP_DROP,
		.now = { TX_LOST(LIST, MTU) },
	},
	{
		"without a VLAN, an interface sends from its first address",
		.in = FRAME(MAC_STRANGER, MAC_RIVAL),
		.at = RIVAL,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RIVAL, 60),
		.then = { SENT(RIVAL, 60), PORT_TX(UP, 60) },
	},
	{
		"and from its second",
		.in = FRAME(MAC_STRANGER, MAC_RIVAL2),
		.at = RIVAL,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(RIVAL, 60),
		.then = { SENT(RIVAL, 60), PORT_TX(UP, 60) },
	},
	{
		"not from a neighbour's",
		.in = FRAME(MAC_STRANGER, MAC_RIVAL2),
		.at = OWNER,
		.verdict = XDP_DROP,
		.now = { TX_LOST(OWNER, SOURCE_MAC) },
	},
	{
		"nor from its own in a VLAN",
		.in = FRAME(MAC_STRANGER, MAC_RIVAL2, TAGS(DOT1Q(100))),
		.at = RIVAL,
		.verdict = XDP_DROP,
		.now = { TX_LOST(RIVAL, VLAN) },
	},
	{
		"an address of VRRP that is an interface's for good is valid as source",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(STATIC_VRID)),
		.out = FRAME(MAC_STRANGER, MAC_VRRP(STATIC_VRID), TAGS(DOT1AD(200), DOT1Q(100)),
			     .len = 68),
		.at = INNER,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(INNER, 68),
		.then = { SENT(INNER, 68), PORT_TX(UP, 68) },
	},
	{
		"for nobody else",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(STATIC_VRID)),
		.at = STACKED,
		.verdict = XDP_DROP,
		.now = { TX_LOST(STACKED, SOURCE_MAC) },
	},
	{
		"a frame for the port's address goes to the host with its tag",
		.in = FRAME(MAC_UP, MAC_LIST, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(LIST, 60, 0),
		.then = { SENT(LIST, 60) },
	},
	{
		"from behind stacked tags with both",
		.in = FRAME(MAC_UP, MAC_STACKED),
		.out = FRAME(MAC_UP, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(STACKED, 68, 0),
		.then = { SENT(STACKED, 68) },
	},
	{
		"an address on the host's side is reached like the port's own",
		.in = FRAME(MAC_BRIDGE, MAC_RED),
		.at = RED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(RED, 60, 0),
		.then = { SENT(RED, 60) },
	},
	{
		"in a VLAN as well",
		.in = FRAME(MAC_BRIDGE, MAC_GREEN),
		.out = FRAME(MAC_BRIDGE, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64),
		.at = GREEN,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(GREEN, 64, 0),
		.then = { SENT(GREEN, 64) },
	},
	{
		"on another port it is for the wire",
		.in = FRAME(MAC_BRIDGE, MAC_AWAY),
		.at = AWAY,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_WIRE(AWAY, 60),
		.then = { SENT(AWAY, 60), PORT_TX(OTHER, 60) },
	},
	{
		"a list's group frame goes to the relay as it is",
		.in = FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(LIST, 60, VRXDP_UNDERWAY_VIA),
	},
	{
		"so does a trunk's, in a VLAN that only trunks have",
		.in = FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(4094))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(TRUNK, 60, VRXDP_UNDERWAY_VIA),
	},
	{
		"from behind stacked tags it gets there with both",
		.in = FRAME(MAC_IPV6_GROUP, MAC_STACKED),
		.out = FRAME(MAC_IPV6_GROUP, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.under = UNDER_TO_RELAY(STACKED, 68, VRXDP_UNDERWAY_VIA),
	},
	{
		"above the group limit, those of the frame's VLAN miss a list's frame",
		.in = FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS_IN(LIST, G_UP_102, limited, 1, 60) },
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"those of its other VLAN the next",
		.in = FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(100))),
		.at = LIST,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS_IN(LIST, G_UP_100, limited, 1, 60) },
		.under = UNDER_TO_WIRE(LIST, 60),
		.then = { SENT(LIST, 60), PORT_TX(UP, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"the trunks alone in a VLAN that nobody names",
		.in = FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(5))),
		.at = TRUNK,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS_IN(TRUNK, G_TRUNK, limited, 1, 60) },
		.under = UNDER_TO_WIRE(TRUNK, 60),
		.then = { SENT(TRUNK, 60), PORT_TX(UP, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"those behind stacked tags, as long as it is on the wire",
		.in = FRAME(MAC_BROADCAST, MAC_STACKED),
		.out = FRAME(MAC_BROADCAST, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.at = STACKED,
		.verdict = XDP_REDIRECT,
		.now = { OTHERS(STACKED, limited, 68) },
		.under = UNDER_TO_WIRE(STACKED, 68),
		.then = { SENT(STACKED, 68), PORT_TX(UP, 68) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"a bridge group's address never leaves a trunk",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_TRUNK, TAGS(DOT1Q(5))),
		.at = TRUNK,
		.verdict = XDP_DROP,
		.now = { TX_LOST(TRUNK, RESERVED_GROUP) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void what_a_router_sends_has_the_tags_of_its_vlans(void **state)
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
		cmocka_unit_test(what_a_router_sends_has_the_tags_of_its_vlans),
		cmocka_unit_test(without_tracing_a_frame_counts_at_the_verdict),
		cmocka_unit_test(a_live_frame_arrives_and_counts_once_it_is_flushed),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
