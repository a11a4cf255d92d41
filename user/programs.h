/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF objects: loaded with the state's maps and pinned. Functions say their
 * errors and return -1; descriptors given out are the caller's to close.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdbool.h>

#include "state.h"

struct btf;

/* Quiet libbpf, unless the environment has VRXDP_DEBUG. */
void programs_init(void);

/* Make and pin all maps, sized for st->meta, and the program that settles shares. */
int programs_make_maps(struct state *st);

/* Pin that program alone, for maps that are there. */
int programs_helpers(const struct state *st);

/* Types of this build's maps. The function's own; NULL: no memory. */
struct btf *programs_btf(void);

/* Identity of this build's BPF objects, and of no other's: a hash over them. */
__u64 programs_build(void);

/*
 * Trace flushes, with links pinned as trace_refused and trace_flushed and @suffix. Sets
 * st->meta.tracing, or tracing_why where the host refuses.
 */
int programs_trace(struct state *st, const char *suffix);

/* The program of port @port. Returns its descriptor. */
int programs_port(const struct state *st, __u32 port, bool generic);

struct device_programs {
	int device; /* for the device itself */
	int copy;   /* for vx_copies and the groups */
};

/*
 * The programs for devices in the namespace @netns_inum: one pinned pair serves them all,
 * another those of which the kernel doesn't report every flush (@at_verdict).
 */
int programs_device(const struct state *st, __u32 netns_inum, bool at_verdict,
		    struct device_programs *p);
void programs_device_close(struct device_programs *p);

struct shared_programs {
	int ingress, egress, inject, emit, gate; /* tc */
	int near, far;                           /* XDP, of the relay */
};

/* For a port that routers share; @ifindex is its device. */
int programs_shared(const struct state *st, const struct world_port *port, __u32 ifindex,
		    struct shared_programs *p);
void programs_shared_close(struct shared_programs *p);

/* The tc program that lets nothing of the host's through. Returns its descriptor. */
int programs_gate(const struct state *st);

/* An interface leaves its group: count its share as its own, see struct vrxdp_settle. */
int programs_settle(const struct state *st, const struct vrxdp_settle *settle);

#endif
