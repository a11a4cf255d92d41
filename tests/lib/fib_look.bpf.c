// SPDX-License-Identifier: GPL-2.0-only
/* Looks up a list of addresses in a router's tables: each run the next one. */
#include "tests/lib/fib_bench.h"
#include "tests/lib/fib_roots.h"

#include <stdbool.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FIB_BENCH_ADDRESSES);
	__type(key, __u32);
	__type(value, struct fib_bench_address);
} addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FIB_BENCH_ADDRESSES);
	__type(key, __u32);
	__type(value, __u64);
} found SEC(".maps");

/* How often each next hop below 8, or another one, was found by `watch`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 9);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

__u32 router;
__u32 at;
__be32 watched;

static __always_inline int look(bool ipv6)
{
	__u32 index = at++ % FIB_BENCH_ADDRESSES;
	const struct fib_bench_address *a = bpf_map_lookup_elem(&addresses, &index);
	__u64 *nexthop = bpf_map_lookup_elem(&found, &index);
	__u64 root = fib_root(router, ipv6);

	if (a && nexthop)
		*nexthop = ipv6 ? fib_lookup6(root, a->word) : fib_lookup4(root, a->word[0]);
	return XDP_DROP;
}

SEC("xdp")
int look4(struct xdp_md *ctx)
{
	return look(false);
}

SEC("xdp")
int look6(struct xdp_md *ctx)
{
	return look(true);
}

SEC("xdp")
int watch(struct xdp_md *ctx)
{
	__u32 nexthop = fib_lookup4(fib_root(router, 0), watched);
	__u64 *count;

	if (nexthop > 8)
		nexthop = 8;
	count = bpf_map_lookup_elem(&seen, &nexthop);
	if (count)
		*count += 1;
	return XDP_DROP;
}
