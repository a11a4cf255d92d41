// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fib_block.h"

/*
 * Up to so many runs, a BITMAP block takes two cache lines (narrow), or half of what DIRECT takes
 * (wide). Beyond, DIRECT is worth its memory: it is read at one place, not at two.
 */
#define NARROW_BITMAP_RUNS 46u
#define WIDE_BITMAP_RUNS 119u
/* What fits into one unit, or two. */
#define WIDE_RANGES_UNIT 8u

struct bytes {
	_Alignas(8) __u8 b[FIB_BLOCK_UNITS * VRXDP_FIB_UNIT];
};

static __u32 units_of(size_t bytes)
{
	return (__u32)((bytes + VRXDP_FIB_UNIT - 1) / VRXDP_FIB_UNIT);
}

static void put_value(struct bytes *to, __u32 from, __u32 i, __u32 value, bool wide)
{
	__u16 narrow = (__u16)value;

	if (wide)
		memcpy(to->b + from + i * 4, &value, sizeof(value));
	else
		memcpy(to->b + from + i * 2, &narrow, sizeof(narrow));
}

static __u32 ranges(struct bytes *to, const struct fib_run *runs, __u32 n, bool wide)
{
	__u16 last;
	__u32 i;

	for (i = 0; i < VRXDP_FIB_RANGES_RUNS; i++) {
		last = i + 1 < n ? (__u16)(runs[i + 1].first - 1) : 0xffff;
		memcpy(to->b + i * sizeof(last), &last, sizeof(last));
	}
	for (i = 0; i < n; i++)
		put_value(to, VRXDP_FIB_RANGES_VALUES, i, runs[i].value, wide);
	return wide && n > WIDE_RANGES_UNIT ? 2 : 1;
}

static __u32 bitmap(struct bytes *to, const struct fib_run *runs, __u32 n, bool wide)
{
	__u64 words[4] = { 0 };
	__u32 i, before = 0;

	for (i = 0; i < n; i++) {
		words[runs[i].first / 64] |= 1ull << (runs[i].first & 63);
		put_value(to, VRXDP_FIB_BITMAP_VALUES, i, runs[i].value, wide);
	}
	memcpy(to->b, words, sizeof(words));
	for (i = 0; i < 4; i++) {
		to->b[VRXDP_FIB_BITMAP_BEFORE + i] = (__u8)before;
		before += (__u32)__builtin_popcountll(words[i]);
	}
	return units_of(VRXDP_FIB_BITMAP_VALUES + n * (wide ? 4 : 2));
}

static __u32 direct(struct bytes *to, const struct fib_run *runs, __u32 n, bool wide)
{
	__u32 i, at, end;

	for (i = 0; i < n; i++) {
		end = i + 1 < n ? runs[i + 1].first : 256;
		for (at = runs[i].first; at < end; at++)
			put_value(to, 0, at, runs[i].value, wide);
	}
	return units_of(wide ? 1024 : 512);
}

__u32 fib_block_make(struct fib_store *store, __u32 window, const struct fib_run *runs, __u32 n)
{
	struct bytes bytes = { { 0 } };
	enum vrxdp_fib_kind kind;
	bool wide = false, was_there = false;
	__u32 i, form, units, value;

	for (i = 0; i < n; i++)
		wide |= fib_is_ref(runs[i].value);
	if (window == 16) {
		kind = VRXDP_FIB_RANGES;
		units = ranges(&bytes, runs, n, wide);
	} else if (n <= (wide ? WIDE_BITMAP_RUNS : NARROW_BITMAP_RUNS)) {
		kind = VRXDP_FIB_BITMAP;
		units = bitmap(&bytes, runs, n, wide);
	} else {
		kind = VRXDP_FIB_DIRECT;
		units = direct(&bytes, runs, n, wide);
	}
	form = VRXDP_FIB_REF | (__u32)kind << VRXDP_FIB_KIND_SHIFT | (wide ? VRXDP_FIB_WIDE : 0);
	value = fib_store_put(store, form, bytes.b, units, &was_there);
	if (!value || was_there)
		for (i = 0; i < n; i++)
			fib_block_disown(store, runs[i].value);
	return value;
}

