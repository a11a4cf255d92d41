/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The laboratory with two routers that XDP forwards for: RED's, which also has AWAY, BIG and
 * GREEN, and BLUE's, which also has TEAL. CHILD's router stays on the stack path. In both
 * routers, 10.K.0.0/16 and fd00:K::/32 have the next hop number K of the tables below.
 */
#ifndef FORWARD_LAB_H
#define FORWARD_LAB_H

#include "prog_run.h"

#include <arpa/inet.h>
#include <sys/mman.h>

#include "fib.h"
#include "fib_maps.h"
#include "vrxdp/forwarding.h"

#define OWN_ADDRESS "10.4.0.1"
#define GROUP_FIRST 0x1000u /* of group 14's members, in vx_nexthop_numbers */
#define NUMBERS_RED 64u
#define NUMBERS_BLUE 128u
#define NEXTHOPS 24u

#define HOP(egress, neighbour_, mtu_, ...)                                                         \
	INIT(.kind = VRXDP_NH_FORWARD, .iface = (egress), .mac = MAC_##egress,                     \
	     .neighbour = { neighbour_, 1 }, .mtu = (mtu_), ##__VA_ARGS__)
#define KNOWN_AND_FORWARDED (VRXDP_IN_KNOWN | VRXDP_IN_IPV4 | VRXDP_IN_IPV6)
#define KIND(what) INIT(.kind = VRXDP_NH_##what)

/* vlan is filled in from the egress interface. */
static const struct vrxdp_nexthop red_hops[NEXTHOPS] = {
	[1] = HOP(AWAY, MAC_STRANGER2, 1500),
	[2] = HOP(BIG, MAC_STRANGER, 9000),
	[3] = HOP(GREEN, MAC_STRANGER, 1500),
	[4] = KIND(LOCAL),
	[5] = KIND(BROADCAST),
	[6] = KIND(BLACKHOLE),
	[7] = KIND(UNREACHABLE),
	[8] = KIND(PROHIBIT),
	[9] = KIND(ENCAP),
	[10] = KIND(OTHER),
	[11] = { .kind = VRXDP_NH_CONNECTED, .iface = RED },
	[12] = { .kind = VRXDP_NH_FORWARD, .iface = AWAY, .mac = MAC_AWAY, .mtu = 1500 },
	[13] = HOP(RED, MAC_STRANGER2, 1500),
	[14] = { .kind = VRXDP_NH_GROUP, .mask = 1, .first = GROUP_FIRST },
	[15] = HOP(AWAY, MAC_STRANGER2, 500),
	[16] = HOP(RED, MAC_BLUE, 1500),
	[17] = HOP(RED, MAC_CHILD, 1500),
	[18] = HOP(GREEN, MAC_TEAL, 1500),
	[19] = HOP(GREEN, MAC_GREEN, 1500),
	[20] = HOP(RED, MAC_UP, 1500),
	[21] = HOP(RED, MAC_BLUE, 1500, .way = VRXDP_WAY_SIBLING, .sibling = BLUE, .generation = 7),
	[22] = HOP(AWAY, MAC_STRANGER, 1500, .way = VRXDP_WAY_WIRE, .generation = 7),
	/* What it says was true of an earlier wire: BLUE's address isn't the wire's any more. */
	[23] = HOP(RED, MAC_BLUE, 1500, .way = VRXDP_WAY_WIRE, .generation = 6),
};

static const struct vrxdp_nexthop blue_hops[NEXTHOPS] = {
	[4] = KIND(LOCAL),
	[6] = KIND(BLACKHOLE),
	[16] = HOP(TEAL, MAC_STRANGER, 1500),
	[21] = HOP(TEAL, MAC_GREEN, 1500),
};

static const __u32 of_red[] = { RED, AWAY, BIG, GREEN }, of_blue[] = { BLUE, TEAL };

static struct {
	struct fib_maps maps;
	struct fib *fib;
	struct fib_table *table[2][2];
	struct vrxdp_fast *fast;
} fast_lab;

static __u32 owner(__u32 iface)
{
	size_t i;

	for (i = 0; i < sizeof(of_red) / sizeof(of_red[0]); i++)
		if (of_red[i] == iface)
			return ROUTER_OF(RED);
	return iface == TEAL ? ROUTER_OF(BLUE) : ROUTER_OF(iface);
}

/* The interface as the router's other one has it, with what its kernel does there. */
static void join(__u32 number, __u32 in)
{
	struct vrxdp_iface iface = lab_ifaces[number];

	iface.router = owner(number);
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &number, &iface), 0);
	assert_int_equal(state_put(&prog.st, MAP_IFACE_IN, &number, &in), 0);
}

