/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/port.bpf.c: whose is a frame that a port receives, and how does it get there? */
#include "xdp_table.h"

/* What no command would write: the broadcast address is an interface's. */
static const struct vrxdp_demux_key broadcast = { .port = UP, .mac = MAC_BROADCAST };

static void give_broadcast(void)
{
	__u32 red = RED;

	assert_int_equal(state_put(&prog.st, MAP_DEMUX, &broadcast, &red), 0);
}

static void take_broadcast(void)
{
	assert_int_equal(state_delete(&prog.st, MAP_DEMUX, &broadcast), 0);
}

static void free_pink(void)
{
	const struct vrxdp_iface none = { 0 };
	__u32 pink = PINK;

	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &none), 0);
}

static void restore_pink(void)
{
	__u32 pink = PINK;

	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &lab_ifaces[PINK]), 0);
}

static const struct xdp_case cases[] = {
	{
		"a frame for an unknown address passes untouched",
		.in = FRAME(MAC_STRANGER2, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so does one for the port's own address",
		.in = FRAME(MAC_UP, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so does one for no address at all",
		.in = FRAME(MAC_NOBODY, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"a broadcast frame passes untouched: tc makes the copies",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 100),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 100) },
	},
	{
		"so does one for an IPv4 group",
		.in = FRAME(MAC_IPV4_GROUP, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so does one for an IPv6 group in a router's VLAN",
		.in = FRAME(MAC_IPV6_GROUP, MAC_STRANGER, TAGS(DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so does one for a bridge group",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},

	{
		"a group address is nobody's own",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
		.before = give_broadcast,
		.after = take_broadcast,
	},

	{
		"a frame for an interface's address goes to its device, untouched",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = 61),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 61) },
		.under = UNDER_TO(RED, 61),
		.then = { DELIVERED(RED, 61) },
	},
	{
		"one for another interface goes to that one's device",
		.in = FRAME(MAC_BLUE, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(BLUE, 60),
		.then = { DELIVERED(BLUE, 60) },
	},
	{
		"an interface of another port has no address here",
		.in = FRAME(MAC_AWAY, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor has one of this port there",
		.in = FRAME(MAC_RED, MAC_STRANGER),
		.at = OTHER,
		.verdict = XDP_PASS,
		.now = { PORT_RX(OTHER, 60) },
	},
	{
		"who sent a frame doesn't matter: a router's address as source is delivered",
		.in = FRAME(MAC_RED, MAC_BLUE),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(RED, 60),
		.then = { DELIVERED(RED, 60) },
	},

	{
		"an interface in a VLAN gets its frame without the tag, and counts it with the tag",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.out = FRAME(MAC_GREEN, MAC_STRANGER, .len = 60),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 64) },
		.under = UNDER_TO(GREEN, 64),
		.then = { DELIVERED(GREEN, 64) },
	},
	{
		"priority and drop eligibility are not part of the VID",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(0xf000 | 100)), .len = 64),
		.out = FRAME(MAC_GREEN, MAC_STRANGER, .len = 60),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 64) },
		.under = UNDER_TO(GREEN, 64),
		.then = { DELIVERED(GREEN, 64) },
	},
	{
		"the type behind the tag may be anything",
		.in = FRAME(MAC_TEAL, MAC_STRANGER, TAGS(DOT1Q(100)), .type = ETH_P_IPV6,
			    .len = 200),
		.out = FRAME(MAC_TEAL, MAC_STRANGER, .type = ETH_P_IPV6, .len = 196),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 200) },
		.under = UNDER_TO(TEAL, 200),
		.then = { DELIVERED(TEAL, 200) },
	},
	{
		"an address in another VLAN is another interface's",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(200))),
		.out = FRAME(MAC_RED, MAC_STRANGER, .len = 56),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(PINK, 60),
		.then = { DELIVERED(PINK, 60) },
	},
	{
		"a frame with another VID is for nobody",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(101))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"so is one with the highest VID",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(4095))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"an interface in a VLAN gets nothing untagged",
		.in = FRAME(MAC_GREEN, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor priority-tagged",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"an untagged interface gets nothing tagged",
		.in = FRAME(MAC_BLUE, MAC_STRANGER, TAGS(DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"but what has a mere priority tag, untouched",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 60) },
		.under = UNDER_TO(RED, 60),
		.then = { DELIVERED(RED, 60) },
	},
	{
		"with another tag behind that, it is for nobody",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor is it if that is 802.1ad's",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY), DOT1AD(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"an 802.1ad tag is none of ours",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1AD(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"not even with VID 0",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1AD(PRIORITY))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"nor with an 802.1Q tag of ours inside",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},
	{
		"of two 802.1Q tags the outer one decides, and the inner one stays",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100), DOT1Q(200)), .len = 68),
		.out = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(200)), .len = 64),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 68) },
		.under = UNDER_TO(GREEN, 68),
		.then = { DELIVERED(GREEN, 68) },
	},
	{
		"the inner one finds nobody by itself",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(300), DOT1Q(100))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
	},

	{
		"a macvlan child's frame passes, and counts as delivered at once",
		.in = FRAME(MAC_CHILD, MAC_STRANGER, .len = 99),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 99), DELIVERED(CHILD, 99) },
	},
	{
		"so does the frame of a router that has the whole port",
		.in = FRAME(MAC_WHOLE, MAC_STRANGER),
		.at = WHOLE_PORT,
		.verdict = XDP_PASS,
		.now = { PORT_RX(WHOLE_PORT, 60), DELIVERED(WHOLE, 60) },
	},
	{
		"its group frames are counted in tc",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = WHOLE_PORT,
		.verdict = XDP_PASS,
		.now = { PORT_RX(WHOLE_PORT, 60) },
	},

	{
		"the longest frame that an interface takes is delivered",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = 1514),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 1514) },
		.under = UNDER_TO(RED, 1514),
		.then = { DELIVERED(RED, 1514) },
	},
	{
		"one byte more is dropped for its MTU",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = 1515),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1515), LOST(RED, 1515, MTU) },
	},
	{
		"each interface has its own longest frame",
		.in = FRAME(MAC_BLUE, MAC_STRANGER, .len = 1001),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1001), LOST(BLUE, 1001, MTU) },
	},
	{
		"a tag that is taken off doesn't count for that",
		.in = FRAME(MAC_TEAL, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1518),
		.out = FRAME(MAC_TEAL, MAC_STRANGER, .len = 1514),
		.at = UP,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(UP, 1518) },
		.under = UNDER_TO(TEAL, 1518),
		.then = { DELIVERED(TEAL, 1518) },
	},
	{
		"one byte more than that is dropped, and counted with the tag",
		.in = FRAME(MAC_TEAL, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1519),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1519), LOST(TEAL, 1519, MTU) },
	},
	{
		"a priority tag stays, and counts",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY)), .len = 1515),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 1515), LOST(RED, 1515, MTU) },
	},
	{
		"a frame of several buffers counts with all of them",
		.in = FRAME(MAC_AWAY, MAC_STRANGER, .len = JUMBO + 14),
		.at = OTHER,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(OTHER, JUMBO + 14) },
		.under = UNDER_TO(AWAY, JUMBO + 14),
		.then = { DELIVERED(AWAY, JUMBO + 14) },
	},
	{
		"its length is compared as a whole",
		.in = FRAME(MAC_AWAY, MAC_STRANGER, .len = JUMBO + 15),
		.at = OTHER,
		.verdict = XDP_DROP,
		.now = { PORT_RX(OTHER, JUMBO + 15), LOST(AWAY, JUMBO + 15, MTU) },
	},
	{
		"its tag is taken off like any other",
		.in = FRAME(MAC_BIG, MAC_STRANGER, TAGS(DOT1Q(300)), .len = JUMBO + 18),
		.out = FRAME(MAC_BIG, MAC_STRANGER, .len = JUMBO + 14),
		.at = OTHER,
		.verdict = XDP_REDIRECT,
		.now = { PORT_RX(OTHER, JUMBO + 18) },
		.under = UNDER_TO(BIG, JUMBO + 18),
		.then = { DELIVERED(BIG, JUMBO + 18) },
	},
	{
		"to the host it passes whole",
		.in = FRAME(MAC_STRANGER2, MAC_STRANGER, .len = 5000),
		.at = OTHER,
		.verdict = XDP_PASS,
		.now = { PORT_RX(OTHER, 5000) },
	},
	{
		"the longest frame of all is counted with every byte",
		.in = FRAME(MAC_AWAY, MAC_STRANGER, .len = 65540),
		.at = OTHER,
		.verdict = XDP_DROP,
		.now = { PORT_RX(OTHER, 65540), LOST(AWAY, 65540, MTU) },
	},

	{
		"an interface that is being removed counts nothing, for no router",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(200))),
		.at = UP,
		.verdict = XDP_PASS,
		.now = { PORT_RX(UP, 60) },
		.before = free_pink,
		.after = restore_pink,
	},
	{
		"a frame for an interface whose device is gone is dropped for that",
		.in = FRAME(MAC_GONE, MAC_STRANGER),
		.at = UP,
		.verdict = XDP_DROP,
		.now = { PORT_RX(UP, 60), LOST(GONE, 60, DEVICE_GONE) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void places_open(struct place *places, bool at_verdict)
{
	__u32 i;

	for (i = UP; i < PORTS; i++)
		places[i] = (struct place){ port_program(i, at_verdict), prog.up[i], at_up[i] };
}

static void places_close(struct place *places)
{
	__u32 i;

	for (i = UP; i < PORTS; i++)
		close(places[i].fd);
}

static int all_wrong(enum how how)
{
	struct place places[PORTS];
	int wrong;

	if (how == LIVE)
		captures_open();
	places_open(places, how == AT_VERDICT);
	wrong = xdp_table_wrong(cases, CASES, how, places);
	places_close(places);
	if (how == LIVE)
		captures_close();
	return wrong;
}

static void a_frame_finds_its_router_by_port_vlan_and_address(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_finds_its_router_by_port_vlan_and_address),
		cmocka_unit_test(without_tracing_a_frame_counts_at_the_verdict),
		cmocka_unit_test(a_live_frame_arrives_and_counts_once_it_is_flushed),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
