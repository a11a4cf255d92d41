/* SPDX-License-Identifier: GPL-2.0-only */
/* Small objects of one size, named by numbers; memory goes back when a segment has none left. */
#ifndef FIB_POOL_H
#define FIB_POOL_H

#include <linux/types.h>
#include <stddef.h>

#define FIB_POOL_SHIFT 12 /* objects of a segment, as a power of two */
#define FIB_POOL_MASK ((1u << FIB_POOL_SHIFT) - 1)

struct fib_pool_segment {
	__u8 *mem; /* NULL: not there */
	__u32 used;
	__u32 free; /* place of the first free object and 1; each has the next one's in its first word */
	__u32 fresh; /* places from here on were never used */
};

struct fib_pool {
	size_t size; /* of an object, bytes: a multiple of 4 */
	struct fib_pool_segment *segment;
	__u32 segments;
	__u32 first; /* no segment before this has room */
	__u32 used;
	__u32 mapped; /* segments that are there */
};

void fib_pool_init(struct fib_pool *pool, size_t size);
void fib_pool_free(struct fib_pool *pool);
/* A new object, zeroed. Returns its number, never 0; 0: no memory. */
__u32 fib_pool_get(struct fib_pool *pool);
void fib_pool_put(struct fib_pool *pool, __u32 number);

static inline void *fib_pool_at(const struct fib_pool *pool, __u32 number)
{
	return pool->segment[number >> FIB_POOL_SHIFT].mem + (number & FIB_POOL_MASK) * pool->size;
}

static inline size_t fib_pool_bytes(const struct fib_pool *pool)
{
	return ((size_t)pool->mapped << FIB_POOL_SHIFT) * pool->size +
	       pool->segments * sizeof(*pool->segment);
}

#endif
