/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables like the global ones: how many prefixes there are of each length, and how they crowd.
 * Half of the /16s that have any more specific IPv4 prefix have fewer than 20, some have
 * hundreds; so it is with the /32s of IPv6. The same seed gives the same table.
 */
#ifndef FIB_GEN_H
#define FIB_GEN_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fib_rib.h"

struct fib_route {
	struct fib_prefix prefix;
	__u32 nexthop;
};

struct fib_gen {
	__u64 state;
};

static inline __u32 gen_u32(struct fib_gen *g)
{
	__u64 x = g->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (__u32)((x ^ x >> 31) >> 32);
}

static inline __u32 gen_below(struct fib_gen *g, __u32 n)
{
	return (__u32)((__u64)gen_u32(g) * n >> 32);
}

/* Two to the power of a normal variate with deviation @sigma / 16, times 65536. */
static inline __u64 gen_weight(struct fib_gen *g, int sigma)
{
	int i, sum = 0, e;

	for (i = 0; i < 12; i++)
		sum += (int)gen_below(g, 4096);
	e = (sum - 12 * 2048) * sigma / 16; /* in 1/4096 */
	if (e < -12 * 4096)
		e = -12 * 4096;
	if (e > 12 * 4096)
		e = 12 * 4096;
	e += 16 * 4096;
	return (4096ull + (__u64)(e & 4095)) << (e >> 12) >> 12;
}

/* Prefixes of a length among 10,000; the rest has the last length. */
struct gen_share {
	__u32 len, share;
};

static const struct gen_share gen_ipv4[] = {
	{ 8, 1 },    { 10, 1 },    { 11, 1 },    { 12, 3 },   { 13, 6 },     { 14, 12 },
	{ 15, 20 },  { 16, 135 },  { 17, 85 },   { 18, 140 }, { 19, 250 },   { 20, 440 },
	{ 21, 520 }, { 22, 1080 }, { 23, 1000 }, { 25, 10 },  { 26, 10 },    { 27, 8 },
	{ 28, 6 },   { 29, 6 },    { 30, 5 },    { 32, 5 },   { 24, 10000 },
};

static const struct gen_share gen_ipv6[] = {
	{ 20, 1 },  { 24, 2 },    { 26, 3 },   { 28, 8 },     { 29, 250 }, { 30, 50 },
	{ 31, 60 }, { 32, 1150 }, { 33, 200 }, { 34, 150 },   { 35, 100 }, { 36, 520 },
	{ 37, 60 }, { 38, 100 },  { 39, 70 },  { 40, 950 },   { 41, 60 },  { 42, 150 },
	{ 43, 70 }, { 44, 1050 }, { 45, 130 }, { 46, 260 },   { 47, 220 }, { 52, 10 },
	{ 56, 20 }, { 64, 40 },   { 128, 5 },  { 48, 10000 },
};

/* Where prefixes crowd, and how much: the first word of their addresses. */
struct gen_parent {
	__u32 word;
	__u64 upto; /* weights of this and those before it */
};

#define GEN_PARENTS 25000u

static inline __u32 gen_parent4(struct fib_gen *g)
{
	__u32 top;

	do
		top = 1 + gen_below(g, 223);
	while (top == 10 || top == 127);
	return top << 24 | gen_below(g, 256) << 16;
}

/* The registries' blocks, 60 /16s of them, and a /32 in one. */
static inline __u32 gen_parent6(struct fib_gen *g)
{
	static const __u16 blocks[] = { 0x2001, 0x2003, 0x2400, 0x2401, 0x2402, 0x2403, 0x2404,
					0x2405, 0x2406, 0x2407, 0x2408, 0x2409, 0x240a, 0x240e,
					0x2600, 0x2601, 0x2602, 0x2603, 0x2604, 0x2605, 0x2606,
					0x2607, 0x2610, 0x2620, 0x2800, 0x2801, 0x2803, 0x2804,
					0x2806, 0x2a00, 0x2a01, 0x2a02, 0x2a03, 0x2a04, 0x2a05,
					0x2a06, 0x2a07, 0x2a09, 0x2a0a, 0x2a0b, 0x2a0c, 0x2a0d,
					0x2a0e, 0x2a0f, 0x2a10, 0x2a11, 0x2a12, 0x2a13, 0x2a14,
					0x2c0e, 0x2c0f };
	__u32 block = blocks[gen_below(g, sizeof(blocks) / sizeof(blocks[0]))];

	/* Allocations lie together: 140 /24s of a /16. */
	return block << 16 | gen_below(g, 140) << 8 | gen_below(g, 256);
}

