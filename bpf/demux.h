/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose is this address on this port and VLAN? */
#ifndef DEMUX_H
#define DEMUX_H

#include "maps.h"
#include "parse.h"

static __always_inline struct vrxdp_demux_key demux_key(__u32 port, struct vrxdp_vlan vlan,
							const __u8 *mac)
{
	struct vrxdp_demux_key key = { .port = (__u16)port, .vlan = vlan };

	__builtin_memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

/* The number of the interface with this MAC address, 0 if there is none. */
static __always_inline __u32 demux(__u32 port, struct vrxdp_vlan vlan, const __u8 *mac)
{
	struct vrxdp_demux_key key = demux_key(port, vlan, mac);
	__u32 *iface = bpf_map_lookup_elem(&vx_demux, &key);

	/* A trunk has the VLANs that nobody else has with this address. */
	if (!iface && vlan.vid && !vlan.outer) {
		key.vlan.vid = VRXDP_VID_TRUNK;
		iface = bpf_map_lookup_elem(&vx_demux, &key);
	}
	return iface ? *iface : 0;
}

/*
 * Who sent this unicast frame that came by tc and the relay? The interface behind the
 * kernel's own way (macvlan) that has the address, 0: the host.
 */
static __always_inline __u16 kernel_sender(__u32 port, struct vrxdp_vlan vlan, const __u8 *source)
{
	__u32 from = demux(port, vlan, source);
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &from);

	return from && iface && iface->delivery != VRXDP_REDIRECT ? (__u16)from : 0;
}

/* The slot of a device, or -1: not one of ours. */
static __always_inline int device_slot(__u32 netns, __u32 ifindex)
{
	struct vrxdp_device_key key = { .netns = netns, .ifindex = ifindex };
	__u32 *slot = bpf_map_lookup_elem(&vx_devices, &key);

	return slot ? (int)*slot : -1;
}

#endif
