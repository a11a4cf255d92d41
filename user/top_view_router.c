/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include "top_view.h"
#include "values.h"
#include "vlans.h"

/* A page of lines, of which some are above and some are below what is to be seen. */
struct paper {
	struct top_canvas *c;
	int row, end;
	size_t first; /* lines above */
	size_t line;  /* lines so far */
};

/* The row for the next line, -1 if it isn't seen. */
static int next_line(struct paper *p)
{
	int row = -1;

	if (p->line >= p->first && p->line - p->first < (size_t)(p->end - p->row))
		row = p->row + (int)(p->line - p->first);
	p->line++;
	return row;
}

static void put_number(struct top_canvas *c, int row, int col, int width, double n)
{
	char text[16];

	canvas_right(c, row, col, width, n > 0 ? TOP_PLAIN : TOP_DIM, top_view_number(n, text));
}

static void put_count(struct top_canvas *c, int row, int col, int width, __u64 n,
		      enum top_style style)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", n);
	canvas_right(c, row, col, width, n ? style : TOP_DIM, text);
}

static void draw_name(const struct top_model *m, struct paper *p, const struct snap_router *r,
		      size_t index)
{
	char netns[VRXDP_NETNS_LEN * 4];
	int row = next_line(p), col;

	col = canvas_text(p->c, row, 0, TOP_TITLE, r->rec.conf.name);
	col = canvas_printf(p->c, row, col, TOP_PLAIN, "  path %s", snap_router_path(r));
	if (r->rec.conf.guest)
		col = canvas_text(p->c, row, col, TOP_PLAIN, "  guest");
	else
		col = canvas_printf(p->c, row, col, TOP_PLAIN, "  netns %s",
				    escape_text(r->rec.conf.netns, netns, sizeof(netns)));
	canvas_printf(p->c, row, col, TOP_PLAIN, "  share %.1f%%", top_model_share(m, index) * 100);
}

#define TOTAL_COL 9 /* of packets, 20 digits */
#define RATE_COL (TOTAL_COL + 21)
#define BITS_COL (RATE_COL + 8)
#define BYTES_COL (BITS_COL + 8)

static void draw_flow(struct paper *p, const char *what, __u64 packets, __u64 bytes,
		      const struct rate *rate)
{
	int row = next_line(p);

	canvas_text(p->c, row, 0, TOP_PLAIN, what);
	put_count(p->c, row, TOTAL_COL, 20, packets, TOP_PLAIN);
	put_number(p->c, row, RATE_COL, 7, rate->packets);
	put_number(p->c, row, BITS_COL, 7, rate->bits);
	put_count(p->c, row, BYTES_COL, 20, bytes, TOP_PLAIN);
}

static void draw_sum(struct paper *p, const char *what, __u64 packets, double rate,
		     enum top_style style)
{
	int row = next_line(p);

	canvas_text(p->c, row, 0, TOP_PLAIN, what);
	put_count(p->c, row, TOTAL_COL, 20, packets, style);
	top_view_loss(p->c, row, RATE_COL, 7, rate, style);
}

static __u64 sum(const __u64 *counts)
{
	__u64 n = 0;

	for (unsigned int i = 0; i < VRXDP_REASONS; i++)
		n += counts[i];
	return n;
}

static double sum_rates(const double *rates)
{
	double n = 0;

	for (unsigned int i = 0; i < VRXDP_REASONS; i++)
		n += rates[i];
	return n;
}

static void draw_totals(const struct top_model *m, struct paper *p, const struct snap_router *now,
			const struct router_rates *r, const struct reason_rates *reasons)
{
	double seconds = m->rates.seconds;
	double fast = 0, stack = 0;
	int row = next_line(p);

	canvas_style_row(p->c, row, TOP_HEAD);
	canvas_text(p->c, row, 0, TOP_HEAD, "SINCE ATTACH");
	canvas_right(p->c, row, TOTAL_COL + 4, 16, TOP_HEAD, "PACKETS");
	canvas_right(p->c, row, RATE_COL, 7, TOP_HEAD, "pps");
	canvas_right(p->c, row, BITS_COL, 7, TOP_HEAD, "bit/s");
	canvas_right(p->c, row, BYTES_COL, 20, TOP_HEAD, "BYTES");
	if (r->before) {
		fast = rates_per_second(rates_count(r->before->c.fast, now->c.fast), seconds);
		stack = rates_per_second(rates_count(r->before->c.stack, now->c.stack), seconds);
	}
	draw_flow(p, "in", now->rx_packets, now->c.rx_bytes, &r->rx);
	draw_flow(p, "out", now->c.tx.packets, now->c.tx.bytes, &r->tx);
	draw_sum(p, "fast", now->c.fast, fast, TOP_PLAIN);
	draw_sum(p, "stack", now->c.stack, stack, TOP_PLAIN);
	draw_sum(p, "drops", now->drop_packets, sum_rates(reasons->drops), TOP_BAD);
	draw_sum(p, "tx drops", now->tx_drop_packets, sum_rates(reasons->tx_drops), TOP_BAD);
	draw_sum(p, "punts", sum(now->c.punts), sum_rates(reasons->punts), TOP_WARN);
}

