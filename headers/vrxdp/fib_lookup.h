/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The longest-prefix match itself, for XDP and for the host. Whoever includes this has a
 * function before it that tells where a chunk begins, or NULL:
 *
 *	static __always_inline const __u8 *vrxdp_fib_chunk_at(void *chunks, __u32 number);
 */
#ifndef VRXDP_FIB_LOOKUP_H
#define VRXDP_FIB_LOOKUP_H

#include "fib.h"

/**
 * vrxdp_fib_lookup() - the next hop for an address
 * @chunks: passed on to vrxdp_fib_chunk_at()
 * @root: the table's, read by one load of 8 bytes
 * @key: the address
 * @steps: VRXDP_FIB_STEPS_IPV4 or VRXDP_FIB_STEPS_IPV6, a constant
 *
 * Return: the next hop's number, 0: no route.
 */
static __always_inline __u32 vrxdp_fib_lookup(void *chunks, __u64 root, struct vrxdp_fib_key key,
					      int steps)
{
	__u32 value = (__u32)root;
	const __u8 *block;
	__u64 at;
	__u32 kind;
	int i;

	if (value >> VRXDP_FIB_KIND_SHIFT == (4 | VRXDP_FIB_DIRECT16)) {
		block = vrxdp_fib_chunk_at(chunks, (value & VRXDP_FIB_UNIT_MASK) / VRXDP_FIB_UNITS);
		if (!block)
			return 0;
		value = *(const volatile __u32 *)(const void *)(block + (key.high >> 48) * 4);
		key.high = key.high << 16 | key.low >> 48;
		key.low <<= 16;
	}
	for (i = 0; i < steps && value & VRXDP_FIB_REF; i++) {
		block = vrxdp_fib_chunk_at(chunks, (value & VRXDP_FIB_UNIT_MASK) / VRXDP_FIB_UNITS);
		if (!block)
			return 0;
		block += (__u64)(value % VRXDP_FIB_UNITS) * VRXDP_FIB_UNIT;
		kind = value >> VRXDP_FIB_KIND_SHIFT & VRXDP_FIB_KIND_MASK;
		if (kind == VRXDP_FIB_RANGES) {
			at = vrxdp_fib_range((const void *)block, key.high >> 48);
			block += VRXDP_FIB_RANGES_VALUES;
		} else if (kind == VRXDP_FIB_BITMAP) {
			at = vrxdp_fib_rank(block, key.high >> 56);
			block += VRXDP_FIB_BITMAP_VALUES;
		} else {
			at = key.high >> 56;
		}
		if (!(value & VRXDP_FIB_WIDE)) {
			value = *(const __u16 *)(const void *)(block + at * 2);
			break;
		}
		value = *(const __u32 *)(const void *)(block + at * 4);
		if (kind == VRXDP_FIB_RANGES) {
			key.high = key.high << 16 | key.low >> 48;
			key.low <<= 16;
		} else {
			key.high = key.high << 8 | key.low >> 56;
			key.low <<= 8;
		}
	}
	return value ? value : (__u32)(root >> 32);
}

#endif
