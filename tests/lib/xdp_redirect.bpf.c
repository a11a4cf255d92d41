/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare redirect: the least that XDP can do to get a frame to another device. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} to SEC(".maps");

SEC("xdp.frags")
int forward(struct xdp_md *ctx)
{
	(void)ctx;
	return (int)bpf_redirect_map(&to, 0, XDP_DROP);
}

const volatile __u32 target; /* of the tc program, which has no devmap */

SEC("tc")
int tc_forward(struct __sk_buff *skb)
{
	(void)skb;
	return (int)bpf_redirect(target, 0);
}

SEC("xdp.frags")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