static void draw_past(const struct top_model *m, struct paper *p, size_t index)
{
	int width = p->c->cols - TOTAL_COL - 20;
	float past[TOP_HISTORY], max;
	int n, row = next_line(p);
	char text[16];

	if (width > TOP_HISTORY)
		width = TOP_HISTORY;
	n = top_model_past(m, index, past, width, &max);
	canvas_text(p->c, row, 0, TOP_PLAIN, "in+out");
	canvas_graph(p->c, row, TOTAL_COL, width, past, n, max);
	canvas_printf(p->c, row, TOTAL_COL + width + 1, TOP_DIM, "max %s %s",
		      top_view_number((double)max, text), m->bits ? "bit/s" : "pps");
}

static int clamp_width(int width, size_t len)
{
	return (int)len > width ? (int)len : width;
}

/* "200.100"; a list is cut. */
#define VLAN_WIDTH 9

static void draw_ifaces(const struct top_model *m, struct paper *p, const struct snap_router *r,
			const struct snap_router *before)
{
	int row = next_line(p), name = 9, port = 4;
	int in, out, vlan, device, mac;

	for (size_t i = 0; i < r->nifaces; i++) {
		name = clamp_width(name, strlen(r->ifaces[i].rec.conf.name));
		port = clamp_width(port, strlen(r->ifaces[i].rec.conf.port));
	}
	in = name + 1;
	out = in + 9;
	port += out + 10 + 1;
	vlan = port;
	device = vlan + VLAN_WIDTH + 1;
	mac = device + VRXDP_DEV_LEN;
	port = out + 10;

	row = next_line(p);
	canvas_style_row(p->c, row, TOP_HEAD);
	canvas_text(p->c, row, 0, TOP_HEAD, "INTERFACE");
	canvas_right(p->c, row, in, 8, TOP_HEAD, m->bits ? "IN bit/s" : "IN pps");
	canvas_right(p->c, row, out, 9, TOP_HEAD, m->bits ? "OUT bit/s" : "OUT pps");
	canvas_text(p->c, row, port, TOP_HEAD, "PORT");
	canvas_text(p->c, row, vlan, TOP_HEAD, "VLAN");
	canvas_text(p->c, row, device, TOP_HEAD, "DEVICE");
	canvas_text(p->c, row, mac, TOP_HEAD, "MAC");
	for (size_t i = 0; i < r->nifaces; i++) {
		const struct snap_iface *n = &r->ifaces[i];
		char text[VRXDP_DEV_LEN * 4 + 1];
		struct rate rx, tx;

		row = next_line(p);
		if (row < 0)
			continue;
		rates_iface(before, n, m->rates.seconds, &rx, &tx);
		canvas_text(p->c, row, 0, TOP_PLAIN, n->rec.conf.name);
		put_number(p->c, row, in, 8, top_model_unit(m, &rx));
		put_number(p->c, row, out, 9, top_model_unit(m, &tx));
		canvas_text(p->c, row, port, TOP_PLAIN, n->rec.conf.port);
		vlans_summary(&n->rec.conf.vlans, text, VLAN_WIDTH + 1);
		canvas_left(p->c, row, vlan, VLAN_WIDTH, *text ? TOP_PLAIN : TOP_DIM,
			    *text ? text : "-");
		canvas_left(p->c, row, device, VRXDP_DEV_LEN - 1, TOP_PLAIN,
			    escape_text(n->rec.device.name, text, sizeof(text)));
		format_mac(n->rec.conf.macs[0], text);
		if (n->rec.conf.nmacs > 1)
			snprintf(text + strlen(text), 8, " +%d", n->rec.conf.nmacs - 1);
		canvas_text(p->c, row, mac, TOP_PLAIN, text);
	}
}

