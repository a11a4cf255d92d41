/* SPDX-License-Identifier: GPL-2.0-only */
/* What tables take, share and give back; and that a change which fails changes nothing. */
#include "fib_table.h"
#include "tests/unit/fib_lab.h"

static __always_inline const __u8 *vrxdp_fib_chunk_at(void *chunks, __u32 number)
{
	const struct mem_chunks *m = chunks;

	return number < MEM_CHUNKS ? m->chunk[number] : NULL;
}

#include "vrxdp/fib_lookup.h"

static struct fib_stats now(void)
{
	struct fib_stats s;

	assert_int_equal(fib_settle(fib), 0);
	fib_stats(fib, &s);
	return s;
}

/* The routes of a small router: connected, a few static ones, a default route. */
static void fill_small(struct lab_table *l)
{
	static const char *const routes[] = { "192.0.2.0/24", "192.0.2.1/32", "198.51.100.0/30",
					      "10.0.0.0/8", "0.0.0.0/0" };
	struct fib_prefix p;
	__u32 i;

	for (i = 0; i < 5; i++) {
		p = prefix("%s", routes[i]);
		set(l, &p, 1 + i);
	}
	commit(l);
}

static void a_small_table_takes_a_few_hundred_bytes(void **state)
{
	struct fib_table_stats stats;
	struct lab_table l;

	(void)state;
	table_open(&l, false);
	fill_small(&l);
	same(&l, 20);
	assert_int_equal(fib_table_stats(l.t, &stats), 0);
	assert_int_equal(stats.routes, 5);
	assert_in_range(stats.bytes, 64, 512);
	assert_int_equal(now().bytes, stats.bytes);
	assert_int_equal(now().chunks, 1);
	table_close(&l);
}

/* However they came to be so. */
static void equal_tables_are_one(void **state)
{
	static struct lab_table l[50];
	struct fib_prefix p;
	size_t bytes = 0;
	__u32 i, n, nodes = 0;

	(void)state;
	for (i = 0; i < 50; i++) {
		table_open(&l[i], true);
		/* In another order, with detours. */
		for (n = 0; n < 200; n++) {
			p = prefix("2001:db8:%x::/48", (n * 7 + i * 13) % 200 * 77);
			set(&l[i], &p, 1 + (n * 7 + i * 13) % 200 % 3);
		}
		p = prefix("2001:db8:ffff::/%u", 30 + i);
		set(&l[i], &p, 9);
		commit(&l[i]);
		set(&l[i], &p, 0);
		commit(&l[i]);
		if (i)
			assert_true(l[i].root == l[0].root);
		if (!i) {
			bytes = now().bytes;
			nodes = fib->nodes[1].pool.used;
		}
	}
	assert_int_equal(now().bytes, bytes);
	assert_int_equal(fib->nodes[1].pool.used, nodes);
	/* One goes its own way. */
	p = prefix("2001:db8:1234::/48");
	set(&l[20], &p, 77);
	commit(&l[20]);
	assert_true(l[20].root != l[0].root);
	assert_true(now().bytes > bytes);
	same(&l[20], 200);
	same(&l[0], 200);
	same(&l[49], 200);
	set(&l[20], &p, 0);
	commit(&l[20]);
	assert_true(l[20].root == l[0].root);
	assert_int_equal(now().bytes, bytes);
	for (i = 0; i < 50; i++)
		table_close(&l[i]);
}

static void large_tables_share_all_but_what_differs(void **state)
{
	struct fib_route *routes = gen_routes(5, false, 30000, 20);
	struct fib_prefix p = prefix("203.0.113.192/27");
	struct lab_table l[3];
	struct fib_stats one;
	__u32 i;
	int t;

	(void)state;
	assert_non_null(routes);
	for (t = 0; t < 3; t++) {
		table_open(&l[t], false);
		for (i = 0; i < 30000; i++) {
			__u32 k = t ? 29999 - i : i;

			/* Of two routes for a prefix, the first is what all tables get. */
			if (t && fib_table_exact(l[0].t, &routes[k].prefix) != routes[k].nexthop)
				continue;
			if (t || !fib_table_exact(l[0].t, &routes[k].prefix))
				assert_int_equal(fib_table_set(l[t].t, &routes[k].prefix,
							       routes[k].nexthop),
						 0);
		}
		commit(&l[t]);
		if (!t)
			one = now();
		assert_true(l[t].root == l[0].root);
	}
	assert_true(fib_table_routes(l[0].t) >= 16384);
	assert_int_equal(now().bytes, one.bytes);
	assert_in_range(now().route_bytes, one.route_bytes, one.route_bytes + 4096);
	assert_int_equal(fib_table_set(l[1].t, &p, 19), 0);
	commit(&l[1]);
	/* The large block, those on the way to the new one, and a few nodes. */
	assert_in_range(now().bytes, one.bytes + VRXDP_FIB_CHUNK,
			one.bytes + VRXDP_FIB_CHUNK + 4096);
	assert_in_range(now().route_bytes, one.route_bytes, one.route_bytes + 300000);
	assert_int_equal(fib_table_lookup(l[1].t, p.addr), 19);
	assert_int_not_equal(fib_table_lookup(l[0].t, p.addr), 19);
	assert_true(l[0].root == l[2].root);
	/* Alone with its large block, a table changes it where it is. */
	for (i = 0; i < 10; i++) {
		__u64 root = l[1].root;

		assert_int_equal(fib_table_set(l[1].t, &p, 20 + i), 0);
		commit(&l[1]);
		assert_true(l[1].root == root);
		assert_int_equal(fib_table_lookup(l[1].t, p.addr), 20 + i);
	}
	assert_int_equal(fib_table_copy(l[1].t, l[2].t), 0);
	commit(&l[1]);
	assert_true(l[1].root == l[0].root);
	assert_int_equal(now().bytes, one.bytes);
	for (t = 0; t < 3; t++)
		table_close(&l[t]);
	free(routes);
}

