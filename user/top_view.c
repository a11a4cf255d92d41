/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "top_view.h"
#include "values.h"

char *top_view_number(double n, char *buf)
{
	/* half of what format_si() still shows */
	if (n > 0 && n < 0.05)
		return strcpy(buf, "<0.1");
	return format_si(n, buf);
}

const char *top_view_reason(unsigned int reason)
{
	const char *name = reason ? reason_name(reason) : NULL;

	return name ? name : reason ? "other" : "";
}

void top_view_loss(struct top_canvas *c, int row, int col, int width, double rate,
		   enum top_style style)
{
	char text[16];

	canvas_right(c, row, col, width, rate > 0 ? style : TOP_DIM, top_view_number(rate, text));
}

static void put_rate(struct top_canvas *c, int row, const struct top_columns *l,
		     enum top_place place, double rate)
{
	char text[16];

	canvas_right(c, row, l->col[place], l->width[place], rate > 0 ? TOP_PLAIN : TOP_DIM,
		     top_view_number(rate, text));
}

static void put_rates(struct top_canvas *c, int row, const struct top_columns *l,
		      const struct rate *in, const struct rate *out)
{
	put_rate(c, row, l, PLACE_IN, l->bits ? in->bits : in->packets);
	put_rate(c, row, l, PLACE_OUT, l->bits ? out->bits : out->packets);
	put_rate(c, row, l, PLACE_IN_OTHER, l->bits ? in->packets : in->bits);
	put_rate(c, row, l, PLACE_OUT_OTHER, l->bits ? out->packets : out->bits);
}

static bool left_side(enum top_place place)
{
	return place == PLACE_NAME || place == PLACE_PATH || place == PLACE_REASON ||
	       place == PLACE_PUNT_REASON || place == PLACE_HISTORY;
}

/* Names rise, numbers fall, unless reversed. */
static wchar_t arrow(const struct top_model *m, const struct top_canvas *c)
{
	bool rising = (m->sort == TOP_NAME) != m->reversed;

	if (c->unicode)
		return rising ? L'▲' : L'▼';
	return rising ? L'^' : L'v';
}

static void draw_heads(const struct top_model *m, struct top_canvas *c, int row,
		       const struct top_columns *l, bool ports)
{
	canvas_style_row(c, row, TOP_HEAD);
	for (int i = 0; i < PLACES; i++) {
		enum top_place place = (enum top_place)i;
		const char *title = top_columns_title(l, place, ports);
		bool sorted = !ports && top_columns_sort(place) == (int)m->sort;
		enum top_style style = sorted ? TOP_SORTED : TOP_HEAD;

		if (!l->width[i])
			continue;
		if (left_side(place) || (ports && place == PLACE_SHARE)) {
			canvas_left(c, row, l->col[i], l->width[i] + 1, style, title);
			if (sorted)
				canvas_char(c, row, l->col[i] + (int)strlen(title), style,
					    arrow(m, c));
			continue;
		}
		canvas_right(c, row, l->col[i], l->width[i], style, title);
		if (sorted)
			canvas_char(c, row, l->col[i] + l->width[i] - (int)strlen(title) - 1, style,
				    arrow(m, c));
	}
}

static void draw_port(const struct top_model *m, struct top_canvas *c, int row,
		      const struct top_columns *l, size_t i)
{
	const struct snap_port *p = &m->now.ports[i];
	const struct port_rates *r = &m->rates.ports[i];
	double drops = rates_per_second(r->drops, m->rates.seconds);
	bool generic = p->rec.mode == VRXDP_MODE_GENERIC;
	char device[VRXDP_DEV_LEN * 4 + 1];

	canvas_left(c, row, l->col[PLACE_NAME], l->width[PLACE_NAME], TOP_PLAIN, p->rec.conf.name);
	canvas_left(c, row, l->col[PLACE_PATH], l->width[PLACE_PATH], generic ? TOP_WARN : TOP_GOOD,
		    snap_port_mode(p));
	put_rates(c, row, l, &r->rx, &r->tx);
	top_view_loss(c, row, l->col[PLACE_DROPS], l->width[PLACE_DROPS], drops, TOP_BAD);
	canvas_left(c, row, l->col[PLACE_REASON], l->width[PLACE_REASON], TOP_BAD,
		    top_view_reason(r->drop_reason));
	escape_text(p->rec.device.name, device, sizeof(device));
	if (l->width[PLACE_SHARE])
		canvas_left(c, row, l->col[PLACE_SHARE], c->cols - l->col[PLACE_SHARE], TOP_PLAIN,
			    device);
}

