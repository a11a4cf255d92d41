/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a port's NIC lets through to a router behind it: the router's addresses, all group
 * addresses, tagged frames. A veth filters nothing.
 */
#ifndef FILTERS_H
#define FILTERS_H

#include "resolve.h"
#include "state.h"

/*
 * Let in what is for @f, unless its frames pass to a macvlan child or to the port itself; undone
 * with the interface. Says its errors, returns 0 or -1.
 */
int filters_open(struct state *st, const struct world_iface *f, const struct resolved *port);

/* Ports as they were looked at, each once however many interfaces ask. Begins as zeros. */
struct filters {
	struct port_filters *ports;
	size_t count;
};

#define MAX_SHUT 3

/*
 * What of it somebody else has shut again: returns how many lines are in @what. Quiet; a port that
 * can't be looked at has nothing shut.
 */
int filters_shut(const struct state *st, const struct world_iface *f, struct filters *seen,
		 char what[MAX_SHUT][128]);
void filters_free(struct filters *seen);

#endif
