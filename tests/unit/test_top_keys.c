/* SPDX-License-Identifier: GPL-2.0-only */
/* What keys do, seen on the page or in the model. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ncurses.h>

#include "tests/lib/fake_page.h"
#include "top_keys.h"

#define ESC 0x1b
#define ENTER '\n'
#define CTRL(c) ((c)&0x1f)

static struct fake_page p;

/* r0000 .. r0004, the higher the more traffic in, the less out. */
static int five_routers(void **state)
{
	(void)state;
	fake_page_open(&p, 2, 5);
	fake_look(&p);
	for (size_t i = 0; i < 5; i++) {
		p.next.routers[i].c.stack += 100 * (i + 1);
		p.next.routers[i].c.tx.packets += 10 * (5 - i);
		p.next.routers[i].c.rx_bytes += 1000 * (5 - i);
	}
	p.next.routers[2].c.drops[VRXDP_DROP_MTU] += 1;
	p.next.routers[1].c.punts[VRXDP_DROP_MTU] += 1;
	fake_look(&p);
	fake_draw(&p, 24, 80);
	return 0;
}

static int close_page(void **state)
{
	(void)state;
	fake_page_close(&p);
	return 0;
}

static void press(int key)
{
	assert_int_equal(top_key(&p.model, key), TOP_STAY);
	fake_draw(&p, 24, 80);
}

static void type(const char *text)
{
	for (; *text; text++)
		press(*text);
}

/* The routers as listed: "43210" for r0004, r0003, … */
static void assert_order(const char *digits)
{
	char order[8] = "";

	for (size_t i = 0; i < p.model.norder; i++)
		order[i] = p.model.now.routers[p.model.order[i]].rec.conf.name[4];
	assert_string_equal(order, digits);
}

static void letters_sort_by_a_column_and_again_reverse(void **state)
{
	(void)state;
	assert_order("43210");
	press('N');
	assert_order("01234");
	press('N');
	assert_order("43210");
	press('O');
	assert_order("01234");
	press('I');
	assert_order("43210");
	press('D');
	assert_order("20134");
	press('U');
	assert_order("10234");
	press('T');
	assert_order("43210");
	press('r');
	assert_order("01234");
}

static void arrows_move_the_sorting_column_and_stop_at_the_ends(void **state)
{
	(void)state;
	press(KEY_RIGHT);
	assert_int_equal(p.model.sort, TOP_SHARE);
	for (int i = 0; i < 20; i++)
		press('<');
	assert_int_equal(p.model.sort, TOP_NAME);
	assert_order("01234");
	press('>');
	press('>');
	assert_int_equal(p.model.sort, TOP_IN);
	assert_order("43210");
}

static void b_sorts_and_shows_by_the_other_unit(void **state)
{
	(void)state;
	assert_non_null(strstr(p.text, "IN pps"));
	press('b');
	assert_order("01234");
	assert_non_null(strstr(p.text, "IN bit/s"));
	press('b');
	assert_order("43210");
}

static void a_filter_works_while_it_is_typed(void **state)
{
	(void)state;
	press('/');
	type("0003");
	assert_order("3");
	press(KEY_BACKSPACE);
	press('1');
	assert_order("1");
	press(ENTER);
	assert_int_equal(p.model.prompt, TOP_NO_PROMPT);
	assert_order("1");
	assert_non_null(strstr(p.text, "/0001: 1 of 5"));
	press(ESC);
	assert_order("43210");
}

static void a_filter_may_contain_letters_that_are_keys(void **state)
{
	(void)state;
	press('/');
	type("q N?b");
	assert_string_equal(p.model.filter, "q N?b");
	assert_order("");
	assert_non_null(strstr(p.text, "Nothing matches \"q N?b\""));
	press(ESC);
	assert_order("43210");
}

static void a_filter_finds_ports_and_devices_in_any_case(void **state)
{
	(void)state;
	press('/');
	type("VR-R0002");
	assert_order("2");
	press(CTRL('U'));
	type("up0");
	assert_order("43210");
}