static inline struct gen_parent *gen_parents(struct fib_gen *g, bool ipv6)
{
	struct gen_parent *p = calloc(GEN_PARENTS, sizeof(*p));
	__u64 sum = 0;
	__u32 i;

	for (i = 0; p && i < GEN_PARENTS; i++) {
		p[i].word = ipv6 ? gen_parent6(g) : gen_parent4(g);
		p[i].upto = sum += gen_weight(g, ipv6 ? 36 : 30);
	}
	return p;
}

static inline __u32 gen_choose(struct fib_gen *g, const struct gen_parent *p)
{
	__u64 x = ((__u64)gen_u32(g) << 32 | gen_u32(g)) % p[GEN_PARENTS - 1].upto;
	__u32 low = 0, high = GEN_PARENTS - 1, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (p[mid].upto > x)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static inline void gen_cut(struct fib_prefix *p)
{
	__u32 i, bits;

	for (i = 0; i < 4; i++) {
		bits = p->len > i * 32 ? p->len - i * 32 : 0;
		p->addr[i] &= bits < 32 ? ~(~0u >> bits) : ~0u;
	}
}

static inline void gen_prefix(struct fib_gen *g, bool ipv6, const struct gen_parent *parents,
			      __u32 *parent, struct fib_prefix *p)
{
	const struct gen_share *shares = ipv6 ? gen_ipv6 : gen_ipv4;
	__u32 x = gen_below(g, 10000), i, own = ipv6 ? 32 : 16;
	__u32 next[4];

	for (i = 0; x >= shares[i].share; i++)
		x -= shares[i].share;
	/* Often the next of the same length: a network that announces its parts. */
	memcpy(next, p->addr, sizeof(next));
	if (shares[i].len == p->len && p->len > own && gen_below(g, 2)) {
		next[(p->len - 1) / 32] += 1u << (31 - (p->len - 1) % 32);
		if (ipv6 ? next[1] >= p->addr[1] : next[0] >> 16 == p->addr[0] >> 16) {
			memcpy(p->addr, next, sizeof(next));
			return;
		}
	}
	*parent = gen_choose(g, parents);
	p->len = shares[i].len;
	for (i = 0; i < 4; i++)
		p->addr[i] = ipv6 || !i ? gen_u32(g) : 0;
	if (!ipv6) {
		p->addr[0] = parents[*parent].word | p->addr[0] >> 16;
	} else {
		p->addr[0] = parents[*parent].word;
		/* Within an allocation, the lower numbers are used first. */
		if (p->len > 32)
			p->addr[1] >>= gen_below(g, 9);
	}
	gen_cut(p);
}

/*
 * @n routes, some of which may have the same prefix; next hops are 1 to @nexthops, and each
 * parent has one that most of its prefixes have, too. NULL: no memory.
 */
static inline struct fib_route *gen_routes(__u64 seed, bool ipv6, __u32 n, __u32 nexthops)
{
	struct fib_gen g = { seed };
	struct gen_parent *parents = gen_parents(&g, ipv6);
	struct fib_route *routes = calloc(n, sizeof(*routes));
	struct fib_prefix p = { .len = 0 };
	__u32 i, parent = 0;

	for (i = 0; parents && routes && i < n; i++) {
		gen_prefix(&g, ipv6, parents, &parent, &p);
		routes[i].prefix = p;
		routes[i].nexthop =
			1 + (gen_below(&g, 3) ? parent % nexthops : gen_below(&g, nexthops));
	}
	free(parents);
	return routes;
}

#endif
