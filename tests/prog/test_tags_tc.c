/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/shared.bpf.c, tc on a port, with all forms of VLANs: what is copied or led to routers,
 * and whose addresses the host may not use. Tags are in the frame here; test_tags_copy.c has
 * them beside it.
 */
#include "tags_lab.h"
#include "tc_table.h"

static const struct tc_case cases[] = {
	{
		"from the wire, a group frame in a VLAN of a list is copied",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(102))),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"so is one in a VLAN that only trunks have",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(4094))),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"and one behind stacked tags",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100))),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"behind stacked tags that nobody has it is not: a trunk hasn't them",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(101))),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor behind an 802.1ad tag alone",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200))),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor with a mere priority around a tag",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(PRIORITY), DOT1Q(102))),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"above the limit the group of its VLAN misses it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(102))),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP_102, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"that of the trunks where no other is",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(101))),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_TRUNK, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"not that of the trunks where another is: they are in it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100))),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP_100, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"that of the stacked tags",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100))),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_STACKED, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"untagged, those without a VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 60), GROUP(G_UP, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"what the host sends to a list goes into the relay",
		.in = FRAME(MAC_LIST, MAC_UP, TAGS(DOT1Q(102))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"by its other address as well",
		.in = FRAME(MAC_LIST2, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"in another VLAN it goes to the wire",
		.in = FRAME(MAC_LIST, MAC_UP, TAGS(DOT1Q(101))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"as it does untagged",
		.in = FRAME(MAC_LIST, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends to a trunk goes into the relay in any VLAN",
		.in = FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1Q(4094))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"untagged to the wire",
		.in = FRAME(MAC_TRUNK, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with an 802.1ad tag around, too",
		.in = FRAME(MAC_TRUNK, MAC_UP, TAGS(DOT1AD(5), DOT1Q(6))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends behind stacked tags goes into the relay",
		.in = FRAME(MAC_STACKED, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"with the outer tag alone it goes to the wire",
		.in = FRAME(MAC_STACKED, MAC_UP, TAGS(DOT1AD(200))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with the inner one alone, too",
		.in = FRAME(MAC_STACKED, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"its group frame in a VLAN that only trunks have is copied",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(7))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"as is one behind stacked tags",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"above the limit those of the stacked tags miss it",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_STACKED, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"a list's address is forged in each of its VLANs",
		.in = FRAME(MAC_STRANGER, MAC_LIST, TAGS(DOT1Q(102))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"so is its second one",
		.in = FRAME(MAC_STRANGER, MAC_LIST2, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"in others it is nobody's",
		.in = FRAME(MAC_STRANGER, MAC_LIST2, TAGS(DOT1Q(101))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a trunk's is forged in all of them",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK, TAGS(DOT1Q(9))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"and nobody's without",
		.in = FRAME(MAC_STRANGER, MAC_TRUNK),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"one behind stacked tags is forged there",
		.in = FRAME(MAC_STRANGER, MAC_STACKED, TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"and not in the VLAN of its inner tag",
		.in = FRAME(MAC_STRANGER, MAC_STACKED, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"an untagged interface's second address is forged",
		.in = FRAME(MAC_STRANGER, MAC_RIVAL2),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"an address of VRRP that is an interface's for good as well",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(STATIC_VRID), TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"an address of VRRP that nobody has is the host's to use",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(51)),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a macvlan child can't send behind stacked tags",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1AD(200), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"a whole port's router sends from the address of a VRID that it lists",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(9)),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(WHOLE, 60) },
	},
	{
		"also from IPv6's",
		.in = FRAME(MAC_STRANGER, MAC_VRRP6(9)),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(WHOLE, 60) },
	},
	{
		"not from that of another VRID",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(10)),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, SOURCE_MAC) },
	},
	{
		"nor from one that only looks alike",
		.in = FRAME(MAC_STRANGER, INIT(0x00, 0x00, 0x5e, 0x00, 0x03, 9)),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, SOURCE_MAC) },
	},
	{
		"nor into a VLAN that isn't its",
		.in = FRAME(MAC_STRANGER, MAC_VRRP(9), TAGS(DOT1Q(100))),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, SOURCE_MAC) },
	},
	{
		"and no bridge group's frame leaves it",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_VRRP(9)),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, RESERVED_GROUP) },
	},
};

static void tc_finds_routers_by_all_tags_of_a_frame(void **state)
{
	(void)state;
	assert_int_equal(tc_table_wrong(cases, sizeof(cases) / sizeof(cases[0])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tc_finds_routers_by_all_tags_of_a_frame),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
