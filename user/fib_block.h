/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocks from runs of equal values, and runs from blocks. */
#ifndef FIB_BLOCK_H
#define FIB_BLOCK_H

#include "fib_store.h"

/* Numbers from @first on have @value, up to the next run. */
struct fib_run {
	__u32 first;
	__u32 value;
};

#define FIB_MOST_RUNS 256u

/* Bits of the address that a block covers. */
static inline __u32 fib_window(enum vrxdp_fib_kind kind)
{
	return kind == VRXDP_FIB_RANGES || kind == VRXDP_FIB_DIRECT16 ? 16 : 8;
}

/*
 * A block with these runs of a window, the first of which begins at 0. What they refer to is
 * the block's from now on, also if there is none: 0 means no room, errno tells why.
 */
__u32 fib_block_make(struct fib_store *store, __u32 window, const struct fib_run *runs, __u32 n);

/* The runs of a block that isn't DIRECT16. Returns how many. */
__u32 fib_block_runs(const struct fib_store *store, __u32 value,
		     struct fib_run runs[static FIB_MOST_RUNS]);

/* Units that a block takes. */
__u32 fib_block_units(const struct fib_store *store, __u32 value);

/* One owner less of what a value refers to, if it does, and of what that refers to. */
void fib_block_disown(struct fib_store *store, __u32 value);

static inline bool fib_is_ref(__u32 value)
{
	return value & VRXDP_FIB_REF;
}

#endif
