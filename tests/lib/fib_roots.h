/* SPDX-License-Identifier: GPL-2.0-only */
/* A map of nothing but tables' roots, for the programs of the tests. */
#ifndef FIB_ROOTS_H
#define FIB_ROOTS_H

#include "bpf/fib.h"

/* Roots of tables: IPv4 and IPv6 of router N at 2 N and 2 N + 1. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* sized later */
	__type(key, __u32);
	__type(value, __u64);
} vx_fib_roots SEC(".maps");

/* A root, read whole. 0, an empty table's: there is no such table. */
static __always_inline __u64 fib_root(__u32 router, __u32 ipv6)
{
	__u32 index = router * 2 + ipv6;
	const volatile __u64 *root = bpf_map_lookup_elem(&vx_fib_roots, &index);

	return root ? *root : 0;
}

#endif
