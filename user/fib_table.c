// SPDX-License-Identifier: GPL-2.0-only
/* Tables: changes are collected, and a commit makes them visible. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib_table.h"

#define BUCKETS 4096u

int fib_open(struct fib **fib, const struct fib_backend *backend)
{
	struct fib *f = calloc(1, sizeof(*f));
	int err = f ? fib_store_init(&f->store, backend) : -ENOMEM;

	if (f) {
		f->same = calloc(BUCKETS, sizeof(struct fib_table *));
		fib_nodes_init(&f->nodes[0], false);
		fib_nodes_init(&f->nodes[1], true);
	}
	if (!err && !f->same)
		err = -ENOMEM;
	if (err) {
		fib_close(f);
		return err;
	}
	*fib = f;
	return 0;
}

void fib_close(struct fib *fib)
{
	if (!fib)
		return;
	fib_store_free(&fib->store);
	fib_nodes_free(&fib->nodes[0]);
	fib_nodes_free(&fib->nodes[1]);
	free(fib->same);
	free(fib);
}

int fib_settle(struct fib *fib)
{
	return fib_store_settle(&fib->store);
}

bool fib_is_settled(const struct fib *fib)
{
	return !fib->store.retired;
}

int fib_left_keep(struct fib *fib, __u32 number)
{
	return fib_store_reserve(&fib->store, number);
}

void fib_left_free(struct fib *fib)
{
	fib_store_release(&fib->store);
}

struct fib_table *fib_table_new(struct fib *fib, bool ipv6, __u64 *root)
{
	struct fib_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->fib = fib;
	t->nodes = &fib->nodes[ipv6];
	t->root = root;
	__atomic_store_n(root, 0, __ATOMIC_RELEASE);
	fib->tables++;
	return t;
}

/* Not to be found by its routes' sum any more. */
static void unlist(struct fib_table *t)
{
	if (!t->link)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->link = NULL;
}

void fib_table_free(struct fib_table *table)
{
	if (!table)
		return;
	fib_table_abort(table);
	__atomic_store_n(table->root, 0, __ATOMIC_RELEASE);
	unlist(table);
	fib_top_disown(table->fib, table->top);
	fib_block_disown(&table->fib->store, table->first);
	fib_rib_put(table->nodes, table->rib);
	table->fib->tables--;
	free(table->dirty);
	free(table);
}

/* The first change since the last commit: what is now is kept. */
static void begin(struct fib_table *t)
{
	if (t->changed)
		return;
	t->changed = true;
	t->rib_before = t->rib;
	t->routes_before = t->routes;
	t->sum_before = t->sum;
	fib_rib_get(t->nodes, t->rib);
}

static void end(struct fib_table *t)
{
	t->changed = false;
	t->all_dirty = false;
	free(t->dirty);
	t->dirty = NULL;
	t->ndirty = t->max_dirty = 0;
}

static void soil(struct fib_table *t, const struct fib_prefix *prefix)
{
	__u32 most = t->max_dirty ? t->max_dirty * 2 : 16;
	struct fib_prefix *more;

	/* The default route isn't in any block. */
	if (t->all_dirty || !prefix->len)
		return;
	if (t->ndirty >= FIB_FEW_CHANGES && t->ndirty > t->routes / FIB_FEW_OF)
		t->all_dirty = true;
	if (!t->all_dirty && t->ndirty == t->max_dirty) {
		more = realloc(t->dirty, most * sizeof(*more));
		if (!more) {
			t->all_dirty = true;
		} else {
			t->dirty = more;
			t->max_dirty = most;
		}
	}
	if (t->all_dirty) {
		free(t->dirty);
		t->dirty = NULL;
		t->ndirty = t->max_dirty = 0;
		return;
	}
	t->dirty[t->ndirty++] = *prefix;
}

static __u64 route_sum(const struct fib_table *t, const struct fib_prefix *prefix, __u16 nexthop)
{
	__u64 h = t->fib->store.seed ^ ((__u64)prefix->len << 16 | nexthop);
	unsigned __int128 x;
	int i;

	if (!nexthop)
		return 0;
	for (i = 0; i < 6; i += 2) {
		x = (h ^ (i < 4 ? (__u64)prefix->addr[i] << 32 | prefix->addr[i + 1] : 0));
		x *= 0x9e3779b97f4a7c15ull + (__u64)i * 2;
		h = (__u64)x ^ (__u64)(x >> 64) ^ h >> 11;
	}
	return h;
}

static bool is_prefix(const struct fib_table *t, const struct fib_prefix *prefix)
{
	__u32 i, bits;

	if (prefix->len > t->nodes->words * 32)
		return false;
	for (i = 0; i < 4; i++) {
		bits = prefix->len > i * 32 ? prefix->len - i * 32 : 0;
		if (bits < 32 && prefix->addr[i] & (~0u >> bits))
			return false;
	}
	return true;
}

int fib_table_set(struct fib_table *table, const struct fib_prefix *prefix, __u32 nexthop)
{
	__u16 before;
	int err;

	if (!is_prefix(table, prefix))
		return -EINVAL;
	if (nexthop > VRXDP_FIB_MAX_NEXTHOP)
		return -ERANGE;
	begin(table);
	err = fib_rib_set(table->nodes, &table->rib, prefix, (__u16)nexthop, &before);
	if (err)
		return err;
	table->routes += !before;
	table->routes -= !nexthop;
	table->sum += route_sum(table, prefix, (__u16)nexthop) - route_sum(table, prefix, before);
	if (before != nexthop)
		soil(table, prefix);
	return 0;
}

