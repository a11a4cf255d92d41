/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences of two snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rates.h"
#include "tests/lib/fake_snapshot.h"

#define SECOND 1000000000ULL

static struct snapshot before, now;
static struct rates rates;

static int two_snapshots(void **state)
{
	(void)state;
	fake_snapshot(&before, 2, 3);
	fake_snapshot(&now, 2, 3);
	before.time_ns = 5 * SECOND;
	now.time_ns = 7 * SECOND;
	return 0;
}

static int free_snapshots(void **state)
{
	(void)state;
	rates_free(&rates);
	snapshot_free(&before);
	snapshot_free(&now);
	return 0;
}

static void compare(void)
{
	rates_free(&rates);
	fake_sums(&before);
	fake_sums(&now);
	assert_int_equal(rates_between(&before, &now, &rates), 0);
}

static void assert_rate(double actual, double expected)
{
	assert_true(actual > expected - 1e-6 && actual < expected + 1e-6);
}

static void counters_become_rates_a_second(void **state)
{
	(void)state;
	before.routers[1].c.stack = 1000;
	now.routers[1].c.stack = 1200;
	now.routers[1].c.fast = 40;
	before.routers[1].c.rx_bytes = 64000;
	now.routers[1].c.rx_bytes = 66000;
	now.routers[1].c.tx.packets = 20;
	now.routers[1].c.tx.bytes = 2000;
	before.ports[1].c.rx = (struct vrxdp_count){ 10, 1000 };
	now.ports[1].c.rx = (struct vrxdp_count){ 30, 3000 };
	now.ports[1].c.tx = (struct vrxdp_count){ 2, 200 };
	compare();

	assert_rate(rates.seconds, 2);
	assert_rate(rates.routers[1].rx.packets, 120);
	assert_rate(rates.routers[1].rx.bits, 8000);
	assert_rate(rates.routers[1].tx.packets, 10);
	assert_rate(rates.routers[1].tx.bits, 8000);
	assert_rate(rates.ports[1].rx.packets, 10);
	assert_rate(rates.ports[1].rx.bits, 8000);
	assert_rate(rates.ports[1].tx.packets, 1);
	assert_rate(rates.ports[1].tx.bits, 800);
	assert_rate(rates.routers[0].rx.packets, 0);
	assert_rate(rates.ports[0].rx.packets, 0);
}

static void a_first_snapshot_has_no_rates(void **state)
{
	(void)state;
	now.routers[0].c.stack = 1000;
	now.ports[0].c.rx.packets = 1000;
	fake_sums(&now);
	assert_int_equal(rates_between(NULL, &now, &rates), 0);
	assert_rate(rates.seconds, 0);
	assert_rate(rates.routers[0].rx.packets, 0);
	assert_null(rates.routers[0].before);
	assert_rate(rates.ports[0].rx.packets, 0);
}

static void two_snapshots_of_one_moment_have_no_rates(void **state)
{
	(void)state;
	now.routers[0].c.stack = 1000;
	now.time_ns = before.time_ns;
	compare();
	assert_rate(rates.routers[0].rx.packets, 0);

	now.time_ns = before.time_ns - 1;
	compare();
	assert_rate(rates.seconds, 0);
	assert_rate(rates.routers[0].rx.packets, 0);
}

static void a_counter_that_went_back_gives_nothing(void **state)
{
	(void)state;
	before.routers[0].c.stack = 1000;
	now.routers[0].c.stack = 999;
	before.routers[0].c.drops[VRXDP_DROP_MTU] = 5;
	before.routers[0].c.tx.bytes = 100;
	before.ports[0].c.rx.packets = 1;
	compare();
	assert_rate(rates.routers[0].rx.packets, 0);
	assert_int_equal(rates.routers[0].drops, 0);
	assert_rate(rates.routers[0].tx.bits, 0);
	assert_rate(rates.ports[0].rx.packets, 0);
}

