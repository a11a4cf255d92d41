/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots without a kernel, for tests of what is made of them. */
#ifndef FAKE_SNAPSHOT_H
#define FAKE_SNAPSHOT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

#define FAKE_CPUS 2

static inline void *fake_alloc(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		abort();
	return p;
}

static inline void fake_iface(struct snap_router *r, __u32 id)
{
	struct snap_iface *i = fake_alloc(1, sizeof(*i));

	i->id = id;
	strcpy(i->rec.conf.name, "wan");
	strcpy(i->rec.conf.router, r->rec.conf.name);
	strcpy(i->rec.conf.port, "up0");
	snprintf(i->rec.device.name, sizeof(i->rec.device.name), "vr-%.11s", r->rec.conf.name);
	i->rec.conf.nmacs = 1;
	memcpy(i->rec.conf.macs[0], (__u8[]){ 2, 0, 0, 0, (__u8)(id >> 8), (__u8)id }, 6);
	r->ifaces = i;
	r->nifaces = 1;
}

/*
 * Ports up0, up1, … and routers r0000, r0001, … whose counters are all 0; each router
 * has one interface, wan on up0. Numbers start at 1. To be freed by snapshot_free().
 */
static inline void fake_snapshot(struct snapshot *snap, size_t nports, size_t nrouters)
{
	memset(snap, 0, sizeof(*snap));
	snap->ncpus = FAKE_CPUS;
	snap->ports = fake_alloc(nports, sizeof(*snap->ports));
	snap->nports = nports;
	snap->routers = fake_alloc(nrouters, sizeof(*snap->routers));
	snap->nrouters = nrouters;
	for (size_t i = 0; i < nports; i++) {
		struct snap_port *p = &snap->ports[i];

		p->id = (__u32)i + 1;
		p->rec.mode = VRXDP_MODE_NATIVE;
		snprintf(p->rec.conf.name, sizeof(p->rec.conf.name), "up%zu", i);
		snprintf(p->rec.device.name, sizeof(p->rec.device.name), "eth%u", (__u16)i);
	}
	for (size_t i = 0; i < nrouters; i++) {
		struct snap_router *r = &snap->routers[i];

		r->id = (__u32)i + 1;
		snprintf(r->rec.conf.name, sizeof(r->rec.conf.name), "r%04zu", i);
		snprintf(r->rec.conf.netns, sizeof(r->rec.conf.netns), "r%04zu", i);
		r->cpu_rx = fake_alloc(FAKE_CPUS, sizeof(*r->cpu_rx));
		r->cpu_tx = fake_alloc(FAKE_CPUS, sizeof(*r->cpu_tx));
		fake_iface(r, (__u32)i + 1);
	}
}

/* What snapshot_take() would compute from the counters. */
static inline void fake_sums(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->nrouters; i++) {
		struct snap_router *r = &snap->routers[i];

		r->drop_packets = r->tx_drop_packets = 0;
		for (unsigned int k = 0; k < VRXDP_REASONS; k++) {
			r->drop_packets += r->c.drops[k];
			r->tx_drop_packets += r->c.tx_drops[k];
		}
		r->rx_packets = r->c.fast + r->c.stack + r->drop_packets;
	}
}

#endif
