// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port that routers and the host share: tc programs on the port, and the
 * programs of its relay (bpf/relay.h tells what goes where).
 */
#include <linux/pkt_cls.h>

#include "account.h"
#include "behind.h"
#include "demux.h"
#include "group.h"
#include "relay_header.h"
#include "vrrp.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load: one instance serves one port. */
const volatile __u32 port_number;
const volatile __u32 port_ifindex;
const volatile __u32 relay_ifindex; /* the near end */
const volatile __u8 generic_port;

/*
 * The tags of a frame in tc. Devices have the outermost beside the data; a packet socket
 * leaves it inside, even beyond the linear part.
 */
static __always_inline struct frame_head skb_head(const struct __sk_buff *skb,
						  const struct ethhdr *eth)
{
	struct frame_head none = { TAG_NONE, { 0, 0 } }, other = { TAG_OTHER, { 0, 0 } };
	struct tci_and_type {
		__be16 tci, type;
	} tag;
	__be16 tpid, type = eth->h_proto;
	__u32 at = ETH_HLEN;
	__u16 vid, outer;

	if (skb->vlan_present) {
		tpid = (__be16)skb->vlan_proto;
		vid = skb->vlan_tci & VLAN_VID_MASK;
	} else {
		if (!is_tag(type))
			return none;
		if (bpf_skb_load_bytes(skb, at, &tag, sizeof(tag)))
			return other;
		tpid = type;
		vid = host16(tag.tci) & VLAN_VID_MASK;
		type = tag.type;
		at += sizeof(tag);
	}
	if (tpid == wire16(ETH_P_8021Q))
		return judge_tag(0, vid, type);
	outer = vid;
	if (!outer || type != wire16(ETH_P_8021Q) || bpf_skb_load_bytes(skb, at, &tag, sizeof(tag)))
		return other;
	return judge_tag(outer, host16(tag.tci) & VLAN_VID_MASK, tag.type);
}

/* Where the Ethernet type is, behind the tags in the data. */
static __always_inline __u32 skb_type_at(const struct __sk_buff *skb, struct frame_head head)
{
	__u32 tags = head.tag == TAG_STACKED ? 2 : head.tag == TAG_VID ? 1 : 0;

	if (tags && skb->vlan_present)
		tags--;
	return 2 * ETH_ALEN + tags * VLAN_TAG_LEN;
}

/* Frames that leave for this skb: it may be a super-frame that is cut up later. */
static __always_inline __u64 skb_frames(const struct __sk_buff *skb)
{
	return skb->gso_segs > 1 ? skb->gso_segs : 1;
}

static __always_inline __u64 tag_bytes(const struct __sk_buff *skb)
{
	return skb->vlan_present ? VLAN_TAG_LEN * skb_frames(skb) : 0;
}

/* Bytes, without FCS, of a frame that arrived. */
static __always_inline __u64 arrived_bytes(const struct __sk_buff *skb)
{
	return skb->len + tag_bytes(skb);
}

/* Bytes that the frames of this skb will have on the wire: wire_len is set on egress. */
static __always_inline __u64 leaving_bytes(const struct __sk_buff *skb)
{
	return skb->wire_len + tag_bytes(skb);
}

/* Returns 0, or what the relay's near end refused it with. */
static __always_inline long clone_to_relay(struct __sk_buff *skb)
{
	__u32 mark = skb->mark;
	long ret;

	skb->mark = RELAY_MARK;
	ret = bpf_clone_redirect(skb, relay_ifindex, 0);
	skb->mark = mark;
	return ret;
}

static __always_inline void copy_to_relay(struct __sk_buff *skb, const struct vrxdp_group *group,
					  __u64 bytes)
{
	if (!group->copies)
		return;
	if (!group_may_copy(port_number, group->copies)) {
		group_count(group, GROUP_LIMITED, 0, skb_frames(skb), bytes);
		return;
	}
	if (clone_to_relay(skb))
		group_count(group, GROUP_OVERRUN, 0, skb_frames(skb), bytes);
}

/* A relay brought it for the kernel's own way to a router: a macvlan child, the whole port. */
static __always_inline void count_brought(const struct __sk_buff *skb, const struct ethhdr *eth,
					  struct vrxdp_vlan vlan)
{
	__u32 to = demux(port_number, vlan, eth->h_dest);
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &to);

	if (to && iface && iface->delivery != VRXDP_REDIRECT)
		account_delivered(to, skb_frames(skb), arrived_bytes(skb));
}

