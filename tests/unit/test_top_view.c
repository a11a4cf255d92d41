/* SPDX-License-Identifier: GPL-2.0-only */
/* What top's page shows: a function of the numbers and of the terminal's size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/fake_page.h"
#include "vlans.h"

static struct fake_page p;

static void add(size_t router, __u64 in, __u64 out, __u64 drops)
{
	struct snap_router *r = &p.next.routers[router];

	r->c.stack += in - drops;
	r->c.drops[VRXDP_DROP_RING_FULL] += drops;
	r->c.rx_bytes += in * 125;
	r->c.tx.packets += out;
	r->c.tx.bytes += out * 125;
	r->ifaces[0].c.rx.packets += in;
	r->ifaces[0].c.tx.packets += out;
	r->cpu_rx[1] += in;
	r->cpu_tx[0] += out;
}

/* Three routers after a second: r0001 idle, r0000 busy, r0002 overloaded. */
static int three_routers(void **state)
{
	(void)state;
	fake_page_open(&p, 2, 3);
	add(0, 5000, 5000, 0);
	fake_look(&p);
	add(0, 1000, 1000, 0);
	add(2, 4000, 2000, 1500);
	p.next.routers[0].c.punts[VRXDP_DROP_MTU] += 7;
	p.next.ports[0].c.rx = (struct vrxdp_count){ 6000, 750000 };
	p.next.ports[1].c.drops[VRXDP_DROP_MALFORMED] += 20;
	fake_look(&p);
	p.model.wall = 0;
	return 0;
}

static int close_page(void **state)
{
	(void)state;
	fake_page_close(&p);
	return 0;
}

static void the_list_at_80x24(void **state)
{
	(void)state;
	p.canvas.unicode = true;
	fake_draw(&p, 24, 80);
	assert_string_equal(fake_line(&p, 0) + 15, "  3 routers  2 ports  every 1 s");
	assert_string_equal(fake_line(&p, 1), "in 5.00k pps 5.00M bit/s  out 3.00k pps 3.00M bit/s"
					      "  drop 1.52k/s  punt 7/s");
	assert_string_equal(fake_line(&p, 3), "PORT     MODE    RX pps  TX pps DROP/s        "
					      "REASON         DEVICE");
	assert_string_equal(fake_line(&p, 4), "up0      native   6.00k       0      0        "
					      "               eth0");
	assert_string_equal(fake_line(&p, 5), "up1      native       0       0     20        "
					      "malformed      eth1");
	assert_string_equal(fake_line(&p, 7), "ROUTER   PATH    IN pps OUT pps DROP/s PUNT/s "
					      "REASON        ▼SHARE HISTORY");
	assert_string_equal(fake_line(&p, 8), "r0002    stack    4.00k   2.00k  1.50k      0 "
					      "ring-full      75.0%             █");
	assert_string_equal(fake_line(&p, 9), "r0000    stack    1.00k   1.00k      0      7 "
					      "mtu            25.0%             █");
	assert_string_equal(fake_line(&p, 10), "r0001    stack        0       0      0      0 "
					       "                0.0%");
	assert_string_equal(fake_line(&p, 11), "");
	assert_non_null(strstr(fake_line(&p, 23), "h help  q quit  Enter open"));
}

static void the_first_page_shows_routers_and_totals_at_once(void **state)
{
	(void)state;
	fake_page_close(&p);
	fake_page_open(&p, 2, 3);
	add(0, 5000, 4000, 0);
	fake_look(&p);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0000    stack        0       0"));
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r0000");
	assert_non_null(strstr(fake_draw(&p, 24, 80), "in                       5000       0"));
}

