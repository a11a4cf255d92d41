/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/fib.h: XDP finds the next hops that the host finds, in tables whose chunks are maps
 * (user/fib_maps.c), while they change and when they are gone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <bpf/bpf.h>

#include "fib_maps.h"
#include "tests/lib/fib_bench.h"
#include "tests/lib/fib_gen.h"
#include "tests/lib/fib_look.skel.h"

#define ROUTERS 4u
#define OTHER 8u

static struct fib_look_bpf *skel;
static struct fib_maps maps;
static struct fib_backend backend;
static struct fib *fib;
static __u64 *roots, *seen;
static struct fib_bench_address *addresses;
static const __u64 *found;

static void *memory_of(const struct bpf_map *map, size_t bytes)
{
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	assert_true(mem != MAP_FAILED);
	return mem;
}

static int set_up(void **state)
{
	(void)state;
	skel = fib_look_bpf__open();
	assert_non_null(skel);
	assert_int_equal(bpf_map__set_max_entries(skel->maps.vx_fib_roots, ROUTERS * 2), 0);
	assert_int_equal(fib_look_bpf__load(skel), 0);
	assert_int_equal(fib_maps_init(&maps, bpf_map__fd(skel->maps.vx_fib_chunks),
				       bpf_map__fd(skel->maps.vx_fib_marks), &backend),
			 0);
	assert_int_equal(fib_open(&fib, &backend), 0);
	roots = memory_of(skel->maps.vx_fib_roots, ROUTERS * 2 * sizeof(*roots));
	seen = memory_of(skel->maps.seen, (OTHER + 1) * sizeof(*seen));
	addresses = memory_of(skel->maps.addresses, FIB_BENCH_ADDRESSES * sizeof(*addresses));
	found = memory_of(skel->maps.found, FIB_BENCH_ADDRESSES * sizeof(*found));
	return 0;
}

/* Among the first numbers, which are given out first: 6.1 waits a grace period for each. */
static __u32 chunks_there(void)
{
	__u32 number, id, n = 0;

	for (number = 0; number < 12; number++)
		n += !bpf_map_lookup_elem(maps.chunks, &number, &id);
	return n;
}

static bool marks_left(void)
{
	size_t i;

	for (i = 0; i < sizeof(maps.marks->used) / sizeof(maps.marks->used[0]); i++)
		if (maps.marks->used[i])
			return true;
	return false;
}

static int tear_down(void **state)
{
	int left;

	(void)state;
	left = fib_settle(fib) || chunks_there() || marks_left();
	fib_close(fib);
	fib_maps_close(&maps);
	munmap(roots, ROUTERS * 2 * sizeof(*roots));
	munmap(seen, (OTHER + 1) * sizeof(*seen));
	munmap(addresses, FIB_BENCH_ADDRESSES * sizeof(*addresses));
	munmap((void *)(uintptr_t)found, FIB_BENCH_ADDRESSES * sizeof(*found));
	fib_look_bpf__destroy(skel);
	return left;
}

static int run(const struct bpf_program *prog, __u32 times)
{
	static __u8 frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = (int)times);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}

static struct fib_prefix prefix4(const char *addr, __u32 len)
{
	return fib_prefix4(inet_addr(addr), len);
}

static void put(struct fib_table *t, struct fib_prefix p, __u32 nexthop)
{
	assert_int_equal(fib_table_set(t, &p, nexthop), 0);
}

/* @n addresses: in the routes, at their ends and beside them, anywhere. */
static void choose(const struct fib_route *routes, __u32 nroutes, bool ipv6, __u32 n)
{
	struct fib_gen g = { n };
	const struct fib_prefix *p;
	__u32 i, j, bits, inside, how;

	for (i = 0; i < n; i++) {
		p = &routes[gen_below(&g, nroutes)].prefix;
		how = gen_below(&g, 5);
		for (j = 0; j < 4; j++) {
			bits = p->len > j * 32 ? p->len - j * 32 : 0;
			inside = bits < 32 ? ~0u >> bits : 0;
			inside = how == 0 ? 0 : how == 1 ? inside : gen_u32(&g) & inside;
			inside |= p->addr[j];
			if (how == 4 && !gen_below(&g, 3))
				inside = gen_u32(&g);
			addresses[i].word[j] = htonl(ipv6 || !j ? inside : 0);
		}
	}
}

static void same_as_host(const struct fib_table *t, __u32 router, bool ipv6, __u32 n)
{
	__u32 i, j, addr[4], expect, some = 0;

	skel->bss->router = router;
	skel->bss->at = 0;
	assert_int_equal(run(ipv6 ? skel->progs.look6 : skel->progs.look4, n), 0);
	for (i = 0; i < n; i++) {
		for (j = 0; j < 4; j++)
			addr[j] = ntohl(addresses[i].word[j]);
		expect = fib_table_lookup(t, addr);
		some += !!expect;
		if (found[i] != expect)
			fail_msg("%08x:%08x:%08x:%08x: XDP found %llu, the host %u", addr[0],
				 addr[1], addr[2], addr[3], (unsigned long long)found[i], expect);
	}
	assert_true(some > n / 4);
}