/*
 * Generic XDP may copy a frame and forget how long its link-layer header is (Linux 6.18,
 * skb_pp_cow_data()); then data starts behind it here. Put the header where it belongs:
 * bpf_skb_change_head() notes its length.
 */
static __always_inline int find_header(struct __sk_buff *skb)
{
	struct ethhdr eth, first;

	if (bpf_skb_load_bytes_relative(skb, 0, &eth, sizeof(eth), BPF_HDR_START_MAC))
		return -1;
	if (!bpf_skb_load_bytes(skb, 0, &first, sizeof(first)) &&
	    mac_equal(first.h_dest, eth.h_dest) && mac_equal(first.h_source, eth.h_source) &&
	    first.h_proto == eth.h_proto)
		return 0;
	if (bpf_skb_change_head(skb, sizeof(eth), 0))
		return -1;
	return (int)bpf_skb_store_bytes(skb, 0, &eth, sizeof(eth), 0);
}

static __always_inline bool is_bridged(__u32 number)
{
	struct vrxdp_port *port = bpf_map_lookup_elem(&vx_ports, &number);

	return port && port->bridged;
}

/* Frames that the port's XDP program passed, before the host sees them. */
SEC("tc")
int vx_ingress(struct __sk_buff *skb)
{
	bool brought = skb->mark == RELAY_MARK;
	struct vrxdp_group *group;
	void *data, *data_end;
	struct frame_head head;
	struct ethhdr *eth;

	if (brought)
		skb->mark = 0;
	if (generic_port && find_header(skb))
		return TC_ACT_UNSPEC;
	data = (void *)(long)skb->data;
	data_end = (void *)(long)skb->data_end;
	eth = data;
	if (!frame_has_ethernet(data, data_end))
		return TC_ACT_UNSPEC;
	head = skb_head(skb, eth);
	if (!tags_known(head.tag))
		return TC_ACT_UNSPEC;
	if (!brought && is_bridged(port_number))
		behind_forget(port_number, head.vlan, eth->h_source);
	if (!mac_is_group(eth->h_dest)) {
		if (brought)
			count_brought(skb, eth, head.vlan);
		return TC_ACT_UNSPEC;
	}
	group = group_find(port_number, head.vlan);
	if (!group || mac_is_reserved(eth->h_dest))
		return TC_ACT_UNSPEC;
	if (!brought && mac_is_vrrp_group(eth->h_dest))
		vrrp_leave(port_number, head.vlan,
			   vrrp_parse(skb, load_skb, skb_type_at(skb, head)));
	if (group->passed)
		group_count(group, GROUP_PASSED, 0, skb_frames(skb), arrived_bytes(skb));
	if (!brought)
		copy_to_relay(skb, group, arrived_bytes(skb));
	return TC_ACT_UNSPEC;
}

/* A whole port's router may have the MAC addresses of its VRIDs as well, on its VLANs. */
static __always_inline bool is_vrrp_of(const struct vrxdp_port *port, struct vrxdp_vlan vlan,
				       const __u8 *source)
{
	return mac_is_vrrp(source) && vrrp_lists(port->whole, source[5]) &&
	       demux(port_number, vlan, port->mac) == port->whole;
}

