/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MIGRATE_FILL_H
#define MIGRATE_FILL_H

#include "layouts.h"

/* Write what packets meet, as far as it follows from the records. Again: the same. -1: said. */
int migrate_fill(struct state *st, const struct world *w);

#endif