static void a_filter_that_is_too_long_is_cut(void **state)
{
	(void)state;
	press('/');
	for (int i = 0; i < 200; i++)
		press('x');
	assert_int_equal(strlen(p.model.filter), TOP_TEXT - 1);
}

static void the_cursor_follows_its_router(void **state)
{
	(void)state;
	press(KEY_DOWN);
	press('j');
	assert_string_equal(p.model.choice, "r0002");
	press('N');
	press('r');
	press('r');
	assert_order("01234");
	assert_int_equal(p.model.cursor, 2);
	press(KEY_UP);
	assert_int_equal(p.model.cursor, 1);
	p.next.routers[1].c.stack += 1000000;
	press('I');
	fake_look(&p);
	assert_int_equal(p.model.cursor, 0);
	assert_string_equal(p.model.choice, "r0001");
}

static void at_the_top_the_cursor_stays_at_the_top(void **state)
{
	(void)state;
	press(KEY_END);
	assert_int_equal(p.model.cursor, 4);
	press(KEY_HOME);
	press('N');
	assert_int_equal(p.model.cursor, 0);
	press('N');
	assert_int_equal(p.model.cursor, 0);
}

static void a_router_that_goes_leaves_the_cursor_on_the_list(void **state)
{
	(void)state;
	press('N');
	press(KEY_END);
	free(p.next.routers[4].cpu_rx);
	free(p.next.routers[4].cpu_tx);
	free(p.next.routers[4].ifaces);
	p.next.nrouters = 4;
	fake_look(&p);
	assert_int_equal(p.model.cursor, 3);
	press(ENTER);
	assert_non_null(strstr(p.text, "r0003  path"));
}

static void enter_opens_a_router_and_escape_goes_back(void **state)
{
	(void)state;
	press(KEY_DOWN);
	press(ENTER);
	assert_int_equal(p.model.page, TOP_ROUTER);
	assert_non_null(strstr(p.text, "r0003  path stack"));
	/* it stays this router, whatever the list does */
	p.next.routers[0].c.stack += 1000000;
	fake_look(&p);
	assert_non_null(strstr(fake_draw(&p, 24, 80), "r0003  path stack"));
	press(ESC);
	assert_int_equal(p.model.page, TOP_LIST);
}

static void enter_opens_the_first_line_too(void **state)
{
	(void)state;
	press('\r');
	assert_non_null(strstr(p.text, "r0004  path stack"));
}

static void help_is_drawn_over_every_page(void **state)
{
	(void)state;
	press('?');
	assert_non_null(strstr(p.text, "Ethernet bytes without FCS"));
	press(KEY_DOWN);
	press('h');
	assert_null(strstr(p.text, "Ethernet bytes without FCS"));
	press(ENTER);
	press('h');
	assert_non_null(strstr(p.text, "Ethernet bytes without FCS"));
	press(ESC);
	assert_non_null(strstr(p.text, "r0004  path stack"));
}

static void tab_shows_the_ports_and_goes_back(void **state)
{
	(void)state;
	press('\t');
	assert_int_equal(p.model.page, TOP_PORTS);
	press(KEY_NPAGE);
	press('\t');
	assert_int_equal(p.model.page, TOP_LIST);
}

static void pause_is_shown(void **state)
{
	(void)state;
	press(' ');
	assert_true(p.model.paused);
	assert_non_null(strstr(p.text, "PAUSED"));
	press('p');
	assert_false(p.model.paused);
}

static void the_delay_is_changed_by_what_is_typed(void **state)
{
	(void)state;
	press('d');
	type("2.5");
	press(ENTER);
	assert_true(p.model.delay > 2.4 && p.model.delay < 2.6);
	assert_non_null(strstr(p.text, "every 2.5 s"));
}

