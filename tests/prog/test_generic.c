/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port in generic mode: everything counts at the verdict, what routers send leaves by the
 * relay and tc, and what the relay puts into the port's ingress meets its program again.
 */
#include "copy_table.h"

static const struct copy_case cases[] = {
	{
		"a frame from the wire reaches its router, and counts at once",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = 100),
		.by = BY_WIRE,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_RED, MAC_STRANGER, .len = 100)) },
		.now = { PORT_RX(UP, 100), DELIVERED(RED, 100) },
	},
	{
		"in a VLAN without the tag",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_WIRE,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_GREEN, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 64), DELIVERED(GREEN, 64) },
	},
	{
		"whatever its source is",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.by = BY_WIRE,
		.arrives = { AT_ROUTER(BLUE, FRAME(MAC_BLUE, MAC_RED)) },
		.now = { PORT_RX(UP, 60), DELIVERED(BLUE, 60) },
	},
	{
		"a group frame from the wire reaches the host and each router once",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.by = BY_WIRE,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 60), GROUP(G_UP, passed, 60), DELIVERED(RED, 60),
			 DELIVERED(BLUE, 60) },
	},
	{
		"what a router sends reaches the wire",
		.in = FRAME(MAC_STRANGER, MAC_RED, .len = 77),
		.by = BY_ROUTER,
		.from = RED,
		.arrives = { AT_WIRE(FRAME(MAC_STRANGER, MAC_RED, .len = 77)) },
		.now = { SENT(RED, 77), PORT_TX(UP, 77) },
	},
	{
		"from a VLAN with the tag",
		.in = FRAME(MAC_STRANGER, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_WIRE(FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)) },
		.now = { SENT(GREEN, 64), PORT_TX(UP, 64) },
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
		"what it sends to the host is nothing that the port received",
		.in = FRAME(MAC_UP, MAC_BLUE),
		.by = BY_ROUTER,
		.from = BLUE,
		.arrives = { AT_HOST(FRAME(MAC_UP, MAC_BLUE)) },
		.now = { SENT(BLUE, 60) },
	},
	{
		"from a VLAN, too",
		.in = FRAME(MAC_UP, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_HOST(FRAME(MAC_UP, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)) },
		.now = { SENT(GREEN, 64) },
	},
	{
		"nor is what it sends to a macvlan child",
		.in = FRAME(MAC_CHILD, MAC_BLUE),
		.by = BY_ROUTER,
		.from = BLUE,
		.arrives = { AT_HOST(FRAME(MAC_CHILD, MAC_BLUE)) },
		.now = { SENT(BLUE, 60), DELIVERED(CHILD, 60) },
	},
	{
		"the host can't send with a router's address",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.by = BY_HOST,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void a_port_in_generic_mode_does_the_same(void **state)
{
	int port = generic_port_program(UP), link, wrong = 0;
	size_t i;

	(void)state;
	relay_start(true, true);
	link = attach_xdp(port, prog.up[UP], XDP_FLAGS_SKB_MODE);
	for (i = 0; i < CASES; i++)
		wrong += copy_case_wrong(&cases[i], port);
	close(link);
	relay_stop();
	close(port);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_in_generic_mode_does_the_same),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
