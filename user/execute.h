/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a plan, in the order of this header. They say their errors and return -1. */
#ifndef EXECUTE_H
#define EXECUTE_H

#include <stdbool.h>

#include "plan.h"
#include "state.h"

/* Stop and forget what goes or is replaced. Goes on whatever fails. */
int execute_removals(struct state *st, const struct plan *plan, const struct world *have);

/* Routers, ports, interfaces: new, replaced and updated. @go_on: whatever fails. */
int execute_additions(struct state *st, struct plan *plan, bool go_on);

/* What depends on how many interfaces a port has: its limit, and whether it is shared. */
int execute_settling(struct state *st);

/*
 * Routers that go, and what was made for them, last: until here all could come back, with its
 * totals.
 */
int execute_forgetting(struct state *st, const struct plan *plan);

#endif
