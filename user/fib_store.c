// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "fib_block.h"

#define WORDS (VRXDP_FIB_UNITS / 64)
#define FEWEST_BUCKETS 256u

int fib_store_init(struct fib_store *store, const struct fib_backend *backend)
{
	memset(store, 0, sizeof(*store));
	store->backend = *backend;
	if (store->backend.max_chunks > VRXDP_FIB_MAX_CHUNKS)
		store->backend.max_chunks = VRXDP_FIB_MAX_CHUNKS;
	/* Routers choose what is in blocks: nobody may be able to make all of them collide. */
	if (getrandom(&store->seed, sizeof(store->seed), GRND_NONBLOCK) != sizeof(store->seed))
		store->seed = (__u64)time(NULL) * 0x9e3779b97f4a7c15ull;
	store->bucket = calloc(FEWEST_BUCKETS, sizeof(*store->bucket));
	store->buckets = FEWEST_BUCKETS;
	return store->bucket ? 0 : -ENOMEM;
}

static void chunk_forget(struct fib_chunk *c)
{
	free(c->used);
	free(c->owners);
	free(c->next);
	memset(c, 0, sizeof(*c));
}

static void chunk_close(struct fib_store *store, __u32 number)
{
	struct fib_chunk *c = &store->chunk[number];

	store->backend.chunk_free(store->backend.ctx, number, c->mem);
	chunk_forget(c);
	store->made--;
	while (store->chunks && !store->chunk[store->chunks - 1].mem &&
	       !store->chunk[store->chunks - 1].reserved)
		store->chunks--;
}

void fib_store_free(struct fib_store *store)
{
	__u32 i;

	for (i = store->chunks; i-- > 0;)
		if (i < store->chunks && store->chunk[i].mem)
			chunk_close(store, i);
	free(store->chunk);
	free(store->bucket);
	memset(store, 0, sizeof(*store));
}

