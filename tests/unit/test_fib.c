/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding tables find what a search from end to end finds, whatever was changed in what order. */

#include "tests/unit/fib_lab.h"
#include "vrxdp/fib.h"

static void random_changes(bool ipv6, int rounds, __u32 most)
{
	struct lab_table l;
	struct fib_prefix p;
	int round, i, n;

	for (round = 0; round < rounds; round++) {
		table_open(&l, ipv6);
		for (i = 0; i < 25; i++) {
			for (n = 1 + (int)gen_below(&rnd, 30); n > 0; n--) {
				if (l.ref->n && (l.ref->n > most || !gen_below(&rnd, 3))) {
					p = l.ref->route[gen_below(&rnd, l.ref->n)].prefix;
					set(&l, &p, gen_below(&rnd, 2) * gen_below(&rnd, 9));
				} else {
					p = near_prefix(&l);
					set(&l, &p, 1 + gen_below(&rnd, 5));
				}
			}
			commit(&l);
			same(&l, 25);
			if (gen_below(&rnd, 2))
				assert_int_equal(fib_settle(fib), 0);
		}
		while (l.ref->n) {
			p = l.ref->route[gen_below(&rnd, l.ref->n)].prefix;
			set(&l, &p, 0);
			if (!gen_below(&rnd, 20)) {
				commit(&l);
				same(&l, 5);
			}
		}
		commit(&l);
		assert_true(l.root == 0);
		table_close(&l);
		assert_int_equal(fib_settle(fib), 0);
	}
}

static void ipv4_finds_the_longest_match_after_any_changes(void **state)
{
	(void)state;
	random_changes(false, 12, 200);
}

static void ipv6_finds_the_longest_match_after_any_changes(void **state)
{
	(void)state;
	random_changes(true, 12, 200);
}

/* Prefixes of every length on one address, and all of them again around it. */
static void prefixes_of_all_lengths_nest(void **state)
{
	struct lab_table l;
	struct fib_prefix p;
	int ipv6;
	__u32 len;

	(void)state;
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		table_open(&l, ipv6);
		for (len = 0; len <= (ipv6 ? 128u : 32u); len++) {
			p = ipv6 ? prefix("2001:db8:a5a5:5a5a:8000:7fff:1:ffff/%u", len) :
				   prefix("192.0.127.255/%u", len);
			set(&l, &p, 100 + len);
			commit(&l);
			same(&l, 130);
		}
		for (len = 0; len <= (ipv6 ? 128u : 32u); len++) {
			p = ipv6 ? prefix("2001:db8:a5a5:5a5a:8000:7fff:1:ffff/%u", len) :
				   prefix("192.0.127.255/%u", len);
			set(&l, &p, 0);
			commit(&l);
			same(&l, 130);
		}
		table_close(&l);
	}
}

static void the_default_route_is_for_what_has_no_other(void **state)
{
	struct lab_table l;
	struct fib_prefix any = prefix("0.0.0.0/0"), p = prefix("10.0.0.0/8");

	(void)state;
	table_open(&l, false);
	set(&l, &any, 7);
	commit(&l);
	same(&l, 20);
	set(&l, &p, 8);
	commit(&l);
	same(&l, 20);
	set(&l, &any, VRXDP_FIB_MAX_NEXTHOP);
	commit(&l);
	same(&l, 20);
	set(&l, &any, 0);
	commit(&l);
	same(&l, 20);
	table_close(&l);
}

/* 256 hosts of a /24, and each other one: runs of one number, more than fit into a bitmap. */
static void a_block_may_have_a_run_for_each_number(void **state)
{
	struct lab_table l;
	struct fib_prefix p;
	__u32 i;

	(void)state;
	table_open(&l, false);
	for (i = 0; i < 256; i++) {
		p = prefix("198.51.100.%u/32", i);
		set(&l, &p, 1 + i);
		if (!(i % 5)) {
			commit(&l);
			same(&l, 256);
		}
	}
	commit(&l);
	same(&l, 256);
	/* With a prefix behind each: references to 256 blocks. */
	for (i = 0; i < 256; i++) {
		p = prefix("10.%u.1.0/24", i);
		set(&l, &p, 1000 + i);
		p = prefix("10.%u.1.128/26", i);
		set(&l, &p, 2000 + i);
	}
	commit(&l);
	same(&l, 800);
	for (i = 0; i < 256; i += 2) {
		p = prefix("10.%u.1.128/26", i);
		set(&l, &p, 0);
		commit(&l);
		if (!(i % 16))
			same(&l, 200);
	}
	table_close(&l);
}