static void without_utf8_everything_is_ascii(void **state)
{
	(void)state;
	for (const char *c = fake_draw(&p, 24, 80); *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
	assert_non_null(strstr(fake_line(&p, 7), "vSHARE"));
	assert_non_null(strstr(fake_line(&p, 8), "75.0%             @"));
}

static void a_wide_page_shows_both_units_and_both_reasons(void **state)
{
	(void)state;
	fake_draw(&p, 24, 160);
	assert_non_null(
		strstr(fake_line(&p, 7), "IN pps OUT pps IN bit/s OUT bit/s DROP/s REASON"));
	assert_non_null(strstr(fake_line(&p, 7), "PUNT/s PUNT REASON"));
	assert_non_null(
		strstr(fake_line(&p, 8), "4.00k   2.00k    4.00M     2.00M  1.50k ring-full"));
	assert_non_null(strstr(fake_line(&p, 9), "7 mtu"));
}

static void bits_replace_packets(void **state)
{
	(void)state;
	p.model.bits = true;
	fake_draw(&p, 24, 80);
	assert_non_null(strstr(fake_line(&p, 1), "in 5.00M bit/s 5.00k pps"));
	assert_non_null(strstr(fake_line(&p, 7), "IN bit/s OUT bit/s"));
	assert_non_null(strstr(fake_line(&p, 8), "4.00M     2.00M"));
}

static void a_small_page_keeps_what_matters(void **state)
{
	(void)state;
	fake_draw(&p, 8, 40);
	assert_string_equal(fake_line(&p, 1), "in 5.00k pps  out 3.00k pps  drop 1.52k");
	assert_string_equal(fake_line(&p, 2), "ROUTER   PATH    IN pps OUT pps DROP/s");
	assert_string_equal(fake_line(&p, 3), "r0002    stack    4.00k   2.00k  1.50k");
}

static void a_page_that_is_too_small_says_so(void **state)
{
	(void)state;
	assert_string_equal(fake_draw(&p, 7, 40),
			    "terminal too small\n40x7, needs 40x8\n\n\n\n\n\n");
	assert_string_equal(fake_draw(&p, 1, 10), "terminal t\n");
}

static void long_names_get_room_or_a_mark(void **state)
{
	(void)state;
	strcpy(p.next.routers[2].rec.conf.name, "router-with-a-name-of-31-chars.");
	fake_look(&p);
	add(2, 10, 10, 0);
	fake_look(&p);
	fake_draw(&p, 24, 80);
	assert_non_null(strstr(fake_line(&p, 8), "router-with-~ stack"));
	fake_draw(&p, 24, 120);
	assert_non_null(strstr(fake_line(&p, 8), "router-with-a-name-of-31-chars. stack"));
}

static void only_the_routers_around_the_cursor_are_drawn(void **state)
{
	(void)state;
	fake_page_close(&p);
	fake_page_open(&p, 1, 1000);
	fake_look(&p);
	p.model.sort = TOP_NAME;
	top_model_list(&p.model);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0000"));
	assert_null(strstr(p.text, "r0017"));
	top_model_move(&p.model, 500);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0500"));
	assert_null(strstr(p.text, "r0501"));
	top_model_move(&p.model, 1000);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0999"));
	top_model_move(&p.model, -990);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0009"));
	top_model_move(&p.model, 1000);
	/* a taller page shows more, and no gap behind the last */
	assert_non_null(strstr(fake_draw(&p, 50, 80), "r0999"));
	assert_non_null(strstr(p.text, "r0960"));
}

static void ports_get_a_third_and_a_page_of_their_own(void **state)
{
	(void)state;
	fake_page_close(&p);
	fake_page_open(&p, 40, 3);
	fake_look(&p);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "and 35 more ports: Tab"));
	assert_non_null(strstr(p.text, "r0002"));
	p.model.page = TOP_PORTS;
	assert_non_null(strstr(fake_draw(&p, 24, 80), "up18"));
	assert_null(strstr(p.text, "up19"));
	top_scroll_by(&p.model.ports, 1000);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "up39"));
}

