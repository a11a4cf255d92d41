/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies and what the host sends, with all forms of VLANs, through the whole laboratory, with
 * the outermost tag of a frame in it and beside it.
 */
#include "beside_lab.h"
#include "copy_table.h"
#include "tags_lab.h"

static const struct copy_case cases[] = {
	{
		"a group frame keeps its tag to lists and trunks, and loses it to access interfaces",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)),
					   .len = 64)),
			     AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)),
						   .len = 64)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)),
						    .len = 64)) },
		.now = { PORT_RX(UP, 64), DELIVERED(GREEN, 64), DELIVERED(TEAL, 64),
			 DELIVERED(LIST, 64), DELIVERED(TRUNK, 64) },
	},
	{
		"with its priority",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(0xe000 | 102))),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(0xe000 | 102)))),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_STRANGER,
						   TAGS(DOT1Q(0xe000 | 102)))),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_STRANGER,
						    TAGS(DOT1Q(0xe000 | 102)))) },
		.now = { PORT_RX(UP, 60), DELIVERED(LIST, 60), DELIVERED(TRUNK, 60) },
	},
	{
		"in a VLAN that nobody names it reaches the trunk alone",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(4094))),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(4094)))),
			     AT_ROUTER(TRUNK,
				       FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(4094)))) },
		.now = { PORT_RX(UP, 60), DELIVERED(TRUNK, 60) },
	},
	{
		"in one that another names, both",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(200)), .len = 64),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(200)),
					   .len = 64)),
			     AT_ROUTER(PINK, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(200)),
						    .len = 64)) },
		.now = { PORT_RX(UP, 64), DELIVERED(PINK, 64), DELIVERED(TRUNK, 64) },
	},
	{
		"behind stacked tags it reaches those that have both, without them",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER,
					   TAGS(DOT1AD(200), DOT1Q(100)), .len = 68)),
			     AT_ROUTER(STACKED, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(INNER, FRAME(MAC_BROADCAST, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 68), DELIVERED(STACKED, 68), DELIVERED(INNER, 68) },
	},
	{
		"behind others the host alone",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(101))),
		.by = BY_PORT,
		.arrives = { AT_HOST(
			FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(101)))) },
		.now = { PORT_RX(UP, 60) },
	},
	{
		"a tag inside that of the VLAN stays",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100), DOT1Q(7)), .len = 64),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(7)),
						    .len = 60)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(7)),
						   .len = 60)),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_STRANGER,
						   TAGS(DOT1Q(100), DOT1Q(7)), .len = 64)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_STRANGER,
						    TAGS(DOT1Q(100), DOT1Q(7)), .len = 64)) },
		.now = { DELIVERED(GREEN, 64), DELIVERED(TEAL, 64), DELIVERED(LIST, 64),
			 DELIVERED(TRUNK, 64) },
	},
	{
		"untagged it reaches those without a VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.by = BY_PORT,
		.arrives = { AT_HOST(FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(OWNER, FRAME(MAC_BROADCAST, MAC_STRANGER)),
			     AT_ROUTER(RIVAL, FRAME(MAC_BROADCAST, MAC_STRANGER)) },
		.now = { PORT_RX(UP, 60), GROUP(G_UP, passed, 60), DELIVERED(RED, 60),
			 DELIVERED(BLUE, 60), DELIVERED(OWNER, 60), DELIVERED(RIVAL, 60) },
	},
	{
		"nobody gets its own back from the wire, by a second address",
		.in = FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(102))),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(102)))) },
		.now = { DELIVERED(TRUNK, 60) },
	},
	{
		"nor by a trunk's",
		.in = FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(102))),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(102)))) },
		.now = { DELIVERED(LIST, 60) },
	},
	{
		"nor without a VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_RIVAL2),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(RED, FRAME(MAC_BROADCAST, MAC_RIVAL2)),
			     AT_ROUTER(BLUE, FRAME(MAC_BROADCAST, MAC_RIVAL2)),
			     AT_ROUTER(OWNER, FRAME(MAC_BROADCAST, MAC_RIVAL2)) },
		.now = { DELIVERED(RED, 60), DELIVERED(BLUE, 60), DELIVERED(OWNER, 60) },
	},
	{
		"nor by an address of VRRP",
		.in = FRAME(MAC_BROADCAST, MAC_VRRP(STATIC_VRID), TAGS(DOT1AD(200), DOT1Q(100)),
			    .len = 68),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(STACKED, FRAME(MAC_BROADCAST, MAC_VRRP(STATIC_VRID))) },
		.now = { DELIVERED(STACKED, 68) },
	},
	{
		"in a VLAN that isn't its, an address is somebody else's",
		.in = FRAME(MAC_BROADCAST, MAC_STACKED, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STACKED)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_STACKED)),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_STACKED, TAGS(DOT1Q(100)),
						   .len = 64)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_STACKED, TAGS(DOT1Q(100)),
						    .len = 64)) },
		.now = { DELIVERED(GREEN, 64), DELIVERED(TEAL, 64), DELIVERED(LIST, 64),
			 DELIVERED(TRUNK, 64) },
	},
	{
		"the longest frame of a router is as much longer as its tags are",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)),
			    .len = 1008),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(STACKED, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1000)),
			     AT_ROUTER(INNER, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1000)) },
		.now = { DELIVERED(STACKED, 1008), DELIVERED(INNER, 1008) },
	},
	{
		"a copy above a router's longest frame is lost to it, with both tags",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)),
			    .len = 1009),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(STACKED, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1001)) },
		.now = { DELIVERED(STACKED, 1009), LOST(INNER, 1009, MTU) },
	},
	{
		"the tag counts where it stays",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = 1519),
		.by = BY_FAR,
		.arrives = { AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1515)) },
		.now = { DELIVERED(GREEN, 1519), LOST(TEAL, 1519, MTU), LOST(LIST, 1519, MTU),
			 LOST(TRUNK, 1519, MTU) },
	},
	{
		"what the host sends to a trunk reaches it with its tag",
		.in = FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1Q(9))),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(TRUNK, FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1Q(9)))) },
		.now = { DELIVERED(TRUNK, 60) },
	},
	{
		"what it sends behind stacked tags without",
		.in = FRAME(MAC_STACKED, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(STACKED, FRAME(MAC_STACKED, MAC_UP, .len = 60)) },
		.now = { DELIVERED(STACKED, 68) },
	},
	{
		"its group frame in a VLAN reaches the wire, and routers as they have it",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(102))),
		.by = BY_HOST,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(102)))),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(102)))),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(102)))) },
		.now = { DELIVERED(LIST, 60), DELIVERED(TRUNK, 60) },
	},
	{
		"those behind stacked tags are told apart by their addresses",
		.in = FRAME(MAC_INNER, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.by = BY_HOST,
		.arrives = { AT_ROUTER(INNER, FRAME(MAC_INNER, MAC_UP, .len = 60)) },
		.now = { DELIVERED(INNER, 68) },
	},
	{
		"and get a group frame each",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100)), .len = 68),
		.by = BY_HOST,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100)),
					   .len = 68)),
			     AT_ROUTER(STACKED, FRAME(MAC_BROADCAST, MAC_UP)),
			     AT_ROUTER(INNER, FRAME(MAC_BROADCAST, MAC_UP)) },
		.now = { DELIVERED(STACKED, 68), DELIVERED(INNER, 68) },
	},
	{
		"with another tag inside, a frame is for the wire",
		.in = FRAME(MAC_INNER, MAC_UP, TAGS(DOT1AD(200), DOT1Q(101))),
		.by = BY_HOST,
		.arrives = { AT_WIRE(FRAME(MAC_INNER, MAC_UP, TAGS(DOT1AD(200), DOT1Q(101)))) },
	},
	{
		"without one, too",
		.in = FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1AD(200))),
		.by = BY_HOST,
		.arrives = { AT_WIRE(FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1AD(200)))) },
	},
	{
		"a router's address is forged behind its tags",
		.in = FRAME(MAC_STRANGER, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100))),
		.by = BY_HOST,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"a list's group frame reaches wire, host and trunk with its tag",
		.in = FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102))),
		.by = BY_ROUTER,
		.from = LIST,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102)))),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102)))),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_LIST, TAGS(DOT1Q(102)))) },
		.now = { SENT(LIST, 60), PORT_TX(UP, 60), DELIVERED(TRUNK, 60) },
	},
	{
		"from its second address, access interfaces without",
		.in = FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_ROUTER,
		.from = LIST,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(100)), .len = 64)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(100)), .len = 64)),
			     AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_LIST2)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_LIST2)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_LIST2, TAGS(DOT1Q(100)),
						    .len = 64)) },
		.now = { SENT(LIST, 64), PORT_TX(UP, 64), DELIVERED(GREEN, 64), DELIVERED(TEAL, 64),
			 DELIVERED(TRUNK, 64) },
	},
	{
		"an access interface's reaches lists and trunks with the tag",
		.in = FRAME(MAC_BROADCAST, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_GREEN)),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)),
						   .len = 64)),
			     AT_ROUTER(TRUNK, FRAME(MAC_BROADCAST, MAC_GREEN, TAGS(DOT1Q(100)),
						    .len = 64)) },
		.now = { SENT(GREEN, 64), PORT_TX(UP, 64), DELIVERED(TEAL, 64), DELIVERED(LIST, 64),
			 DELIVERED(TRUNK, 64) },
	},
	{
		"a trunk's reaches those of its VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(100)), .len = 64),
		.by = BY_ROUTER,
		.from = TRUNK,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(100)), .len = 64)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(100)), .len = 64)),
			     AT_ROUTER(GREEN, FRAME(MAC_BROADCAST, MAC_TRUNK)),
			     AT_ROUTER(TEAL, FRAME(MAC_BROADCAST, MAC_TRUNK)),
			     AT_ROUTER(LIST, FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(100)),
						   .len = 64)) },
		.now = { SENT(TRUNK, 64), PORT_TX(UP, 64), DELIVERED(GREEN, 64),
			 DELIVERED(TEAL, 64), DELIVERED(LIST, 64) },
	},
	{
		"in one that nobody names, wire and host",
		.in = FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(7))),
		.by = BY_ROUTER,
		.from = TRUNK,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(7)))),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_TRUNK, TAGS(DOT1Q(7)))) },
		.now = { SENT(TRUNK, 60), PORT_TX(UP, 60) },
	},
	{
		"from behind stacked tags it reaches wire and host with both, its neighbour with none",
		.in = FRAME(MAC_BROADCAST, MAC_STACKED),
		.by = BY_ROUTER,
		.from = STACKED,
		.arrives = { AT_WIRE(FRAME(MAC_BROADCAST, MAC_STACKED,
					   TAGS(DOT1AD(200), DOT1Q(100)), .len = 68)),
			     AT_HOST(FRAME(MAC_BROADCAST, MAC_STACKED,
					   TAGS(DOT1AD(200), DOT1Q(100)), .len = 68)),
			     AT_ROUTER(INNER, FRAME(MAC_BROADCAST, MAC_STACKED)) },
		.now = { SENT(STACKED, 68), PORT_TX(UP, 68), DELIVERED(INNER, 68) },
	},
	{
		"a frame for an address on the host's side reaches the host with the tag",
		.in = FRAME(MAC_BRIDGE, MAC_GREEN),
		.by = BY_ROUTER,
		.from = GREEN,
		.arrives = { AT_HOST(FRAME(MAC_BRIDGE, MAC_GREEN, TAGS(DOT1Q(100)), .len = 64)) },
		.now = { SENT(GREEN, 64) },
	},
	{
		"one for the port's from a trunk, too",
		.in = FRAME(MAC_UP, MAC_TRUNK, TAGS(DOT1Q(9))),
		.by = BY_ROUTER,
		.from = TRUNK,
		.arrives = { AT_HOST(FRAME(MAC_UP, MAC_TRUNK, TAGS(DOT1Q(9)))) },
		.now = { SENT(TRUNK, 60) },
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void run_cases(bool at_verdict, bool beside)
{
	int port = port_program(UP, at_verdict), wrong = 0;
	struct beside_bpf *skel = NULL;
	size_t i;

	relay_start(at_verdict, false);
	if (beside)
		skel = put_tags_beside();
	for (i = 0; i < CASES; i++)
		wrong += copy_case_wrong(&cases[i], port);
	relay_stop();
	beside_bpf__destroy(skel);
	close(port);
	assert_int_equal(wrong, 0);
}

static void each_receiver_gets_one_copy_with_its_own_tags(void **state)
{
	(void)state;
	run_cases(false, false);
}

static void without_tracing_copies_count_on_their_way(void **state)
{
	(void)state;
	run_cases(true, false);
}

static void a_tag_beside_the_frame_is_the_same_as_one_in_it(void **state)
{
	(void)state;
	run_cases(false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_receiver_gets_one_copy_with_its_own_tags),
		cmocka_unit_test(without_tracing_copies_count_on_their_way),
		cmocka_unit_test(a_tag_beside_the_frame_is_the_same_as_one_in_it),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
