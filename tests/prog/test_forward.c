/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/forward.h: what XDP forwards, what a router's own kernel has to decide, what goes nowhere. */
#include "packet_table.h"

static void be_stale(void)
{
	fast_lab.fast[ROUTER_OF(RED)].valid_until = 1;
}

static void be_valid(void)
{
	fast_lab.fast[ROUTER_OF(RED)].valid_until = ~0ull;
}

static void only_ipv6(void)
{
	fast_lab.fast[ROUTER_OF(RED)].flags = VRXDP_FAST_IPV6;
}

static void both_families(void)
{
	fast_lab.fast[ROUTER_OF(RED)].flags = VRXDP_FAST_IPV4 | VRXDP_FAST_IPV6;
}

/* A command changes the interface. */
static void change(__u32 number)
{
	struct vrxdp_iface iface = lab_ifaces[number];

	iface.router = owner(number);
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &number, &iface), 0);
}

static void change_ingress(void)
{
	change(RED);
}

static void change_egress(void)
{
	change(AWAY);
}

static void know_egress(void)
{
	join(AWAY, KNOWN_AND_FORWARDED);
}

static const struct packet_case cases[] = {
	{ "a packet is rewritten and leaves by its route's port", .to = "10.1.2.3", .by = 1 },
	{ "so is one for IPv6", .to = "fd00:1::3", .by = 1 },
	{ "towards a VLAN it gets the tag", .to = "10.2.2.3", .by = 2 },
	{ "so does one for IPv6", .to = "fd00:2::3", .by = 2 },
	{ "from a VLAN it loses the tag", .at = BIG, .to = "10.1.2.3", .by = 1 },
	{ "from one VLAN to another it gets the other's", .at = BIG, .to = "fd00:3::1", .by = 3 },
	{ "a priority tag goes no further", .priority = true, .to = "10.1.2.3", .by = 1 },
	{ "a trailer is cut off", .len = 30, .trailer = 16, .to = "10.1.2.3", .by = 1 },
	{ "behind a tag, too", .at = BIG, .len = 41, .trailer = 7, .to = "fd00:1::1", .by = 1 },
	{ "a header alone is a packet", .len = 20, .to = "10.1.2.3", .by = 1 },
	{ "so it is for IPv6", .len = 40, .to = "fd00:1::3", .by = 1 },
	{ "a packet of just the MTU passes", .len = 500, .to = "10.15.0.1", .by = 15 },
	{ "TTL 2 becomes 1", .ttl = 2, .to = "10.1.2.3", .by = 1 },
	{ "so does a hop limit", .ttl = 2, .to = "fd00:1::3", .by = 1 },
	{ "an unknown protocol is forwarded", .protocol = 253, .to = "10.1.2.3", .by = 1 },
	{ "where the neighbour is known to be on the wire nobody is asked", .to = "10.22.0.1",
	  .by = 22 },

	{ "a neighbour router on the stack path gets it through the relay if it is a macvlan's",
	  .at = AWAY, .to = "10.17.0.1", .by = 17, .relay = true },
	{ "the port's own address is the host's", .at = AWAY, .to = "10.20.0.1", .by = 20,
	  .relay = true },
	{ "a neighbour router on the fast path forwards it in the same run", .at = AWAY,
	  .to = "10.16.0.1", .by = 16, .then = 16 },
	{ "so it does for IPv6", .at = AWAY, .to = "fd00:10::1", .by = 16, .then = 16 },
	{ "also if it is known who it is", .at = AWAY, .to = "10.23.0.1", .by = 23, .stack = BLUE,
	  .reason = VRXDP_DROP_NO_ROUTE },
	{ "what it must not decide goes to its stack, counted as its own", .at = AWAY, .ttl = 2,
	  .to = "10.16.0.1", .by = 16, .stack = BLUE, .reason = VRXDP_DROP_TTL },
	{ "a route to the egress interface itself is a hairpin", .to = "10.19.0.1",
	  .outcome = DROPPED, .reason = VRXDP_DROP_HAIRPIN },

	{ "what is for the router itself is its stack's", .to = OWN_ADDRESS, .outcome = PUNTED,
	  .reason = VRXDP_DROP_LOCAL },
	{ "so are broadcasts of its links", .to = "10.5.0.1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_LOCAL },
	{ "and to all", .to = "255.255.255.255", .outcome = PUNTED, .reason = VRXDP_DROP_LOCAL },
	{ "a group address is its stack's", .to = "224.0.0.5", .outcome = PUNTED,
	  .reason = VRXDP_DROP_GROUP },
	{ "for IPv6, too", .to = "ff02::5", .outcome = PUNTED, .reason = VRXDP_DROP_GROUP },
	{ "a link-local address is its stack's", .to = "fe80::1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_LINK_LOCAL },
	{ "so is one from there", .from = "fe80::1", .to = "fd00:1::1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_LINK_LOCAL },
	{ "the unspecified IPv6 address is its stack's", .to = "::", .outcome = PUNTED,
	  .reason = VRXDP_DROP_LOCAL },
	{ "options are its stack's", .ihl = 6, .to = "10.1.2.3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_OPTIONS },
	{ "so is a hop-by-hop header", .protocol = 255, .to = "fd00:1::3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_OPTIONS },
	{ "TTL 1 is its stack's", .ttl = 1, .to = "10.1.2.3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_TTL },
	{ "so is TTL 0", .ttl = 255, .to = "10.1.2.3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_TTL },
	{ "and hop limit 1", .ttl = 1, .to = "fd00:1::3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_TTL },
	{ "what is longer than the route's MTU is its stack's", .len = 501, .to = "10.15.0.1",
	  .outcome = PUNTED, .reason = VRXDP_DROP_MTU },
	{ "for IPv6 with the header", .len = 501, .to = "fd00:f::1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_MTU },
	{ "without a route its stack tells the sender", .to = "192.0.2.1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_NO_ROUTE },
	{ "for IPv6, too", .to = "2001:db8:1::", .outcome = PUNTED, .reason = VRXDP_DROP_NO_ROUTE },
	{ "unreachable", .to = "10.7.0.1", .outcome = PUNTED, .reason = VRXDP_DROP_UNREACHABLE },
	{ "prohibit", .to = "fd00:8::1", .outcome = PUNTED, .reason = VRXDP_DROP_PROHIBIT },
	{ "an encapsulation", .to = "10.9.0.1", .outcome = PUNTED, .reason = VRXDP_DROP_ENCAP },
	{ "another device", .to = "fd00:a::1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_OTHER_DEVICE },
	{ "a host that nobody has asked for", .to = "10.11.0.1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_NEIGHBOUR },
	{ "a neighbour that doesn't answer", .to = "fd00:c::1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_NEIGHBOUR },
	{ "back where it came in", .to = "10.13.0.1", .outcome = PUNTED,
	  .reason = VRXDP_DROP_SAME_INTERFACE },
	{ "ARP is its stack's", .type = 0x0806, .to = "10.1.2.3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_NOT_IP },
	{ "a family that isn't forwarded is", .to = "10.1.2.3", .before = only_ipv6,
	  .after = both_families, .outcome = PUNTED, .reason = VRXDP_DROP_NOT_IP },
	{ "when nobody says any more that the tables are right, all is", .to = "10.1.2.3",
	  .before = be_stale, .after = be_valid, .outcome = PUNTED, .reason = VRXDP_DROP_STALE },

	{ "an interface that a command has changed isn't forwarded for", .to = "10.1.2.3",
	  .before = change_ingress, .outcome = PUNTED, .reason = VRXDP_DROP_NOT_IP },
	{ "nor is one forwarded to", .to = "10.1.2.3", .before = change_egress,
	  .after = know_egress, .outcome = PUNTED, .reason = VRXDP_DROP_OTHER_DEVICE },

	{ "a blackhole", .to = "10.6.0.1", .outcome = DROPPED, .reason = VRXDP_DROP_BLACKHOLE },
	{ "a blackhole for IPv6", .to = "fd00:6::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_BLACKHOLE },
	{ "a wrong checksum", .bad_sum = 1, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_IP_CHECKSUM },
	{ "one that is off by the upper byte", .bad_sum = 0x100, .to = "10.1.2.3",
	  .outcome = DROPPED, .reason = VRXDP_DROP_IP_CHECKSUM },
	{ "another version in the header", .version = 5, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "the same for IPv6", .version = 4, .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "a header of less than 20 bytes", .ihl = 4, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "a length below the header's", .claims = 19, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "a length above the frame's", .claims = 101, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "the same for IPv6", .claims = 101, .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "a frame that ends inside the header", .cut = 19, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "the same for IPv6", .cut = 39, .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MALFORMED },
	{ "a martian source: its own address", .from = OWN_ADDRESS, .to = "10.1.2.3",
	  .outcome = DROPPED, .reason = VRXDP_DROP_MARTIAN },
	{ "a group", .from = "224.0.0.1", .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "an IPv6 group", .from = "ff02::1", .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "all", .from = "255.255.255.255", .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "loopback", .from = "127.0.0.1", .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "IPv6 loopback", .from = "::1", .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "this network", .from = "0.1.2.3", .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "unspecified", .from = "::", .to = "fd00:1::1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "but from nobody to nobody is a broadcast", .from = "0.0.0.0", .to = "0.0.0.0",
	  .outcome = PUNTED, .reason = VRXDP_DROP_LOCAL },
	{ "and unspecified where it can't be forwarded is its stack's",
	  .from = "::", .to = "2001:db8:1::", .outcome = PUNTED, .reason = VRXDP_DROP_NO_ROUTE },
	{ "a martian destination: loopback", .to = "127.0.0.1", .outcome = DROPPED,
	  .reason = VRXDP_DROP_MARTIAN },
	{ "this network", .to = "0.1.2.3", .outcome = DROPPED, .reason = VRXDP_DROP_MARTIAN },
	{ "class E is none", .from = "240.0.0.1", .to = "10.1.2.3", .by = 1 },
	{ "nor is a link-local IPv4 address", .from = "169.254.0.1", .to = "10.1.2.3", .by = 1 },
	{ "without a filter a link's broadcast address is none as source", .from = "10.5.0.1",
	  .to = "10.1.2.3", .by = 1 },

	{ "strict: the way back is the interface", .in = VRXDP_IN_STRICT, .from = "10.13.0.1",
	  .to = "10.1.2.3", .by = 1 },
	{ "or its link", .in = VRXDP_IN_STRICT, .from = "10.11.0.1", .to = "10.1.2.3", .by = 1 },
	{ "strict: it is another one", .in = VRXDP_IN_STRICT, .from = "10.1.0.1", .to = "10.1.2.3",
	  .outcome = DROPPED, .reason = VRXDP_DROP_RP_FILTER },
	{ "strict: it is another VLAN of it", .at = GREEN, .in = VRXDP_IN_STRICT,
	  .from = "10.13.0.1", .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_RP_FILTER },
	{ "strict: there is none", .in = VRXDP_IN_STRICT, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_RP_FILTER },
	{ "strict: one of several, which the stack knows", .in = VRXDP_IN_STRICT,
	  .from = "10.14.0.1", .to = "10.1.2.3", .outcome = PUNTED,
	  .reason = VRXDP_DROP_RP_FILTER },
	{ "loose: any will do", .in = VRXDP_IN_LOOSE, .from = "10.2.0.1", .to = "10.1.2.3",
	  .by = 1 },
	{ "also one of several", .in = VRXDP_IN_LOOSE, .from = "10.14.0.1", .to = "10.1.2.3",
	  .by = 1 },
	{ "loose: there is none", .in = VRXDP_IN_LOOSE, .to = "10.1.2.3", .outcome = DROPPED,
	  .reason = VRXDP_DROP_RP_FILTER },
	{ "loose: a blackhole is none", .in = VRXDP_IN_LOOSE, .from = "10.6.0.1", .to = "10.1.2.3",
	  .outcome = DROPPED, .reason = VRXDP_DROP_RP_FILTER },
	{ "with a filter a link's broadcast address is martian", .in = VRXDP_IN_LOOSE,
	  .from = "10.5.0.1", .to = "10.1.2.3", .outcome = DROPPED, .reason = VRXDP_DROP_MARTIAN },
	{ "IPv6 has no such filter", .in = VRXDP_IN_STRICT, .to = "fd00:1::1", .by = 1 },
};

static void table_is_right(bool at_verdict)
{
	const int programs[PORTS] = {
		[UP] = port_program(UP, at_verdict), [OTHER] = port_program(OTHER, at_verdict)
	};
	int wrong = 0;
	size_t k;

	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
		wrong += packet_case_wrong(&cases[k], at_verdict, programs);
	close(programs[UP]);
	close(programs[OTHER]);
	assert_int_equal(wrong, 0);
}

static void a_packet_is_forwarded_punted_or_dropped_as_the_router_would(void **state)
{
	(void)state;
	if (skip_untraced())
		skip();
	table_is_right(false);
}

static void without_tracing_it_counts_at_the_verdict(void **state)
{
	(void)state;
	table_is_right(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_forwarded_punted_or_dropped_as_the_router_would),
		cmocka_unit_test(without_tracing_it_counts_at_the_verdict),
	};

	return cmocka_run_group_tests(tests, forward_begin, forward_end);
}