static void one_router_shows_interfaces_reasons_and_cpus(void **state)
{
	struct snap_router *r = &p.next.routers[2];

	(void)state;
	r->c.tx_drops[VRXDP_DROP_SOURCE_MAC] += 11;
	r->ifaces[0].rec.conf.vlans =
		(struct vrxdp_vlans){ .tags = VRXDP_TAGS_ACCESS, .one.vid = 100 };
	add(2, 200, 100, 50);
	fake_look(&p);
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r0002");
	fake_draw(&p, 40, 120);
	assert_string_equal(fake_line(&p, 3), "r0002  path stack  netns r0002  share 100.0%");
	assert_string_equal(fake_line(&p, 5),
			    "in                       4200     200    200k               525000");
	assert_string_equal(fake_line(&p, 9), "drops                    1550      50");
	assert_string_equal(fake_line(&p, 10), "tx drops                   11      11");
	assert_non_null(strstr(p.text,
			       "wan            200       100 up0  100       vr-r0002        "
			       "02:00:00:00:00:03\n"));
	assert_non_null(strstr(p.text, "drop     ring-full          50                1550  "));
	assert_non_null(strstr(p.text, "tx drop  source-mac         11                  11  "));
	assert_non_null(strstr(p.text,
			       "0           0      100                    0                 "
			       "2100\n"));
	assert_non_null(strstr(p.text,
			       "1         200        0                 4200                 "
			       "   0\n"));
}

static void vlans_and_addresses_of_an_interface_keep_to_their_columns(void **state)
{
	static const char *const forms[][2] = {
		{ "200.100", " up0  200.100   vr-r0002        02:00:00:00:00:03 +1\n" },
		{ "4094.4093", " up0  4094.4093 vr-r0002        02:00:00:00:00:03 +1\n" },
		{ "trunk", " up0  trunk     vr-r0002        02:00:00:00:00:03 +1\n" },
		{ "1-4094", " up0  1-4094    vr-r0002        02:00:00:00:00:03 +1\n" },
		{ "100,200,300", " up0  100,...   vr-r0002        02:00:00:00:00:03 +1\n" },
	};
	struct vrxdp_iface_conf *conf = &p.next.routers[2].ifaces[0].rec.conf;
	char err[100];

	(void)state;
	conf->nmacs = 2;
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r0002");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(vlans_parse(forms[i][0], &conf->vlans, err, sizeof(err)), 0);
		fake_look(&p);
		conf = &p.next.routers[2].ifaces[0].rec.conf;
		assert_non_null(strstr(fake_draw(&p, 40, 120), forms[i][1]));
	}
}

static void one_router_scrolls_where_it_does_not_fit(void **state)
{
	(void)state;
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r0002");
	assert_null(strstr(fake_draw(&p, 12, 80), "OUT PACKETS"));
	top_scroll_by(&p.model.router, 1000);
	assert_non_null(strstr(fake_draw(&p, 12, 80), "OUT PACKETS"));
	/* the last line is at the end of the page, not above it */
	assert_non_null(strstr(fake_line(&p, 10), "4000"));
}

static void a_router_that_went_away_is_said_to_be_gone(void **state)
{
	(void)state;
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r9");
	assert_non_null(strstr(fake_draw(&p, 24, 80), "Router r9 is gone"));
}

static void device_names_from_routers_are_escaped(void **state)
{
	(void)state;
	strcpy(p.next.ports[0].rec.device.name, "\x1b[31m\xff");
	strcpy(p.next.routers[2].ifaces[0].rec.device.name, "\x1b]0;\x07");
	fake_look(&p);
	assert_non_null(strstr(fake_draw(&p, 24, 120), "\\x1b[31m\\xff"));
	p.model.page = TOP_ROUTER;
	strcpy(p.model.choice, "r0002");
	assert_non_null(strstr(fake_draw(&p, 24, 120), "\\x1b]0;\\x07"));
}