/* May this leave by the port? On success *@from is the interface that sends it, 0: none. */
static __always_inline bool may_leave(const struct ethhdr *eth, struct frame_head head, __u32 *from)
{
	__u32 owner = tags_known(head.tag) ? demux(port_number, head.vlan, eth->h_source) : 0;
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &owner);
	struct vrxdp_vlan untagged = { 0, 0 };
	__u32 number = port_number;
	struct vrxdp_port *port;

	/* A router that is behind a redirect never sends this way: its address is forged. */
	if (owner && iface && iface->delivery == VRXDP_REDIRECT) {
		account_port_drop(port_number, VRXDP_DROP_SOURCE_MAC);
		return false;
	}
	port = bpf_map_lookup_elem(&vx_ports, &number);
	if (!owner && port && port->whole && tags_known(head.tag) &&
	    is_vrrp_of(port, head.vlan, eth->h_source))
		owner = port->whole;
	*from = owner;
	if (owner) {
		if (!mac_is_reserved(eth->h_dest))
			return true;
		account_tx_drop(owner, VRXDP_DROP_RESERVED_GROUP);
		return false;
	}
	/* As in vx_device: by a tag, a router without a VLAN would reach others'. */
	owner = head.tag != TAG_NONE ? demux(port_number, untagged, eth->h_source) : 0;
	iface = bpf_map_lookup_elem(&vx_ifaces, &owner);
	if (owner && iface && iface->delivery != VRXDP_REDIRECT) {
		account_tx_drop(owner, VRXDP_DROP_VLAN);
		return false;
	}
	/* Nobody but its router sends by a whole port. */
	if (port && port->whole) {
		account_tx_drop(port->whole, mac_equal(eth->h_source, port->mac) ?
						     VRXDP_DROP_VLAN :
						     VRXDP_DROP_SOURCE_MAC);
		return false;
	}
	return true;
}

/* An advertisement that the host, or the router of a whole port, sends. */
static __always_inline void egress_vrrp(struct __sk_buff *skb, const struct ethhdr *eth,
					struct frame_head head, __u32 from)
{
	struct vrrp_advert advert = vrrp_parse(skb, load_skb, skb_type_at(skb, head));

	if (from && vrrp_lists(from, advert.vrid))
		vrrp_take(port_number, head.vlan, from, eth->h_source, true, advert);
	else
		vrrp_leave(port_number, head.vlan, advert);
}

/*
 * The host becomes the master: its first advertisement already has the virtual address, which
 * was a router's up to now.
 */
static __always_inline void host_takes(struct __sk_buff *skb, const struct ethhdr *eth,
				       struct frame_head head)
{
	__u32 number = port_number;
	struct vrxdp_port *port = bpf_map_lookup_elem(&vx_ports, &number);

	if (port && !port->whole && tags_known(head.tag) && mac_is_vrrp(eth->h_source))
		vrrp_leave(port_number, head.vlan,
			   vrrp_parse(skb, load_skb, skb_type_at(skb, head)));
}

/*
 * By CPU: vx_emit has sent a frame, which vx_egress meets next on that CPU. The owner of a macvlan
 * child can mark frames, too: the mark alone tells nothing.
 */
#define EMIT_CPUS 4096
__u8 emitted[EMIT_CPUS];

/* Is it a router's own frame by vx_emit? vx_device has checked that. Only one takes this way. */
static __always_inline bool take_emitted(const struct __sk_buff *skb)
{
	__u32 cpu = bpf_get_smp_processor_id() % EMIT_CPUS;

	if (!generic_port || skb->mark != RELAY_MARK || !emitted[cpu])
		return false;
	emitted[cpu] = 0;
	return true;
}

/* What the host, a macvlan child or a whole port's router sends to the port. */
SEC("tc")
int vx_egress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *data_end = (void *)(long)skb->data_end;
	struct vrxdp_iface *iface;
	struct vrxdp_group *group;
	struct ethhdr *eth = data;
	struct frame_head head;
	__u32 from = 0, to = 0;

	if (take_emitted(skb)) {
		skb->mark = 0;
		return TC_ACT_UNSPEC;
	}
	if (!frame_has_ethernet(data, data_end))
		return TC_ACT_UNSPEC;
	head = skb_head(skb, eth);
	if (mac_is_vrrp_group(eth->h_dest))
		host_takes(skb, eth, head);
	if (!may_leave(eth, head, &from))
		return TC_ACT_SHOT;
	if (!tags_known(head.tag))
		return TC_ACT_UNSPEC;
	if (!from && is_bridged(port_number))
		behind_learn(port_number, head.vlan, eth->h_source);
	if (mac_is_group(eth->h_dest)) {
		if (mac_is_vrrp_group(eth->h_dest))
			egress_vrrp(skb, eth, head, from);
		group = group_find(port_number, head.vlan);
		if (group && !mac_is_reserved(eth->h_dest))
			copy_to_relay(skb, group, leaving_bytes(skb));
	} else {
		to = demux(port_number, head.vlan, eth->h_dest);
		iface = bpf_map_lookup_elem(&vx_ifaces, &to);
		if (to && (!iface || iface->delivery != VRXDP_REDIRECT))
			to = 0;
	}
	if (to) {
		/* It may be a super-frame: vx_copy counts the frames that it becomes. */
		if (clone_to_relay(skb) && from)
			account_tx_drop(from, VRXDP_DROP_RING_FULL);
		return TC_ACT_STOLEN;
	}
	if (from)
		account_sent(from, skb_frames(skb), leaving_bytes(skb));
	return TC_ACT_UNSPEC;
}

