/* SPDX-License-Identifier: GPL-2.0-only */
/* Making the host as it is wanted. */
#ifndef APPLY_H
#define APPLY_H

#include <stdbool.h>

#include "model.h"
#include "plan.h"
#include "state.h"

/*
 * Append to @m what is attached: everything, or only what came from commands.
 * What @m has already by the same name is left as it is. -1: said.
 */
int model_add_world(struct model *m, const struct world *w, bool commands_only);

/* APPLY_FAILED: all is as before, as far as that was possible. */
enum { APPLY_DONE = 0, APPLY_FAILED = -1, APPLY_PARTLY = 1 };

/*
 * Attach, change and detach until @st is as @want says; prints a line for each change, or
 * that there is nothing to do. What can't be attached is rolled back; what can't be
 * restored is said and stays in the journal. APPLY_PARTLY, said: the change is made, but
 * something couldn't be forgotten, or, with PLAN_HEAL, what was attached has gone and can't
 * be found again.
 */
int apply(struct state *st, const struct model *want, enum plan_mode mode);

/*
 * Attach what @before tells of, as far as it isn't, under its old numbers, so that counters
 * go on; detach what it doesn't have. Prints a line for each. Returns 0, or -1: said.
 */
int apply_roll_back(struct state *st, const struct world *before);

/* Only print what would be done. @st NULL: nothing is attached. */
int apply_dry(const struct state *st, const struct model *want, enum plan_mode mode);

/* Remove everything and, if all was restored, the state itself. Prints a line for each. */
int apply_remove_all(struct state *st, bool quiet);

#endif