static void fill_hops(__u32 base, __u32 entries, const struct vrxdp_nexthop *hops)
{
	struct vrxdp_nexthop nh;
	__u32 i, number, entry;

	for (i = 0; i < NEXTHOPS; i++) {
		number = base + i;
		entry = entries + i;
		nh = hops[i];
		nh.vlan = lab_ifaces[nh.iface].vlan;
		assert_int_equal(state_put(&prog.st, MAP_NEXTHOPS, &entry, &nh), 0);
		assert_int_equal(state_put(&prog.st, MAP_NEXTHOP_NUMBERS, &number, &entry), 0);
	}
}

static void fill_members(void)
{
	__u32 i, first = GROUP_FIRST, member;

	for (i = 0; i < 2; i++, first++) {
		member = 1 + i;
		assert_int_equal(state_put(&prog.st, MAP_NEXTHOP_NUMBERS, &first, &member), 0);
	}
}

static void fill_routes(struct fib_table *table, bool ipv6, const struct vrxdp_nexthop *hops)
{
	struct in6_addr net6 = { { { 0xfd, 0 } } };
	struct fib_prefix prefix;
	__u32 k;

	for (k = 1; k < NEXTHOPS; k++) {
		if (!hops[k].kind)
			continue;
		net6.s6_addr[3] = (__u8)k;
		prefix = ipv6 ? fib_prefix6(&net6, 32) :
				fib_prefix4(htonl(10u << 24 | k << 16), 16);
		assert_int_equal(fib_table_set(table, &prefix, k), 0);
	}
	assert_int_equal(fib_table_commit(table), 0);
}

static void fill_router(__u32 n, __u32 router, __u32 numbers, const struct vrxdp_nexthop *hops)
{
	struct vrxdp_fast *fast = &fast_lab.fast[router];
	int ipv6;

	fill_hops(numbers, 1 + n * NEXTHOPS, hops);
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		fast_lab.table[n][ipv6] = fib_table_new(fast_lab.fib, ipv6, &fast->root[ipv6]);
		assert_non_null(fast_lab.table[n][ipv6]);
		fill_routes(fast_lab.table[n][ipv6], ipv6, hops);
	}
	fast->nexthops = numbers;
	fast->valid_until = ~0ull;
	fast->flags = VRXDP_FAST_IPV4 | VRXDP_FAST_IPV6;
}

/* Group fixture. */
static int forward_begin(void **state)
{
	const __u32 in = KNOWN_AND_FORWARDED;
	struct fib_backend backend;
	__u32 zero = 0, seven = 7;
	struct in_addr own;
	size_t i;
	int ret = prog_begin(state);

	if (ret)
		return ret;
	for (i = 0; i < sizeof(of_red) / sizeof(of_red[0]); i++)
		join(of_red[i], in);
	for (i = 0; i < sizeof(of_blue) / sizeof(of_blue[0]); i++)
		join(of_blue[i], in);
	assert_int_equal(state_put(&prog.st, MAP_WIRE, &zero, &seven), 0);
	fast_lab.fast = mmap(NULL, (ROUTERS + 1) * sizeof(*fast_lab.fast), PROT_READ | PROT_WRITE,
			     MAP_SHARED, prog.st.map[MAP_FAST], 0);
	assert_true(fast_lab.fast != MAP_FAILED);
	assert_int_equal(fib_maps_init(&fast_lab.maps, prog.st.map[MAP_FIB_CHUNKS],
				       prog.st.map[MAP_FIB_MARKS], &backend),
			 0);
	assert_int_equal(fib_open(&fast_lab.fib, &backend), 0);
	fill_members();
	fill_router(0, ROUTER_OF(RED), NUMBERS_RED, red_hops);
	fill_router(1, ROUTER_OF(BLUE), NUMBERS_BLUE, blue_hops);
	assert_int_equal(inet_pton(AF_INET, OWN_ADDRESS, &own), 1);
	vrxdp_own_add(fast_lab.fast[ROUTER_OF(RED)].own, ntohl(own.s_addr));
	return 0;
}

static int forward_end(void **state)
{
	int i;

	for (i = 0; i < 4; i++)
		fib_table_free(fast_lab.table[i / 2][i % 2]);
	fib_close(fast_lab.fib);
	fib_maps_close(&fast_lab.maps);
	munmap(fast_lab.fast, (ROUTERS + 1) * sizeof(*fast_lab.fast));
	return prog_end(state);
}

#endif
