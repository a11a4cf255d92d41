/* SPDX-License-Identifier: GPL-2.0-only */
/* Which columns the tables of ports and routers have at a given width, and where. */
#ifndef TOP_COLUMNS_H
#define TOP_COLUMNS_H

#include "top_model.h"

enum top_place {
	PLACE_NAME,
	PLACE_PATH, /* or a port's mode */
	PLACE_IN,   /* in the chosen unit */
	PLACE_OUT,
	PLACE_IN_OTHER, /* in the other one */
	PLACE_OUT_OTHER,
	PLACE_DROPS,
	PLACE_REASON, /* of drops; of punts if there are no drops and no column */
	PLACE_PUNTS,
	PLACE_PUNT_REASON,
	PLACE_SHARE, /* or, from here to the right side, a port's device */
	PLACE_HISTORY,
	PLACES,
};

struct top_columns {
	int col[PLACES];
	int width[PLACES]; /* 0: not shown */
	bool bits;
};

/* Lay out for @cols columns; @longest is the length of the longest name. */
void top_columns_fit(struct top_columns *c, int cols, int longest, bool bits);

/* The title of a column for routers, or for ports ("" if they don't have it). */
const char *top_columns_title(const struct top_columns *c, enum top_place place, bool ports);

/* What sorts by a column; -1 for those that don't. */
int top_columns_sort(enum top_place place);

#endif
