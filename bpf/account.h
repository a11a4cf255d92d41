/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting. A frame counts once, when its fate is known: at the verdict if it
 * ends there, else when the kernel has flushed it (bpf/trace.bpf.c). Interface
 * number 0 stands for nobody.
 *
 * Counters are per CPU, and programs run with softirqs off: plain additions.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "maps.h"

static __always_inline void count_add(struct vrxdp_count *count, __u64 packets, __u64 bytes)
{
	count->packets += packets;
	count->bytes += bytes;
}

static __always_inline struct vrxdp_router_counters *router_counters(__u32 iface)
{
	struct vrxdp_iface *i = bpf_map_lookup_elem(&vx_ifaces, &iface);
	__u32 router;

	if (!i || !i->delivery)
		return NULL;
	router = i->router;
	return bpf_map_lookup_elem(&vx_router_counts, &router);
}

/* @iface received @packets frames of @bytes in all: its router's counters, to tell their fate. */
static __always_inline struct vrxdp_router_counters *account_received(__u32 iface, __u64 packets,
								      __u64 bytes)
{
	struct vrxdp_iface_counters *i = bpf_map_lookup_elem(&vx_iface_counts, &iface);
	struct vrxdp_router_counters *r = router_counters(iface);

	if (!i || !r)
		return NULL;
	count_add(&i->rx, packets, bytes);
	r->rx_bytes += bytes;
	return r;
}

/* @packets frames of @bytes in all reached the stack of @iface's router. */
static __always_inline void account_delivered(__u32 iface, __u64 packets, __u64 bytes)
{
	struct vrxdp_router_counters *r = account_received(iface, packets, bytes);

	if (r)
		r->stack += packets;
}

/* A frame for @iface's router was lost on the way to its stack. */
static __always_inline void account_drop(__u32 iface, __u64 bytes, enum vrxdp_reason reason)
{
	struct vrxdp_iface_counters *i = bpf_map_lookup_elem(&vx_iface_counts, &iface);
	struct vrxdp_router_counters *r = router_counters(iface);

	if (!i || !r || (__u32)reason >= VRXDP_REASONS)
		return;
	count_add(&i->rx, 1, bytes);
	r->rx_bytes += bytes;
	r->drops[reason]++;
}

/* Frames of @iface's router were accepted by the port, a neighbour or the host. */
static __always_inline void account_sent(__u32 iface, __u64 packets, __u64 bytes)
{
	struct vrxdp_iface_counters *i = bpf_map_lookup_elem(&vx_iface_counts, &iface);
	struct vrxdp_router_counters *r = router_counters(iface);

	if (!i || !r)
		return;
	count_add(&i->tx, packets, bytes);
	count_add(&r->tx, packets, bytes);
}

/* A frame that @iface's router sent was not accepted. */
static __always_inline void account_tx_drop(__u32 iface, enum vrxdp_reason reason)
{
	struct vrxdp_router_counters *r = router_counters(iface);

	if (r && (__u32)reason < VRXDP_REASONS)
		r->tx_drops[reason]++;
}

static __always_inline void account_port_tx(__u32 port, __u64 packets, __u64 bytes)
{
	struct vrxdp_port_counters *p = bpf_map_lookup_elem(&vx_port_counts, &port);

	if (p)
		count_add(&p->tx, packets, bytes);
}

static __always_inline void account_port_drop(__u32 port, enum vrxdp_reason reason)
{
	struct vrxdp_port_counters *p = bpf_map_lookup_elem(&vx_port_counts, &port);

	if (p && (__u32)reason < VRXDP_REASONS)
		p->drops[reason]++;
}

/* @packets frames that @iface received were forwarded in XDP and accepted. */
static __always_inline void account_forwarded(__u32 iface, __u64 packets, __u64 bytes)
{
	struct vrxdp_router_counters *r = account_received(iface, packets, bytes);

	if (r)
		r->fast += packets;
}

/* Redirected frames were accepted by the device of @slot. */
static __always_inline void account_accepted(__u32 slot, const struct vrxdp_run *run)
{
	if (run->to)
		account_delivered(run->to, run->packets, run->bytes);
	if (run->from)
		account_sent(run->from, run->packets, run->bytes);
	if (run->in)
		account_forwarded(run->in, run->packets, run->in_bytes);
	if (slot < VRXDP_SLOT_RELAY)
		account_port_tx(slot, run->packets, run->bytes);
}

/*
 * A frame was lost on its way out: the loss of whoever awaited it, and of whoever sent it: what
 * XDP forwards is dropped by the router that received it, what a stack sends by its transmitter.
 */
static __always_inline void account_lost(const struct vrxdp_frame_underway *f,
					 enum vrxdp_reason reason)
{
	if (f->flags & VRXDP_UNDERWAY_SKIP)
		return;
	if (f->to)
		account_drop(f->to, f->len, reason);
	if (f->in)
		account_drop(f->in, f->in_len, reason);
	else if (f->from)
		account_tx_drop(f->from, reason);
}

#endif
