/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes through the relay: vx_relay_far, vx_relay_near, and vx_copy on the way to
 * each target, with live frames. BPF_PROG_TEST_RUN takes no devmap programs.
 */
#include "copy_table.h"

static void red_down(void)
{
	set_down(prog.dev[RED]);
}

static void red_up(void)
{
	set_up(prog.dev[RED]);
}

static const struct copy_case cases[] = {
	{
		"a group frame from the wire reaches the host and each router once",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 60), GROUP(G_UP, passed, 60), DELIVERED(RED, 60),
			 DELIVERED(BLUE, 60) },
	},
	{
		"in a VLAN it reaches the host with its tag, and its routers without",
		.in = FRAME(MAC_IPV6_GROUP, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_IPV6_GROUP, MAC_STRANGER, TAGS(DOT1Q(100)),
					   .len = 64)),
			     AT_ROUTER(GREEN, FRAME(MAC_IPV6_GROUP, MAC_STRANGER)),
			     AT_ROUTER(TEAL, FRAME(MAC_IPV6_GROUP, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 64), DELIVERED(GREEN, 64), DELIVERED(TEAL, 64) },
	},
	{
		"above the group limit its routers miss it, as long as it is on the wire",
		.in = FRAME(MAC_IPV6_GROUP, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_PORT,
		.arrives = { AT_HOST(
			FRAME(MAC_IPV6_GROUP, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64)) },
		.now = { PORT_RX(UP, 64), GROUP(G_UP_100, limited, 64) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"with a mere priority tag it reaches those that have no VLAN, untouched",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(RED,
				       FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY)))),
			     AT_ROUTER(BLUE,
				       FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY)))) },
		.now = { DELIVERED(RED, 60), DELIVERED(BLUE, 60) },
	},
	{
		"with another tag behind that, the host alone",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY), DOT1Q(100))),
		.by = BY_PORT,
		.arrives = { AT_HOST(
			FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY), DOT1Q(100)))) },
		.now = { PORT_RX(UP, 60) },
	},
	{
		"with an 802.1ad tag nobody",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(100))),
		.by = BY_FAR,
	},
	{
		"in a VLAN without a group nobody",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(200))),
		.by = BY_FAR,
	},
	{
		"nobody gets its own back from the wire",
		.in = FRAME(MAC_BROADCAST, MAC_BLUE),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_BLUE)) },
		.now = { DELIVERED(RED, 60) },
	},
	{
		"that address in another VLAN is somebody else's",
		.in = FRAME(MAC_BROADCAST, MAC_BLUE, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_BLUE)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_BLUE)) },
		.now = { DELIVERED(GREEN, 64), DELIVERED(TEAL, 64) },
	},
	{
		"a copy above a router's longest frame is lost to that router only",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1001),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1001)) },
		.now = { DELIVERED(RED, 1001), LOST(BLUE, 1001, MTU) },
	},
	{
		"a tag that is taken off doesn't count for that",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1518),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1514)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1514)) },
		.now = { DELIVERED(GREEN, 1518), DELIVERED(TEAL, 1518) },
	},
	{
		"a byte more is lost, with its tag",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1519),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1515)) },
		.now = { DELIVERED(GREEN, 1519), LOST(TEAL, 1519, MTU) },
	},
	/* The kernel leaves it out without a word: dev_map_enqueue_multi(), is_valid_dst(). */
	{
		"a device that is down gets no copy, and the others get theirs",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_STRANGER)) },
		.now = { DELIVERED(BLUE, 60) },
		.before = red_down,
		.after = red_up,
	},

	{
		"what the host sends to a router reaches it alone",
		.in = FRAME(MAC_BLUE, MAC_UP),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(BLUE, FRAME(MAC_BLUE, MAC_UP)) },
		.now = { DELIVERED(BLUE, 60) },
	},
	{
		"what it sends to one in a VLAN reaches it without the tag",
		.in = FRAME(MAC_GREEN, MAC_UP, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_GREEN, MAC_UP)) },
		.now = { DELIVERED(GREEN, 64) },
	},
	{
		"what it sends to a group reaches the wire and each router",
		.in = FRAME(MAC_IPV4_GROUP, MAC_UP),
		.by = BY_HOST,
		.arrives = { AT_WIRE(FRAME(MAC_IPV4_GROUP, MAC_UP)),
			     AT_ROUTER(RED, FRAME(MAC_IPV4_GROUP, MAC_UP)),
			     AT_ROUTER(BLUE, FRAME(MAC_IPV4_GROUP, MAC_UP)) },
		.now = { DELIVERED(RED, 60), DELIVERED(BLUE, 60) },
	},
	{
		"a macvlan child's frame to a router is sent by the one, received by the other",
		.in = FRAME(MAC_RED, MAC_CHILD),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_RED, MAC_CHILD)) },
		.now = { SENT(CHILD, 60), DELIVERED(RED, 60) },
	},
	{
		"a router with a device has not sent what the host brings",
		.in = FRAME(MAC_RED, MAC_BLUE),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_RED, MAC_BLUE)) },
		.now = { DELIVERED(RED, 60) },
	},
	{
		"a frame above the router's longest is lost to it",
		.in = FRAME(MAC_BLUE, MAC_UP, .len = 1001),
		.by = BY_FAR,
		.now = { LOST(BLUE, 1001, MTU) },
	},
	{
		"a frame for a router whose device is gone is lost to it",
		.in = FRAME(MAC_GONE, MAC_UP),
		.by = BY_FAR,
		.now = { LOST(GONE, 60, DEVICE_GONE) },
	},
	{
		"so is one for a router whose device is down",
		.in = FRAME(MAC_RED, MAC_UP, .len = 99),
		.by = BY_FAR,
		.now = { LOST(RED, 99, DEVICE_DOWN) },
		.before = red_down,
		.after = red_up,
		.by_tracing = true,
	},
	{
		"what a macvlan child sends and the router can't take is lost to both",
		.in = FRAME(MAC_BLUE, MAC_CHILD, .len = 1001),
		.by = BY_HOST,
		.now = { TX_LOST(CHILD, MTU), LOST(BLUE, 1001, MTU) },
	},
	{
		"as is what it sends to a router whose device is gone",
		.in = FRAME(MAC_GONE, MAC_CHILD),
		.by = BY_HOST,
		.now = { TX_LOST(CHILD, DEVICE_GONE), LOST(GONE, 60, DEVICE_GONE) },
	},
	{
		"or down",
		.in = FRAME(MAC_RED, MAC_CHILD),
		.by = BY_HOST,
		.now = { TX_LOST(CHILD, DEVICE_DOWN), LOST(RED, 60, DEVICE_DOWN) },
		.before = red_down,
		.after = red_up,
		.by_tracing = true,
	},
	{
		"a frame for nobody ends there",
		.in = FRAME(MAC_STRANGER2, MAC_UP),
		.by = BY_FAR,
	},

	{
		"a router's group frame reaches the wire, the host, and its neighbours",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.by = BY_ROUTER,
		.from = RED,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_RED)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_RED)),
			     AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_RED)) },
		.now = { SENT(RED, 60), PORT_TX(UP, 60), GROUP(G_UP, passed, 60),
			 DELIVERED(BLUE, 60) },
	},
	{
		"in a VLAN it reaches wire and host with the tag, and neighbours without",
		.in = FRAME(MAC_BROADCAST, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_GREEN)) },
		.now = { SENT(GREEN, 64), PORT_TX(UP, 64), DELIVERED(TEAL, 64) },
	},
	{
		"what it tagged itself stays so inside",
		.in = FRAME(MAC_BROADCAST, MAC_TEAL, TAGS(DOT1Q(200))),
		.by = BY_ROUTER,
		.from = TEAL,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_TEAL, TAGS(DOT1Q(100), DOT1Q(200)),
					   .len = 64)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_TEAL, TAGS(DOT1Q(100), DOT1Q(200)),
					   .len = 64)),
			     AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_TEAL, TAGS(DOT1Q(200)))) },
		.now = { SENT(TEAL, 64), PORT_TX(UP, 64), DELIVERED(GREEN, 64) },
	},
	{
		"above the longest frame of wire and neighbour it is lost to each of them",
		.in = FRAME(MAC_BROADCAST, MAC_RED, .len = 1519),
		.by = BY_ROUTER,
		.from = RED,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_RED, .len = 1519)) },
		.now = { TX_LOST(RED, MTU), GROUP(G_UP, passed, 1519), LOST(BLUE, 1519, MTU) },
	},
	{
		"one in a VLAN without a group ends there",
		.in = FRAME(MAC_BROADCAST, MAC_RED, TAGS(DOT1Q(200))),
		.by = BY_NEAR,
	},
	{
		"what it sends to the host reaches the host",
		.in = FRAME(MAC_UP, MAC_BLUE),
		.by = BY_ROUTER,
		.from = BLUE,
		.arrives = { AT_HOST(FRAME(MAC_UP, MAC_BLUE)) },
		.now = { SENT(BLUE, 60) },
	},
	{
		"from a VLAN it gets there with the tag",
		.in = FRAME(MAC_UP, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_HOST(FRAME(MAC_UP, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)) },
		.now = { SENT(GREEN, 64) },
	},
	{
		"what it sends to a macvlan child is sent by the one, received by the other",
		.in = FRAME(MAC_CHILD, MAC_RED, .len = 200),
		.by = BY_ROUTER,
		.from = RED,
		.arrives = { AT_HOST(FRAME(MAC_CHILD, MAC_RED, .len = 200)) },
		.now = { SENT(RED, 200), DELIVERED(CHILD, 200) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void run_cases(bool at_verdict)
{
	int port = port_program(UP, at_verdict), wrong = 0;
	size_t i;

	relay_start(at_verdict, false);
	for (i = 0; i < CASES; i++)
		if (prog.traced || !cases[i].by_tracing)
			wrong += copy_case_wrong(&cases[i], port);
	relay_stop();
	close(port);
	assert_int_equal(wrong, 0);
}

static void each_receiver_gets_one_copy_and_counts_it(void **state)
{
	(void)state;
	run_cases(false);
}

static void without_tracing_copies_count_on_their_way(void **state)
{
	(void)state;
	run_cases(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_receiver_gets_one_copy_and_counts_it),
		cmocka_unit_test(without_tracing_copies_count_on_their_way),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