static void counters_near_the_end_of_64_bits_differ_exactly(void **state)
{
	(void)state;
	before.routers[0].c.drops[VRXDP_DROP_MTU] = UINT64_MAX - 3;
	now.routers[0].c.drops[VRXDP_DROP_MTU] = UINT64_MAX;
	compare();
	assert_int_equal(rates.routers[0].drops, 3);
}

/* What changed: the name of a router of now, or its number. */
static void assert_new(size_t i)
{
	now.routers[0].c.stack = now.routers[1].c.stack = now.routers[2].c.stack = 2000;
	compare();
	for (size_t k = 0; k < 3; k++) {
		if (k == i)
			assert_null(rates.routers[k].before);
		else
			assert_string_equal(rates.routers[k].before->rec.conf.name,
					    now.routers[k].rec.conf.name);
		assert_rate(rates.routers[k].rx.packets, k == i ? 0 : 1000);
	}
	assert_rate(rates.total.rx.packets, 2000);
}

static void a_new_router_starts_at_zero(void **state)
{
	(void)state;
	before.nrouters = 2;
	assert_new(2);
	before.nrouters = 3;
}

static void a_renamed_router_starts_at_zero(void **state)
{
	(void)state;
	strcpy(now.routers[1].rec.conf.name, "r0001b");
	assert_new(1);
	/* a name that sorts before the old one, too */
	strcpy(now.routers[1].rec.conf.name, "r0000b");
	assert_new(1);
}

static void a_router_made_anew_under_its_old_name_starts_at_zero(void **state)
{
	(void)state;
	now.routers[1].id = 77;
	assert_new(1);
}

static void routers_that_went_do_not_shift_the_others(void **state)
{
	(void)state;
	before.routers[1].c.stack = 500;
	before.routers[2].c.stack = 700;
	now.nrouters = 1;
	strcpy(now.routers[0].rec.conf.name, "r0002");
	now.routers[0].id = before.routers[2].id;
	now.routers[0].c.stack = 800;
	compare();
	assert_rate(rates.routers[0].rx.packets, 50);
	now.nrouters = 3;
}

static void ports_come_and_go_like_routers(void **state)
{
	(void)state;
	now.ports[0].c.rx.packets = now.ports[1].c.rx.packets = 100;
	strcpy(now.ports[0].rec.conf.name, "up00");
	compare();
	assert_rate(rates.ports[0].rx.packets, 0);
	assert_rate(rates.ports[1].rx.packets, 50);

	strcpy(now.ports[1].rec.conf.name, "up0b");
	compare();
	assert_rate(rates.ports[1].rx.packets, 0);

	strcpy(now.ports[1].rec.conf.name, "up1");
	now.ports[1].id = 9;
	compare();
	assert_rate(rates.ports[1].rx.packets, 0);
}

static void the_main_reason_is_the_intervals_not_the_totals(void **state)
{
	struct router_rates *r;

	(void)state;
	before.routers[0].c.drops[VRXDP_DROP_MTU] = 1000000;
	now.routers[0].c.drops[VRXDP_DROP_MTU] = 1000001;
	now.routers[0].c.drops[VRXDP_DROP_RING_FULL] = 3;
	now.routers[0].c.tx_drops[VRXDP_DROP_RING_FULL] = 2;
	now.routers[0].c.tx_drops[VRXDP_DROP_VLAN] = 4;
	now.routers[0].c.punts[VRXDP_DROP_MTU] = 6;
	now.ports[0].c.drops[VRXDP_DROP_MALFORMED] = 8;
	compare();
	r = &rates.routers[0];
	assert_int_equal(r->drops, 10);
	assert_int_equal(r->drop_reason, VRXDP_DROP_RING_FULL);
	assert_int_equal(r->punts, 6);
	assert_int_equal(r->punt_reason, VRXDP_DROP_MTU);
	assert_int_equal(rates.routers[1].drop_reason, 0);
	assert_int_equal(rates.ports[0].drops, 8);
	assert_int_equal(rates.ports[0].drop_reason, VRXDP_DROP_MALFORMED);
}

