/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "top_columns.h"

#define NAME_LEAST 11 /* what a name gets before less important columns come */
#define HISTORY_LEAST 6

struct column {
	const char *routers[2]; /* titles, in packets and in bits */
	const char *ports[2];
	int width; /* of the values */
	int sort;
};

/* PLACE_IN_OTHER and PLACE_OUT_OTHER have those of PLACE_IN and PLACE_OUT with bits turned. */
static const struct column columns[PLACES] = {
	[PLACE_NAME] = { { "ROUTER", "ROUTER" }, { "PORT", "PORT" }, 8, TOP_NAME },
	[PLACE_PATH] = { { "PATH", "PATH" }, { "MODE", "MODE" }, 7, TOP_PATH },
	[PLACE_IN] = { { "IN pps", "IN bit/s" }, { "RX pps", "RX bit/s" }, 5, TOP_IN },
	[PLACE_OUT] = { { "OUT pps", "OUT bit/s" }, { "TX pps", "TX bit/s" }, 5, TOP_OUT },
	[PLACE_DROPS] = { { "DROP/s", "DROP/s" }, { "DROP/s", "DROP/s" }, 5, TOP_DROPS },
	[PLACE_REASON] = { { "REASON", "REASON" }, { "REASON", "REASON" }, 14, -1 },
	[PLACE_PUNTS] = { { "PUNT/s", "PUNT/s" }, { "", "" }, 5, TOP_PUNTS },
	[PLACE_PUNT_REASON] = { { "PUNT REASON", "PUNT REASON" }, { "", "" }, 14, -1 },
	[PLACE_SHARE] = { { "SHARE", "SHARE" }, { "DEVICE", "DEVICE" }, 5, TOP_SHARE },
	[PLACE_HISTORY] = { { "HISTORY", "HISTORY" }, { "", "" }, HISTORY_LEAST, -1 },
};

static const struct column *column_of(enum top_place place, bool *bits)
{
	if (place == PLACE_IN_OTHER || place == PLACE_OUT_OTHER) {
		*bits = !*bits;
		place = place == PLACE_IN_OTHER ? PLACE_IN : PLACE_OUT;
	}
	return &columns[place];
}

const char *top_columns_title(const struct top_columns *c, enum top_place place, bool ports)
{
	bool bits = c->bits;
	const struct column *col = column_of(place, &bits);

	return ports ? col->ports[bits] : col->routers[bits];
}

int top_columns_sort(enum top_place place)
{
	/* both units are sorted by the chosen one */
	return place == PLACE_IN_OTHER || place == PLACE_OUT_OTHER ? -1 : columns[place].sort;
}

static int width_of(const struct top_columns *c, enum top_place place)
{
	bool bits = c->bits;
	const struct column *col = column_of(place, &bits);
	int title = (int)strlen(col->routers[bits]);

	return place == PLACE_HISTORY || title < col->width ? col->width : title;
}

/* Give @place its width if it fits into what is @left. */
static bool claim(struct top_columns *c, enum top_place place, int *left)
{
	int width = width_of(c, place);

	if (width + 1 > *left)
		return false;
	c->width[place] = width;
	*left -= width + 1;
	return true;
}

static void grow(int *width, int most, int *left)
{
	int more = most - *width;

	if (more > *left)
		more = *left;
	if (more > 0) {
		*width += more;
		*left -= more;
	}
}

/* A reason stands behind what it is the reason of. */
static void place_columns(struct top_columns *c)
{
	static const enum top_place order[] = {
		PLACE_NAME,     PLACE_PATH,        PLACE_IN,    PLACE_OUT,
		PLACE_IN_OTHER, PLACE_OUT_OTHER,   PLACE_DROPS, PLACE_REASON,
		PLACE_PUNTS,    PLACE_PUNT_REASON, PLACE_SHARE, PLACE_HISTORY,
	};
	static const enum top_place order_one[] = {
		PLACE_NAME,     PLACE_PATH,        PLACE_IN,    PLACE_OUT,
		PLACE_IN_OTHER, PLACE_OUT_OTHER,   PLACE_DROPS, PLACE_PUNTS,
		PLACE_REASON,   PLACE_PUNT_REASON, PLACE_SHARE, PLACE_HISTORY,
	};
	const enum top_place *next = c->width[PLACE_PUNT_REASON] ? order : order_one;
	int col = 0;

	for (int i = 0; i < PLACES; i++, next++) {
		if (!c->width[*next])
			continue;
		c->col[*next] = col;
		col += c->width[*next] + 1;
	}
}

void top_columns_fit(struct top_columns *c, int cols, int longest, bool bits)
{
	static const enum top_place by_need[] = { PLACE_IN,    PLACE_OUT,    PLACE_DROPS,
						  PLACE_PATH,  PLACE_PUNTS,  PLACE_REASON,
						  PLACE_SHARE, PLACE_HISTORY };
	int left = cols;

	memset(c, 0, sizeof(*c));
	c->bits = bits;
	/* a name's first columns come before everything else */
	c->width[PLACE_NAME] = width_of(c, PLACE_NAME);
	left -= c->width[PLACE_NAME];
	for (size_t i = 0; i < sizeof(by_need) / sizeof(*by_need); i++)
		if (!claim(c, by_need[i], &left))
			break;
	grow(&c->width[PLACE_NAME], longest < NAME_LEAST ? longest : NAME_LEAST, &left);
	if (c->width[PLACE_HISTORY])
		grow(&c->width[PLACE_HISTORY], 8, &left);
	grow(&c->width[PLACE_NAME], longest, &left);
	if (c->width[PLACE_HISTORY] && claim(c, PLACE_IN_OTHER, &left) &&
	    !claim(c, PLACE_OUT_OTHER, &left)) {
		left += c->width[PLACE_IN_OTHER] + 1;
		c->width[PLACE_IN_OTHER] = 0;
	}
	if (c->width[PLACE_OUT_OTHER])
		claim(c, PLACE_PUNT_REASON, &left);
	if (c->width[PLACE_HISTORY])
		grow(&c->width[PLACE_HISTORY], TOP_HISTORY, &left);

	place_columns(c);
}
