// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "fib_build.h"

/* Runs of a window being collected; in the first pass, which only counts them, without blocks. */
struct runs {
	struct fib_builder *builder;
	__u32 depth;  /* bits before the window */
	__u32 window; /* bits */
	__u32 most;   /* runs that fit; with one more, counting ends */
	bool count;
	__u32 n;
	const struct fib_prefix *dirty;
	__u32 old_n; /* runs of the block of before, if that has the same window */
	struct fib_run run[FIB_MOST_RUNS + 1];
	struct fib_run before[FIB_MOST_RUNS];
};

static __u32 build(struct fib_builder *b, __u32 node, __u32 depth, __u32 nexthop, __u32 old,
		   const struct fib_prefix *dirty);

/* The @width bits of an address behind the first @depth; what is behind the address is zero. */
static __u32 bits_of(const struct fib_nodes *nodes, const __u32 *addr, __u32 depth, __u32 width)
{
	__u32 word = depth / 32;
	__u64 two = (__u64)addr[word] << 32;

	if (word + 1 < nodes->words)
		two |= addr[word + 1];
	return (__u32)(two << (depth & 31) >> (64 - width));
}

/* From number @first on, the value is @value, unless something else is put behind. */
static void put(struct runs *r, __u32 first, __u32 value)
{
	if (r->n && r->run[r->n - 1].first == first)
		r->n--;
	if (r->n && r->run[r->n - 1].value == value) {
		if (!r->count)
			fib_block_disown(r->builder->store, value);
		return;
	}
	if (r->n > r->most)
		return;
	r->run[r->n].first = first;
	r->run[r->n++].value = value;
}

/* The value that the block of before has for a number. */
static __u32 value_before(const struct runs *r, __u32 number)
{
	__u32 low = 0, high = r->old_n, mid;

	while (high - low > 1) {
		mid = (low + high) / 2;
		if (r->before[mid].first <= number)
			low = mid;
		else
			high = mid;
	}
	return r->old_n ? r->before[low].value : 0;
}

/*
 * What a number leads to, all of which is @node's. Of the block of before it is taken over
 * unless the dirty prefix is inside of it or around it.
 */
static __u32 child(struct runs *r, __u32 node, __u32 number, __u32 nexthop)
{
	__u32 depth = r->depth + r->window, old = value_before(r, number), other;

	if (!r->dirty || !fib_is_ref(old))
		return build(r->builder, node, depth, nexthop, 0, NULL);
	other = bits_of(r->builder->nodes, r->dirty->addr, r->depth, r->window) ^ number;
	if (r->dirty->len > depth) {
		if (!other)
			return build(r->builder, node, depth, nexthop, old, r->dirty);
	} else if (!(other >> (depth - r->dirty->len))) {
		return build(r->builder, node, depth, nexthop, 0, NULL);
	}
	fib_store_own(r->builder->store, old);
	return old;
}

static void visit(struct runs *r, __u32 node, __u32 nexthop)
{
	const struct fib_node *n = fib_node_at(r->builder->nodes, node);
	__u32 end = r->depth + r->window, first, own = n->nexthop && n->len ? n->nexthop : nexthop;

	if (r->n > r->most)
		return;
	first = bits_of(r->builder->nodes, n->addr, r->depth, r->window);
	if (n->len > end || (n->len == end && (n->child[0] || n->child[1]))) {
		put(r, first, r->count ? VRXDP_FIB_REF | first : child(r, node, first, nexthop));
	} else {
		put(r, first, own);
		if (n->child[0])
			visit(r, n->child[0], own);
		if (n->child[1])
			visit(r, n->child[1], own);
	}
	first += n->len < end ? 1u << (end - n->len) : 1;
	if (first < 1u << r->window)
		put(r, first, nexthop);
}

static void collect(struct runs *r, __u32 node, __u32 nexthop, bool count)
{
	r->count = count;
	r->n = 0;
	put(r, 0, nexthop);
	visit(r, node, nexthop);
}

/* The block for all of @node, which has @depth bits or more, and isn't one route alone. */
static __u32 build(struct fib_builder *b, __u32 node, __u32 depth, __u32 nexthop, __u32 old,
		   const struct fib_prefix *dirty)
{
	struct runs r;
	__u32 i, value;

	r.builder = b;
	r.depth = depth;
	r.window = 16;
	r.most = VRXDP_FIB_RANGES_RUNS;
	r.old_n = 0;
	collect(&r, node, nexthop, true);
	if (r.n > r.most) {
		r.window = 8;
		r.most = FIB_MOST_RUNS;
	}
	r.dirty = dirty;
	if (dirty && old & VRXDP_FIB_WIDE && fib_window(fib_kind(old)) == r.window)
		r.old_n = fib_block_runs(b->store, old, r.before);
	collect(&r, node, nexthop, false);
	if (b->err) {
		for (i = 0; i < r.n; i++)
			fib_block_disown(b->store, r.run[i].value);
		return 0;
	}
	if (r.n == 1)
		return r.run[0].value;
	value = fib_block_make(b->store, r.window, r.run, r.n);
	if (!value)
		b->err = -errno;
	return value;
}

__u32 fib_build_slot(struct fib_builder *builder, __u32 rib, const __u32 *at, __u32 depth,
		     __u32 old, const struct fib_prefix *dirty)
{
	const struct fib_node *n;
	__u16 nexthop;
	__u32 node = fib_rib_under(builder->nodes, rib, at, depth, &nexthop);

	if (!node)
		return nexthop;
	n = fib_node_at(builder->nodes, node);
	if (n->len == depth && !n->child[0] && !n->child[1])
		return depth ? n->nexthop : 0;
	return build(builder, node, depth, nexthop, old, dirty);
}
