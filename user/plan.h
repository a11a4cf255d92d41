/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference between what is wanted and what is attached. Everything that can be
 * found wrong is found here, before anything is changed.
 */
#ifndef PLAN_H
#define PLAN_H

#include "model.h"
#include "resolve.h"
#include "state.h"

/* How far a plan goes. */
enum plan_mode {
	PLAN_CHANGE,    /* what differs from what is wanted; the rest isn't looked at */
	PLAN_HEAL,      /* also what isn't whole any more */
	PLAN_ROLL_BACK, /* the same, and what can't be had again is left out */
};

enum action {
	KEEP,
	ADD,
	UPDATE,  /* the record only, or a setting of the host again */
	CHANGE,  /* interfaces: addresses and VLANs, without losing those that stay */
	REPLACE, /* attach anew under the same number: counters go on */
	REMOVE,
};

struct plan_port {
	enum action action;
	struct world_port now; /* its record is the wanted one once attached */
	bool numbered;         /* ADD: has its number, and goes on counting, from before */
	struct vrxdp_device_rec device;
	char why[160]; /* what is to be done, for people */
};

struct plan_router {
	enum action action;
	struct world_router now;
	bool numbered;
	bool make; /* its namespace isn't there, and is to be made */
	char why[160];
};

struct plan_iface {
	enum action action;
	struct world_iface now;
	struct world_iface before; /* CHANGE, REPLACE: as attached */
	bool numbered;
	bool make; /* its veth isn't there, and is to be made */
	struct vrxdp_device_rec device;
	__u8 kind;
	char far[VRXDP_NETNS_LEN]; /* where a veth's far end is likely to be */
	__u32 expected;            /* members of its group in the end */
	char why[160];
};

struct plan {
	struct plan_port *ports;
	size_t nports;
	struct plan_router *routers;
	size_t nrouters;
	struct plan_iface *ifaces;
	size_t nifaces;
	int changes;  /* actions other than KEEP */
	int unhealed; /* objects that are missing and can't be found */
};

/* @st NULL: nothing is attached yet. Says its errors, returns -1. */
int plan_make(const struct state *st, const struct world *have, const struct model *want,
	      enum plan_mode mode, struct plan *plan);
void plan_free(struct plan *plan);

/*
 * A part of plan_make(): what only shows with all objects side by side. Sets each
 * interface's expected.
 */
int plan_check(const struct state *st, const struct model *want, struct plan *plan);

/* One line for each change: to stdout. */
void plan_print(const struct plan *plan, bool will);

#endif
