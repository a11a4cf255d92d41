/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "top_model.h"

int top_parse_delay(const char *text, double *seconds)
{
	double n;
	char *end;

	/* strtod() takes more than people mean: "inf", "0x1", "1e9", spaces */
	if (!text[strcspn(text, "0123456789")] || text[strspn(text, "0123456789.")])
		return -EINVAL;
	n = strtod(text, &end);
	if (*end)
		return -EINVAL;
	if (n < TOP_DELAY_MIN || n > TOP_DELAY_MAX)
		return -ERANGE;
	*seconds = n;
	return 0;
}

void top_model_init(struct top_model *m, double delay)
{
	memset(m, 0, sizeof(*m));
	m->delay = delay;
	m->sort = TOP_SHARE;
}

static void free_history(struct top_history **history, size_t n)
{
	for (size_t i = 0; history && i < n; i++)
		free(history[i]);
	free(history);
}

void top_model_free(struct top_model *m)
{
	free_history(m->history, m->now.nrouters);
	rates_free(&m->rates);
	snapshot_free(&m->now);
	snapshot_free(&m->before);
	free(m->order);
	memset(m, 0, sizeof(*m));
}

double top_model_unit(const struct top_model *m, const struct rate *r)
{
	return m->bits ? r->bits : r->packets;
}

double top_model_share(const struct top_model *m, size_t router)
{
	const struct router_rates *r = &m->rates.routers[router];
	const struct total_rates *t = &m->rates.total;
	double total = top_model_unit(m, &t->rx) + top_model_unit(m, &t->tx);

	if (!(total > 0))
		return 0;
	return (top_model_unit(m, &r->rx) + top_model_unit(m, &r->tx)) / total;
}

int top_model_past(const struct top_model *m, size_t router, float *out, int n, float *max)
{
	const struct top_history *h = m->history[router];
	const float *ring = m->bits ? h->bits : h->packets;

	if (n > TOP_HISTORY)
		n = TOP_HISTORY;
	if (n > (int)m->samples)
		n = (int)m->samples;
	*max = 0;
	for (int i = 0; i < n; i++) {
		unsigned int back = (unsigned int)(n - 1 - i);

		out[i] = ring[(m->newest + TOP_HISTORY - back) % TOP_HISTORY];
		if (out[i] > *max)
			*max = out[i];
	}
	return n;
}

/*
 * The histories of @now's routers: those that were known keep theirs, the new ones
 * get empty ones. Consumes nothing without memory.
 */
static struct top_history **carry_history(struct top_model *m, const struct snapshot *now)
{
	struct top_history **history = calloc(now->nrouters + 1, sizeof(*history));
	size_t cursor = 0;

	for (size_t i = 0; history && i < now->nrouters; i++) {
		if (rates_same_router(&m->now, &cursor, &now->routers[i]))
			continue;
		history[i] = calloc(1, sizeof(**history));
		if (!history[i]) {
			free_history(history, i);
			return NULL;
		}
	}
	cursor = 0;
	for (size_t i = 0; history && i < now->nrouters; i++) {
		const struct snap_router *old;

		if (history[i])
			continue;
		old = rates_same_router(&m->now, &cursor, &now->routers[i]);
		history[i] = m->history[old - m->now.routers];
		m->history[old - m->now.routers] = NULL;
	}
	return history;
}

static void add_sample(struct top_model *m)
{
	m->newest = (m->newest + 1) % TOP_HISTORY;
	if (m->samples < TOP_HISTORY)
		m->samples++;
	for (size_t i = 0; i < m->now.nrouters; i++) {
		const struct router_rates *r = &m->rates.routers[i];

		m->history[i]->packets[m->newest] = (float)(r->rx.packets + r->tx.packets);
		m->history[i]->bits[m->newest] = (float)(r->rx.bits + r->tx.bits);
	}
}

int top_model_update(struct top_model *m, struct snapshot *snap, struct snapshot *since)
{
	const struct snapshot *before = since;
	struct top_history **history = NULL;
	struct rates rates;
	__u32 *order;

	if (!before && m->order)
		before = &m->now;
	order = calloc(snap->nrouters + 1, sizeof(*order));
	if (!order || rates_between(before, snap, &rates)) {
		free(order);
		return -ENOMEM;
	}
	history = carry_history(m, snap);
	if (!history) {
		rates_free(&rates);
		free(order);
		return -ENOMEM;
	}

	free_history(m->history, m->now.nrouters);
	m->history = history;
	rates_free(&m->rates);
	m->rates = rates;
	free(m->order);
	m->order = order;
	snapshot_free(&m->before);
	if (since) {
		snapshot_free(&m->now);
		m->before = *since;
		memset(since, 0, sizeof(*since));
	} else {
		m->before = m->now;
	}
	m->now = *snap;
	memset(snap, 0, sizeof(*snap));
	m->wall = time(NULL);
	if (rates.seconds > 0)
		add_sample(m);
	top_model_list(m);
	return 0;
}

