/* SPDX-License-Identifier: GPL-2.0-only */
/* All counters at one time, with the names of what they count. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stddef.h>
#include <linux/types.h>

#include "vrxdp/layout.h"
#include "vrxdp/records.h"

struct state;

struct snap_port {
	__u32 id;
	struct vrxdp_port_rec rec;
	struct vrxdp_port_counters c; /* sum over CPUs */
};

struct snap_iface {
	__u32 id;
	struct vrxdp_iface_rec rec;
	struct vrxdp_iface_counters c;
};

struct snap_router {
	__u32 id;
	struct vrxdp_router_rec rec;
	struct vrxdp_router_counters c;
	__u64 rx_packets; /* fast + stack + drops */
	__u64 drop_packets;
	__u64 tx_drop_packets;
	__u64 *cpu_rx; /* rx packets by CPU, ncpus of them */
	__u64 *cpu_tx;
	struct snap_iface *ifaces;
	size_t nifaces;
};

struct snapshot {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	int ncpus;
	struct snap_port *ports;
	size_t nports;
	struct snap_router *routers;
	size_t nrouters;
};

/*
 * Read everything in batches. Ports and routers are sorted by name, interfaces by
 * name within their router. Returns 0 or a negative errno after say_error().
 * The caller frees with snapshot_free(), which leaves an empty one.
 */
int snapshot_take(const struct state *st, struct snapshot *snap);
void snapshot_free(struct snapshot *snap);

/* "fast" or "stack": the path that frames take now. */
const char *snap_router_path(const struct snap_router *r);
/* "native" or "generic" */
const char *snap_port_mode(const struct snap_port *p);
/* A reason's contract name, NULL for an unused number. */
const char *reason_name(unsigned int number);

#endif
