/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables beside the list of routes that they are compared with. */
#ifndef FIB_LAB_H
#define FIB_LAB_H

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/lib/fib_gen.h"
#include "tests/lib/fib_reference.h"

/* A table, what packets read, and the reference. */
struct lab_table {
	__u64 root;
	bool ipv6;
	struct fib_table *t;
	struct ref_table *ref;
};

static struct mem_chunks mem;
static struct fib *fib;
static struct fib_gen rnd;

__attribute__((unused)) static int lab_open(void **state)
{
	struct fib_backend backend = mem_backend(&mem);

	(void)state;
	rnd.state = 42;
	memset(&mem, 0, sizeof(mem));
	mem.most = MEM_CHUNKS;
	return fib_open(&fib, &backend);
}

/* Whatever the test did: all is given back, also what leak detection can't see. */
__attribute__((unused)) static int lab_close(void **state)
{
	struct fib_stats s;
	int left;

	(void)state;
	if (fib_settle(fib))
		return -1;
	fib_stats(fib, &s);
	left = s.chunks || s.blocks || s.bytes || s.route_bytes || s.tables || mem.there;
	if (left)
		fprintf(stderr, "left: %u tables, %u chunks, %u blocks, %zu bytes, %zu of routes\n",
			s.tables, s.chunks, s.blocks, s.bytes, s.route_bytes);
	fib_close(fib);
	return left;
}

static void table_open(struct lab_table *l, bool ipv6)
{
	l->ipv6 = ipv6;
	l->t = fib_table_new(fib, ipv6, &l->root);
	l->ref = calloc(1, sizeof(*l->ref));
	assert_non_null(l->t);
	assert_non_null(l->ref);
}

static void table_close(struct lab_table *l)
{
	fib_table_free(l->t);
	assert_true(l->root == 0);
	free(l->ref);
}

__attribute__((unused)) static void set(struct lab_table *l, const struct fib_prefix *p,
					__u32 nexthop)
{
	assert_int_equal(fib_table_set(l->t, p, nexthop), ref_set(l->ref, p, nexthop));
}

static void commit(struct lab_table *l)
{
	assert_int_equal(fib_table_commit(l->t), 0);
}

__attribute__((format(printf, 1, 2), unused)) static struct fib_prefix prefix(const char *fmt, ...)
{
	char text[80], *slash;
	struct in6_addr a;
	va_list args;
	__u32 len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	slash = strchr(text, '/');
	assert_non_null(slash);
	*slash = '\0';
	len = (__u32)atoi(slash + 1);
	if (inet_pton(AF_INET, text, &a) == 1)
		return fib_prefix4(a.s6_addr32[0], len);
	assert_int_equal(inet_pton(AF_INET6, text, &a), 1);
	return fib_prefix6(&a, len);
}

static void same_at(const struct lab_table *l, const __u32 addr[4])
{
	struct fib_prefix expect, found;
	__u32 nexthop = ref_lookup(l->ref, addr, &expect), seen;

	seen = fib_table_lookup(l->t, addr);
	if (seen != nexthop)
		fail_msg("%08x:%08x:%08x:%08x: next hop %u, expected %u of /%u", addr[0], addr[1],
			 addr[2], addr[3], seen, nexthop, expect.len);
	assert_int_equal(fib_table_longest(l->t, addr, &found), nexthop);
	assert_memory_equal(&found, &expect, sizeof(found));
}

/* At the ends of up to @n random routes, beside them, and anywhere. */
__attribute__((unused)) static void same(const struct lab_table *l, __u32 n)
{
	__u32 first[4], last[4], i, j, pick;

	assert_int_equal(fib_table_routes(l->t), l->ref->n);
	for (i = 0; i < n; i++) {
		for (j = 0; j < 4; j++)
			first[j] = l->ipv6 || !j ? gen_u32(&rnd) : 0;
		same_at(l, first);
		if (!l->ref->n)
			continue;
		pick = n >= l->ref->n ? i % l->ref->n : gen_below(&rnd, l->ref->n);
		assert_int_equal(fib_table_exact(l->t, &l->ref->route[pick].prefix),
				 l->ref->route[pick].nexthop);
		ref_ends(&l->ref->route[pick].prefix, l->ipv6, first, last);
		same_at(l, first);
		same_at(l, last);
		ref_step(first, l->ipv6, -1);
		ref_step(last, l->ipv6, 1);
		same_at(l, first);
		same_at(l, last);
	}
}

/* Near others: nested in them, around them, beside them; or at the edges. */
__attribute__((unused)) static struct fib_prefix near_prefix(const struct lab_table *l)
{
	__u32 bits = l->ipv6 ? 128 : 32, i;
	struct fib_prefix p = { .len = 0 };

	if (l->ref->n && gen_below(&rnd, 4)) {
		p = l->ref->route[gen_below(&rnd, l->ref->n)].prefix;
		switch (gen_below(&rnd, 4)) {
		case 0: /* its neighbour */
			if (p.len)
				p.addr[(p.len - 1) / 32] ^= 1u << (31 - (p.len - 1) % 32);
			return p;
		case 1: /* around */
			p.len = p.len ? gen_below(&rnd, p.len) : 0;
			break;
		default: /* inside */
			for (i = p.len; i < bits; i++)
				p.addr[i / 32] |= (gen_u32(&rnd) & 1) << (31 - i % 32);
			i = p.len + 1 + gen_below(&rnd, gen_below(&rnd, 2) ? 9 : 40);
			p.len = i < bits ? i : bits;
		}
	} else {
		p.len = gen_below(&rnd, bits + 1);
		for (i = 0; i < bits / 32; i++)
			p.addr[i] = gen_below(&rnd, 8) ? gen_u32(&rnd) & 0x30010103 :
							 0 - gen_below(&rnd, 2);
	}
	gen_cut(&p);
	return p;
}

#endif
