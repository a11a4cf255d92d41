// SPDX-License-Identifier: GPL-2.0-only
/* Counts every frame by its addresses and VLAN, works for a while, and drops it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "seq.h"

const volatile __u32 work;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct sink_key);
	__type(value, struct sink_count);
} flows SEC(".maps");

static long work_once(__u32 i, void *ctx)
{
	__u32 *sum = ctx;

	*sum += bpf_get_prandom_u32() ^ i;
	return 0;
}

static __always_inline void normal(__u8 mac[6])
{
	if (mac[0] == RANDOM_MAC_FIRST)
		__builtin_memset(mac + 1, 0, 5);
}

SEC("xdp.frags")
int sink(struct xdp_md *ctx)
{
	struct sink_key key = { .vlan = NO_VLAN };
	struct sink_count zero = {}, *c;
	__u8 head[18] = {};
	__u32 sum = 0, len = (__u32)bpf_xdp_get_buff_len(ctx);

	if (bpf_xdp_load_bytes(ctx, 0, head, sizeof(head)) &&
	    bpf_xdp_load_bytes(ctx, 0, head, ETH_HLEN))
		return XDP_ABORTED;
	__builtin_memcpy(key.dst, head, 12);
	if (len >= 18 && head[12] == 0x81 && head[13] == 0x00)
		key.vlan = ((head[14] << 8) | head[15]) & 0xfff;
	normal(key.dst);
	normal(key.src);
	c = bpf_map_lookup_elem(&flows, &key);
	if (!c) {
		bpf_map_update_elem(&flows, &key, &zero, BPF_NOEXIST);
		c = bpf_map_lookup_elem(&flows, &key);
		if (!c)
			return XDP_ABORTED;
	}
	c->packets++;
	c->bytes += len;
	if (work)
		bpf_loop(work, work_once, &sum, 0);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
