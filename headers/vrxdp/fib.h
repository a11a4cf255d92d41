/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The forwarding tables' longest-prefix match, as packets read it. docs/fib.md tells why it is
 * as it is; user/fib.h makes and changes it.
 *
 * A table is a 64-bit root: what to look at first (a value), and the next hop of the default
 * route. A value is either a next hop's number (0: no route here, take the default one) or a
 * reference to a block, which covers the next 8 or 16 bits of the address, its window, and has
 * a value for each number in it. Neighbouring numbers with the same value are a run, and all
 * kinds of blocks but DIRECT keep runs only:
 *
 *   RANGES    16 bits, up to 16 runs: the last number of each, then the values
 *   BITMAP     8 bits: a bit for each number that begins a run, how many bits are set before
 *              each word of them, then the values
 *   DIRECT     8 bits: the values of all 256 numbers
 *   DIRECT16  16 bits: 65536 values, a whole chunk. Only as the first block
 *
 * Blocks without references to others have values of 16 bits ("narrow"), the others of 32
 * ("wide"). A block never changes once a packet may see it, except DIRECT16, whose values are
 * replaced by aligned stores, each alone. What a packet may still be reading is used for
 * nothing else before a grace period of RCU is over.
 *
 * Blocks lie in chunks, at multiples of VRXDP_FIB_UNIT, and none crosses a chunk's end.
 * All numbers are in host byte order.
 */
#ifndef VRXDP_FIB_H
#define VRXDP_FIB_H

#include <linux/types.h>

#define VRXDP_FIB_UNIT 64u                                 /* bytes: a cache line */
#define VRXDP_FIB_UNITS 4096u                              /* of a chunk */
#define VRXDP_FIB_CHUNK (VRXDP_FIB_UNIT * VRXDP_FIB_UNITS) /* bytes, 256 KiB */
/* A read within the largest block that begins in the last unit stays below this; one page. */
#define VRXDP_FIB_CHUNK_ROOM (VRXDP_FIB_CHUNK + 4096u)
#define VRXDP_FIB_MAX_CHUNKS 16384u /* 4 GiB */

struct vrxdp_fib_chunk {
	__u8 bytes[VRXDP_FIB_CHUNK_ROOM];
};

/* Which chunks there are, a bit each, since looking for them takes a grace period each on old kernels. */
struct vrxdp_fib_marks {
	__u64 used[VRXDP_FIB_MAX_CHUNKS / 64];
};

/* A value: bit 31 set is a reference (kind, width, unit), clear a next hop's number. */
#define VRXDP_FIB_REF 0x80000000u
#define VRXDP_FIB_KIND_SHIFT 29
#define VRXDP_FIB_KIND_MASK 3u
#define VRXDP_FIB_WIDE 0x10000000u
#define VRXDP_FIB_UNIT_MASK 0x0fffffffu /* number of the chunk, and of the unit in it */

enum vrxdp_fib_kind {
	VRXDP_FIB_RANGES = 0,
	VRXDP_FIB_BITMAP = 1,
	VRXDP_FIB_DIRECT = 2,
	VRXDP_FIB_DIRECT16 = 3,
};

#define VRXDP_FIB_MAX_NEXTHOP 65535u /* what a narrow value can hold */

/* RANGES: sixteen __u16 last numbers, ascending, 0xffff from the last run on; then the values. */
#define VRXDP_FIB_RANGES_RUNS 16u
#define VRXDP_FIB_RANGES_VALUES 32u /* where they begin, bytes */
/* BITMAP: four __u64, four __u8 that count the bits set in the words before; then the values. */
#define VRXDP_FIB_BITMAP_BEFORE 32u
#define VRXDP_FIB_BITMAP_VALUES 36u

/* Blocks on the longest way, after DIRECT16 or without it. */
#define VRXDP_FIB_STEPS_IPV4 4
#define VRXDP_FIB_STEPS_IPV6 16

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* A table's root: the first value, and above it the default route's next hop. */
static inline __u64 vrxdp_fib_root(__u32 first, __u32 fallback)
{
	return (__u64)fallback << 32 | first;
}

/* An address, left-aligned: bits behind an IPv4 address are zero. */
struct vrxdp_fib_key {
	__u64 high;
	__u64 low;
};

/* The number of bits set; eBPF has no instruction for it. */
static inline __u64 vrxdp_fib_popcount(__u64 x)
{
	x -= x >> 1 & 0x5555555555555555ull;
	x = (x & 0x3333333333333333ull) + (x >> 2 & 0x3333333333333333ull);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return x * 0x0101010101010101ull >> 56;
}

/*
 * How many of four 16-bit lanes are at least the lanes of another word: lane by lane in
 * @acc's lanes. @least_low has the other's lanes without their upper bits, @least_not all its
 * bits inverted.
 */
#define VRXDP_FIB_LANES 0x0001000100010001ull
#define VRXDP_FIB_UPPER 0x8000800080008000ull
static inline __u64 vrxdp_fib_at_least(__u64 lanes, __u64 least_low, __u64 least_not)
{
	__u64 low = (lanes | VRXDP_FIB_UPPER) - least_low;

	return ((lanes & least_not) | ((lanes ^ least_not) & low)) >> 15 & VRXDP_FIB_LANES;
}

/* Which run of a RANGES block has @number? Those whose last number is less come before it. */
static inline __u64 vrxdp_fib_range(const __u64 *last, __u64 number)
{
	__u64 least = number * VRXDP_FIB_LANES;
	__u64 low = least & ~VRXDP_FIB_UPPER;
	__u64 not = ~least;
	__u64 sum = vrxdp_fib_at_least(last[0], low, not ) +
		    vrxdp_fib_at_least(last[1], low, not ) +
		    vrxdp_fib_at_least(last[2], low, not ) + vrxdp_fib_at_least(last[3], low, not );

	return (16 - (sum * VRXDP_FIB_LANES >> 48)) & (VRXDP_FIB_RANGES_RUNS - 1);
}

/* Which run of a BITMAP block has @number? */
static inline __u64 vrxdp_fib_rank(const __u8 *block, __u64 number)
{
	__u64 word = number >> 6;
	__u64 upto = (2ull << (number & 63)) - 1;
	__u64 bits = *(const __u64 *)(const void *)(block + word * 8) & upto;

	return (block[VRXDP_FIB_BITMAP_BEFORE + word] + vrxdp_fib_popcount(bits) - 1) & 255;
}

#endif
