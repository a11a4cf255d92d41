// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "fib_pool.h"

void fib_pool_init(struct fib_pool *pool, size_t size)
{
	memset(pool, 0, sizeof(*pool));
	pool->size = size;
}

void fib_pool_free(struct fib_pool *pool)
{
	__u32 i;

	for (i = 0; i < pool->segments; i++)
		free(pool->segment[i].mem);
	free(pool->segment);
	fib_pool_init(pool, pool->size);
}

static int segment_open(struct fib_pool *pool, __u32 i)
{
	struct fib_pool_segment *more, *s;

	if (i == pool->segments) {
		/* The pool's numbers have 32 bits. */
		if (i >> (32 - FIB_POOL_SHIFT))
			return -1;
		more = realloc(pool->segment, (i + 1) * sizeof(*more));
		if (!more)
			return -1;
		pool->segment = more;
		memset(&more[i], 0, sizeof(*more));
		pool->segments++;
	}
	s = &pool->segment[i];
	if (s->mem)
		return 0;
	s->mem = malloc(pool->size << FIB_POOL_SHIFT);
	if (!s->mem)
		return -1;
	s->used = 0;
	s->free = 0;
	s->fresh = i ? 0 : 1; /* number 0 is nobody's */
	pool->mapped++;
	return 0;
}

/* The first segment that has room, or that can be made anew. */
static int find_room(struct fib_pool *pool)
{
	const struct fib_pool_segment *s;
	__u32 i;

	for (i = pool->first; i < pool->segments; i++) {
		s = &pool->segment[i];
		if (!s->mem || s->free || s->fresh <= FIB_POOL_MASK)
			break;
	}
	if (segment_open(pool, i))
		return -1;
	pool->first = i;
	return (int)i;
}

__u32 fib_pool_get(struct fib_pool *pool)
{
	struct fib_pool_segment *s;
	__u32 place;
	void *object;
	int i = find_room(pool);

	if (i < 0)
		return 0;
	s = &pool->segment[i];
	place = s->free ? s->free - 1 : s->fresh++;
	object = s->mem + place * pool->size;
	if (s->free)
		memcpy(&s->free, object, sizeof(s->free));
	memset(object, 0, pool->size);
	s->used++;
	pool->used++;
	return (__u32)i << FIB_POOL_SHIFT | place;
}

void fib_pool_put(struct fib_pool *pool, __u32 number)
{
	__u32 i = number >> FIB_POOL_SHIFT;
	struct fib_pool_segment *s = &pool->segment[i];

	memcpy(fib_pool_at(pool, number), &s->free, sizeof(s->free));
	s->free = (number & FIB_POOL_MASK) + 1;
	pool->used--;
	if (!--s->used) {
		free(s->mem);
		memset(s, 0, sizeof(*s));
		pool->mapped--;
	}
	if (i < pool->first)
		pool->first = i;
	if (!pool->used)
		fib_pool_free(pool);
}
