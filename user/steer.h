/* SPDX-License-Identifier: GPL-2.0-only */
/* Which addresses lead to an interface: its entries of vx_demux. Says errors, returns -1. */
#ifndef STEER_H
#define STEER_H

#include <stdbool.h>

#include "state.h"

/* How many entries an interface may get by VRRP; for a trunk that is a quota. */
size_t steer_vrrp_count(const struct vrxdp_iface_conf *conf);

/* How many entries an interface has, those of VRRP included. */
size_t steer_count(const struct vrxdp_iface_conf *conf);

/* Frames to the interface's addresses lead to it. What it has already stays. */
int steer_to(struct state *st, const struct world_iface *f);

/*
 * Frames lead to it no more, but for what @keep has (NULL: nothing). VRRP addresses that it
 * owns by an advertisement are found in the map.
 */
int steer_away(struct state *st, const struct world_iface *f, const struct vrxdp_iface_conf *keep);

/* Write which VRIDs it may have, @any of them, and how many entries it may still make for them. */
int steer_vrids(struct state *st, const struct world_iface *f, bool any);

/*
 * Remove entries that no record accounts for: what a killed command left, and virtual addresses
 * whose owner isn't here, if nobody but a trunk lists them. Interfaces get room again for those
 * that they don't have any more.
 */
int steer_sweep(struct state *st);

/* Do all of its own addresses lead to it? Quiet. */
bool steered(const struct state *st, const struct world_iface *f);

#endif