/* The relay carries nothing but what the programs here put in: no DHCP, no LLDP of the host. */
SEC("tc")
int vx_gate(struct __sk_buff *skb)
{
	if (skb->mark != RELAY_MARK)
		return TC_ACT_SHOT;
	skb->mark = 0;
	return TC_ACT_UNSPEC;
}

/* What the near end's XDP program passed: into the port, as if from the wire. */
SEC("tc")
int vx_inject(struct __sk_buff *skb)
{
	skb->mark = RELAY_MARK;
	return (int)bpf_redirect(port_ifindex, BPF_F_INGRESS);
}

/* What the far end's XDP program passed: out of a port that takes no XDP frames. */
SEC("tc")
int vx_emit(struct __sk_buff *skb)
{
	emitted[bpf_get_smp_processor_id() % EMIT_CPUS] = 1;
	skb->mark = RELAY_MARK;
	return (int)bpf_redirect(port_ifindex, 0);
}

/* The near end: frames that routers sent. */
SEC("xdp.frags")
int vx_relay_near(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct vrxdp_group *group;
	void *copies;
	__u32 index;

	if (!frame_has_ethernet(data, data_end))
		return XDP_DROP;
	/* In generic mode the port's own program meets it once more, and takes the header off. */
	if (is_relayed(eth))
		return generic_port ? XDP_PASS : pass_relayed(ctx);
	if (!mac_is_group(eth->h_dest))
		return generic_port && add_relay_header(ctx) ? XDP_DROP : XDP_PASS;
	group = group_find(port_number, parse_tag(data, data_end).vlan);
	if (!group)
		return XDP_DROP;
	index = group->index;
	copies = bpf_map_lookup_elem(&vx_group_all, &index);
	if (!copies)
		return XDP_DROP;
	return (int)bpf_redirect_map(copies, 0, BPF_F_BROADCAST);
}

/* The far end: frames for routers, from the port's ingress or from the host. */
SEC("xdp.frags")
int vx_relay_far(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u64 len = bpf_xdp_get_buff_len(ctx);
	struct ethhdr *eth = data;
	struct vrxdp_group *group;
	struct frame_head head;
	__u32 to, index = 0;
	struct vrxdp_frame_underway f = { .len = (__u16)len }, *reported;
	void *copies;

	if (!frame_has_ethernet(data, data_end))
		return XDP_DROP;
	if (is_relayed(eth))
		return pass_relayed(ctx);
	head = parse_tag(data, data_end);
	if (!tags_known(head.tag))
		return XDP_DROP;
	if (!mac_is_group(eth->h_dest)) {
		to = demux(port_number, head.vlan, eth->h_dest);
		if (!to)
			return XDP_DROP;
		f.to = (__u16)to;
		f.from = kernel_sender(port_number, head.vlan, eth->h_source);
		reported = bpf_map_lookup_elem(&vx_relay_frame, &index);
		if (reported)
			*reported = f;
		if (bpf_redirect_map(&vx_copies, VRXDP_SLOT_IFACE + to, XDP_DROP) == XDP_REDIRECT)
			return XDP_REDIRECT;
		account_lost(&f, VRXDP_DROP_DEVICE_GONE);
		return XDP_DROP;
	}
	group = group_find(port_number, head.vlan);
	if (!group)
		return XDP_DROP;
	if (len > (__u64)(data_end - data)) {
		group_count(group, GROUP_OVERSIZE, 0, 1, len);
		return XDP_DROP;
	}
	index = group->index;
	copies = bpf_map_lookup_elem(&vx_group_wire, &index);
	if (!copies)
		return XDP_DROP;
	return (int)bpf_redirect_map(copies, 0, BPF_F_BROADCAST);
}
