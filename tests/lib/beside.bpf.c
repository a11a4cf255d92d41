// SPDX-License-Identifier: GPL-2.0-only
/*
 * At tc egress: the outermost tag of a frame goes beside it, as VLAN devices and bridges leave
 * it, also in kernels that have neither.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int beside(struct __sk_buff *skb)
{
	__be16 tag[2];

	if (skb->vlan_present || bpf_skb_load_bytes(skb, 2 * ETH_ALEN, tag, sizeof(tag)) ||
	    (tag[0] != bpf_htons(ETH_P_8021Q) && tag[0] != bpf_htons(ETH_P_8021AD)))
		return TC_ACT_UNSPEC;
	if (bpf_skb_vlan_pop(skb) || bpf_skb_vlan_push(skb, tag[0], bpf_ntohs(tag[1])))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
