/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * While tables change, a thread looks up without a lock, as packets do: it finds the old route
 * or the new one. Memory that is given back under it would be found by the address sanitizer.
 */
#include <pthread.h>
#include <sched.h>

#include "tests/unit/fib_lab.h"

#define WATCHED 64u
#define COVER 5u
#define OLD_DEFAULT 7u
#define NEW_DEFAULT 8u

/* Where 11.0.0.0/8 leads beside the new default route; nobody may see that one there. */
#define BESIDE 9u

static __u64 turns; /* lookups by the thread, odd: one is under way */
static bool stop;
static __u32 wrong_at, wrong;

/* RCU: readers that were there at the start have left. */
static void wait_for_reader(void)
{
	__u64 turn = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);

	while (turn & 1 && __atomic_load_n(&turns, __ATOMIC_SEQ_CST) == turn)
		sched_yield();
}

static int reader_grace(void *ctx)
{
	wait_for_reader();
	return mem_grace(ctx);
}

static void reader_chunk_free(void *ctx, __u32 number, void *chunk)
{
	struct mem_chunks *m = ctx;

	__atomic_store_n(&m->chunk[number], NULL, __ATOMIC_SEQ_CST);
	wait_for_reader();
	m->chunk[number] = chunk;
	mem_chunk_free(ctx, number, chunk);
}

static __always_inline const __u8 *vrxdp_fib_chunk_at(void *chunks, __u32 number)
{
	struct mem_chunks *m = chunks;

	return number < MEM_CHUNKS ? __atomic_load_n(&m->chunk[number], __ATOMIC_ACQUIRE) : NULL;
}

#include "vrxdp/fib_lookup.h"

static __u32 look(const struct lab_table *l, __u32 addr)
{
	struct vrxdp_fib_key key = { (__u64)addr << 32, 0 };
	__u32 nexthop;

	__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
	nexthop = vrxdp_fib_lookup(&mem, __atomic_load_n(&l->root, __ATOMIC_ACQUIRE), key,
				   VRXDP_FIB_STEPS_IPV4);
	__atomic_fetch_add(&turns, 1, __ATOMIC_SEQ_CST);
	return nexthop;
}

static struct fib_prefix watched(__u32 i)
{
	/* Some are many values of a large block, some are deep. */
	return prefix("10.%u.%u.0/%u", i * 4, i, i % 3 ? 20 + i % 9 : 14);
}

static void must(__u32 addr, __u32 seen, bool right)
{
	if (right || wrong_at)
		return;
	wrong = seen;
	__atomic_store_n(&wrong_at, addr, __ATOMIC_SEQ_CST);
}

static void *reader(void *arg)
{
	const struct lab_table *l = arg;
	struct fib_gen g = { 5 };
	__u32 i, seen, addr;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		i = gen_below(&g, WATCHED);
		addr = 10u << 24 | i * 4 << 16 | i << 8;
		seen = look(l, addr);
		must(addr, seen, seen == COVER || seen == 1000 + i || seen == 2000 + i);
		addr = 11u << 24 | gen_below(&g, 1 << 24);
		seen = look(l, addr);
		must(addr, seen, seen == OLD_DEFAULT || seen == BESIDE);
		addr = 240u << 24 | gen_below(&g, 1 << 24);
		seen = look(l, addr);
		must(addr, seen, seen == OLD_DEFAULT || seen == NEW_DEFAULT);
	}
	return NULL;
}

static void put(struct lab_table *l, struct fib_prefix p, __u32 nexthop)
{
	int err = fib_table_set(l->t, &p, nexthop);

	assert_true(!err || (err == -ENOENT && !nexthop));
}

static void a_reader_finds_the_old_route_or_the_new_one(__u32 routes, int rounds)
{
	struct fib_route *others = gen_routes(4, false, routes, 100);
	struct fib_backend backend = mem_backend(&mem);
	struct lab_table l;
	pthread_t thread;
	__u64 turn;
	__u32 i, n;
	int round;

	backend.grace = reader_grace;
	backend.chunk_free = reader_chunk_free;
	fib_close(fib);
	assert_int_equal(fib_open(&fib, &backend), 0);
	assert_non_null(others);
	table_open(&l, false);
	for (i = 0; i < routes; i++)
		if (others[i].prefix.addr[0] >> 25 != 5)
			assert_int_equal(fib_table_set(l.t, &others[i].prefix, others[i].nexthop),
					 0);
	put(&l, prefix("10.0.0.0/8"), COVER);
	put(&l, prefix("0.0.0.0/0"), OLD_DEFAULT);
	commit(&l);
	stop = false;
	wrong_at = 0;
	assert_int_equal(pthread_create(&thread, NULL, reader, &l), 0);
	for (round = 0; round < rounds && !__atomic_load_n(&wrong_at, __ATOMIC_SEQ_CST); round++) {
		turn = __atomic_load_n(&turns, __ATOMIC_SEQ_CST);
		for (n = gen_below(&rnd, 4); n > 0; n--) {
			i = gen_below(&rnd, WATCHED);
			if (gen_below(&rnd, 2))
				put(&l, watched(i), 1000 + gen_below(&rnd, 2) * 1000 + i);
			else
				put(&l, watched(i), 0);
		}
		/* Two routes at once: nobody may find one of them without the other. */
		if (round % 3 == 0) {
			put(&l, prefix("0.0.0.0/0"), round & 1 ? OLD_DEFAULT : NEW_DEFAULT);
			put(&l, prefix("11.0.0.0/8"), round & 1 ? 0 : BESIDE);
		}
		i = gen_below(&rnd, routes);
		if (others[i].prefix.addr[0] >> 25 != 5)
			put(&l, others[i].prefix, 1 + gen_below(&rnd, 90));
		commit(&l);
		if (gen_below(&rnd, 2))
			assert_int_equal(fib_settle(fib), 0);
		while (__atomic_load_n(&turns, __ATOMIC_SEQ_CST) < turn + 6)
			sched_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	if (wrong_at)
		fail_msg("%08x: next hop %u, in round %d", wrong_at, wrong, round);
	table_close(&l);
	free(others);
}

static void in_a_small_table_a_reader_finds_the_old_route_or_the_new_one(void **state)
{
	(void)state;
	a_reader_finds_the_old_route_or_the_new_one(100, 1500);
}

static void in_a_large_table_a_reader_finds_the_old_route_or_the_new_one(void **state)
{
	(void)state;
	a_reader_finds_the_old_route_or_the_new_one(40000, 300);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_a_small_table_a_reader_finds_the_old_route_or_the_new_one),
		TEST(in_a_large_table_a_reader_finds_the_old_route_or_the_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
