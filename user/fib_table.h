/* SPDX-License-Identifier: GPL-2.0-only */
/* What is behind user/fib.h. */
#ifndef FIB_TABLE_H
#define FIB_TABLE_H

#include "fib.h"
#include "fib_build.h"

/* Tables with as many routes begin with a DIRECT16 block: 16 bytes of it for a route. */
#define FIB_TOP_ROUTES 16384u
/*
 * More changes than so many between two commits, and than so many of the routes, take longer one
 * by one than all routes do at once.
 */
#define FIB_FEW_CHANGES 1024u
#define FIB_FEW_OF 64u

/* A DIRECT16 block. Each of its values is an owner of what it refers to. */
struct fib_top {
	struct fib_top *next;
	__u64 sum; /* over its values, so that equal ones are found */
	__u32 value;
	__u32 owners;
};

struct fib {
	struct fib_store store;
	struct fib_nodes nodes[2]; /* IPv4, IPv6 */
	struct fib_top *tops;
	struct fib_table **same; /* tables by their routes' sum, for finding equal ones */
	__u32 tables;
};

struct fib_table {
	struct fib *fib;
	struct fib_nodes *nodes;
	__u64 *root;
	struct fib_table *next, **link; /* of those with a sum in the same bucket; NULL: in none */

	/* What packets see. */
	struct fib_top *top; /* or NULL, and then */
	__u32 first;         /* the first value, owned */
	__u16 fallback;

	/* The routes, and those of the last commit. */
	__u32 rib, rib_before;
	__u32 routes, routes_before;
	__u64 sum, sum_before; /* over the routes */
	bool changed;          /* rib_before is valid */

	/* Prefixes that were changed since. */
	struct fib_prefix *dirty;
	__u32 ndirty, max_dirty;
	bool all_dirty; /* too many */
};

/*
 * The top for a table's routes, owned by the caller. @old, unless NULL, is the one of before, and
 * @dirty the prefixes that have changed since, none inside another; with @in_place, @old itself
 * is changed if nobody else owns it, and returned. NULL: builder->err tells why.
 */
struct fib_top *fib_top_make(struct fib *fib, struct fib_builder *builder, __u32 rib,
			     struct fib_top *old, const struct fib_prefix *dirty, __u32 ndirty,
			     bool in_place);
void fib_top_disown(struct fib *fib, struct fib_top *top);

#endif