static __u32 value_at(const __u8 *block, __u32 from, __u32 i, bool wide)
{
	__u32 value;
	__u16 narrow;

	if (wide) {
		memcpy(&value, block + from + i * 4, sizeof(value));
		return value;
	}
	memcpy(&narrow, block + from + i * 2, sizeof(narrow));
	return narrow;
}

static __u32 bitmap_runs(const __u8 *block, bool wide, struct fib_run *runs)
{
	__u64 words[4];
	__u32 i, n = 0;

	memcpy(words, block, sizeof(words));
	for (i = 0; i < 4; i++) {
		for (; words[i]; words[i] &= words[i] - 1) {
			runs[n].first = i * 64 + (__u32)__builtin_ctzll(words[i]);
			runs[n].value = value_at(block, VRXDP_FIB_BITMAP_VALUES, n, wide);
			n++;
		}
	}
	return n;
}

__u32 fib_block_runs(const struct fib_store *store, __u32 value,
		     struct fib_run runs[static FIB_MOST_RUNS])
{
	const __u8 *block = fib_block(store, value);
	bool wide = value & VRXDP_FIB_WIDE;
	__u32 i, n = 0, v;
	__u16 last[VRXDP_FIB_RANGES_RUNS];

	if (fib_kind(value) == VRXDP_FIB_BITMAP)
		return bitmap_runs(block, wide, runs);
	if (fib_kind(value) == VRXDP_FIB_RANGES) {
		memcpy(last, block, sizeof(last));
		for (n = 0; !n || last[n - 1] != 0xffff; n++) {
			runs[n].first = n ? last[n - 1] + 1u : 0;
			runs[n].value = value_at(block, VRXDP_FIB_RANGES_VALUES, n, wide);
		}
		return n;
	}
	for (i = 0; i < 256; i++) {
		v = value_at(block, 0, i, wide);
		if (n && runs[n - 1].value == v)
			continue;
		runs[n].first = i;
		runs[n++].value = v;
	}
	return n;
}

__u32 fib_block_units(const struct fib_store *store, __u32 value)
{
	const __u8 *block = fib_block(store, value);
	bool wide = value & VRXDP_FIB_WIDE;
	__u64 words[4];
	__u16 last;
	__u32 n;

	switch (fib_kind(value)) {
	case VRXDP_FIB_RANGES:
		/* There is a ninth run if the eighth isn't the last. */
		memcpy(&last, block + (WIDE_RANGES_UNIT - 1) * sizeof(last), sizeof(last));
		return wide && last != 0xffff ? 2 : 1;
	case VRXDP_FIB_BITMAP:
		memcpy(words, block, sizeof(words));
		n = block[VRXDP_FIB_BITMAP_BEFORE + 3] + (__u32)__builtin_popcountll(words[3]);
		return units_of(VRXDP_FIB_BITMAP_VALUES + n * (wide ? 4 : 2));
	case VRXDP_FIB_DIRECT:
		return units_of(wide ? 1024 : 512);
	case VRXDP_FIB_DIRECT16:
	default:
		return VRXDP_FIB_UNITS;
	}
}

void fib_block_disown(struct fib_store *store, __u32 value)
{
	struct fib_run runs[FIB_MOST_RUNS];
	__u32 i, n;

	if (!fib_is_ref(value) || !fib_store_disown(store, value))
		return;
	if (value & VRXDP_FIB_WIDE) {
		n = fib_block_runs(store, value, runs);
		for (i = 0; i < n; i++)
			fib_block_disown(store, runs[i].value);
	}
	fib_store_retire(store, value);
}
