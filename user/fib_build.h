/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From routes to blocks. What comes out depends on the routes alone, not on the order of the
 * changes that led to them, so that tables with the same routes have the same blocks.
 */
#ifndef FIB_BUILD_H
#define FIB_BUILD_H

#include "fib_block.h"
#include "fib_rib.h"

struct fib_builder {
	struct fib_store *store;
	const struct fib_nodes *nodes;
	int err; /* the first; what was built then means nothing and is owned by nobody */
};

/**
 * fib_build_slot() - the value for the addresses with the first @depth bits of @at
 * @rib: the routes
 * @old: the value of before, which is borrowed; parts that @dirty doesn't touch are taken over
 * @dirty: what is inside this prefix may have changed. NULL: everything
 *
 * Return: a value, owned by the caller; 0 with builder->err set.
 */
__u32 fib_build_slot(struct fib_builder *builder, __u32 rib, const __u32 *at, __u32 depth,
		     __u32 old, const struct fib_prefix *dirty);

#endif
