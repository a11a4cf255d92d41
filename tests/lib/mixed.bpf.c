// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of two lengths, made inside BPF_PROG_RUN with live frames: of each `every` the
 * one with the number `whole` stays as it is, the others lose `cut` bytes. All go out by
 * the device that they seem to come from, so that its peer's program meets them in one go.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 every = 1;
const volatile __u32 whole;
const volatile __u32 cut;

__u32 turn;

SEC("xdp")
int mixed(struct xdp_md *ctx)
{
	__u32 number = turn++ % every;

	if (number != whole && bpf_xdp_adjust_tail(ctx, -(int)cut))
		return XDP_ABORTED;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
