/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of user/fib.h measure it by: a list of routes that is searched from end to end,
 * and chunks in plain memory, where the sanitizers watch, with faults on request.
 */
#ifndef FIB_REFERENCE_H
#define FIB_REFERENCE_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fib.h"

#define REF_MOST 70000u
#define MEM_CHUNKS 64u

struct ref_route {
	struct fib_prefix prefix;
	__u32 nexthop;
};

struct ref_table {
	struct ref_route route[REF_MOST];
	__u32 n;
};

/* Are the first @len bits the same? */
static inline bool ref_same(const __u32 *a, const __u32 *b, __u32 len)
{
	__u32 i;

	for (i = 0; i < len; i++)
		if ((a[i / 32] ^ b[i / 32]) >> (31 - i % 32) & 1)
			return false;
	return true;
}

static inline struct ref_route *ref_find(struct ref_table *t, const struct fib_prefix *p)
{
	__u32 i;

	for (i = 0; i < t->n; i++)
		if (t->route[i].prefix.len == p->len &&
		    !memcmp(t->route[i].prefix.addr, p->addr, sizeof(p->addr)))
			return &t->route[i];
	return NULL;
}

/* As fib_table_set(): 0 or -ENOENT. */
static inline int ref_set(struct ref_table *t, const struct fib_prefix *p, __u32 nexthop)
{
	struct ref_route *r = ref_find(t, p);

	if (!r && !nexthop)
		return -ENOENT;
	if (!r)
		r = &t->route[t->n++];
	r->prefix = *p;
	r->nexthop = nexthop;
	if (!nexthop)
		*r = t->route[--t->n];
	return 0;
}

static inline __u32 ref_lookup(const struct ref_table *t, const __u32 addr[4],
			       struct fib_prefix *found)
{
	const struct ref_route *best = NULL;
	__u32 i;

	for (i = 0; i < t->n; i++)
		if ((!best || t->route[i].prefix.len > best->prefix.len) &&
		    ref_same(t->route[i].prefix.addr, addr, t->route[i].prefix.len))
			best = &t->route[i];
	memset(found, 0, sizeof(*found));
	if (best)
		*found = best->prefix;
	return best ? best->nexthop : 0;
}

/* The addresses at both ends of a prefix. */
static inline void ref_ends(const struct fib_prefix *p, bool ipv6, __u32 first[4], __u32 last[4])
{
	__u32 i, bits;

	for (i = 0; i < 4; i++) {
		bits = p->len > i * 32 ? p->len - i * 32 : 0;
		first[i] = p->addr[i];
		last[i] = bits < 32 ? p->addr[i] | ~0u >> bits : p->addr[i];
		if (!ipv6 && i)
			last[i] = 0;
	}
}

/* The address before (@by -1) or after it, around the ends of the address space. */
static inline void ref_step(__u32 addr[4], bool ipv6, int by)
{
	int i;

	for (i = ipv6 ? 3 : 0; i >= 0; i--) {
		addr[i] += (__u32)by;
		if (addr[i] != (by < 0 ? ~0u : 0u))
			return;
	}
}

/* ---- chunks ---- */

struct mem_chunks {
	__u8 *chunk[MEM_CHUNKS];
	__u32 there;     /* how many */
	__u32 most;      /* with this many, there is no room for more */
	__u32 graces;    /* grace periods waited for */
	int grace_fails; /* errno */
	__u32 foreign;   /* chunks freed that weren't made here */
};

static inline void *mem_chunk_new(void *ctx, __u32 number)
{
	struct mem_chunks *m = ctx;

	if (m->there >= m->most || number >= MEM_CHUNKS) {
		errno = ENOSPC;
		return NULL;
	}
	if (m->chunk[number])
		abort();
	m->chunk[number] = calloc(1, VRXDP_FIB_CHUNK_ROOM);
	m->there += !!m->chunk[number];
	return m->chunk[number];
}

static inline void mem_chunk_free(void *ctx, __u32 number, void *mem)
{
	struct mem_chunks *m = ctx;

	if (m->chunk[number] != mem)
		abort();
	if (!mem) {
		m->foreign++;
		return;
	}
	m->there--;
	free(mem);
	m->chunk[number] = NULL;
}

static inline int mem_grace(void *ctx)
{
	struct mem_chunks *m = ctx;

	if (m->grace_fails)
		return -m->grace_fails;
	m->graces++;
	return 0;
}

static inline struct fib_backend mem_backend(struct mem_chunks *m)
{
	struct fib_backend b = {
		.chunk_new = mem_chunk_new,
		.chunk_free = mem_chunk_free,
		.grace = mem_grace,
		.ctx = m,
		.max_chunks = MEM_CHUNKS,
	};

	m->most = MEM_CHUNKS;
	return b;
}

#endif