static void totals_add_up_all_routers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		now.routers[i].c.stack = 2 * (i + 1);
		now.routers[i].c.rx_bytes = 200;
		now.routers[i].c.tx = (struct vrxdp_count){ 4, 400 };
		now.routers[i].c.drops[1] = 1;
		now.routers[i].c.punts[1] = 2;
	}
	now.ports[1].c.drops[1] = 5;
	compare();
	assert_rate(rates.total.rx.packets, 7.5);
	assert_rate(rates.total.rx.bits, 2400);
	assert_rate(rates.total.tx.packets, 6);
	assert_rate(rates.total.tx.bits, 4800);
	assert_int_equal(rates.total.drops, 3);
	assert_int_equal(rates.total.punts, 6);
	assert_int_equal(rates.total.port_drops, 5);
}

static void every_reason_has_a_rate(void **state)
{
	struct reason_rates r;

	(void)state;
	before.routers[0].c.drops[VRXDP_REASONS - 1] = 10;
	now.routers[0].c.drops[VRXDP_REASONS - 1] = 30;
	now.routers[0].c.tx_drops[1] = 4;
	now.routers[0].c.punts[2] = 6;
	rates_reasons(&before.routers[0], &now.routers[0], 2, &r);
	assert_rate(r.drops[VRXDP_REASONS - 1], 10);
	assert_rate(r.tx_drops[1], 2);
	assert_rate(r.punts[2], 3);
	rates_reasons(NULL, &now.routers[0], 2, &r);
	assert_rate(r.drops[VRXDP_REASONS - 1], 0);
}

static void interfaces_are_compared_by_name_and_number(void **state)
{
	struct snap_iface *i = &now.routers[0].ifaces[0];
	struct rate rx, tx;

	(void)state;
	i->c.rx = (struct vrxdp_count){ 20, 2000 };
	i->c.tx = (struct vrxdp_count){ 10, 1000 };
	rates_iface(&before.routers[0], i, 2, &rx, &tx);
	assert_rate(rx.packets, 10);
	assert_rate(rx.bits, 8000);
	assert_rate(tx.packets, 5);
	assert_rate(tx.bits, 4000);

	rates_iface(NULL, i, 2, &rx, &tx);
	assert_rate(rx.packets, 0);
	strcpy(i->rec.conf.name, "lan");
	rates_iface(&before.routers[0], i, 2, &rx, &tx);
	assert_rate(rx.packets, 0);
	strcpy(i->rec.conf.name, "wan");
	i->id = 99;
	rates_iface(&before.routers[0], i, 2, &rx, &tx);
	assert_rate(rx.packets, 0);
}

static void nothing_at_all_is_compared_too(void **state)
{
	(void)state;
	before.nports = before.nrouters = now.nports = now.nrouters = 0;
	compare();
	assert_rate(rates.total.rx.packets, 0);
	before.nports = now.nports = 2;
	before.nrouters = now.nrouters = 3;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, two_snapshots, free_snapshots)
	static const struct CMUnitTest tests[] = {
		TEST(counters_become_rates_a_second),
		TEST(a_first_snapshot_has_no_rates),
		TEST(two_snapshots_of_one_moment_have_no_rates),
		TEST(a_counter_that_went_back_gives_nothing),
		TEST(counters_near_the_end_of_64_bits_differ_exactly),
		TEST(a_new_router_starts_at_zero),
		TEST(a_renamed_router_starts_at_zero),
		TEST(a_router_made_anew_under_its_old_name_starts_at_zero),
		TEST(routers_that_went_do_not_shift_the_others),
		TEST(ports_come_and_go_like_routers),
		TEST(the_main_reason_is_the_intervals_not_the_totals),
		TEST(totals_add_up_all_routers),
		TEST(every_reason_has_a_rate),
		TEST(interfaces_are_compared_by_name_and_number),
		TEST(nothing_at_all_is_compared_too),
	};

	return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