static void finds_the_same(bool ipv6, __u32 nroutes)
{
	struct fib_route *routes = gen_routes(nroutes, ipv6, nroutes, 300);
	struct fib_table *t = fib_table_new(fib, ipv6, &roots[2 + ipv6]);
	struct fib_gen g = { 3 };
	__u32 i, n = 20000;

	assert_non_null(routes);
	assert_non_null(t);
	for (i = 0; i < nroutes; i++)
		put(t, routes[i].prefix, routes[i].nexthop);
	/* Below others, to the last bit. */
	for (i = 0; i < nroutes / 20 + 1; i++) {
		struct fib_prefix p = routes[gen_below(&g, nroutes)].prefix;

		p.len = ipv6 ? 128 : 32;
		put(t, p, 1 + gen_below(&g, 300));
	}
	assert_int_equal(fib_table_commit(t), 0);
	choose(routes, nroutes, ipv6, n);
	same_as_host(t, 1, ipv6, n);
	for (i = 0; i < nroutes; i += 3) {
		int err = fib_table_set(t, &routes[i].prefix, i % 2 * 7);

		assert_true(!err || err == -ENOENT);
	}
	put(t, (struct fib_prefix){ .len = 0 }, 299);
	assert_int_equal(fib_table_commit(t), 0);
	assert_int_equal(fib_settle(fib), 0);
	same_as_host(t, 1, ipv6, n);
	/* The other routers' tables are empty. */
	skel->bss->router = 0;
	skel->bss->at = 0;
	assert_int_equal(run(ipv6 ? skel->progs.look6 : skel->progs.look4, 100), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(found[i], 0);
	fib_table_free(t);
	free(routes);
}

static void xdp_finds_what_the_host_finds_in_small_tables(void **state)
{
	__u32 n;

	(void)state;
	for (n = 1; n < 3000; n = n * 3 + 1) {
		finds_the_same(false, n);
		finds_the_same(true, n);
	}
}

static void xdp_finds_what_the_host_finds_in_large_tables(void **state)
{
	(void)state;
	finds_the_same(false, 40000);
	finds_the_same(true, 30000);
}

/* At each byte of an address, more routes beside it than fit into a block of two bytes. */
static void the_longest_way_is_walked_to_its_end(void **state)
{
	__u32 at, beside, n, bytes, expect;
	struct fib_prefix p;
	struct fib_table *t;
	int ipv6;

	(void)state;
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		t = fib_table_new(fib, ipv6, &roots[ipv6]);
		bytes = ipv6 ? 16 : 4;
		for (at = n = 0; at < bytes; at++) {
			for (beside = 1; beside < 60; beside += 2) {
				p = (struct fib_prefix){ .len = at * 8 + 8 };
				p.addr[at / 4] = beside << (24 - at % 4 * 8);
				put(t, p, 1 + at * 60 + beside);
				memset(&addresses[n], 0, sizeof(addresses[n]));
				addresses[n++].word[at / 4] = htonl(p.addr[at / 4]);
			}
		}
		assert_int_equal(fib_table_commit(t), 0);
		same_as_host(t, 0, ipv6, n);
		/* The host might be wrong, too. */
		for (at = n = 0; at < bytes; at++)
			for (beside = 1; beside < 60; beside += 2) {
				expect = 1 + at * 60 + beside;
				assert_int_equal(found[n++], expect);
			}
		fib_table_free(t);
	}
}

static void equal_tables_of_routers_are_one_until_one_changes(void **state)
{
	struct fib_table *t[ROUTERS];
	__u32 i;

	(void)state;
	for (i = 0; i < ROUTERS; i++) {
		t[i] = fib_table_new(fib, false, &roots[2 * i]);
		put(t[i], prefix4("192.0.2.0", 24), 1);
		put(t[i], prefix4("192.0.2.128", 25), 2);
		assert_int_equal(fib_table_commit(t[i]), 0);
		assert_true(roots[2 * i] == roots[0]);
	}
	put(t[2], prefix4("192.0.2.192", 26), 3);
	assert_int_equal(fib_table_commit(t[2]), 0);
	skel->bss->watched = inet_addr("192.0.2.200");
	for (i = 0; i < ROUTERS; i++) {
		skel->bss->router = i;
		assert_int_equal(run(skel->progs.watch, 1), 0);
	}
	assert_int_equal(seen[2], ROUTERS - 1);
	assert_int_equal(seen[3], 1);
	assert_int_equal(chunks_there(), 1);
	for (i = 0; i < ROUTERS; i++)
		fib_table_free(t[i]);
	assert_int_equal(chunks_there(), 1);
	assert_int_equal(fib_settle(fib), 0);
	assert_int_equal(chunks_there(), 0);
}