static void rates_above_zero_never_look_like_zero(void **state)
{
	char text[16];

	(void)state;
	assert_string_equal(top_view_number(0, text), "0");
	assert_string_equal(top_view_number(0.01, text), "<0.1");
	assert_string_equal(top_view_number(0.2, text), "0.2");
	assert_string_equal(top_view_number(12345, text), "12.3k");
}

static void an_empty_host_is_told_what_to_do(void **state)
{
	(void)state;
	fake_page_close(&p);
	fake_page_open(&p, 0, 0);
	fake_look(&p);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "No routers yet"));
}

static void history_moves_to_the_left_and_follows_its_router(void **state)
{
	(void)state;
	p.canvas.unicode = true;
	add(0, 4000, 0, 0);
	add(1, 100, 0, 0);
	fake_look(&p);
	/* r0000 is deleted: r0001 and r0002 move up in the snapshot */
	free(p.next.routers[0].cpu_rx);
	free(p.next.routers[0].cpu_tx);
	free(p.next.routers[0].ifaces);
	memmove(&p.next.routers[0], &p.next.routers[1], 2 * sizeof(*p.next.routers));
	p.next.nrouters = 2;
	add(1, 1500, 0, 0);
	fake_look(&p);
	fake_draw(&p, 24, 80);
	assert_non_null(strstr(fake_line(&p, 8), "r0002"));
	assert_non_null(strstr(fake_line(&p, 8), "100%           █ ▃"));
	assert_non_null(strstr(fake_line(&p, 9), "r0001"));
	assert_non_null(strstr(fake_line(&p, 9), "0.0%            █"));
}

static void history_is_as_long_as_the_page_is_wide_and_then_forgets(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		add(1, i < 150 ? 8 : 1, 0, 0);
		fake_look(&p);
	}
	p.model.sort = TOP_NAME;
	top_model_list(&p.model);
	fake_draw(&p, 24, 200);
	assert_string_equal(strstr(fake_line(&p, 9), "100%"),
			    "100% @@@@@@@@@@..................................................");
}

static void no_size_breaks_any_page(void **state)
{
	static const enum top_page pages[] = { TOP_LIST, TOP_PORTS, TOP_ROUTER };

	(void)state;
	strcpy(p.model.choice, "r0002");
	for (int rows = 1; rows < 40; rows++)
		for (int cols = 1; cols < 140; cols += cols < 50 ? 1 : 7)
			for (int i = 0; i < 6; i++) {
				p.model.page = pages[i % 3];
				p.model.help = i > 3;
				p.model.prompt = i % 2 ? TOP_FILTER : TOP_NO_PROMPT;
				fake_draw(&p, rows, cols);
			}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, three_routers, close_page)
	static const struct CMUnitTest tests[] = {
		TEST(the_list_at_80x24),
		TEST(the_first_page_shows_routers_and_totals_at_once),
		TEST(without_utf8_everything_is_ascii),
		TEST(a_wide_page_shows_both_units_and_both_reasons),
		TEST(bits_replace_packets),
		TEST(a_small_page_keeps_what_matters),
		TEST(a_page_that_is_too_small_says_so),
		TEST(long_names_get_room_or_a_mark),
		TEST(only_the_routers_around_the_cursor_are_drawn),
		TEST(ports_get_a_third_and_a_page_of_their_own),
		TEST(one_router_shows_interfaces_reasons_and_cpus),
		TEST(vlans_and_addresses_of_an_interface_keep_to_their_columns),
		TEST(one_router_scrolls_where_it_does_not_fit),
		TEST(a_router_that_went_away_is_said_to_be_gone),
		TEST(device_names_from_routers_are_escaped),
		TEST(rates_above_zero_never_look_like_zero),
		TEST(an_empty_host_is_told_what_to_do),
		TEST(history_moves_to_the_left_and_follows_its_router),
		TEST(history_is_as_long_as_the_page_is_wide_and_then_forgets),
		TEST(no_size_breaks_any_page),
	};

	return cmocka_run_group_tests_name("top_view", tests, NULL, NULL);
}
