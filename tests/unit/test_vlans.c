/* SPDX-License-Identifier: GPL-2.0-only */
/* The forms of the key `vlan`: read, written, and which VLANs they have. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vlans.h"

static char err[200];
static char text[VLANS_TEXT];

static struct vrxdp_vlans parsed(const char *value)
{
	struct vrxdp_vlans v;

	memset(&v, 0xff, sizeof(v));
	if (vlans_parse(value, &v, err, sizeof(err)))
		fail_msg("%s: %s", value, err);
	return v;
}

static const char *formatted(const char *value)
{
	struct vrxdp_vlans v = parsed(value);

	return vlans_format(&v, text, sizeof(text));
}

/* In @room characters and the NUL. */
static const char *summary(const char *value, size_t room)
{
	struct vrxdp_vlans v = parsed(value);

	memset(text, 'X', sizeof(text));
	vlans_summary(&v, text, room + 1);
	assert_true(strlen(text) <= room);
	assert_int_equal(text[room + 1], 'X');
	return text;
}

static bool has(const char *value, __u16 outer, __u16 vid)
{
	struct vrxdp_vlans v = parsed(value);

	return vlans_have(&v, (struct vrxdp_vlan){ outer, vid });
}

static void each_form_is_what_it_says(void **state)
{
	static const struct {
		const char *value;
		__u8 tags, hidden;
		struct vrxdp_vlan one;
		size_t count;
	} forms[] = {
		{ "1", VRXDP_TAGS_ACCESS, 4, { 0, 1 }, 1 },
		{ "4094", VRXDP_TAGS_ACCESS, 4, { 0, 4094 }, 1 },
		{ "200.100", VRXDP_TAGS_STACKED, 8, { 200, 100 }, 1 },
		{ "4094.1", VRXDP_TAGS_STACKED, 8, { 4094, 1 }, 1 },
		{ "100,200", VRXDP_TAGS_LIST, 0, { 0, 0 }, 2 },
		{ "100-100", VRXDP_TAGS_LIST, 0, { 0, 0 }, 1 },
		{ "1-4094", VRXDP_TAGS_LIST, 0, { 0, 0 }, 4094 },
		{ "trunk", VRXDP_TAGS_TRUNK, 0, { 0, 0 }, 1 },
	};
	const struct vrxdp_vlans none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct vrxdp_vlans v = parsed(forms[i].value);
		bool tagged = v.tags == VRXDP_TAGS_LIST || v.tags == VRXDP_TAGS_TRUNK;

		assert_int_equal(v.tags, forms[i].tags);
		assert_int_equal(v.one.outer, forms[i].one.outer);
		assert_int_equal(v.one.vid, forms[i].one.vid);
		assert_int_equal(vlans_hidden(&v), forms[i].hidden);
		assert_int_equal(vlans_count(&v), forms[i].count);
		assert_int_equal(vlans_pass_tagged(&v), tagged);
		/* Written without ranges, but for a single VID. */
		if (strcmp(forms[i].value, "1-4094"))
			assert_string_equal(formatted(forms[i].value), forms[i].value);
	}
	assert_int_equal(vlans_count(&none), 1);
	assert_int_equal(vlans_hidden(&none), 0);
	assert_false(vlans_pass_tagged(&none));
	assert_string_equal(vlans_format(&none, text, sizeof(text)), "");
	assert_string_equal(vlans_summary(&none, text, sizeof(text)), "");
}

static void what_is_written_reads_back_the_same(void **state)
{
	static const char *const values[] = { "7",        "200.100", "trunk",  "3-3",
					      "1, 2-4,9", "1-4094",  "4094,1", "10 , 20-21" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct vrxdp_vlans v = parsed(values[i]), again;

		vlans_format(&v, text, sizeof(text));
		again = parsed(text);
		assert_true(vlans_equal(&v, &again));
		assert_memory_equal(&v, &again, sizeof(v));
	}
	assert_string_equal(formatted("9, 2-4,1"), "1,2,3,4,9");
}

