/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP programs that a router's owner puts on his own device. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

/* Every frame back, with the sender's address as its own source still. */
SEC("xdp")
int bounce(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_TX;
}

/* Every frame back to its sender, from the address that it was sent to. */
SEC("xdp")
int reflect(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	__u8 mac[ETH_ALEN];

	if (data + sizeof(*eth) > data_end)
		return XDP_DROP;
	__builtin_memcpy(mac, eth->h_dest, sizeof(mac));
	__builtin_memcpy(eth->h_dest, eth->h_source, sizeof(mac));
	__builtin_memcpy(eth->h_source, mac, sizeof(mac));
	return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