static void draw_router(const struct top_model *m, struct top_canvas *c, int row,
			const struct top_columns *l, size_t i)
{
	const struct snap_router *n = &m->now.routers[i];
	const struct router_rates *r = &m->rates.routers[i];
	const char *path = snap_router_path(n);
	double share = top_model_share(m, i) * 100;
	float past[TOP_HISTORY], max;
	char text[16];
	int samples;

	canvas_left(c, row, l->col[PLACE_NAME], l->width[PLACE_NAME], TOP_PLAIN, n->rec.conf.name);
	canvas_left(c, row, l->col[PLACE_PATH], l->width[PLACE_PATH],
		    strcmp(path, "fast") ? TOP_PLAIN : TOP_GOOD, path);
	put_rates(c, row, l, &r->rx, &r->tx);
	top_view_loss(c, row, l->col[PLACE_DROPS], l->width[PLACE_DROPS],
		      rates_per_second(r->drops, m->rates.seconds), TOP_BAD);
	top_view_loss(c, row, l->col[PLACE_PUNTS], l->width[PLACE_PUNTS],
		      rates_per_second(r->punts, m->rates.seconds), TOP_WARN);
	if (r->drop_reason || l->width[PLACE_PUNT_REASON])
		canvas_left(c, row, l->col[PLACE_REASON], l->width[PLACE_REASON], TOP_BAD,
			    top_view_reason(r->drop_reason));
	else
		canvas_left(c, row, l->col[PLACE_REASON], l->width[PLACE_REASON], TOP_WARN,
			    top_view_reason(r->punt_reason));
	canvas_left(c, row, l->col[PLACE_PUNT_REASON], l->width[PLACE_PUNT_REASON], TOP_WARN,
		    top_view_reason(r->punt_reason));
	if (share >= 99.95)
		strcpy(text, "100%");
	else
		snprintf(text, sizeof(text), "%u.%u%%", (unsigned int)(share * 10 + 0.5) / 10,
			 (unsigned int)(share * 10 + 0.5) % 10);
	canvas_right(c, row, l->col[PLACE_SHARE], l->width[PLACE_SHARE],
		     share > 0 ? TOP_PLAIN : TOP_DIM, share > 0 && share < 0.05 ? "<0.1%" : text);
	samples = top_model_past(m, i, past, l->width[PLACE_HISTORY], &max);
	canvas_graph(c, row, l->col[PLACE_HISTORY], l->width[PLACE_HISTORY], past, samples, max);
}

static int longest_name(const struct top_model *m)
{
	size_t longest = 0;

	for (size_t i = 0; i < m->now.nports; i++)
		if (strlen(m->now.ports[i].rec.conf.name) > longest)
			longest = strlen(m->now.ports[i].rec.conf.name);
	for (size_t i = 0; i < m->now.nrouters; i++)
		if (strlen(m->now.routers[i].rec.conf.name) > longest)
			longest = strlen(m->now.routers[i].rec.conf.name);
	return (int)longest;
}

/* Ports above the routers: at most a third of the page. Returns the next free row. */
static int draw_ports(struct top_model *m, struct top_canvas *c, int row,
		      const struct top_columns *l)
{
	size_t most = (size_t)(c->rows - 2) / 3, n = m->now.nports;

	if (!n || most < 3)
		return row;
	draw_heads(m, c, row++, l, true);
	if (n > most - 1)
		n = most - 2;
	for (size_t i = 0; i < n; i++)
		draw_port(m, c, row++, l, i);
	if (n < m->now.nports)
		canvas_printf(c, row++, 0, TOP_DIM, "and %zu more ports: Tab", m->now.nports - n);
	return row + 1;
}

