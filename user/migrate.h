/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an older layout of the maps to this build's, while frames pass: new maps beside those of
 * before, what is remembered converted, programs switched, counters added, directories exchanged
 * (docs/architecture.md, "Upgrade").
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include <stdbool.h>

#include "state.h"

/* Are @dir's maps of an older layout? */
bool migrate_due(const char *dir);

/*
 * Lock and open @dir as state_open_write() does, with its maps of this build's layout and its
 * programs in place. -1: said, and all is as before; or after an earlier one was cut off, to be
 * tried again.
 */
int migrate(struct state *st, const char *dir);

/* Only as far as everything can be removed by apply_remove_all(). */
int migrate_to_remove(struct state *st, const char *dir);

/* Remove what one that was done may have left behind. */
int migrate_sweep(struct state *st);

#endif