static void many_small_tables_take_little(void **state)
{
	static struct lab_table l[500];
	struct fib_prefix p;
	__u32 i;

	(void)state;
	for (i = 0; i < 500; i++) {
		table_open(&l[i], i & 1);
		p = i & 1 ? prefix("2001:db8:%x::/64", i) :
			    prefix("10.%u.%u.0/24", i >> 8, i & 255);
		set(&l[i], &p, 1);
		p = i & 1 ? prefix("2001:db8:%x::1/128", i) :
			    prefix("10.%u.%u.1/32", i >> 8, i & 255);
		set(&l[i], &p, 2);
		p = i & 1 ? prefix("::/0") : prefix("0.0.0.0/0");
		set(&l[i], &p, 3);
		commit(&l[i]);
		same(&l[i], 5);
	}
	assert_in_range(now().bytes, 500 * 64, 500 * 512);
	for (i = 0; i < 500; i++)
		table_close(&l[i]);
}

/* Chunks go when their last block does, whatever is left in others. */
static void chunks_are_given_back(void **state)
{
	struct fib_route *routes = gen_routes(8, true, 12000, 2000);
	struct lab_table small, l;
	__u32 i, most;

	(void)state;
	assert_non_null(routes);
	table_open(&small, false);
	fill_small(&small);
	table_open(&l, true);
	for (i = 0; i < 12000; i++)
		assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop), 0);
	commit(&l);
	most = now().chunks;
	assert_true(most > 2);
	fib_table_clear(l.t);
	commit(&l);
	/* Packets may still be there. */
	assert_int_equal(mem.there, most);
	assert_false(fib_is_settled(fib));
	assert_int_equal(now().chunks, 1);
	assert_true(fib_is_settled(fib));
	assert_int_equal(mem.there, 1);
	same(&small, 20);
	table_close(&l);
	table_close(&small);
	free(routes);
}

/* Memory that packets may be reading is used for nothing until they were waited for. */
static void a_packet_that_is_late_finds_what_was_there(void **state)
{
	struct fib_prefix p = prefix("10.1.2.0/24"), q = prefix("10.1.2.128/25");
	struct vrxdp_fib_key key = { (__u64)q.addr[0] << 32, 0 };
	__u64 root[30];
	__u32 i, j, graces;
	struct lab_table l;

	(void)state;
	table_open(&l, false);
	fill_small(&l);
	set(&l, &p, 3);
	commit(&l);
	assert_int_equal(fib_settle(fib), 0);
	graces = mem.graces;
	for (i = 0; i < 30; i++) {
		set(&l, &q, 10 + i);
		commit(&l);
		root[i] = l.root;
		for (j = 0; j <= i; j++)
			assert_int_equal(vrxdp_fib_lookup(&mem, root[j], key, VRXDP_FIB_STEPS_IPV4),
					 10 + j);
	}
	assert_int_equal(mem.graces, graces);
	assert_int_equal(fib_settle(fib), 0);
	assert_int_equal(mem.graces, graces + 1);
	table_close(&l);
}

static void without_room_the_old_routes_stay(void **state)
{
	struct fib_route *routes = gen_routes(8, true, 12000, 2000);
	struct fib_prefix p = prefix("2001:db8::/32");
	struct lab_table l, other;
	__u64 root;
	__u32 i, n, room;

	(void)state;
	assert_non_null(routes);
	table_open(&other, false);
	fill_small(&other);
	table_open(&l, true);
	set(&l, &p, 4);
	commit(&l);
	for (room = 1; room < 3; room++) {
		mem.most = room;
		root = l.root;
		for (i = 0; i < 12000; i++)
			assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop),
					 0);
		n = fib_table_routes(l.t);
		assert_int_equal(fib_table_commit(l.t), -ENOSPC);
		assert_int_equal(fib_table_routes(l.t), 1);
		assert_true(l.root == root);
		same(&l, 20);
		same(&other, 20);
		assert_int_equal(now().chunks, 1);
	}
	mem.most = MEM_CHUNKS;
	for (i = 0; i < 12000; i++)
		assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop), 0);
	commit(&l);
	assert_int_equal(fib_table_routes(l.t), n);
	table_close(&l);
	table_close(&other);
	free(routes);
}

