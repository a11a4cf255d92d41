/* SPDX-License-Identifier: GPL-2.0-only */
/* user/convert.c: values of one layout's types in another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"

struct small {
	__u16 n;
	__s8 s;
	__u8 gone;
};

struct before {
	char name[8];
	__u32 number;
	__u8 pad[4];
	struct small inner[2];
	__u64 wide;
};

struct bigger {
	__u64 next;
	__s32 s;
	__u32 n;
};

struct after {
	__u64 wide;
	char name[12];
	__u32 next;
	__u64 number;
	struct bigger inner[3];
	__u8 pad[8];
};

struct narrow {
	__u8 number;
};

struct other {
	char number[4];
};

static struct btf *btf;
static struct convert_type before_type, after_type, narrow_type, other_type;

static int member(const char *name, int type, size_t offset)
{
	return btf__add_field(btf, name, type, (__u32)offset * 8, 0);
}

static struct convert_type type_of(int id)
{
	return (struct convert_type){ btf, (__u32)id };
}

static int array(int of, __u32 n)
{
	int index = btf__find_by_name(btf, "u32");

	return btf__add_array(btf, index, of, n);
}

static int make_types(void **state)
{
	int u8, s8, u16, u32, s32, u64, letters, small, bigger, id;

	(void)state;
	btf = btf__new_empty();
	assert_non_null(btf);
	u8 = btf__add_int(btf, "u8", 1, 0);
	s8 = btf__add_int(btf, "s8", 1, BTF_INT_SIGNED);
	u16 = btf__add_int(btf, "u16", 2, 0);
	u32 = btf__add_int(btf, "u32", 4, 0);
	s32 = btf__add_int(btf, "s32", 4, BTF_INT_SIGNED);
	u64 = btf__add_typedef(btf, "__u64", btf__add_int(btf, "u64", 8, 0));
	letters = btf__add_int(btf, "char", 1, BTF_INT_CHAR | BTF_INT_SIGNED);
	small = btf__add_struct(btf, "small", sizeof(struct small));
	member("n", u16, offsetof(struct small, n));
	member("s", s8, offsetof(struct small, s));
	member("gone", u8, offsetof(struct small, gone));
	bigger = btf__add_struct(btf, "bigger", sizeof(struct bigger));
	member("next", u64, offsetof(struct bigger, next));
	member("s", s32, offsetof(struct bigger, s));
	member("n", u32, offsetof(struct bigger, n));
	const int names[] = { array(letters, 8), array(letters, 12), array(letters, 4) };
	const int pads[] = { array(u8, 4), array(u8, 8) };
	const int inners[] = { array(small, 2), array(bigger, 3) };

	id = btf__add_struct(btf, "before", sizeof(struct before));
	member("name", names[0], offsetof(struct before, name));
	member("number", u32, offsetof(struct before, number));
	member("pad", pads[0], offsetof(struct before, pad));
	member("inner", inners[0], offsetof(struct before, inner));
	member("wide", u64, offsetof(struct before, wide));
	before_type = type_of(id);
	id = btf__add_struct(btf, "after", sizeof(struct after));
	member("wide", u64, offsetof(struct after, wide));
	member("name", names[1], offsetof(struct after, name));
	member("next", u32, offsetof(struct after, next));
	member("number", u64, offsetof(struct after, number));
	member("inner", inners[1], offsetof(struct after, inner));
	member("pad", pads[1], offsetof(struct after, pad));
	after_type = type_of(id);
	id = btf__add_struct(btf, "narrow", sizeof(struct narrow));
	member("number", u8, 0);
	narrow_type = type_of(id);
	id = btf__add_struct(btf, "other", sizeof(struct other));
	member("number", names[2], 0);
	other_type = type_of(id);
	return 0;
}

static int free_types(void **state)
{
	(void)state;
	btf__free(btf);
	return 0;
}

static const struct before one = {
	.name = "red",
	.number = 0xfffffffe,
	.pad = { 1, 2, 3, 4 },
	.inner = { { 65535, -5, 9 }, { 7, 5, 9 } },
	.wide = 1ULL << 60,
};

static void members_are_found_by_name_and_get_wider_and_what_is_new_is_zero(void **state)
{
	const struct after wanted = {
		.wide = 1ULL << 60,
		.name = "red",
		.number = 0xfffffffe,
		.inner = { { 0, -5, 65535 }, { 0, 5, 7 } },
	};
	struct after got;

	(void)state;
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(convert("test", before_type, &one, after_type, &got), 0);
	assert_memory_equal(&got, &wanted, sizeof(got));
}

static void the_way_back_leaves_out_what_is_new(void **state)
{
	struct before got, wanted = one;
	struct after there;

	(void)state;
	memset(wanted.pad, 0, sizeof(wanted.pad));
	wanted.inner[0].gone = wanted.inner[1].gone = 0;
	assert_int_equal(convert("test", before_type, &one, after_type, &there), 0);
	there.next = 5;
	assert_int_equal(convert("test", after_type, &there, before_type, &got), 0);
	assert_memory_equal(&got, &wanted, sizeof(got));
}

static void a_number_that_does_not_fit_is_refused(void **state)
{
	struct before large = { .number = 256 }, fits = { .number = 255 };
	struct narrow got;

	(void)state;
	assert_int_equal(convert("test", before_type, &large, narrow_type, &got), -1);
	assert_int_equal(convert("test", before_type, &fits, narrow_type, &got), 0);
	assert_int_equal(got.number, 255);
}

static void a_member_of_another_kind_is_refused(void **state)
{
	struct other got;

	(void)state;
	assert_int_equal(convert("test", before_type, &one, other_type, &got), -1);
}

static void a_member_has_its_place_and_size(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(convert_member(after_type, "inner", &size), offsetof(struct after, inner));
	assert_int_equal(size, sizeof(((struct after *)0)->inner));
	assert_int_equal(convert_offset(after_type, "gone"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_found_by_name_and_get_wider_and_what_is_new_is_zero),
		cmocka_unit_test(the_way_back_leaves_out_what_is_new),
		cmocka_unit_test(a_number_that_does_not_fit_is_refused),
		cmocka_unit_test(a_member_of_another_kind_is_refused),
		cmocka_unit_test(a_member_has_its_place_and_size),
	};

	return cmocka_run_group_tests(tests, make_types, free_types);
}
