/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/vrrp.h, for what comes from the wire, the host, and routers whose frames the kernel
 * delivers: it takes the MAC address of a virtual router away, or gives it to a whole port's.
 */
#include "vrrp_table.h"

static const struct vrrp_case cases[] = {
	{
		"an advertisement from the wire takes the address away",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with the virtual address as source",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), IN_IPV4(ADVERT(2, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = RIVAL,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"by IPv6 that of IPv6",
		.in = FRAME(MAC_VRRP_GROUP6, MAC_STRANGER, IN_IPV6(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP6(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"and not that of IPv4",
		.in = FRAME(MAC_VRRP_GROUP6, MAC_STRANGER, IN_IPV6(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"behind IPv4 options",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4_OPTIONS(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with priority 0 it doesn't",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4(ADVERT(3, 51, 0))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor from further away than the link",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4_TTL(64, ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor to another group",
		.in = FRAME(MAC_IPV4_GROUP, MAC_STRANGER, IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor for another VRID",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4(ADVERT(3, 52, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor in another VLAN",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, TAGS(DOT1Q(102)),
			    IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"in a list's VLAN it does",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, TAGS(DOT1Q(102)),
			    IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 102 }, MAC_VRRP(51) },
		.before = LIST,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"in a trunk's",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, TAGS(DOT1Q(4094)),
			    IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 0, 4094 }, MAC_VRRP(51) },
		.before = TRUNK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"behind stacked tags",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)),
			    IN_IPV4(ADVERT(3, 7, 100))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 200, 100 }, MAC_VRRP(7) },
		.before = STACKED,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"an address that an interface has for good stays",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, TAGS(DOT1AD(200), DOT1Q(100)),
			    IN_IPV4(ADVERT(3, STATIC_VRID, 255))),
		.by = BY_WIRE,
		.from = UP,
		.key = { UP, { 200, 100 }, MAC_VRRP(STATIC_VRID) },
		.before = INNER,
		.after = INNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what a relay brings was a router's own, and takes nothing away",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_RELAY,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"an advertisement of the host takes the address away",
		.in = FRAME(MAC_VRRP_GROUP, MAC_UP, IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"its first one may have it as source",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"by IPv6, too",
		.in = FRAME(MAC_VRRP_GROUP6, MAC_VRRP6(51), TAGS(DOT1Q(102)),
			    IN_IPV6(ADVERT(3, 51, 100))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 102 }, MAC_VRRP6(51) },
		.before = LIST,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with priority 0 that is a router's address, and forged",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(51), IN_IPV4(ADVERT(3, 51, 0))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_SHOT,
	},
	{
		"so it is without an advertisement",
		.in = FRAME(MAC_BROADCAST, MAC_VRRP(51), .len = 60),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.after = OWNER,
		.verdict = TC_ACT_SHOT,
	},
	{
		"and where an interface has it for good",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(STATIC_VRID), TAGS(DOT1AD(200), DOT1Q(100)),
			    IN_IPV4(ADVERT(3, STATIC_VRID, 255))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 200, 100 }, MAC_VRRP(STATIC_VRID) },
		.before = INNER,
		.after = INNER,
		.verdict = TC_ACT_SHOT,
	},
	{
		"an advertisement of a macvlan child takes it away like the host's",
		.in = FRAME(MAC_VRRP_GROUP, MAC_CHILD, IN_IPV4(ADVERT(3, 51, 100))),
		.by = BY_HOST,
		.from = UP,
		.key = { UP, { 0, 0 }, MAC_VRRP(51) },
		.before = OWNER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"the router of a whole port gets the address of a VRID that it lists",
		.in = FRAME(MAC_VRRP_GROUP, MAC_WHOLE, IN_IPV4(ADVERT(3, 9, 100))),
		.by = BY_HOST,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 0 }, MAC_VRRP(9) },
		.after = WHOLE,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"with that as source as well",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(9), IN_IPV4(ADVERT(3, 9, 100))),
		.by = BY_HOST,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 0 }, MAC_VRRP(9) },
		.after = WHOLE,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"and keeps it",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(9), IN_IPV4(ADVERT(3, 9, 100))),
		.by = BY_HOST,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 0 }, MAC_VRRP(9) },
		.before = WHOLE,
		.after = WHOLE,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"of one that it doesn't list, not",
		.in = FRAME(MAC_VRRP_GROUP, MAC_WHOLE, IN_IPV4(ADVERT(3, 10, 100))),
		.by = BY_HOST,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 0 }, MAC_VRRP(10) },
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor in a VLAN",
		.in = FRAME(MAC_VRRP_GROUP, MAC_VRRP(9), TAGS(DOT1Q(100)),
			    IN_IPV4(ADVERT(3, 9, 100))),
		.by = BY_HOST,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 100 }, MAC_VRRP(9) },
		.verdict = TC_ACT_SHOT,
	},
	{
		"another master on its wire takes it away",
		.in = FRAME(MAC_VRRP_GROUP, MAC_STRANGER, IN_IPV4(ADVERT(3, 9, 100))),
		.by = BY_WIRE,
		.from = WHOLE_PORT,
		.key = { WHOLE_PORT, { 0, 0 }, MAC_VRRP(9) },
		.before = WHOLE,
		.verdict = TC_ACT_UNSPEC,
	},
};

static void the_virtual_address_leaves_a_router_when_others_advertise(void **state)
{
	(void)state;
	assert_int_equal(vrrp_table_wrong(cases, sizeof(cases) / sizeof(cases[0])), 0);
}

/* @whole, of which @len bytes are there; it takes @enough to be an advertisement. */
static int cut_wrong(const struct vrrp_case *whole, __u32 len, __u32 enough)
{
	struct vrrp_case c = *whole;

	c.in.len = len;
	if (len < enough) {
		c.says = "an advertisement that is cut is none";
		c.after = c.before;
	}
	return case_wrong(&c);
}

static void an_advertisement_that_is_cut_is_none(void **state)
{
	const struct vrrp_case taken = { .says = "a whole one takes the address",
					 .in = FRAME(MAC_VRRP_GROUP, MAC_OWNER,
						     IN_IPV4(ADVERT(3, 51, 100))),
					 .by = BY_ROUTER,
					 .from = OWNER,
					 .key = { UP, { 0, 0 }, MAC_VRRP(51) },
					 .after = OWNER,
					 .verdict = XDP_REDIRECT };
	const struct vrrp_case left = { .says = "a whole one takes the address away",
					.in = FRAME(MAC_VRRP_GROUP6, MAC_STRANGER,
						    IN_IPV6(ADVERT(3, 51, 100))),
					.by = BY_WIRE,
					.from = UP,
					.key = { UP, { 0, 0 }, MAC_VRRP6(51) },
					.before = OWNER,
					.verdict = TC_ACT_UNSPEC };
	int wrong = 0;
	__u32 len;

	(void)state;
	programs_start();
	for (len = ETH_HLEN; len <= 90; len++) {
		wrong += cut_wrong(&taken, len, ETH_HLEN + 20 + 3);
		/* The kernel runs tc programs on IPv6 packets with their header only. */
		if (len >= ETH_HLEN + 40)
			wrong += cut_wrong(&left, len, ETH_HLEN + 40 + 3);
	}
	programs_stop();
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_virtual_address_leaves_a_router_when_others_advertise),
		cmocka_unit_test(an_advertisement_that_is_cut_is_none),
	};

	return cmocka_run_group_tests(tests, tags_begin, prog_end);
}
