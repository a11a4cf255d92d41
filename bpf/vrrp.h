/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VRRP (RFC 5798, RFC 3768): a virtual router's MAC address belongs to the interface that
 * advertised its VRID last, among those that list the VRID; as long as nobody has, to the
 * first that sends from it. Owners are entries of vx_demux; number 0 says that the owner is on
 * the wire or the host.
 */
#ifndef VRRP_H
#define VRRP_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "demux.h"

#define IPPROTO_VRRP 112
#define VRRP_TTL 255
#define VRRP_ADVERTISEMENT 1

/* An advertisement: @vrid 0 is none. */
struct vrrp_advert {
	__u8 vrid;
	__u8 v6;
	__u8 resigns; /* priority 0: the sender stops being the master */
};

struct vrrp_start {
	__u8 version_and_type;
	__u8 vrid;
	__u8 priority;
};

/* 01:00:5e:00:00:12 and 33:33:00:00:00:12: 224.0.0.18 and ff02::12. */
static __always_inline bool mac_is_vrrp_group(const __u8 mac[6])
{
	if (mac[5] != 0x12 || mac[4] || mac[3])
		return false;
	return (mac[0] == 0x01 && mac[1] == 0x00 && mac[2] == 0x5e) ||
	       (mac[0] == 0x33 && mac[1] == 0x33 && mac[2] == 0x00);
}

/* 00:00:5e:00:01:VRID and, IPv6, 00:00:5e:00:02:VRID: RFC 5798, 7.3. */
static __always_inline bool mac_is_vrrp(const __u8 mac[6])
{
	return !mac[0] && !mac[1] && mac[2] == 0x5e && !mac[3] && (mac[4] == 1 || mac[4] == 2);
}

/* Reads @len bytes at @at of a frame into @to; 0 or an error. */
typedef long load_fn(void *ctx, __u32 at, void *to, __u32 len);

static __always_inline long load_xdp(void *ctx, __u32 at, void *to, __u32 len)
{
	return bpf_xdp_load_bytes(ctx, at, to, len);
}

static __always_inline long load_skb(void *ctx, __u32 at, void *to, __u32 len)
{
	return bpf_skb_load_bytes(ctx, at, to, len);
}

/* @at: where the Ethernet type is, behind the tags that the frame has here. */
static __always_inline struct vrrp_advert vrrp_parse(void *ctx, load_fn *load, __u32 at)
{
	struct vrrp_advert advert = { 0, 0, 0 };
	struct vrrp_start vrrp;
	struct ipv6hdr ip6;
	struct iphdr ip;
	__be16 type;

	if (load(ctx, at, &type, sizeof(type)))
		return advert;
	at += sizeof(type);
	if (type == wire16(ETH_P_IP)) {
		if (load(ctx, at, &ip, sizeof(ip)) || ip.protocol != IPPROTO_VRRP ||
		    ip.ttl != VRRP_TTL)
			return advert;
		at += ip.ihl * 4u;
	} else if (type == wire16(ETH_P_IPV6)) {
		if (load(ctx, at, &ip6, sizeof(ip6)) || ip6.nexthdr != IPPROTO_VRRP ||
		    ip6.hop_limit != VRRP_TTL)
			return advert;
		at += sizeof(ip6);
		advert.v6 = 1;
	} else {
		return advert;
	}
	if (load(ctx, at, &vrrp, sizeof(vrrp)) ||
	    (vrrp.version_and_type & 0x0f) != VRRP_ADVERTISEMENT)
		return advert;
	advert.vrid = vrrp.vrid;
	advert.resigns = !vrrp.priority;
	return advert;
}

static __always_inline bool vrrp_lists(__u32 iface, __u8 vrid)
{
	struct vrxdp_vrids *vrids = bpf_map_lookup_elem(&vx_vrids, &iface);

	return vrids && vrid && (vrids->bits[vrid / 8] >> (vrid % 8) & 1);
}

/* A new entry for @iface, unless it has made as many as it may: others need room, too. */
static __always_inline bool vrrp_enter(__u32 iface, const struct vrxdp_demux_key *key)
{
	struct vrxdp_vrids *vrids = bpf_map_lookup_elem(&vx_vrids, &iface);

	if (!vrids || vrids->room <= 0 || bpf_map_update_elem(&vx_demux, key, &iface, BPF_NOEXIST))
		return false;
	__sync_fetch_and_add(&vrids->room, -1);
	return true;
}

static __always_inline struct vrxdp_demux_key vrrp_key(__u32 port, struct vrxdp_vlan vlan,
						       struct vrrp_advert advert)
{
	__u8 mac[ETH_ALEN] = { 0x00, 0x00, 0x5e, 0x00, advert.v6 ? 2 : 1, advert.vrid };

	return demux_key(port, vlan, mac);
}

/* @iface, which may send it, has advertised a VRID: frames to its MAC go there from now on. */
static __always_inline void vrrp_take(__u32 port, struct vrxdp_vlan vlan, __u32 iface,
				      const __u8 *source, bool own_source,
				      struct vrrp_advert advert)
{
	struct vrxdp_demux_key key = vrrp_key(port, vlan, advert);
	__u32 *owner;

	if (!advert.vrid || advert.resigns || !vrrp_lists(iface, advert.vrid) ||
	    (!own_source && !mac_equal(source, key.mac)))
		return;
	owner = bpf_map_lookup_elem(&vx_demux, &key);
	if (!owner)
		vrrp_enter(iface, &key);
	else if (*owner != iface)
		*owner = iface;
}

/* Somebody else, on the wire or the host, has: frames to its MAC go there again. */
static __always_inline void vrrp_leave(__u32 port, struct vrxdp_vlan vlan,
				       struct vrrp_advert advert)
{
	struct vrxdp_demux_key key = vrrp_key(port, vlan, advert);
	__u32 *owner;

	if (!advert.vrid || advert.resigns)
		return;
	owner = bpf_map_lookup_elem(&vx_demux, &key);
	/* An address that an interface has for itself stays. */
	if (owner && vrrp_lists(*owner, advert.vrid))
		*owner = 0;
}

/* May @iface, which is in @vlan, send from the virtual address @source? */
static __always_inline bool vrrp_claim(__u32 port, struct vrxdp_vlan vlan, __u32 iface,
				       const __u8 *source)
{
	struct vrxdp_demux_key key = demux_key(port, vlan, source);
	__u32 *owner = bpf_map_lookup_elem(&vx_demux, &key);

	if (owner)
		return *owner == iface;
	return vrrp_lists(iface, source[5]) && vrrp_enter(iface, &key);
}

#endif
