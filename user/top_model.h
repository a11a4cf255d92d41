/* SPDX-License-Identifier: GPL-2.0-only */
/* What top knows: the numbers of now, a short past, and what the user chose to see. */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <time.h>

#include "rates.h"

#define TOP_HISTORY 60    /* intervals */
#define TOP_DELAY_MIN 0.1 /* seconds */
#define TOP_DELAY_MAX 3600.0
#define TOP_TEXT 64 /* a filter or a delay being typed, and its NUL */

enum top_column { TOP_NAME, TOP_PATH, TOP_IN, TOP_OUT, TOP_DROPS, TOP_PUNTS, TOP_SHARE };
#define TOP_COLUMNS 7

enum top_page { TOP_LIST, TOP_PORTS, TOP_ROUTER };
enum top_prompt { TOP_NO_PROMPT, TOP_FILTER, TOP_DELAY };

/* A router's past, a ring that model.newest points into: in + out. */
struct top_history {
	float packets[TOP_HISTORY];
	float bits[TOP_HISTORY];
};

/* A list that scrolls. The view fits it to the page, the keys move it. */
struct top_scroll {
	size_t first; /* the line at the top */
	size_t page;  /* lines that the view has room for */
};

struct top_model {
	struct snapshot now, before;
	struct rates rates;
	struct top_history **history; /* one per router of now */
	unsigned int newest, samples;
	time_t wall; /* when now was taken */

	__u32 *order; /* routers of now as listed: filtered and sorted */
	size_t norder;
	enum top_column sort;
	bool reversed; /* else names rise and numbers fall */
	bool bits;     /* else packets */
	bool paused;
	bool help;
	double delay;
	char filter[TOP_TEXT];

	enum top_page page;
	bool chosen;                 /* the cursor follows a router, else the first line */
	char choice[VRXDP_NAME_LEN]; /* its name, also of the router of TOP_ROUTER */
	size_t cursor;               /* line of the list */
	struct top_scroll list, ports, router, helping;

	enum top_prompt prompt;
	char typed[TOP_TEXT];
	const char *message; /* for the last line, until the next key; or NULL */
};

/* Parse seconds with decimals ("0.5"). Returns 0, or -EINVAL, or -ERANGE. */
int top_parse_delay(const char *text, double *seconds);

/* Start with defaults: sorted by share, packets. */
void top_model_init(struct top_model *m, double delay);
void top_model_free(struct top_model *m);

/*
 * Take over @snap as the numbers of now; it is empty afterwards. @since is the
 * snapshot that the rates count from and is taken over too; NULL: the one shown so
 * far. What was chosen stays chosen. Returns 0 or -ENOMEM.
 */
int top_model_update(struct top_model *m, struct snapshot *snap, struct snapshot *since);

/* List and cursor anew, after filter or sorting changed. */
void top_model_list(struct top_model *m);

/* Move the cursor by @lines and follow the router that is there. */
void top_model_move(struct top_model *m, long lines);

/* The router under the cursor, or of the page TOP_ROUTER. NULL if there is none. */
const struct snap_router *top_model_chosen(const struct top_model *m, size_t *index);

/* What the chosen unit shows of @r: packets or bits a second. */
double top_model_unit(const struct top_model *m, const struct rate *r);

/* The part of all routers' traffic, in and out, 0..1. */
double top_model_share(const struct top_model *m, size_t router);

/* A router's last @n samples in the chosen unit, oldest first; returns how many. */
int top_model_past(const struct top_model *m, size_t router, float *out, int n, float *max);

/* Keep @s within @lines. */
void top_scroll_fit(struct top_scroll *s, size_t lines, size_t page);
void top_scroll_by(struct top_scroll *s, long lines);

#endif
