/* SPDX-License-Identifier: GPL-2.0-only */
/* Routers' forwarding tables, as user/fib_maps.c makes them: the next hop for an address. */
#ifndef BPF_FIB_H
#define BPF_FIB_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "vrxdp/fib.h"

struct fib_chunk_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct vrxdp_fib_chunk));
};

/* Chunks by number. The JIT inlines both lookups, since all chunks have the same shape. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, VRXDP_FIB_MAX_CHUNKS);
	__type(key, __u32);
	__array(values, struct fib_chunk_map);
} vx_fib_chunks SEC(".maps");

/* For the commands alone. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vrxdp_fib_marks);
} vx_fib_marks SEC(".maps");

static __always_inline const __u8 *vrxdp_fib_chunk_at(void *chunks, __u32 number)
{
	__u32 first = 0;
	void *chunk = bpf_map_lookup_elem(chunks, &number);

	return chunk ? bpf_map_lookup_elem(chunk, &first) : NULL;
}

#include "vrxdp/fib_lookup.h"

/* The number of the next hop for an address, 0: no route. @root is the table's, read by one load. */
static __always_inline __u32 fib_lookup4(__u64 root, __be32 addr)
{
	struct vrxdp_fib_key key = { (__u64)bpf_ntohl(addr) << 32, 0 };

	return vrxdp_fib_lookup(&vx_fib_chunks, root, key, VRXDP_FIB_STEPS_IPV4);
}

/* The same for the four words of an IPv6 address. */
static __always_inline __u32 fib_lookup6(__u64 root, const __be32 *addr)
{
	struct vrxdp_fib_key key = { (__u64)bpf_ntohl(addr[0]) << 32 | bpf_ntohl(addr[1]),
				     (__u64)bpf_ntohl(addr[2]) << 32 | bpf_ntohl(addr[3]) };

	return vrxdp_fib_lookup(&vx_fib_chunks, root, key, VRXDP_FIB_STEPS_IPV6);
}

#endif
