/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the source's frames by MAC address and drops them. The slot is
 * the address's low 12 bits: an array is cheaper than a hash, and the sink shares
 * a core with what is measured. A second address in a slot counts as a clash.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "xdp_sink.h"
#include "xdp_source.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct sink_count);
	__uint(max_entries, SINK_SLOTS + 1);
} counts SEC(".maps");

const volatile bool by_source = true;
const volatile bool pass_others = false;

static bool is_ours(struct ethhdr *eth, void *data_end)
{
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp;
	__be16 proto = eth->h_proto;

	if (proto == bpf_htons(ETH_P_8021Q)) {
		__be16 *inner = (__be16 *)ip + 1;

		if ((void *)(inner + 1) > data_end)
			return false;
		proto = *inner;
		ip = (void *)(inner + 1);
	}
	udp = (void *)(ip + 1);
	return (void *)(udp + 1) <= data_end && proto == bpf_htons(ETH_P_IP) &&
	       ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(SOURCE_PORT);
}

SEC("xdp.frags")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct sink_count *count;
	struct ethhdr *eth = data;
	__u32 slot = SINK_OTHER, lo = 0;
	__u16 hi = 0;
	__u8 *mac;

	if ((void *)(eth + 1) <= data_end && is_ours(eth, data_end)) {
		mac = by_source ? eth->h_source : eth->h_dest;
		__builtin_memcpy(&hi, mac, 2);
		__builtin_memcpy(&lo, mac + 2, 4);
		slot = bpf_ntohl(lo) % SINK_SLOTS;
	}
	count = bpf_map_lookup_elem(&counts, &slot);
	if (!count)
		return XDP_DROP;
	if (!count->packets) {
		count->hi = hi;
		count->lo = lo;
	}
	count->packets++;
	count->bytes += (__u64)bpf_xdp_get_buff_len(ctx);
	if (count->hi != hi || count->lo != lo)
		count->clashes++;
	return slot == SINK_OTHER && pass_others ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
