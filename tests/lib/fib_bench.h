/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FIB_BENCH_H
#define FIB_BENCH_H

#include <linux/types.h>

#define FIB_BENCH_ADDRESSES 65536u

/* Network byte order; an IPv4 address is the first word. */
struct fib_bench_address {
	__be32 word[4];
};

#endif