static void draw_list(struct top_model *m, struct top_canvas *c, int row, int end)
{
	struct top_columns l;
	size_t page;

	top_columns_fit(&l, c->cols, longest_name(m), m->bits);
	row = draw_ports(m, c, row, &l);
	draw_heads(m, c, row++, &l, false);
	page = end > row ? (size_t)(end - row) : 0;
	if (page && m->cursor >= m->list.first + page)
		m->list.first = m->cursor - page + 1;
	if (m->cursor < m->list.first)
		m->list.first = m->cursor;
	top_scroll_fit(&m->list, m->norder, page);
	for (size_t i = m->list.first; i < m->norder && row < end; i++, row++) {
		draw_router(m, c, row, &l, m->order[i]);
		if (i == m->cursor)
			canvas_select_row(c, row);
	}
	if (!m->now.nrouters)
		canvas_text(c, row, 0, TOP_DIM, "No routers yet: vrxdp router add");
	else if (!m->norder)
		canvas_printf(c, row, 0, TOP_DIM, "Nothing matches \"%s\"", m->filter);
}

static void draw_port_page(struct top_model *m, struct top_canvas *c, int row, int end)
{
	struct top_columns l;

	top_columns_fit(&l, c->cols, longest_name(m), m->bits);
	draw_heads(m, c, row++, &l, true);
	top_scroll_fit(&m->ports, m->now.nports, end > row ? (size_t)(end - row) : 0);
	for (size_t i = m->ports.first; i < m->now.nports && row < end; i++)
		draw_port(m, c, row++, &l, i);
}

/*
 * Text at @col with a gap to what is before. What doesn't fit is left out, and so is all
 * that follows. Returns the next column.
 */
static int piece(struct top_canvas *c, int row, int col, enum top_style style, const char *text)
{
	int gap = col ? 2 : 0;

	if (col + gap + (int)strlen(text) > c->cols)
		return c->cols;
	return canvas_text(c, row, col + gap, style, text);
}

static void draw_title(const struct top_model *m, struct top_canvas *c)
{
	char text[128], when[16];
	struct tm tm;
	int col;

	localtime_r(&m->wall, &tm);
	strftime(when, sizeof(when), "%H:%M:%S", &tm);
	col = piece(c, 0, 0, TOP_TITLE, "vrxdp");
	col = piece(c, 0, col, TOP_PLAIN, when);
	if (m->paused)
		col = piece(c, 0, col, TOP_WARN, "PAUSED");
	if (m->filter[0]) {
		snprintf(text, sizeof(text), "/%.24s: %zu of %zu", m->filter, m->norder,
			 m->now.nrouters);
		col = piece(c, 0, col, TOP_WARN, text);
	} else {
		snprintf(text, sizeof(text), "%zu router%s", m->now.nrouters,
			 m->now.nrouters == 1 ? "" : "s");
		col = piece(c, 0, col, TOP_PLAIN, text);
	}
	snprintf(text, sizeof(text), "%zu port%s", m->now.nports, m->now.nports == 1 ? "" : "s");
	col = piece(c, 0, col, TOP_PLAIN, text);
	snprintf(text, sizeof(text), "every %.10g s", m->delay);
	piece(c, 0, col, TOP_PLAIN, text);
}

/* "in 1.23M pps 5.60G bit/s": the other unit only where there's room. */
static int traffic(const struct top_model *m, struct top_canvas *c, int col, const char *what,
		   const struct rate *r)
{
	char one[16], other[16], text[64];
	bool wide = c->cols >= 80;

	top_view_number(m->bits ? r->bits : r->packets, one);
	top_view_number(m->bits ? r->packets : r->bits, other);
	snprintf(text, sizeof(text), "%s %s %s%s%s%s", what, one, m->bits ? "bit/s" : "pps",
		 wide ? " " : "", wide ? other : "",
		 !wide   ? "" :
		 m->bits ? " pps" :
			   " bit/s");
	return piece(c, 1, col, TOP_PLAIN, text);
}

