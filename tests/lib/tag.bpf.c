// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VLAN device for kernels without one: at tc egress it tags what the stack sends
 * (the tag stays in the frame's metadata, as 802.1Q devices leave it), and at tc
 * ingress it takes the tag off and drops what has another one or none.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline int pop(struct __sk_buff *skb, __u16 vlan)
{
	if (!skb->vlan_present || (skb->vlan_tci & 0xfff) != vlan)
		return TC_ACT_SHOT;
	if (bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

static __always_inline int push(struct __sk_buff *skb, __u16 vlan)
{
	if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), vlan))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

SEC("tc")
int push100(struct __sk_buff *skb)
{
	return push(skb, 100);
}

SEC("tc")
int pop100(struct __sk_buff *skb)
{
	return pop(skb, 100);
}

SEC("tc")
int push101(struct __sk_buff *skb)
{
	return push(skb, 101);
}

SEC("tc")
int pop101(struct __sk_buff *skb)
{
	return pop(skb, 101);
}

/* Priority tag: VLAN 0, priority 5. */
SEC("tc")
int push0(struct __sk_buff *skb)
{
	return push(skb, 5 << 13);
}

char LICENSE[] SEC("license") = "GPL";
