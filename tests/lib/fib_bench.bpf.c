// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lookup alone: a run takes the next address of a list and looks it up. The same runs without
 * the lookup tell what the rest takes.
 */
#include "tests/lib/fib_bench.h"
#include "tests/lib/fib_roots.h"

#include "tests/lib/fib_poptrie.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FIB_BENCH_ADDRESSES);
	__type(key, __u32);
	__type(value, struct fib_bench_address);
} addresses SEC(".maps");

__u32 router;
__u32 at;
__u64 sum;

static __always_inline const struct fib_bench_address *next(void)
{
	__u32 index = at++ % FIB_BENCH_ADDRESSES;

	return bpf_map_lookup_elem(&addresses, &index);
}

/* IPv4 addresses are four in a place, so that the list takes little of the cache. */
static __always_inline __be32 next4(void)
{
	__u32 number = at++ % FIB_BENCH_ADDRESSES, index = number / 4;
	const struct fib_bench_address *a = bpf_map_lookup_elem(&addresses, &index);

	return a ? a->word[number % 4] : 0;
}

SEC("xdp")
int none4(struct xdp_md *ctx)
{
	sum += next4() ^ (__u32)fib_root(router, 0);
	return XDP_DROP;
}

SEC("xdp")
int none6(struct xdp_md *ctx)
{
	const struct fib_bench_address *a = next();
	__u64 root = fib_root(router, 1);

	if (a)
		sum += a->word[0] ^ a->word[1] ^ (__u32)root;
	return XDP_DROP;
}

SEC("xdp")
int ipv4(struct xdp_md *ctx)
{
	__u64 root = fib_root(router, 0);

	sum += fib_lookup4(root, next4());
	return XDP_DROP;
}

SEC("xdp")
int ipv6(struct xdp_md *ctx)
{
	const struct fib_bench_address *a = next();
	__u64 root = fib_root(router, 1);

	if (a)
		sum += fib_lookup6(root, a->word);
	return XDP_DROP;
}

SEC("xdp")
int poptrie4(struct xdp_md *ctx)
{
	__u64 root = fib_root(router, 0);

	sum += poptrie_lookup(root, (__u64)bpf_ntohl(next4()) << 32, 0, 3);
	return XDP_DROP;
}

SEC("xdp")
int poptrie6(struct xdp_md *ctx)
{
	const struct fib_bench_address *a = next();
	__u64 root = fib_root(router, 1);

	if (a)
		sum += poptrie_lookup(root,
				      (__u64)bpf_ntohl(a->word[0]) << 32 | bpf_ntohl(a->word[1]),
				      (__u64)bpf_ntohl(a->word[2]) << 32 | bpf_ntohl(a->word[3]),
				      19);
	return XDP_DROP;
}