static void replace(struct fib_table *t, __u32 rib, __u32 routes, __u64 sum)
{
	begin(t);
	fib_rib_get(t->nodes, rib);
	fib_rib_put(t->nodes, t->rib);
	t->rib = rib;
	t->routes = routes;
	t->sum = sum;
	t->all_dirty = true;
	t->ndirty = 0;
}

void fib_table_clear(struct fib_table *table)
{
	replace(table, 0, 0, 0);
}

int fib_table_copy(struct fib_table *table, const struct fib_table *from)
{
	if (table->fib != from->fib || table->nodes != from->nodes)
		return -EINVAL;
	replace(table, from->rib, from->routes, from->sum);
	return 0;
}

void fib_table_abort(struct fib_table *table)
{
	if (!table->changed)
		return;
	fib_rib_put(table->nodes, table->rib);
	table->rib = table->rib_before;
	table->routes = table->routes_before;
	table->sum = table->sum_before;
	end(table);
}

static int by_address(const void *a, const void *b)
{
	const struct fib_prefix *p = a, *q = b;
	int i;

	for (i = 0; i < 4; i++)
		if (p->addr[i] != q->addr[i])
			return p->addr[i] < q->addr[i] ? -1 : 1;
	return p->len < q->len ? -1 : p->len > q->len;
}

static bool inside(const struct fib_prefix *p, const struct fib_prefix *outer)
{
	__u32 i, bits;

	if (p->len < outer->len)
		return false;
	for (i = 0; i * 32 < outer->len; i++) {
		bits = outer->len - i * 32;
		if ((p->addr[i] ^ outer->addr[i]) & (bits < 32 ? ~(~0u >> bits) : ~0u))
			return false;
	}
	return true;
}

/* In order, and without those that are inside another. */
static void tidy(struct fib_table *t)
{
	__u32 i, n = 0;

	if (!t->ndirty)
		return;
	qsort(t->dirty, t->ndirty, sizeof(*t->dirty), by_address);
	for (i = 0; i < t->ndirty; i++)
		if (!n || !inside(&t->dirty[i], &t->dirty[n - 1]))
			t->dirty[n++] = t->dirty[i];
	t->ndirty = n;
}

/* The first value of a table without a top, owned. */
static __u32 build_first(struct fib_table *t, struct fib_builder *b, bool all)
{
	static const __u32 from_start[4];
	__u32 i, value, next;

	if (all)
		return fib_build_slot(b, t->rib, from_start, 0, 0, NULL);
	value = t->first;
	for (i = 0; i < t->ndirty; i++) {
		next = fib_build_slot(b, t->rib, from_start, 0, value, &t->dirty[i]);
		if (i)
			fib_block_disown(b->store, value);
		if (b->err)
			return 0;
		value = next;
	}
	if (!t->ndirty && fib_is_ref(value))
		fib_store_own(b->store, value);
	return value;
}

/* Who has the same routes may as well have the same nodes. */
static void join(struct fib_table *t)
{
	struct fib_table **bucket = &t->fib->same[t->sum & (BUCKETS - 1)], *other;

	unlist(t);
	for (other = *bucket; other; other = other->next) {
		if (other->sum != t->sum || other->nodes != t->nodes || other->changed ||
		    other->routes != t->routes || other->rib == t->rib ||
		    !fib_rib_equal(t->nodes, other->rib, t->rib))
			continue;
		fib_rib_get(t->nodes, other->rib);
		fib_rib_put(t->nodes, t->rib);
		t->rib = other->rib;
		break;
	}
	t->next = *bucket;
	t->link = bucket;
	if (t->next)
		t->next->link = &t->next;
	*bucket = t;
}

int fib_table_commit(struct fib_table *table)
{
	static const struct fib_prefix everything;
	struct fib_builder b = { &table->fib->store, table->nodes, 0 };
	__u16 fallback = fib_rib_exact(table->nodes, table->rib, &everything);
	bool big = table->routes >= FIB_TOP_ROUTES;
	bool all = table->all_dirty || big != !!table->top;
	struct fib_top *top = NULL, *old_top = table->top;
	__u32 first = 0, old_first = table->first;

	if (!table->changed)
		return 0;
	tidy(table);
	if (big)
		top = fib_top_make(table->fib, &b, table->rib, all ? NULL : old_top, table->dirty,
				   table->ndirty, fallback == table->fallback);
	else
		first = build_first(table, &b, all);
	if (b.err) {
		fib_table_abort(table);
		return b.err;
	}
	table->top = top;
	table->first = first;
	table->fallback = fallback;
	__atomic_store_n(table->root, vrxdp_fib_root(top ? top->value : first, fallback),
			 __ATOMIC_RELEASE);
	fib_top_disown(table->fib, old_top);
	fib_block_disown(b.store, old_first);
	fib_rib_put(table->nodes, table->rib_before);
	end(table);
	join(table);
	return 0;
}