static bool contains(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

static bool listed(const struct top_model *m, const struct snap_router *r)
{
	if (!m->filter[0] || contains(r->rec.conf.name, m->filter))
		return true;
	for (size_t i = 0; i < r->nifaces; i++)
		if (contains(r->ifaces[i].rec.conf.port, m->filter) ||
		    contains(r->ifaces[i].rec.device.name, m->filter))
			return true;
	return false;
}

struct sort_key {
	double weight;
	__u32 index;
};

static int compare_keys(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Routers are listed by falling weight, and by name where it's equal. */
static double weight(const struct top_model *m, size_t i)
{
	const struct router_rates *r = &m->rates.routers[i];

	switch (m->sort) {
	case TOP_NAME:
		return -(double)i;
	case TOP_PATH:
		return strcmp(snap_router_path(&m->now.routers[i]), "stack") ? 1 : 0;
	case TOP_IN:
		return top_model_unit(m, &r->rx);
	case TOP_OUT:
		return top_model_unit(m, &r->tx);
	case TOP_DROPS:
		return (double)r->drops;
	case TOP_PUNTS:
		return (double)r->punts;
	case TOP_SHARE:
		break;
	}
	return top_model_unit(m, &r->rx) + top_model_unit(m, &r->tx);
}

/* Find the router that the cursor follows; the cursor stays where it was if it's gone. */
static void place_cursor(struct top_model *m)
{
	if (!m->chosen)
		m->cursor = 0;
	for (size_t i = 0; m->chosen && i < m->norder; i++)
		if (!strcmp(m->now.routers[m->order[i]].rec.conf.name, m->choice)) {
			m->cursor = i;
			return;
		}
	if (m->cursor >= m->norder)
		m->cursor = m->norder ? m->norder - 1 : 0;
}

void top_model_list(struct top_model *m)
{
	struct sort_key *keys = calloc(m->now.nrouters + 1, sizeof(*keys));
	size_t n = 0;

	for (size_t i = 0; i < m->now.nrouters; i++) {
		if (!listed(m, &m->now.routers[i]))
			continue;
		m->order[n] = (__u32)i;
		if (keys) {
			keys[n].index = (__u32)i;
			keys[n].weight = m->reversed ? -weight(m, i) : weight(m, i);
		}
		n++;
	}
	m->norder = n;
	/* without memory the list is by name */
	if (keys) {
		qsort(keys, n, sizeof(*keys), compare_keys);
		for (size_t i = 0; i < n; i++)
			m->order[i] = keys[i].index;
		free(keys);
	}
	place_cursor(m);
}

void top_model_move(struct top_model *m, long lines)
{
	if (!m->norder)
		return;
	if (lines < 0 && (size_t)-lines > m->cursor)
		m->cursor = 0;
	else if (lines > 0 && (size_t)lines > m->norder - 1 - m->cursor)
		m->cursor = m->norder - 1;
	else
		m->cursor = (size_t)((long)m->cursor + lines);
	/* at the top the cursor stays with the first line, whoever is there */
	m->chosen = m->cursor > 0;
	strcpy(m->choice, m->now.routers[m->order[m->cursor]].rec.conf.name);
}

const struct snap_router *top_model_chosen(const struct top_model *m, size_t *index)
{
	size_t low = 0, high = m->now.nrouters;

	if (m->page != TOP_ROUTER) {
		if (!m->norder)
			return NULL;
		*index = m->order[m->cursor];
		return &m->now.routers[*index];
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(m->choice, m->now.routers[mid].rec.conf.name);

		if (!order) {
			*index = mid;
			return &m->now.routers[mid];
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

void top_scroll_fit(struct top_scroll *s, size_t lines, size_t page)
{
	s->page = page;
	if (s->first + page > lines)
		s->first = lines > page ? lines - page : 0;
}

void top_scroll_by(struct top_scroll *s, long lines)
{
	/* the view cuts it at the other end, whose place it alone knows */
	if (lines < 0 && (size_t)-lines > s->first)
		s->first = 0;
	else
		s->first = (size_t)((long)s->first + lines);
}