/* Beyond a number of routes, tables begin with a large block, and below it they don't. */
static void a_table_grows_large_and_small_again(void **state)
{
	struct fib_route *routes = gen_routes(3, false, 22000, 50);
	struct fib_table_stats stats;
	struct lab_table l;
	__u32 i;

	(void)state;
	assert_non_null(routes);
	table_open(&l, false);
	for (i = 0; i < 22000; i++) {
		/* Looking for each in the whole list would take most of the time. */
		if (fib_table_exact(l.t, &routes[i].prefix))
			continue;
		assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop), 0);
		l.ref->route[l.ref->n++] =
			(struct ref_route){ routes[i].prefix, routes[i].nexthop };
		if (i % 4000 == 3999 || (l.ref->n > 16380 && l.ref->n < 16388)) {
			commit(&l);
			same(&l, 20);
		}
	}
	commit(&l);
	assert_true(l.ref->n > 17000);
	assert_int_equal(fib_table_stats(l.t, &stats), 0);
	assert_true(stats.bytes > VRXDP_FIB_CHUNK);
	same(&l, 100);
	/* One at a time, some of them for many numbers of the large block. */
	for (i = 0; i < 200; i++) {
		struct fib_prefix p = near_prefix(&l);

		set(&l, &p, 1 + gen_below(&rnd, 3));
		if (gen_below(&rnd, 2)) {
			p = l.ref->route[gen_below(&rnd, l.ref->n)].prefix;
			set(&l, &p, 0);
		}
		commit(&l);
		same(&l, 3);
		assert_int_equal(fib_settle(fib), 0);
	}
	while (l.ref->n > 16000) {
		struct fib_prefix p = l.ref->route[gen_below(&rnd, l.ref->n)].prefix;

		set(&l, &p, 0);
		if (!(l.ref->n % 400)) {
			commit(&l);
			same(&l, 30);
		}
	}
	commit(&l);
	same(&l, 100);
	assert_int_equal(fib_table_stats(l.t, &stats), 0);
	assert_true(stats.bytes < 4 * VRXDP_FIB_CHUNK);
	fib_table_clear(l.t);
	commit(&l);
	l.ref->n = 0;
	same(&l, 20);
	table_close(&l);
	free(routes);
}

static void wrong_routes_are_refused_and_change_nothing(void **state)
{
	struct fib_prefix p = prefix("10.0.0.0/8"), q = p;
	struct lab_table l;

	(void)state;
	table_open(&l, false);
	set(&l, &p, 5);
	q.addr[0] |= 1;
	assert_int_equal(fib_table_set(l.t, &q, 1), -EINVAL);
	q = p;
	q.addr[2] = 1;
	assert_int_equal(fib_table_set(l.t, &q, 1), -EINVAL);
	q = p;
	q.len = 33;
	assert_int_equal(fib_table_set(l.t, &q, 1), -EINVAL);
	assert_int_equal(fib_table_set(l.t, &p, VRXDP_FIB_MAX_NEXTHOP + 1), -ERANGE);
	q = prefix("10.0.0.0/9");
	assert_int_equal(fib_table_set(l.t, &q, 0), -ENOENT);
	q = prefix("0.0.0.0/0");
	assert_int_equal(fib_table_set(l.t, &q, 0), -ENOENT);
	commit(&l);
	same(&l, 10);
	table_close(&l);
}

struct walk {
	const struct lab_table *l;
	struct fib_prefix last;
	__u32 n;
};

static int each(const struct fib_prefix *p, __u16 nexthop, void *arg)
{
	struct walk *w = arg;
	struct ref_route *r = ref_find(w->l->ref, p);

	assert_non_null(r);
	assert_int_equal(r->nexthop, nexthop);
	if (w->n++)
		assert_true(memcmp(&w->last, p, sizeof(*p)));
	w->last = *p;
	return w->n == 1000 ? 77 : 0;
}

static void a_walk_meets_each_route_once(void **state)
{
	struct walk w = { .n = 0 };
	struct lab_table l;
	struct fib_prefix p;

	(void)state;
	table_open(&l, true);
	while (l.ref->n < 500) {
		p = near_prefix(&l);
		set(&l, &p, 1 + gen_below(&rnd, 9));
	}
	w.l = &l;
	assert_int_equal(fib_table_walk(l.t, each, &w), 0);
	assert_int_equal(w.n, l.ref->n);
	w.n = 1000 - 7;
	assert_int_equal(fib_table_walk(l.t, each, &w), 77);
	table_close(&l);
}

/* All numbers against ranges that end anywhere. */
static void ranges_are_found_by_counting(void **state)
{
	__u64 words[4];
	__u16 last[16];
	__u32 i, n, number, expect;
	int round;

	(void)state;
	for (round = 0; round < 40; round++) {
		n = 1 + gen_below(&rnd, 16);
		for (i = 0; i < 16; i++)
			last[i] = 0xffff;
		for (i = 0; i + 1 < n; i++)
			last[i] = (__u16)((i ? last[i - 1] : 0u) + 1 +
					  gen_below(&rnd, round % 2 ? 3 : 0xffff / 16));
		memcpy(words, last, sizeof(words));
		for (number = 0, expect = 0; number < 65536; number++) {
			while (last[expect] < number)
				expect++;
			if (vrxdp_fib_range(words, number) != expect)
				fail_msg("%u: run %llu, expected %u", number,
					 (unsigned long long)vrxdp_fib_range(words, number),
					 expect);
		}
	}
}

static void bits_are_counted(void **state)
{
	__u64 x;
	int i;

	(void)state;
	assert_int_equal(vrxdp_fib_popcount(0), 0);
	assert_int_equal(vrxdp_fib_popcount(~0ull), 64);
	for (i = 0; i < 10000; i++) {
		x = ((__u64)gen_u32(&rnd) << 32 | gen_u32(&rnd)) >> gen_below(&rnd, 64);
		assert_int_equal(vrxdp_fib_popcount(x), __builtin_popcountll(x));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ipv4_finds_the_longest_match_after_any_changes),
		TEST(ipv6_finds_the_longest_match_after_any_changes),
		TEST(prefixes_of_all_lengths_nest),
		TEST(the_default_route_is_for_what_has_no_other),
		TEST(a_block_may_have_a_run_for_each_number),
		TEST(a_table_grows_large_and_small_again),
		TEST(wrong_routes_are_refused_and_change_nothing),
		TEST(a_walk_meets_each_route_once),
		TEST(ranges_are_found_by_counting),
		TEST(bits_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
