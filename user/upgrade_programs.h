/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of an upgrade. @next is the state with the pins of what comes. They say their errors. */
#ifndef UPGRADE_PROGRAMS_H
#define UPGRADE_PROGRAMS_H

#include "attach.h"
#include "switch.h"

/* Load this build's programs for all that is attached, and collect what they replace. */
int upgrade_collect(struct state *next, const struct world *w, struct switchboard *board);
/* The same for the devmaps, which have programs as well; only within one layout. */
int upgrade_collect_copies(struct state *next, const struct world *w, struct switchboard *board);

/* As many files as may be: each program is one. */
void upgrade_raise_limits(void);

/* Tracers beside those of before (@traced: there are some); then in their place, or away. */
int upgrade_trace(struct state *next, bool traced);
int upgrade_trace_over(const struct state *next);
void upgrade_trace_back(const struct state *st);

/* A directory for pins beside that of before; then in its place. */
int upgrade_dir(const struct state *next, const char *kind);
int upgrade_dir_over(const struct state *st, const char *kind);

#endif
