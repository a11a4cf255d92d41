/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "values.h"

#define UNTOUCHED 77

static char err[256];

static void names_have_one_alphabet_and_at_most_31_characters(void **state)
{
	static const char *const good[] = {
		"a", "_", "0", "up0", "a.b-c_d", "A.", "1-", "abcdefghijklmnopqrstuvwxyz01234"
	};
	static const char *const bad[] = { "",
					   ".",
					   "..",
					   "-a",
					   ".a",
					   "a b",
					   "a/b",
					   "a:b",
					   "a\n",
					   "\xc3\xa4",
					   "abcdefghijklmnopqrstuvwxyz012345" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(name_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(name_valid(bad[i]));
}

static void device_names_are_what_the_kernel_takes(void **state)
{
	static const char *const good[] = { "e",   "eth0",     "eth0.100",       "-", "...", "a%d",
					    "a#b", "\xc3\xa4", "abcdefghijklmno" };
	static const char *const bad[] = { "",
					   ".",
					   "..",
					   "a b",
					   "a\tb",
					   "a\vb",
					   "a\fb",
					   "a\rb",
					   "a\n",
					   "a/b",
					   "eth0:1",
					   "a\xa0",
					   "abcdefghijklmnop" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(device_name_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(device_name_valid(bad[i]));
}

static void numbers_match_as_a_whole_and_stay_in_range(void **state)
{
	static const struct {
		const char *text;
		__u32 min, max;
		int ret;
		__u32 value;
	} cases[] = {
		{ "0", 0, 10, 0, 0 },
		{ "10", 0, 10, 0, 10 },
		{ "1", 1, 1, 0, 1 },
		{ "007", 1, 4094, 0, 7 },
		{ "4294967295", 0, 4294967295u, 0, 4294967295u },
		{ "11", 0, 10, -ERANGE, 0 },
		{ "0", 1, 10, -ERANGE, 0 },
		{ "4294967296", 0, 4294967295u, -ERANGE, 0 },
		{ "18446744073709551617", 0, 4294967295u, -ERANGE, 0 },
		{ "99999999999999999999999999999999999999", 0, 4294967295u, -ERANGE, 0 },
		{ "", 0, 10, -EINVAL, 0 },
		{ "10abc", 0, 100, -EINVAL, 0 },
		{ "0x10", 0, 100, -EINVAL, 0 },
		{ "-1", 0, 4294967295u, -EINVAL, 0 },
		{ "+1", 0, 10, -EINVAL, 0 },
		{ " 1", 0, 10, -EINVAL, 0 },
		{ "1 ", 0, 10, -EINVAL, 0 },
		{ "1.5", 0, 10, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		__u32 value = UNTOUCHED;
		int ret = parse_u32(cases[i].text, cases[i].min, cases[i].max, &value, err,
				    sizeof(err));

		assert_int_equal(ret, cases[i].ret);
		assert_int_equal(value, ret ? UNTOUCHED : cases[i].value);
	}
	parse_u32("10abc", 1, 4094, &(__u32){ 0 }, err, sizeof(err));
	assert_string_equal(err, "\"10abc\" is not a whole number; give 1 to 4094");
	parse_u32("4095", 1, 4094, &(__u32){ 0 }, err, sizeof(err));
	assert_string_equal(err, "4095 is out of range; give 1 to 4094");
}

static void a_mac_is_six_pairs_of_hex_digits(void **state)
{
	static const char *const bad[] = { "",
					   "0",
					   "02:00:00:00:0e",
					   "02:00:00:00:0e:",
					   "02:00:00:00:0e:0",
					   "02:00:00:00:0e:01:",
					   "02:00:00:00:0e:011",
					   "02:00:00:00:0e:01 ",
					   " 02:00:00:00:0e:01",
					   "2:0:0:0:e:1",
					   "02-00-00-00-0e-01",
					   "0200.0000.0e01",
					   "02:00:00:00:0g:01",
					   "02:00:00:00:g0:01",
					   "020000000e01" };
	static const __u8 want[6] = { 0x02, 0x0a, 0xbc, 0xde, 0xf0, 0xff };
	__u8 mac[6] = { UNTOUCHED };
	char text[18];

	(void)state;
	assert_int_equal(parse_mac("02:0a:bc:DE:f0:Ff", mac, err, sizeof(err)), 0);
	assert_memory_equal(mac, want, 6);
	assert_string_equal(format_mac(mac, text), "02:0a:bc:de:f0:ff");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_mac(bad[i], mac, err, sizeof(err)), -EINVAL);
		assert_non_null(strstr(err, "is not a MAC address; write it like 02:"));
		assert_memory_equal(mac, want, 6);
	}
}

static void group_addresses_and_zero_are_no_interfaces_mac(void **state)
{
	__u8 mac[6] = { UNTOUCHED };

	(void)state;
	assert_int_equal(parse_mac("01:00:5e:00:00:01", mac, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "01:00:5e:00:00:01 is a group address"));
	assert_int_equal(parse_mac("ff:ff:ff:ff:ff:ff", mac, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "group address"));
	assert_int_equal(parse_mac("00:00:00:00:00:00", mac, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "nobody's address"));
	assert_int_equal(mac[0], UNTOUCHED);
	assert_int_equal(parse_mac("00:00:00:00:00:01", mac, err, sizeof(err)), 0);
}

struct rate_case {
	const char *text;
	int ret;
	__u64 value;
};

static void check_rates(const struct rate_case *cases, size_t n,
			int (*parse)(const char *, __u64 *, char *, size_t))
{
	for (size_t i = 0; i < n; i++) {
		__u64 value = UNTOUCHED;
		int ret = parse(cases[i].text, &value, err, sizeof(err));

		if (ret != cases[i].ret)
			print_message("%s: %d\n", cases[i].text, ret);
		assert_int_equal(ret, cases[i].ret);
		assert_int_equal(value, ret ? UNTOUCHED : cases[i].value);
	}
}

static void packet_rates_are_exact_whole_and_at_least_one(void **state)
{
	static const struct rate_case cases[] = {
		{ "1pps", 0, 1 },
		{ "200kpps", 0, 200000 },
		{ "1.5Mpps", 0, 1500000 },
		{ "0.000001Mpps", 0, 1 },
		{ "14.880952Mpps", 0, 14880952 },
		{ "1.000pps", 0, 1 },
		{ "1.50000000000000000000000000000kpps", 0, 1500 },
		{ "000000000000000000000000000001pps", 0, 1 },
		{ "9007199254740993pps", 0, 9007199254740993ull }, /* no double has it */
		{ "18446744073709551615pps", 0, 18446744073709551615ull },
		{ "18446744073709551.615kpps", 0, 18446744073709551615ull },
		{ "18446744073709551617pps", -ERANGE, 0 },
		{ "36893488147419103241pps", -ERANGE, 0 }, /* 2^65 + 9 */
		{ "18446744073709551.616kpps", -ERANGE, 0 },
		{ "18446744073709552kpps", -ERANGE, 0 },
		{ "99999999999999999999999Mpps", -ERANGE, 0 },
		{ "0pps", -ERANGE, 0 },
		{ "0.0Mpps", -ERANGE, 0 },
		{ "1.5pps", -EINVAL, 0 },
		{ "0.0005kpps", -EINVAL, 0 },
		{ "0.0000001Mpps", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "pps", -EINVAL, 0 },
		{ "200", -EINVAL, 0 },
		{ "1.5", -EINVAL, 0 },
		{ ".5Mpps", -EINVAL, 0 },
		{ "1.Mpps", -EINVAL, 0 },
		{ "1.5.5Mpps", -EINVAL, 0 },
		{ "1,5Mpps", -EINVAL, 0 },
		{ "-1pps", -EINVAL, 0 },
		{ "+1pps", -EINVAL, 0 },
		{ "1e3pps", -EINVAL, 0 },
		{ "1 pps", -EINVAL, 0 },
		{ " 1pps", -EINVAL, 0 },
		{ "1pps ", -EINVAL, 0 },
		{ "1Kpps", -EINVAL, 0 },
		{ "1mpps", -EINVAL, 0 },
		{ "1Gpps", -EINVAL, 0 },
		{ "1kbit", -EINVAL, 0 },
		{ "1kppss", -EINVAL, 0 },
	};
	__u64 pps;

	(void)state;
	check_rates(cases, sizeof(cases) / sizeof(cases[0]), parse_pps);
	parse_pps("200", &pps, err, sizeof(err));
	assert_string_equal(
		err, "\"200\" is not a rate; write a number and pps, kpps or Mpps, like 200kpps");
	parse_pps("1.5pps", &pps, err, sizeof(err));
	assert_string_equal(err, "1.5pps is not a whole number a second; leave digits out");
	parse_pps("0kpps", &pps, err, sizeof(err));
	assert_string_equal(err, "0kpps is nothing at all; give at least 1pps");
}

static void bit_rates_have_units_of_their_own(void **state)
{
	static const struct rate_case cases[] = {
		{ "1kbit", 0, 1000 },
		{ "1Gbit", 0, 1000000000 },
		{ "2.5Gbit", 0, 2500000000 },
		{ "0.000000001Gbit", 0, 1 },
		{ "18446744073.709551615Gbit", 0, 18446744073709551615ull },
		{ "18446744073.709551616Gbit", -ERANGE, 0 },
		{ "0.0001kbit", -EINVAL, 0 },
		{ "0kbit", -ERANGE, 0 },
		{ "1bit", -EINVAL, 0 },
		{ "1Gbits", -EINVAL, 0 },
		{ "1kpps", -EINVAL, 0 },
	};

	(void)state;
	check_rates(cases, sizeof(cases) / sizeof(cases[0]), parse_bits);
}

static void quantities_show_in_at_most_five_characters(void **state)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 0.04, "0" },
		{ 0.05, "0.1" },
		{ 0.4, "0.4" },
		{ 0.96, "1" },
		{ 1, "1" },
		{ 3.14, "3.1" },
		{ 9.94, "9.9" },
		{ 9.96, "10" },
		{ 12.3, "12" },
		{ 999, "999" },
		{ 999.4, "999" },
		{ 999.5, "1.00k" },
		{ 1000, "1.00k" },
		{ 9994, "9.99k" },
		{ 9996, "10.0k" },
		{ 99940, "99.9k" },
		{ 99960, "100k" },
		{ 999499, "999k" },
		{ 999500, "1.00M" },
		{ 1234567, "1.23M" },
		{ 2.5e9, "2.50G" },
		{ 999.4e12, "999T" },
		{ 999.5e12, "1.00P" },
		{ 18446744073709551615., "18.4E" },
		{ 1e300, "999E" },
		{ -5, "0" },
	};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_si(cases[i].n, buf), cases[i].text);
	assert_string_equal(format_si(NAN, buf), "0");
	assert_string_equal(format_si(INFINITY, buf), "999E");
	for (double n = 0.001; n < 1e15; n *= 1.0007)
		assert_true(strlen(format_si(n, buf)) <= 5);
}