static const char *meaning(unsigned int reason)
{
	static const char *const texts[VRXDP_REASONS] = {
#define X(number, symbol, name, text) [number] = (text),
		VRXDP_REASON_TABLE(X)
#undef X
	};

	return texts[reason] ? texts[reason] : "";
}

static void draw_reasons(struct paper *p, const char *what, const __u64 *counts,
			 const double *rates, enum top_style style)
{
	for (unsigned int i = 0; i < VRXDP_REASONS; i++) {
		int row;

		if (!counts[i])
			continue;
		row = next_line(p);
		canvas_text(p->c, row, 0, style, what);
		canvas_left(p->c, row, 9, 14, TOP_PLAIN, top_view_reason(i));
		top_view_loss(p->c, row, 24, 6, rates[i], style);
		put_count(p->c, row, 30, 20, counts[i], TOP_PLAIN);
		canvas_left(p->c, row, 52, p->c->cols - 52, TOP_DIM, meaning(i));
	}
}

static void draw_cpus(const struct top_model *m, struct paper *p, const struct snap_router *r,
		      const struct snap_router *before)
{
	int row = next_line(p);

	row = next_line(p);
	canvas_style_row(p->c, row, TOP_HEAD);
	canvas_text(p->c, row, 0, TOP_HEAD, "CPU");
	canvas_right(p->c, row, 5, 8, TOP_HEAD, "IN pps");
	canvas_right(p->c, row, 14, 8, TOP_HEAD, "OUT pps");
	canvas_right(p->c, row, 23, 20, TOP_HEAD, "IN PACKETS");
	canvas_right(p->c, row, 44, 20, TOP_HEAD, "OUT PACKETS");
	for (int i = 0; i < m->now.ncpus; i++) {
		double in = 0, out = 0;

		if (!r->cpu_rx[i] && !r->cpu_tx[i])
			continue;
		if (before && i < m->before.ncpus) {
			in = rates_per_second(rates_count(before->cpu_rx[i], r->cpu_rx[i]),
					      m->rates.seconds);
			out = rates_per_second(rates_count(before->cpu_tx[i], r->cpu_tx[i]),
					       m->rates.seconds);
		}
		row = next_line(p);
		canvas_printf(p->c, row, 0, TOP_PLAIN, "%d", i);
		put_number(p->c, row, 5, 8, in);
		put_number(p->c, row, 14, 8, out);
		put_count(p->c, row, 23, 20, r->cpu_rx[i], TOP_PLAIN);
		put_count(p->c, row, 44, 20, r->cpu_tx[i], TOP_PLAIN);
	}
}

static void draw_all(const struct top_model *m, struct paper *p, const struct snap_router *now,
		     size_t index)
{
	const struct router_rates *r = &m->rates.routers[index];
	struct reason_rates rates;
	int row;

	rates_reasons(r->before, now, m->rates.seconds, &rates);
	draw_name(m, p, now, index);
	draw_totals(m, p, now, r, &rates);
	draw_past(m, p, index);
	draw_ifaces(m, p, now, r->before);
	next_line(p);
	row = next_line(p);
	canvas_style_row(p->c, row, TOP_HEAD);
	canvas_text(p->c, row, 0, TOP_HEAD, "WHAT     REASON");
	canvas_right(p->c, row, 24, 6, TOP_HEAD, "/s");
	canvas_right(p->c, row, 30, 20, TOP_HEAD, "TOTAL");
	draw_reasons(p, "drop", now->c.drops, rates.drops, TOP_BAD);
	draw_reasons(p, "tx drop", now->c.tx_drops, rates.tx_drops, TOP_BAD);
	draw_reasons(p, "punt", now->c.punts, rates.punts, TOP_WARN);
	if (!now->drop_packets && !now->tx_drop_packets && !sum(now->c.punts))
		canvas_text(p->c, next_line(p), 0, TOP_DIM, "nothing");
	draw_cpus(m, p, now, r->before);
}

void top_view_router(struct top_model *m, struct top_canvas *c, int row, int end)
{
	struct paper p = { .c = c, .row = row, .end = end, .first = m->router.first };
	struct paper blind = { .c = c, .row = row, .end = row };
	size_t index;
	const struct snap_router *now = top_model_chosen(m, &index);

	if (!now) {
		canvas_printf(c, row, 0, TOP_WARN, "Router %s is gone", m->choice);
		return;
	}
	/* how many lines are there, and so how far can it scroll? */
	draw_all(m, &blind, now, index);
	top_scroll_fit(&m->router, blind.line, end > row ? (size_t)(end - row) : 0);
	p.first = m->router.first;
	draw_all(m, &p, now, index);
}