static void draw_totals(const struct top_model *m, struct top_canvas *c)
{
	const struct total_rates *t = &m->rates.total;
	double drops = rates_per_second(t->drops + t->port_drops, m->rates.seconds);
	double punts = rates_per_second(t->punts, m->rates.seconds);
	const char *per = c->cols < 60 ? "" : "/s";
	char number[16], text[64];
	int col;

	col = traffic(m, c, 0, "in", &t->rx);
	col = traffic(m, c, col, "out", &t->tx);
	snprintf(text, sizeof(text), "drop %s%s", top_view_number(drops, number), per);
	col = piece(c, 1, col, drops > 0 ? TOP_BAD : TOP_DIM, text);
	snprintf(text, sizeof(text), "punt %s%s", top_view_number(punts, number), per);
	piece(c, 1, col, punts > 0 ? TOP_WARN : TOP_DIM, text);
}

static void draw_keys(const struct top_model *m, struct top_canvas *c, int row)
{
	static const char *const list[][2] = {
		{ "h", "help" },  { "q", "quit" },    { "Enter", "open" }, { "/", "filter" },
		{ "<>", "sort" }, { "r", "reverse" }, { "b", "pps/bits" }, { "p", "pause" },
		{ "d", "delay" }, { "Tab", "ports" }, { NULL, NULL }
	};
	static const char *const deep[][2] = { { "Esc", "back" }, { "q", "quit" },
					       { "h", "help" },   { "b", "pps/bits" },
					       { "p", "pause" },  { NULL, NULL } };
	static const char *const helping[][2] = {
		{ "Esc", "back" }, { "Up Down", "scroll" }, { "q", "quit" }, { NULL, NULL }
	};
	const char *const(*keys)[2] = m->help ? helping : m->page == TOP_LIST ? list : deep;
	int col = 0;

	for (; (*keys)[0]; keys++) {
		int gap = col ? 2 : 0;
		int len = (int)(strlen((*keys)[0]) + 1 + strlen((*keys)[1]));

		if (col + gap + len > c->cols)
			break;
		col = canvas_text(c, row, col + gap, TOP_KEY, (*keys)[0]);
		col = canvas_text(c, row, col + 1, TOP_PLAIN, (*keys)[1]);
	}
}

static void draw_last_row(const struct top_model *m, struct top_canvas *c, int row)
{
	int col;

	if (m->prompt == TOP_NO_PROMPT && m->message) {
		canvas_text(c, row, 0, TOP_WARN, m->message);
		return;
	}
	if (m->prompt == TOP_NO_PROMPT) {
		draw_keys(m, c, row);
		return;
	}
	col = canvas_text(c, row, 0, TOP_TITLE,
			  m->prompt == TOP_FILTER ? "Show names with: " :
						    "Seconds (0.1 to 3600): ");
	col = canvas_text(c, row, col, TOP_PLAIN, m->typed);
	canvas_char(c, row, col, TOP_PLAIN, L'_');
}

void top_view(struct top_model *m, struct top_canvas *c)
{
	int end = c->rows - 1;

	canvas_blank(c);
	if (c->rows < TOP_ROWS_MIN || c->cols < TOP_COLS_MIN) {
		canvas_text(c, 0, 0, TOP_PLAIN, "terminal too small");
		canvas_printf(c, 1, 0, TOP_PLAIN, "%dx%d, needs %dx%d", c->cols, c->rows,
			      TOP_COLS_MIN, TOP_ROWS_MIN);
		return;
	}
	draw_title(m, c);
	draw_totals(m, c);
	if (m->help)
		top_view_help(m, c, 3, end);
	else if (m->page == TOP_ROUTER)
		top_view_router(m, c, 3, end);
	else if (m->page == TOP_PORTS)
		draw_port_page(m, c, 3, end);
	else
		draw_list(m, c, c->rows < 12 ? 2 : 3, end);
	draw_last_row(m, c, end);
}