static bool stop;
static __u64 rounds;

static void *packets(void *arg)
{
	int err = 0;

	(void)arg;
	while (!err && !__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		err = run(skel->progs.watch, 20000);
		__atomic_fetch_add(&rounds, 1, __ATOMIC_SEQ_CST);
	}
	return err ? skel : NULL;
}

/* The memory of before is used for other blocks meanwhile. */
static void a_packet_finds_the_old_route_or_the_new_one(void **state)
{
	struct fib_table *t = fib_table_new(fib, false, &roots[0]);
	struct fib_gen g = { 9 };
	pthread_t thread;
	void *failed;
	__u64 before;
	__u32 i, n;

	(void)state;
	put(t, prefix4("10.0.0.0", 8), 3);
	put(t, prefix4("10.1.0.0", 16), 1);
	assert_int_equal(fib_table_commit(t), 0);
	skel->bss->router = 0;
	skel->bss->watched = inet_addr("10.1.2.3");
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, packets, NULL), 0);
	for (i = 0; i < 60; i++) {
		before = __atomic_load_n(&rounds, __ATOMIC_SEQ_CST);
		put(t, prefix4(i % 4 < 2 ? "10.1.2.0" : "10.1.2.3", i % 4 < 2 ? 24 : 32),
		    i % 2 ? 0 : 2);
		for (n = 0; n < 20; n++)
			put(t,
			    fib_prefix4(htonl(10u << 24 | 200u << 16 | gen_below(&g, 65536)), 32),
			    4 + gen_below(&g, 4));
		assert_int_equal(fib_table_commit(t), 0);
		assert_int_equal(fib_settle(fib), 0);
		while (i % 10 == 9 && __atomic_load_n(&rounds, __ATOMIC_SEQ_CST) < before + 2)
			sched_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_true(seen[1] + seen[2] > 0);
	for (i = 0; i <= OTHER; i++)
		if (i != 1 && i != 2)
			assert_int_equal(seen[i], 0);
	fib_table_free(t);
}

/* As after a daemon's end: its tables are used until the next one has made its own. */
static void what_a_former_process_made_lasts_until_it_is_freed(void **state)
{
	struct fib_table *old = fib_table_new(fib, false, &roots[0]), *t;
	struct fib_backend second_backend;
	struct fib_maps second_maps;
	struct fib *second;
	__u64 other_root;

	(void)state;
	put(old, prefix4("192.0.2.0", 24), 5);
	assert_int_equal(fib_table_commit(old), 0);
	assert_int_equal(fib_maps_init(&second_maps, maps.chunks,
				       bpf_map__fd(skel->maps.vx_fib_marks), &second_backend),
			 0);
	assert_int_equal(fib_open(&second, &second_backend), 0);
	assert_int_equal(fib_maps_keep_left(&second_maps, second), 0);
	t = fib_table_new(second, false, &other_root);
	put(t, prefix4("192.0.2.0", 24), 6);
	assert_int_equal(fib_table_commit(t), 0);
	assert_int_equal(chunks_there(), 2);
	skel->bss->router = 0;
	skel->bss->watched = inet_addr("192.0.2.1");
	assert_int_equal(run(skel->progs.watch, 1), 0);
	assert_int_equal(seen[5], 1);
	__atomic_store_n(&roots[0], other_root, __ATOMIC_RELEASE);
	assert_int_equal(run(skel->progs.watch, 1), 0);
	assert_int_equal(seen[6], 1);
	fib_left_free(second);
	assert_int_equal(chunks_there(), 1);
	assert_int_equal(run(skel->progs.watch, 1), 0);
	assert_int_equal(seen[6], 2);
	fib_table_free(t);
	assert_int_equal(fib_settle(second), 0);
	fib_close(second);
	fib_maps_close(&second_maps);
	fib_table_free(old);
}

static void packets_can_be_waited_for_without_membarrier(void **state)
{
	(void)state;
	assert_int_equal(fib_maps_wait_by_update(&maps), 0);
	assert_int_equal(fib_maps_wait_by_update(&maps), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(xdp_finds_what_the_host_finds_in_small_tables),
		TEST(xdp_finds_what_the_host_finds_in_large_tables),
		TEST(the_longest_way_is_walked_to_its_end),
		TEST(equal_tables_of_routers_are_one_until_one_changes),
		TEST(a_packet_finds_the_old_route_or_the_new_one),
		TEST(what_a_former_process_made_lasts_until_it_is_freed),
		TEST(packets_can_be_waited_for_without_membarrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