static void escaped_text_is_printable_and_never_cut_inside_an_escape(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(escape_text("eth0 ~", buf, sizeof(buf)), "eth0 ~");
	assert_string_equal(escape_text("a\nb\x1b[", buf, sizeof(buf)), "a\\x0ab\\x1b[");
	assert_string_equal(escape_text("\\\x7f\xff", buf, sizeof(buf)), "\\x5c\\x7f\\xff");
	assert_string_equal(escape_text("abcdefgh", buf, 4), "abc");
	assert_string_equal(escape_text("abc", buf, 4), "abc");
	assert_string_equal(escape_text("ab\nc", buf, 6), "ab");
	assert_string_equal(escape_text("ab\nc", buf, 7), "ab\\x0a");
	assert_string_equal(escape_text("abc", buf, 1), "");
	buf[0] = 'x';
	escape_text("abc", buf, 0);
	assert_int_equal(buf[0], 'x');
}

static void shortened_text_shows_that_it_was_cut(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(shorten_text("abcdefgh", buf, 9), "abcdefgh");
	assert_string_equal(shorten_text("abcdefgh", buf, 8), "abcd...");
	assert_string_equal(shorten_text("abc\ndefgh", buf, 10), "abc...");
	assert_string_equal(shorten_text("", buf, 8), "");
	assert_string_equal(shorten_text("abcdefgh", buf, 4), "abc");
}

