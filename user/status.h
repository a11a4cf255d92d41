/* SPDX-License-Identifier: GPL-2.0-only */
/* What is attached and how it fares, printed for people or as the contract's JSON. */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

#include <stdio.h>

#include "check.h"
#include "state.h"

struct status {
	const struct state *st;
	struct world world;
	struct health *ports; /* as world.ports */
	struct health *routers;
	struct health *ifaces;
	bool seen_only; /* not root: nothing was checked but by check_seen() */
};

void status_print_json(const struct status *s);
void status_print_text(const struct status *s);

/*
 * What is attached as a config file: read again, it gives the same objects, all of them from a
 * file then. Addresses that follow from names are written out.
 */
void status_write_config(FILE *out, const struct world *w, const struct vrxdp_meta *meta);

#endif