static void every_list_has_room(void **state)
{
	size_t len = strlen(formatted("1-4094"));

	(void)state;
	assert_true(len < sizeof(text));
	assert_memory_equal(text, "1,2,3,", 6);
	assert_string_equal(text + len - 10, ",4093,4094");
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *value, *line;
	} bad[] = {
		{ "0", "0 is out of range; give 1 to 4094" },
		{ "4095", "4095 is out of range; give 1 to 4094" },
		{ "x", "\"x\" is not a whole number; give 1 to 4094" },
		{ "Trunk", "\"Trunk\" is not a whole number; give 1 to 4094" },
		{ "", "\"\" is not a whole number; give 1 to 4094" },
		{ "100,", "\"\" is not a whole number; give 1 to 4094" },
		{ ",100", "\"\" is not a whole number; give 1 to 4094" },
		{ "1,,2", "\"\" is not a whole number; give 1 to 4094" },
		{ "100,trunk", "\"trunk\" is not a whole number; give 1 to 4094" },
		{ "1,4095", "4095 is out of range; give 1 to 4094" },
		{ "0-5", "0 is out of range; give 1 to 4094" },
		{ "5-4095", "4095 is out of range; give 1 to 4094" },
		{ "-5", "\"\" is not a whole number; give 1 to 4094" },
		{ "5-", "\"\" is not a whole number; give 1 to 4094" },
		{ "1-2-3", "\"2-3\" is not a whole number; give 1 to 4094" },
		{ "200-100", "200-100: the range ends before it begins" },
		{ "100,100", "100 is in the list twice; give it once" },
		{ "100-200,150", "150 is in the list twice; give it once" },
		{ "150,100-200", "150 is in the list twice; give it once" },
		{ ".5", "\"\" is not a whole number; give 1 to 4094" },
		{ "5.", "\"\" is not a whole number; give 1 to 4094" },
		{ "5.0", "0 is out of range; give 1 to 4094" },
		{ "4095.5", "4095 is out of range; give 1 to 4094" },
		{ "1.2.3", "\"2.3\" is not a whole number; give 1 to 4094" },
		{ "200.100,300", "\"200.100,300\": a list has 802.1Q VLANs only; give stacked "
				 "tags an interface of their own" },
		{ "200.100-102", "\"200.100-102\": a list has 802.1Q VLANs only; give stacked "
				 "tags an interface of their own" },
	};
	struct vrxdp_vlans v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vlans_parse(bad[i].value, &v, err, sizeof(err)), -EINVAL);
		assert_string_equal(err, bad[i].line);
	}
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(vlans_parse(text, &v, err, sizeof(err)), -EINVAL);
	text[sizeof(text) - 1] = '1';
}

static void blanks_around_items_are_free(void **state)
{
	(void)state;
	assert_string_equal(formatted("100 , 200"), "100,200");
	assert_string_equal(formatted("100,\t300"), "100,300");
}

static void a_summary_has_ranges_and_is_cut_between_items(void **state)
{
	(void)state;
	assert_string_equal(summary("100", 9), "100");
	assert_string_equal(summary("4094.4093", 9), "4094.4093");
	assert_string_equal(summary("trunk", 9), "trunk");
	assert_string_equal(summary("1-4094", 9), "1-4094");
	assert_string_equal(summary("1,2", 9), "1,2");
	assert_string_equal(summary("1,2,3", 9), "1-3");
	assert_string_equal(summary("1-3,5,7-9", 9), "1-3,5,7-9");
	assert_string_equal(summary("1,2,4,5,7", 9), "1,2,4,5,7");
	assert_string_equal(summary("1-3,5,7-10", 9), "1-3,5,...");
	assert_string_equal(summary("100,200,300", 9), "100,...");
	assert_string_equal(summary("1000,2000", 9), "1000,2000");
	assert_string_equal(summary("1000,2000,4000", 9), "1000,...");
	assert_string_equal(summary("1000-2000,3000", 9), "...");
	assert_string_equal(summary("1000-2000,3000", 14), "1000-2000,3000");
	assert_string_equal(summary("1000-2000,3000", 13), "1000-2000,...");
	assert_string_equal(summary("100-100", 9), "100-100");
}

static void frames_of_a_vlan_belong_to_it_or_not(void **state)
{
	const struct vrxdp_vlans none = { 0 };

	(void)state;
	assert_true(vlans_have(&none, (struct vrxdp_vlan){ 0, 0 }));
	assert_false(vlans_have(&none, (struct vrxdp_vlan){ 0, 1 }));
	assert_true(has("100", 0, 100));
	assert_false(has("100", 0, 101));
	assert_false(has("100", 0, 0));
	assert_false(has("100", 100, 100));
	assert_true(has("100,200", 0, 200));
	assert_false(has("100,200", 0, 150));
	assert_false(has("100,200", 0, 0));
	assert_false(has("100,200", 5, 100));
	assert_false(has("1-4094", 0, VRXDP_VID_TRUNK));
	assert_true(has("trunk", 0, 1));
	assert_true(has("trunk", 0, 4094));
	assert_true(has("trunk", 0, VRXDP_VID_TRUNK));
	assert_false(has("trunk", 0, 0));
	assert_false(has("trunk", 5, 100));
	assert_true(has("200.100", 200, 100));
	assert_false(has("200.100", 100, 200));
	assert_false(has("200.100", 0, 100));
}

