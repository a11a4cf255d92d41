/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/forward.h: which of several routes, and through how many routers in one run. */
#include "packet_table.h"

/* Run one packet for 10.@k.0.@host from @from. Returns the MAC address that it leaves for. */
static const __u8 *route_of(int program, const char *from, const char *to, __u16 port)
{
	const struct packet_case c = { .from = from, .to = to, .protocol = IPPROTO_UDP };
	static const __u8 stranger[ETH_ALEN] = MAC_STRANGER;
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	__u32 out_len, len = build(&c, frame, lab_ifaces[RED].mac, stranger, lab_ifaces[RED].vlan,
				   64, true);

	put16(frame + len - (is_ipv6(&c) ? 60 : 80), port);
	assert_int_equal(run_xdp(program, frame, len, prog.up[UP], out, &out_len, 1), XDP_REDIRECT);
	return out;
}

/* How many of 256 flows, told apart by their sources, ports or not at all, take the first way? */
static int first_ways(int program, bool ipv6, bool sources, bool ports)
{
	static const __u8 first[ETH_ALEN] = MAC_STRANGER2;
	char from[INET6_ADDRSTRLEN];
	int i, n = 0, same;

	for (i = 0; i < 256; i++) {
		snprintf(from, sizeof(from), ipv6 ? "2001:db8::%x" : "198.51.100.%d",
			 sources ? i : 7);
		for (same = 0; same < 2; same++)
			n += !memcmp(route_of(program, from, ipv6 ? "fd00:e::1" : "10.14.0.1",
					      (__u16)(ports ? i : 9)),
				     first, ETH_ALEN);
		/* A packet of the same flow goes the same way. */
		assert_true(n % 2 == 0);
	}
	return n / 2;
}

static void equal_routes_share_flows_as_the_hash_policy_says(void **state)
{
	struct vrxdp_fast *fast = &fast_lab.fast[ROUTER_OF(RED)];
	int program = port_program(UP, true), ipv6;
	const __u32 flags = fast->flags;

	(void)state;
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		/* Six standard deviations of a fair coin. */
		assert_in_range(first_ways(program, ipv6, true, false), 128 - 48, 128 + 48);
		assert_int_equal(first_ways(program, ipv6, false, true) % 256, 0);
		fast->flags = flags | VRXDP_FAST_HASH_PORTS;
		assert_in_range(first_ways(program, ipv6, false, true), 128 - 48, 128 + 48);
		assert_in_range(first_ways(program, ipv6, true, false), 128 - 48, 128 + 48);
		fast->flags = flags;
	}
	close(program);
}

/* Two routers that send a packet to each other: after four, the next one's stack has it. */
static void a_packet_passes_four_routers_in_one_run_and_no_more(void **state)
{
	const struct packet_case c = { .to = "10.21.0.1" };
	static const __u8 stranger[ETH_ALEN] = MAC_STRANGER;
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	const struct change changes[] = {
		PORT_RX(OTHER, 114),
		BOTH(iface[AWAY].rx, 1, 114),
		BOTH(iface[BLUE].rx, 2, 228),
		/* In VLAN 100, whose tag GREEN doesn't see. */
		BOTH(iface[GREEN].rx, 2, 228),
		BOTH(iface[RED].tx, 2, 228),
		BOTH(iface[TEAL].tx, 2, 228),
		BY(router[ROUTER_OF(RED)].rx_bytes, 342),
		BY(router[ROUTER_OF(BLUE)].rx_bytes, 228),
		BOTH(router[ROUTER_OF(RED)].tx, 2, 228),
		BOTH(router[ROUTER_OF(BLUE)].tx, 2, 228),
		BY(router[ROUTER_OF(RED)].fast, 2),
		BY(router[ROUTER_OF(BLUE)].fast, 2),
		BY(router[ROUTER_OF(RED)].stack, 1),
		BY(router[ROUTER_OF(RED)].punts[VRXDP_DROP_ROUTER_CHAIN], 1),
		BY(iface[0].rx.packets, 0),
	};
	const struct change *lists[] = { changes };
	int program = port_program(OTHER, true);
	struct counts before;
	__u32 len, out_len;

	(void)state;
	len = build(&c, frame, lab_ifaces[AWAY].mac, stranger, lab_ifaces[AWAY].vlan, 64, true);
	counts_read(&prog.st, &before);
	assert_int_equal(run_xdp(program, frame, len, prog.up[OTHER], out, &out_len, 1),
			 XDP_REDIRECT);
	assert_int_equal(counts_wrong(&prog.st, &before, lists, 1), 0);
	len = build(&c, frame, lab_ifaces[GREEN].mac, lab_ifaces[TEAL].mac, lab_ifaces[RED].vlan,
		    60, false);
	assert_int_equal(frame_wrong_bytes("the frame", out, out_len, frame, len), 0);
	close(program);
}

/* What a router's own stack sends to a neighbour that is fast, that one forwards. */
static void a_neighbours_own_packet_is_forwarded_in_the_run_that_takes_it(void **state)
{
	const struct packet_case c = { .to = "10.16.0.1" };
	struct device_programs p = device_programs(true);
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	const struct change changes[] = {
		BOTH(iface[RED].tx, 1, 114),
		BOTH(router[ROUTER_OF(RED)].tx, 1, 114),
		BOTH(iface[BLUE].rx, 1, 114),
		BY(router[ROUTER_OF(BLUE)].rx_bytes, 114),
		BY(router[ROUTER_OF(BLUE)].fast, 1),
		BOTH(iface[TEAL].tx, 1, 118),
		BOTH(router[ROUTER_OF(BLUE)].tx, 1, 118),
		PORT_TX(UP, 118),
		BY(iface[0].rx.packets, 0),
	};
	const struct change *lists[] = { changes };
	struct counts before;
	__u32 len, out_len;

	(void)state;
	len = build(&c, frame, lab_ifaces[BLUE].mac, lab_ifaces[RED].mac, lab_ifaces[RED].vlan, 64,
		    true);
	counts_read(&prog.st, &before);
	assert_int_equal(run_xdp(p.device, frame, len, prog.dev[RED], out, &out_len, 1),
			 XDP_REDIRECT);
	assert_int_equal(counts_wrong(&prog.st, &before, lists, 1), 0);
	len = build(&c, frame, blue_hops[16].neighbour.mac, lab_ifaces[TEAL].mac,
		    lab_ifaces[TEAL].vlan, 63, false);
	assert_int_equal(frame_wrong_bytes("the frame", out, out_len, frame, len), 0);
	programs_device_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_routes_share_flows_as_the_hash_policy_says),
		cmocka_unit_test(a_packet_passes_four_routers_in_one_run_and_no_more),
		cmocka_unit_test(a_neighbours_own_packet_is_forwarded_in_the_run_that_takes_it),
	};

	return cmocka_run_group_tests(tests, forward_begin, forward_end);
}
