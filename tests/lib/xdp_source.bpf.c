/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of a UDP stream, made inside BPF_PROG_RUN with live frames: each run is
 * given a frame, and either fills it and sends it into the device, or drops it
 * (it is recycled at once) because the next frame isn't due yet.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include "xdp_source.h"

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

const volatile __u32 nr_macs = 1;
const volatile __be32 saddr;
const volatile __u16 ip_len;   /* of the IP packet, bytes */
const volatile __u16 vlan;     /* 0: untagged */
const volatile __u64 interval; /* 2^-16 ns between frames; 0: as fast as it goes */

struct source_dest dests[SOURCE_DESTS];
struct source_mac macs[SOURCE_MACS];
__u8 src_mac[ETH_ALEN];
__u64 sent, skipped;
static __u64 start, next;
static __u32 dest_turn, mac_turn;

/* A pause must not end in a burst that no ring of 256 holds. */
#define CATCH_UP 32

static bool due(void)
{
	__u64 now = bpf_ktime_get_ns(), late;

	if (!interval)
		return true;
	if (!start)
		start = now;
	now = (now - start) << 16;
	if (now < next)
		return false;
	late = now - next;
	if (late > CATCH_UP * interval) {
		late = late / interval - CATCH_UP;
		skipped += late;
		next += late * interval;
	}
	next += interval;
	return true;
}

SEC("xdp")
int source(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct source_dest *dest;
	struct source_mac *mac;
	struct vlan_tag *tag;
	struct ethhdr *eth = data;
	struct udphdr *udp;
	struct iphdr *ip;
	__u32 turn;

	if (!due())
		return XDP_DROP;

	tag = (void *)(eth + 1);
	ip = vlan ? (void *)(tag + 1) : (void *)tag;
	udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > data_end)
		return XDP_ABORTED;

	turn = mac_turn;
	mac = &macs[turn % SOURCE_MACS];
	mac_turn = turn + 1 < nr_macs ? turn + 1 : 0;
	/* The next destination only after every MAC had this one: each sees them all. */
	if (!turn)
		dest_turn++;
	dest = &dests[dest_turn % SOURCE_DESTS];

	/* Pages come back with what the last pass wrote: nothing may be left unset. */
	__builtin_memcpy(eth->h_dest, mac->addr, ETH_ALEN);
	__builtin_memcpy(eth->h_source, src_mac, ETH_ALEN);
	eth->h_proto = bpf_htons(vlan ? ETH_P_8021Q : ETH_P_IP);
	if (vlan) {
		tag->tci = bpf_htons(vlan);
		tag->proto = bpf_htons(ETH_P_IP);
	}
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(ip_len);
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = SOURCE_TTL;
	ip->protocol = IPPROTO_UDP;
	ip->check = dest->ip_check;
	ip->saddr = saddr;
	ip->daddr = dest->daddr;
	udp->source = dest->port;
	udp->dest = bpf_htons(SOURCE_PORT);
	udp->len = bpf_htons(ip_len - sizeof(*ip));
	udp->check = dest->udp_check;
	sent++;
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