static void a_delay_that_is_none_changes_nothing(void **state)
{
	(void)state;
	press('d');
	type("fast");
	press(ENTER);
	assert_non_null(strstr(p.text, "Not a number of seconds"));
	assert_true(p.model.delay > 0.9 && p.model.delay < 1.1);
	press('x');
	assert_null(strstr(p.text, "Not a number of seconds"));
	press('d');
	type("7");
	press(ESC);
	press('d');
	press(ENTER);
	assert_true(p.model.delay > 0.9 && p.model.delay < 1.1);
	assert_null(strstr(p.text, "Not a number of seconds"));
}

static void delays_are_checked(void **state)
{
	static const struct {
		const char *text;
		int ret;
	} cases[] = {
		{ "1", 0 },         { "0.1", 0 },         { "3600", 0 },         { ".5", 0 },
		{ "0", -ERANGE },   { "0.09", -ERANGE },  { "3600.1", -ERANGE }, { "", -EINVAL },
		{ ".", -EINVAL },   { "1.2.3", -EINVAL }, { "1s", -EINVAL },     { "-1", -EINVAL },
		{ "nan", -EINVAL }, { "inf", -EINVAL },   { "1e1", -EINVAL },    { " 1", -EINVAL },
		{ "0x1", -EINVAL }, { "+1", -EINVAL },
	};
	double seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (top_parse_delay(cases[i].text, &seconds) != cases[i].ret)
			fail_msg("\"%s\"", cases[i].text);
}

static void q_quits_from_every_page(void **state)
{
	(void)state;
	assert_int_equal(top_key(&p.model, 'q'), TOP_QUIT);
	press(ENTER);
	assert_int_equal(top_key(&p.model, 'q'), TOP_QUIT);
	press('h');
	assert_int_equal(top_key(&p.model, 'q'), TOP_QUIT);
	assert_int_equal(top_key(&p.model, CTRL('L')), TOP_REPAINT);
}

static void no_key_breaks_anything(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245 + 12345;
		top_key(&p.model, (int)(seed >> 16) % KEY_MAX);
		top_key(&p.model, (int)(seed >> 8) % 128);
		if (i % 10 == 0)
			fake_draw(&p, 10 + i / 10 % 30, 40 + i / 10 % 100);
		if (i % 1000 == 0)
			fake_look(&p);
	}
}

static void no_key_breaks_an_empty_list(void **state)
{
	(void)state;
	fake_page_close(&p);
	fake_page_open(&p, 0, 0);
	fake_look(&p);
	for (int key = 1; key < KEY_MAX; key++) {
		top_key(&p.model, key);
		fake_draw(&p, 24, 80);
		top_key(&p.model, ENTER);
		fake_draw(&p, 24, 80);
		top_key(&p.model, ESC);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, five_routers, close_page)
	static const struct CMUnitTest tests[] = {
		TEST(letters_sort_by_a_column_and_again_reverse),
		TEST(arrows_move_the_sorting_column_and_stop_at_the_ends),
		TEST(b_sorts_and_shows_by_the_other_unit),
		TEST(a_filter_works_while_it_is_typed),
		TEST(a_filter_may_contain_letters_that_are_keys),
		TEST(a_filter_finds_ports_and_devices_in_any_case),
		TEST(a_filter_that_is_too_long_is_cut),
		TEST(the_cursor_follows_its_router),
		TEST(at_the_top_the_cursor_stays_at_the_top),
		TEST(a_router_that_goes_leaves_the_cursor_on_the_list),
		TEST(enter_opens_a_router_and_escape_goes_back),
		TEST(enter_opens_the_first_line_too),
		TEST(help_is_drawn_over_every_page),
		TEST(tab_shows_the_ports_and_goes_back),
		TEST(pause_is_shown),
		TEST(the_delay_is_changed_by_what_is_typed),
		TEST(a_delay_that_is_none_changes_nothing),
		TEST(delays_are_checked),
		TEST(q_quits_from_every_page),
		TEST(no_key_breaks_anything),
		TEST(no_key_breaks_an_empty_list),
	};

	return cmocka_run_group_tests_name("top_keys", tests, NULL, NULL);
}