/* Also when the large block is there and only some of its values are to change. */
static void without_room_a_large_table_stays(void **state)
{
	struct fib_route *routes = gen_routes(5, false, 30000, 20);
	struct lab_table l;
	struct fib_prefix p;
	__u32 i, j, before;
	int err = 0;

	(void)state;
	assert_non_null(routes);
	table_open(&l, false);
	for (i = 0; i < 30000; i++)
		assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop), 0);
	mem.most = 1;
	assert_int_equal(fib_table_commit(l.t), -ENOSPC);
	assert_int_equal(fib_table_routes(l.t), 0);
	assert_int_equal(now().chunks, 0);
	mem.most = MEM_CHUNKS;
	for (i = 0; i < 30000; i++)
		assert_int_equal(fib_table_set(l.t, &routes[i].prefix, routes[i].nexthop), 0);
	commit(&l);
	mem.most = now().chunks;
	before = fib_table_routes(l.t);
	for (i = 0; !err && i < 1000; i++) {
		for (j = 0; j < 64; j++) {
			p = prefix("%u.%u.%u.%u/32", 11 + i % 100, j * 3, i % 256, i / 100 + j);
			assert_int_equal(fib_table_set(l.t, &p, 1 + j), 0);
		}
		err = fib_table_commit(l.t);
		if (!err)
			before = fib_table_routes(l.t);
	}
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(fib_table_routes(l.t), before);
	assert_int_equal(fib_table_exact(l.t, &p), 0);
	assert_int_not_equal(fib_table_lookup(l.t, p.addr), 64);
	table_close(&l);
	free(routes);
}

static void nothing_is_freed_unless_packets_were_waited_for(void **state)
{
	struct fib_stats before, after;
	struct lab_table l;

	(void)state;
	table_open(&l, false);
	fill_small(&l);
	before = now();
	fib_table_clear(l.t);
	commit(&l);
	mem.grace_fails = EINTR;
	assert_int_equal(fib_settle(fib), -EINTR);
	fib_stats(fib, &after);
	assert_int_equal(after.bytes, before.bytes);
	mem.grace_fails = 0;
	assert_int_equal(now().bytes, 0);
	table_close(&l);
}

static void what_is_not_committed_can_be_forgotten(void **state)
{
	struct fib_prefix p = prefix("10.1.0.0/16"), any = prefix("0.0.0.0/0");
	struct fib_stats before, after;
	struct lab_table l;
	__u64 root;

	(void)state;
	table_open(&l, false);
	fill_small(&l);
	before = now();
	root = l.root;
	assert_int_equal(fib_table_set(l.t, &p, 9), 0);
	assert_int_equal(fib_table_set(l.t, &any, 0), 0);
	assert_int_equal(fib_table_routes(l.t), 5);
	assert_int_equal(fib_table_exact(l.t, &p), 9);
	assert_true(l.root == root);
	fib_table_abort(l.t);
	same(&l, 20);
	fib_table_clear(l.t);
	assert_int_equal(fib_table_routes(l.t), 0);
	fib_table_abort(l.t);
	same(&l, 20);
	commit(&l);
	assert_true(l.root == root);
	after = now();
	assert_memory_equal(&before, &after, sizeof(before));
	table_close(&l);
}

/* Chunks of a former process aren't used, and go when asked for. */
static void what_is_left_of_another_process_is_kept(void **state)
{
	struct lab_table l;

	(void)state;
	assert_int_equal(fib_left_keep(fib, 0), 0);
	assert_int_equal(fib_left_keep(fib, 2), 0);
	assert_int_equal(fib_left_keep(fib, MEM_CHUNKS), -ENOSPC);
	table_open(&l, false);
	fill_small(&l);
	assert_null(mem.chunk[0]);
	assert_non_null(mem.chunk[1]);
	fib_left_free(fib);
	assert_int_equal(mem.foreign, 2);
	same(&l, 20);
	table_close(&l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_table_takes_a_few_hundred_bytes),
		TEST(equal_tables_are_one),
		TEST(large_tables_share_all_but_what_differs),
		TEST(many_small_tables_take_little),
		TEST(chunks_are_given_back),
		TEST(a_packet_that_is_late_finds_what_was_there),
		TEST(without_room_the_old_routes_stay),
		TEST(without_room_a_large_table_stays),
		TEST(nothing_is_freed_unless_packets_were_waited_for),
		TEST(what_is_not_committed_can_be_forgotten),
		TEST(what_is_left_of_another_process_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
