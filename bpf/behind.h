/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is behind a port on the host's side: the host, macvlan children that are no routers',
 * and, where the port is in a bridge, the stations behind the bridge's other members. Those
 * are learnt as a bridge does (IEEE 802.1D 7.8): by the source of what leaves by the port.
 */
#ifndef BEHIND_H
#define BEHIND_H

#include "demux.h"

/* A station that is heard is noted anew after so long. */
#define BEHIND_REFRESH_NS 1000000000ull

/* A frame of @source leaves by a bridged port, and isn't a router's. */
static __always_inline void behind_learn(__u32 port, struct vrxdp_vlan vlan, const __u8 *source)
{
	struct vrxdp_demux_key key = demux_key(port, vlan, source);
	__u64 *heard = bpf_map_lookup_elem(&vx_behind, &key);
	__u64 now = bpf_ktime_get_coarse_ns();

	if (mac_is_group(source))
		return;
	if (!heard)
		bpf_map_update_elem(&vx_behind, &key, &now, BPF_ANY);
	else if (now - *heard > BEHIND_REFRESH_NS)
		*heard = now;
}

/* @source is heard from the wire: it isn't behind the port any more. */
static __always_inline void behind_forget(__u32 port, struct vrxdp_vlan vlan, const __u8 *source)
{
	struct vrxdp_demux_key key = demux_key(port, vlan, source);

	if (bpf_map_lookup_elem(&vx_behind, &key))
		bpf_map_delete_elem(&vx_behind, &key);
}

static __always_inline bool behind_knows(__u32 port, struct vrxdp_vlan vlan, const __u8 *mac)
{
	struct vrxdp_demux_key key = demux_key(port, vlan, mac);
	__u64 *heard = bpf_map_lookup_elem(&vx_behind, &key);

	return heard && bpf_ktime_get_coarse_ns() - *heard < VRXDP_BEHIND_NS;
}

/* Do frames to this address, which is no router's, go to the host's side of the port? */
static __always_inline bool is_behind(__u32 number, const struct vrxdp_port *port,
				      struct vrxdp_vlan vlan, const __u8 *mac)
{
	struct vrxdp_host_mac key = { .port = number };

	if (mac_equal(mac, port->mac))
		return true;
	if (port->host_macs) {
		__builtin_memcpy(key.mac, mac, sizeof(key.mac));
		if (bpf_map_lookup_elem(&vx_host_macs, &key))
			return true;
	}
	return port->bridged && behind_knows(number, vlan, mac);
}

#endif