static void error_lines_fit_any_buffer(void **state)
{
	char small[8];
	__u32 n;

	(void)state;
	assert_int_equal(parse_u32("x", 1, 2, &n, NULL, 0), -EINVAL);
	assert_int_equal(parse_u32("x", 1, 2, &n, small, sizeof(small)), -EINVAL);
	assert_string_equal(small, "\"x\" is ");
	assert_int_equal(err_write(small, sizeof(small), -ENOMEM, "%d", 5), -ENOMEM);
	assert_string_equal(small, "5");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_one_alphabet_and_at_most_31_characters),
		cmocka_unit_test(device_names_are_what_the_kernel_takes),
		cmocka_unit_test(numbers_match_as_a_whole_and_stay_in_range),
		cmocka_unit_test(a_mac_is_six_pairs_of_hex_digits),
		cmocka_unit_test(group_addresses_and_zero_are_no_interfaces_mac),
		cmocka_unit_test(packet_rates_are_exact_whole_and_at_least_one),
		cmocka_unit_test(bit_rates_have_units_of_their_own),
		cmocka_unit_test(quantities_show_in_at_most_five_characters),
		cmocka_unit_test(escaped_text_is_printable_and_never_cut_inside_an_escape),
		cmocka_unit_test(shortened_text_shows_that_it_was_cut),
		cmocka_unit_test(error_lines_fit_any_buffer),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
