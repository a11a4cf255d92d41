/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other candidate of docs/fib.md: Poptrie (Asai, Ohara: SIGCOMM 2015) with a direct table of
 * 18 bits, 6 bits a step and leaf runs, in the same chunks. It can't be changed: for measuring only.
 */
#ifndef FIB_POPTRIE_H
#define FIB_POPTRIE_H

#include "vrxdp/fib.h"

#define POPTRIE_TOP_BITS 18
#define POPTRIE_LEAF 0x80000000u
#define POPTRIE_NODE_BYTES 32u

/* Nodes and leaves are numbered through all chunks; a node's children and leaves are in a row. */
struct poptrie_node {
	__u64 children; /* a bit for each of 64 numbers that leads to a node */
	__u64 leaves;   /* a bit for each that begins a run of leaves */
	__u32 first_child;
	__u32 first_leaf;
	__u64 pad; /* no node crosses a cache line */
};

#ifdef __bpf__
static __always_inline const __u8 *poptrie_at(__u64 byte)
{
	const __u8 *chunk = vrxdp_fib_chunk_at(&vx_fib_chunks, (__u32)(byte / VRXDP_FIB_CHUNK));

	return chunk ? chunk + byte % VRXDP_FIB_CHUNK : 0;
}

static __always_inline __u32 poptrie_lookup(__u64 root, __u64 high, __u64 low, int steps)
{
	__u64 at = high >> (64 - POPTRIE_TOP_BITS), bit, upto;
	const __u8 *p = poptrie_at(at * 4);
	const struct poptrie_node *node;
	__u32 value;
	int i;

	if (!p)
		return 0;
	value = *(const __u32 *)(const void *)p;
	high = high << POPTRIE_TOP_BITS | low >> (64 - POPTRIE_TOP_BITS);
	low <<= POPTRIE_TOP_BITS;
	if (value & POPTRIE_LEAF)
		return value & ~POPTRIE_LEAF;
	for (i = 0; i < steps; i++) {
		node = (const void *)poptrie_at((__u64)value * POPTRIE_NODE_BYTES);
		if (!node)
			return 0;
		bit = high >> 58;
		upto = (2ull << bit) - 1;
		if (!(node->children >> bit & 1)) {
			at = node->first_leaf + vrxdp_fib_popcount(node->leaves & upto) - 1;
			p = poptrie_at(at * 2);
			return p ? *(const __u16 *)(const void *)p : 0;
		}
		value = node->first_child + (__u32)vrxdp_fib_popcount(node->children & upto) - 1;
		high = high << 6 | low >> 58;
		low <<= 6;
	}
	return 0;
}
#endif

#endif
