/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where blocks lie: chunks, made when needed and given back when empty, and what is in them.
 * Blocks never change, so that blocks with the same bytes are one block with several owners.
 * What nobody owns any more waits for a grace period before its place is used again.
 */
#ifndef FIB_STORE_H
#define FIB_STORE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "vrxdp/fib.h"

#define FIB_BLOCK_UNITS 16u /* of the largest block, DIRECT16 aside */

/* Who makes the memory that packets read. */
struct fib_backend {
	/* Zeroed memory that readers find as chunk @number from now on. NULL: errno tells why. */
	void *(*chunk_new)(void *ctx, __u32 number);
	/* @mem NULL: a chunk that somebody else made (fib_store_left()). */
	void (*chunk_free)(void *ctx, __u32 number, void *mem);
	/* Returns when everybody who was reading has finished. 0 or -errno: nothing is freed then. */
	int (*grace)(void *ctx);
	void *ctx;
	__u32 max_chunks;
};

struct fib_chunk {
	__u8 *mem;
	__u64 *used;   /* a bit for each unit */
	__u32 *owners; /* of the block that begins at a unit */
	__u32 *next;   /* block with the same hash; when retired, one retired before */
	__u32 left;    /* units that are free */
	__u32 longest; /* no longer run of free units is there */
	bool reserved; /* somebody else's */
};

struct fib_store {
	struct fib_backend backend;
	struct fib_chunk *chunk;
	__u32 chunks;                     /* numbers in use are below */
	__u32 made;                       /* chunks that are there */
	__u32 units;                      /* used in them */
	__u32 first[FIB_BLOCK_UNITS + 1]; /* no chunk before has so many free units in a row */
	__u32 *bucket;                    /* blocks by hash, 0: none */
	__u32 buckets;                    /* a power of two */
	__u32 blocks;
	__u32 retired; /* the newest, linked by `next`; 0: none */
	__u64 seed;
};

int fib_store_init(struct fib_store *store, const struct fib_backend *backend);
/* Gives back what is left, without waiting. */
void fib_store_free(struct fib_store *store);

/* Chunk @number is of a former process, whose tables packets still meet. 0, -ENOMEM, -ERANGE. */
int fib_store_reserve(struct fib_store *store, __u32 number);
/* Gives back what fib_store_reserve() kept. */
void fib_store_release(struct fib_store *store);

/* What a value that is a reference leads to. */
static inline __u8 *fib_block(const struct fib_store *store, __u32 value)
{
	__u32 unit = value & VRXDP_FIB_UNIT_MASK;

	return store->chunk[unit / VRXDP_FIB_UNITS].mem +
	       (size_t)(unit % VRXDP_FIB_UNITS) * VRXDP_FIB_UNIT;
}

static inline enum vrxdp_fib_kind fib_kind(__u32 value)
{
	return (enum vrxdp_fib_kind)(value >> VRXDP_FIB_KIND_SHIFT & VRXDP_FIB_KIND_MASK);
}

/**
 * fib_store_put() - a block with these bytes
 * @form: VRXDP_FIB_REF, kind and width, as in the value that refers to it
 * @bytes: whole units, zero behind the block's end
 * @was_there: it is one that others own, too
 *
 * Return: the value that refers to it, owned by the caller; 0: no room, errno tells why.
 */
__u32 fib_store_put(struct fib_store *store, __u32 form, const void *bytes, __u32 units,
		    bool *was_there);

/* A DIRECT16 block, all zero, which can't have a second owner here. 0: errno tells why. */
__u32 fib_store_put16(struct fib_store *store);

__u32 fib_store_owners(const struct fib_store *store, __u32 value);
void fib_store_own(struct fib_store *store, __u32 value);
/* One owner less. True: that was the last one; now the caller disowns what it refers to. */
bool fib_store_disown(struct fib_store *store, __u32 value);
/* After that: its place is free after the next grace period. */
void fib_store_retire(struct fib_store *store, __u32 value);

/* Waits for a grace period if anything was retired, and frees that. 0 or -errno. */
int fib_store_settle(struct fib_store *store);

#endif