static void entries_are_gone_through_in_rising_order(void **state)
{
	static const struct {
		const char *value;
		struct vrxdp_vlan each[4];
		size_t n;
	} lists[] = {
		{ "7", { { 0, 7 } }, 1 },
		{ "200.100", { { 200, 100 } }, 1 },
		{ "trunk", { { 0, VRXDP_VID_TRUNK } }, 1 },
		{ "4094,1,8-9", { { 0, 1 }, { 0, 8 }, { 0, 9 }, { 0, 4094 } }, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct vrxdp_vlans v = parsed(lists[i].value);
		struct vrxdp_vlan vlan;
		size_t n = 0;
		bool more;

		for (more = vlans_first(&v, &vlan); more; more = vlans_next(&v, &vlan)) {
			assert_true(n < lists[i].n);
			assert_int_equal(vlan.outer, lists[i].each[n].outer);
			assert_int_equal(vlan.vid, lists[i].each[n].vid);
			n++;
		}
		assert_int_equal(n, lists[i].n);
	}
}

/* Of "" stands without VLAN. */
static struct vrxdp_vlans form(const char *value)
{
	return *value ? parsed(value) : (struct vrxdp_vlans){ 0 };
}

static void two_forms_overlap_where_both_have_a_vlan(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
		struct vrxdp_vlan common;
	} pairs[] = {
		{ "", "", true, { 0, 0 } },
		{ "", "1", false, { 0, 0 } },
		{ "", "trunk", false, { 0, 0 } },
		{ "", "1-4094", false, { 0, 0 } },
		{ "", "200.100", false, { 0, 0 } },
		{ "100", "100", true, { 0, 100 } },
		{ "100", "101", false, { 0, 0 } },
		{ "100", "trunk", true, { 0, 100 } },
		{ "100", "99-101", true, { 0, 100 } },
		{ "100", "99,101", false, { 0, 0 } },
		{ "100", "200.100", false, { 0, 0 } },
		{ "100", "100.200", false, { 0, 0 } },
		{ "1-10", "10-20", true, { 0, 10 } },
		{ "1-10", "11-20", false, { 0, 0 } },
		{ "5,7", "trunk", true, { 0, 5 } },
		{ "trunk", "trunk", true, { 0, VRXDP_VID_TRUNK } },
		{ "trunk", "200.100", false, { 0, 0 } },
		{ "1-4094", "200.100", false, { 0, 0 } },
		{ "200.100", "200.100", true, { 200, 100 } },
		{ "200.100", "200.101", false, { 0, 0 } },
		{ "200.100", "201.100", false, { 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct vrxdp_vlans a = form(pairs[i].a), b = form(pairs[i].b);
		struct vrxdp_vlan common[2];

		if (vlans_overlap(&a, &b, &common[0]) != pairs[i].overlap ||
		    vlans_overlap(&b, &a, &common[1]) != pairs[i].overlap)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
		for (size_t k = 0; pairs[i].overlap && k < 2; k++) {
			assert_int_equal(common[k].outer, pairs[i].common.outer);
			assert_int_equal(common[k].vid, pairs[i].common.vid);
		}
	}
}

static void forms_are_equal_in_every_part(void **state)
{
	static const char *const values[] = { "",      "100",     "101",     "100-100", "100-101",
					      "trunk", "200.100", "201.100", "200.101" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			struct vrxdp_vlans a = form(values[i]), b = form(values[j]);

			assert_int_equal(vlans_equal(&a, &b), i == j);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_what_it_says),
		cmocka_unit_test(what_is_written_reads_back_the_same),
		cmocka_unit_test(every_list_has_room),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(blanks_around_items_are_free),
		cmocka_unit_test(a_summary_has_ranges_and_is_cut_between_items),
		cmocka_unit_test(frames_of_a_vlan_belong_to_it_or_not),
		cmocka_unit_test(entries_are_gone_through_in_rising_order),
		cmocka_unit_test(two_forms_overlap_where_both_have_a_vlan),
		cmocka_unit_test(forms_are_equal_in_every_part),
	};

	return cmocka_run_group_tests_name("vlans", tests, NULL, NULL);
}
