/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that packets meet. Every object declares those that it uses by
 * including this; the commands make them once, with the sizes that the host
 * needs (user/state.c), and give the same ones to every program.
 */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vrxdp/forwarding.h"
#include "vrxdp/layout.h"

#define SIZED_LATER 1

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_demux_key);
	__type(value, __u32); /* an interface's number */
	__uint(max_entries, SIZED_LATER);
} vx_demux SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_iface);
	__uint(max_entries, SIZED_LATER);
} vx_ifaces SEC(".maps");

/* Which VRIDs may an interface have? Index is the interface's number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_vrids);
	__uint(max_entries, SIZED_LATER);
} vx_vrids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_host_mac);
	__type(value, __u8);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} vx_host_macs SEC(".maps");

/* Stations behind the other members of a port's bridge: when they were heard, CLOCK_MONOTONIC. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct vrxdp_demux_key);
	__type(value, __u64);
	__uint(max_entries, SIZED_LATER);
} vx_behind SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_port);
	__uint(max_entries, VRXDP_MAX_PORTS);
} vx_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_port_state);
	__uint(max_entries, VRXDP_MAX_PORTS);
} vx_port_state SEC(".maps");

/* Which slot is this device? */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_device_key);
	__type(value, __u32);
	__uint(max_entries, SIZED_LATER);
} vx_devices SEC(".maps");

/* Slots, for frames that a port's or a router's program redirects. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, SIZED_LATER);
} vx_targets SEC(".maps");

/* The same slots, each with the program of bpf/device.bpf.c, for a relay's frames. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
	__uint(max_entries, SIZED_LATER);
} vx_copies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_group_key);
	__type(value, struct vrxdp_group);
	__uint(max_entries, VRXDP_MAX_GROUPS);
} vx_groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_group_shared);
	__uint(max_entries, VRXDP_MAX_GROUPS);
} vx_group_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_member_key);
	__type(value, struct vrxdp_group_member);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} vx_group_members SEC(".maps");

struct copies_of_group {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct bpf_devmap_val));
	__uint(max_entries, SIZED_LATER);
};

/* Who gets a copy of a group frame from the port. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, VRXDP_MAX_GROUPS);
	__array(values, struct copies_of_group);
} vx_group_wire SEC(".maps");

/* Who gets a copy of a group frame from a router: also the port, and the host by the relay. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(key_size, sizeof(__u32));
	__uint(max_entries, VRXDP_MAX_GROUPS);
	__array(values, struct copies_of_group);
} vx_group_all SEC(".maps");

/* Who may be forwarded for in XDP? Index is the router's number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_fast);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_MMAPABLE);
} vx_fast SEC(".maps");

/* VRXDP_IN_*. Index is the interface's number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_MMAPABLE);
} vx_iface_in SEC(".maps");

/* Where a router's next hop of a number is in vx_nexthops: vrxdp_fast.nexthops + number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_MMAPABLE);
} vx_nexthop_numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_nexthop);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_MMAPABLE);
} vx_nexthops SEC(".maps");

/* Counts the changes of who has which address on which port: vrxdp_nexthop.generation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} vx_wire SEC(".maps");

/* The time of the last clock tick that this CPU has seen. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_tick);
	__uint(max_entries, 1);
} vx_ticks SEC(".maps");

/* Frames that this CPU has redirected to a slot and that aren't flushed yet. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_underway);
	__uint(max_entries, SIZED_LATER);
} vx_underway SEC(".maps");

/* The frame that a relay redirects to one router, for the report of a refusal. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_frame_underway);
	__uint(max_entries, 1);
} vx_relay_frame SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_port_counters);
	__uint(max_entries, VRXDP_MAX_PORTS);
} vx_port_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_iface_counters);
	__uint(max_entries, SIZED_LATER);
} vx_iface_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_router_counters);
	__uint(max_entries, SIZED_LATER);
} vx_router_counts SEC(".maps");

#endif