/* Room in the list for chunk @number. */
static int list_upto(struct fib_store *store, __u32 number)
{
	struct fib_chunk *more;

	if (number < store->chunks)
		return 0;
	if (number >= store->backend.max_chunks)
		return -ENOSPC;
	more = realloc(store->chunk, (number + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	store->chunk = more;
	memset(&more[store->chunks], 0, (number + 1 - store->chunks) * sizeof(*more));
	store->chunks = number + 1;
	return 0;
}

int fib_store_reserve(struct fib_store *store, __u32 number)
{
	int err = list_upto(store, number);

	if (!err)
		store->chunk[number].reserved = true;
	return err;
}

void fib_store_release(struct fib_store *store)
{
	__u32 i;

	for (i = 0; i < store->chunks; i++) {
		if (!store->chunk[i].reserved)
			continue;
		store->chunk[i].reserved = false;
		store->backend.chunk_free(store->backend.ctx, i, NULL);
	}
}

/* A new chunk, @whole: for one block. Returns its number, -1: errno tells why. */
static int chunk_open(struct fib_store *store, bool whole)
{
	struct fib_chunk c = { .left = VRXDP_FIB_UNITS, .longest = FIB_BLOCK_UNITS };
	__u32 number, i, blocks = whole ? 1 : VRXDP_FIB_UNITS;
	int err;

	for (number = 0; number < store->chunks; number++)
		if (!store->chunk[number].mem && !store->chunk[number].reserved)
			break;
	err = list_upto(store, number);
	if (!err) {
		c.used = calloc(WORDS, sizeof(*c.used));
		c.owners = calloc(blocks, sizeof(*c.owners));
		c.next = calloc(blocks, sizeof(*c.next));
		if (!c.used || !c.owners || !c.next)
			err = -ENOMEM;
	}
	if (!err) {
		c.mem = store->backend.chunk_new(store->backend.ctx, number);
		if (!c.mem)
			err = -errno;
	}
	if (err) {
		chunk_forget(&c);
		errno = -err;
		return -1;
	}
	if (whole)
		c.left = c.longest = 0;
	for (i = 1; !whole && i <= FIB_BLOCK_UNITS; i++)
		if (number < store->first[i])
			store->first[i] = number;
	store->chunk[number] = c;
	store->made++;
	return (int)number;
}

/* The first of @n free units in a row, -1: there aren't any. */
static int run_of_free(const struct fib_chunk *c, __u32 n)
{
	__u32 at = 0, run = 0;
	__u64 word;

	while (at < VRXDP_FIB_UNITS) {
		word = c->used[at / 64] >> (at & 63);
		if (word & 1) {
			run = 0;
			/* Ones above the end of the word are none: zeros were shifted in. */
			at += ~word ? (__u32)__builtin_ctzll(~word) : 64;
			continue;
		}
		run++;
		at++;
		if (run == n)
			return (int)(at - n);
	}
	return -1;
}

static void mark(struct fib_store *store, struct fib_chunk *c, __u32 unit, __u32 n, bool used)
{
	__u32 i;

	for (i = unit; i < unit + n; i++)
		c->used[i / 64] ^= 1ull << (i & 63);
	if (used) {
		c->left -= n;
		store->units += n;
	} else {
		c->left += n;
		store->units -= n;
	}
}

/* A place for @n units, as in a value. ~0: errno tells why. */
static __u32 place(struct fib_store *store, __u32 n)
{
	struct fib_chunk *c;
	int unit, number;
	__u32 i;

	for (i = store->first[n]; i < store->chunks; i++) {
		c = &store->chunk[i];
		if (!c->mem || c->left < n || c->longest < n)
			continue;
		unit = run_of_free(c, n);
		if (unit >= 0)
			break;
		c->longest = n - 1;
	}
	if (i >= store->chunks) {
		number = chunk_open(store, false);
		if (number < 0)
			return ~0u;
		i = (__u32)number;
		c = &store->chunk[i];
		unit = 0;
	}
	store->first[n] = i;
	mark(store, c, (__u32)unit, n, true);
	return i * VRXDP_FIB_UNITS + (__u32)unit;
}

static void unplace(struct fib_store *store, __u32 at, __u32 n)
{
	__u32 number = at / VRXDP_FIB_UNITS, i;
	struct fib_chunk *c = &store->chunk[number];

	mark(store, c, at % VRXDP_FIB_UNITS, n, false);
	c->longest = FIB_BLOCK_UNITS;
	for (i = 1; i <= FIB_BLOCK_UNITS; i++)
		if (number < store->first[i])
			store->first[i] = number;
	if (c->left == VRXDP_FIB_UNITS)
		chunk_close(store, number);
}

static __u64 fold(__u64 a, __u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (__u64)product ^ (__u64)(product >> 64);
}

static __u64 hash(const struct fib_store *store, __u32 form, const void *bytes, __u32 units)
{
	__u64 h = store->seed ^ form, word;
	const __u8 *p = bytes, *end = p + units * VRXDP_FIB_UNIT;

	for (; p < end; p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = fold(h ^ word ^ 0x9e3779b97f4a7c15ull, store->seed | 1) + (h >> 7);
	}
	return fold(h ^ 0xd6e8feb86659fd93ull, 0xe7037ed1a0b428dbull);
}

static __u32 *link_of(const struct fib_store *store, __u32 value)
{
	__u32 unit = value & VRXDP_FIB_UNIT_MASK;

	return &store->chunk[unit / VRXDP_FIB_UNITS].next[unit % VRXDP_FIB_UNITS];
}

static __u32 *owners_of(const struct fib_store *store, __u32 value)
{
	__u32 unit = value & VRXDP_FIB_UNIT_MASK;

	return &store->chunk[unit / VRXDP_FIB_UNITS].owners[unit % VRXDP_FIB_UNITS];
}

static __u32 *bucket_of(const struct fib_store *store, __u32 value)
{
	__u64 h = hash(store, value & ~VRXDP_FIB_UNIT_MASK, fib_block(store, value),
		       fib_block_units(store, value));

	return &store->bucket[h & (store->buckets - 1)];
}

/* Twice as many buckets; that there is no memory for them costs time only. */
static void grow(struct fib_store *store)
{
	__u32 *old = store->bucket, before = store->buckets, i, value, next, *to;

	store->bucket = calloc(before * 2ul, sizeof(*old));
	if (!store->bucket) {
		store->bucket = old;
		return;
	}
	store->buckets = before * 2;
	for (i = 0; i < before; i++) {
		for (value = old[i]; value; value = next) {
			next = *link_of(store, value);
			to = bucket_of(store, value);
			*link_of(store, value) = *to;
			*to = value;
		}
	}
	free(old);
}

__u32 fib_store_put(struct fib_store *store, __u32 form, const void *bytes, __u32 units,
		    bool *was_there)
{
	__u64 h = hash(store, form, bytes, units);
	__u32 value, at;

	for (value = store->bucket[h & (store->buckets - 1)]; value;
	     value = *link_of(store, value)) {
		if ((value & ~VRXDP_FIB_UNIT_MASK) != form ||
		    fib_block_units(store, value) != units ||
		    memcmp(fib_block(store, value), bytes, units * VRXDP_FIB_UNIT))
			continue;
		*was_there = true;
		fib_store_own(store, value);
		return value;
	}
	*was_there = false;
	at = place(store, units);
	if (at == ~0u)
		return 0;
	value = form | at;
	memcpy(fib_block(store, value), bytes, units * VRXDP_FIB_UNIT);
	*owners_of(store, value) = 1;
	if (++store->blocks > store->buckets)
		grow(store);
	*link_of(store, value) = store->bucket[h & (store->buckets - 1)];
	store->bucket[h & (store->buckets - 1)] = value;
	return value;
}

__u32 fib_store_put16(struct fib_store *store)
{
	int number = chunk_open(store, true);

	if (number < 0)
		return 0;
	store->units += VRXDP_FIB_UNITS;
	return VRXDP_FIB_REF | (__u32)VRXDP_FIB_DIRECT16 << VRXDP_FIB_KIND_SHIFT | VRXDP_FIB_WIDE |
	       (__u32)number * VRXDP_FIB_UNITS;
}

__u32 fib_store_owners(const struct fib_store *store, __u32 value)
{
	return *owners_of(store, value);
}

void fib_store_own(struct fib_store *store, __u32 value)
{
	++*owners_of(store, value);
}

bool fib_store_disown(struct fib_store *store, __u32 value)
{
	__u32 *link;

	if (--*owners_of(store, value))
		return false;
	for (link = bucket_of(store, value); *link != value; link = link_of(store, *link))
		;
	*link = *link_of(store, value);
	store->blocks--;
	return true;
}

void fib_store_retire(struct fib_store *store, __u32 value)
{
	*link_of(store, value) = store->retired;
	store->retired = value;
}

int fib_store_settle(struct fib_store *store)
{
	__u32 value, next;
	int err;

	if (!store->retired)
		return 0;
	err = store->backend.grace(store->backend.ctx);
	if (err)
		return err;
	for (value = store->retired; value; value = next) {
		next = *link_of(store, value);
		if (fib_kind(value) == VRXDP_FIB_DIRECT16) {
			store->units -= VRXDP_FIB_UNITS;
			chunk_close(store, (value & VRXDP_FIB_UNIT_MASK) / VRXDP_FIB_UNITS);
		} else {
			unplace(store, value & VRXDP_FIB_UNIT_MASK, fib_block_units(store, value));
		}
	}
	store->retired = 0;
	return 0;
}
