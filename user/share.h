/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading without root: what of the pinned state a group may open, and only for reading. */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>

#include "state.h"

/*
 * Let the members of the group vrxdp (or $VRXDP_GROUP, a name or a number, for tests) read
 * what reports are printed from, or only root where there is no such group. The state is
 * locked. What can't be set is said as a warning.
 */
void share_state(const struct state *st);

/* Is it one of the maps that reports are printed from? */
bool share_map_shown(enum state_map map);

#endif
