// SPDX-License-Identifier: GPL-2.0-only
/* DIRECT16 blocks: made from routes, changed value by value, shared when equal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib_table.h"

#define SLOTS 65536u
#define TOP_BITS 16u

/* Values to come. */
struct change {
	__u32 slot;
	__u32 value; /* owned */
};

struct changes {
	struct change *list;
	__u32 n, max;
};

static __u32 *values_of(const struct fib *fib, const struct fib_top *top)
{
	return (__u32 *)(void *)fib_block(&fib->store, top->value);
}

static __u64 slot_sum(const struct fib *fib, __u32 slot, __u32 value)
{
	unsigned __int128 x = ((__u64)slot << 32 | value) ^ fib->store.seed;

	x *= 0x9e3779b97f4a7c15ull;
	x = ((__u64)x ^ (__u64)(x >> 64)) * (unsigned __int128)0xd6e8feb86659fd93ull;
	return (__u64)x ^ (__u64)(x >> 64);
}

static int add(struct changes *c, __u32 slot, __u32 value)
{
	__u32 most = c->max ? c->max * 2 : 64;
	struct change *more;

	if (c->n == c->max) {
		more = realloc(c->list, most * sizeof(*more));
		if (!more)
			return -ENOMEM;
		c->list = more;
		c->max = most;
	}
	c->list[c->n++] = (struct change){ slot, value };
	return 0;
}

static void drop(struct fib *fib, struct changes *c)
{
	__u32 i;

	for (i = 0; i < c->n; i++)
		fib_block_disown(&fib->store, c->list[i].value);
	free(c->list);
}

/* What becomes of one slot, of which @dirty (NULL: all of it) has changed. @value was there. */
static void rebuild(struct fib_builder *b, struct changes *c, __u32 rib, __u32 slot, __u32 value,
		    const struct fib_prefix *dirty)
{
	__u32 at[4] = { slot << TOP_BITS };
	struct change *last = c->n ? &c->list[c->n - 1] : NULL;
	__u32 new;

	/* Several prefixes of one slot are next to each other. */
	if (last && last->slot == slot)
		value = last->value;
	else
		last = NULL;
	new = fib_build_slot(b, rib, at, TOP_BITS, value, dirty);
	if (b->err)
		return;
	if (last) {
		fib_block_disown(b->store, last->value);
		last->value = new;
		return;
	}
	if (new == value)
		fib_block_disown(b->store, new);
	else
		b->err = add(c, slot, new);
	if (b->err)
		fib_block_disown(b->store, new);
}

static void collect(struct fib *fib, struct fib_builder *b, __u32 rib, const struct fib_top *old,
		    const struct fib_prefix *dirty, __u32 ndirty, struct changes *c)
{
	const __u32 *values = values_of(fib, old);
	__u32 i, slot, first, n;

	for (i = 0; i < ndirty && !b->err; i++) {
		first = dirty[i].addr[0] >> TOP_BITS;
		n = dirty[i].len >= TOP_BITS ? 1 : 1u << (TOP_BITS - dirty[i].len);
		for (slot = first; slot < first + n && !b->err; slot++)
			rebuild(b, c, rib, slot, values[slot],
				dirty[i].len > TOP_BITS ? &dirty[i] : NULL);
	}
}

/* A top with @sum whose values are @values with @c in their place. */
static struct fib_top *find(struct fib *fib, __u64 sum, const __u32 *values,
			    const struct changes *c)
{
	const __u32 *have;
	struct fib_top *top;
	__u32 slot, next;

	for (top = fib->tops; top; top = top->next) {
		if (top->sum != sum)
			continue;
		have = values_of(fib, top);
		for (slot = next = 0; slot < SLOTS; slot++) {
			if (next < c->n && c->list[next].slot == slot) {
				if (have[slot] != c->list[next++].value)
					break;
			} else if (have[slot] != (values ? values[slot] : 0)) {
				break;
			}
		}
		if (slot == SLOTS)
			return top;
	}
	return NULL;
}

static struct fib_top *new_top(struct fib *fib, struct fib_builder *b)
{
	struct fib_top *top = calloc(1, sizeof(*top));

	if (top) {
		top->owners = 1;
		top->value = fib_store_put16(&fib->store);
		if (top->value) {
			top->next = fib->tops;
			fib->tops = top;
			return top;
		}
		b->err = -errno;
		free(top);
		return NULL;
	}
	b->err = -ENOMEM;
	return NULL;
}

/* The changes become @top's values; those that were there lose an owner. */
static void apply(struct fib *fib, struct fib_top *top, const struct changes *c)
{
	__u32 *values = values_of(fib, top), i, old;

	for (i = 0; i < c->n; i++) {
		old = values[c->list[i].slot];
		__atomic_store_n(&values[c->list[i].slot], c->list[i].value, __ATOMIC_RELEASE);
		fib_block_disown(&fib->store, old);
	}
}

static struct fib_top *with_changes(struct fib *fib, struct fib_builder *b, struct fib_top *old,
				    struct changes *c, bool in_place)
{
	__u32 *from = old ? values_of(fib, old) : NULL, *values, i;
	__u64 sum = old ? old->sum : 0;
	struct fib_top *top;

	if (!old)
		for (i = 0; i < SLOTS; i++)
			sum += slot_sum(fib, i, 0);
	for (i = 0; i < c->n; i++)
		sum += slot_sum(fib, c->list[i].slot, c->list[i].value) -
		       slot_sum(fib, c->list[i].slot, from ? from[c->list[i].slot] : 0);
	top = find(fib, sum, from, c);
	if (top) {
		top->owners++;
		drop(fib, c);
		return top;
	}
	if (old && in_place && old->owners == 1) {
		top = old;
		top->owners++;
	} else {
		top = new_top(fib, b);
		if (!top) {
			drop(fib, c);
			return NULL;
		}
		values = values_of(fib, top);
		for (i = 0; old && i < SLOTS; i++) {
			values[i] = from[i];
			if (fib_is_ref(values[i]))
				fib_store_own(&fib->store, values[i]);
		}
	}
	top->sum = sum;
	apply(fib, top, c);
	free(c->list);
	return top;
}

struct fib_top *fib_top_make(struct fib *fib, struct fib_builder *builder, __u32 rib,
			     struct fib_top *old, const struct fib_prefix *dirty, __u32 ndirty,
			     bool in_place)
{
	struct changes c = { NULL, 0, 0 };
	__u32 slot;

	if (old)
		collect(fib, builder, rib, old, dirty, ndirty, &c);
	else
		for (slot = 0; slot < SLOTS && !builder->err; slot++)
			rebuild(builder, &c, rib, slot, 0, NULL);
	if (builder->err) {
		drop(fib, &c);
		return NULL;
	}
	return with_changes(fib, builder, old, &c, in_place);
}

void fib_top_disown(struct fib *fib, struct fib_top *top)
{
	struct fib_top **link;
	__u32 *values, i;

	if (!top || --top->owners)
		return;
	values = values_of(fib, top);
	for (i = 0; i < SLOTS; i++)
		fib_block_disown(&fib->store, values[i]);
	for (link = &fib->tops; *link != top; link = &(*link)->next)
		;
	*link = top->next;
	fib_store_retire(&fib->store, top->value);
	free(top);
}
