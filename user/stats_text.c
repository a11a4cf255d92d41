/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "stats_text.h"
#include "values.h"
#include "vlans.h"

#define MAX_CELLS 11
#define CELL_LEN 72

/* A table is laid out twice: first for the widths, then for the paper. */
struct table {
	FILE *out;         /* NULL: only measure */
	unsigned int left; /* cells from the first that are text, not numbers */
	int width[MAX_CELLS];
};

struct row {
	unsigned int cells;
	char cell[MAX_CELLS][CELL_LEN];
};

static void put_row(struct table *t, const struct row *r)
{
	for (unsigned int i = 0; i < r->cells; i++) {
		int len = (int)strlen(r->cell[i]);
		bool last = i + 1 == r->cells;

		if (!t->out) {
			if (len > t->width[i])
				t->width[i] = len;
			continue;
		}
		if (i >= t->left)
			fprintf(t->out, "%*s%s", t->width[i], r->cell[i], last ? "" : "  ");
		else
			fprintf(t->out, "%-*s%s", last ? 0 : t->width[i], r->cell[i],
				last ? "" : "  ");
	}
	if (t->out)
		fputc('\n', t->out);
}

static void add_text(struct row *r, const char *text)
{
	snprintf(r->cell[r->cells++], CELL_LEN, "%s", text);
}

static void add_u64(struct row *r, __u64 n)
{
	snprintf(r->cell[r->cells++], CELL_LEN, "%llu", n);
}

static void add_counts(struct row *r, const struct vrxdp_count *rx, const struct vrxdp_count *tx)
{
	add_u64(r, rx->packets);
	add_u64(r, rx->bytes);
	add_u64(r, tx->packets);
	add_u64(r, tx->bytes);
}

static void put_heads(struct table *t, const char *const *heads)
{
	struct row r = { 0 };

	for (; *heads; heads++)
		add_text(&r, *heads);
	put_row(t, &r);
}

/* "  drops: ring-full 12, mtu 3": nothing if all are zero. */
static void put_reasons(struct table *t, const char *what, const __u64 *counts)
{
	const char *lead = NULL;

	for (unsigned int i = 0; t->out && i < VRXDP_REASONS; i++) {
		const char *name = reason_name(i);

		if (!counts[i])
			continue;
		if (!lead)
			fprintf(t->out, "  %s:", what);
		fputs(lead ? lead : " ", t->out);
		lead = ", ";
		if (name)
			fprintf(t->out, "%s %llu", name, counts[i]);
		else
			fprintf(t->out, "reason-%u %llu", i, counts[i]);
	}
	if (lead)
		fputc('\n', t->out);
}

static __u64 sum(const __u64 *counts)
{
	__u64 n = 0;

	for (unsigned int i = 0; i < VRXDP_REASONS; i++)
		n += counts[i];
	return n;
}

static void put_ports(struct table *t, const struct snapshot *snap)
{
	static const char *const heads[] = { "PORT",       "DEVICE",   "MODE",
					     "RX PACKETS", "RX BYTES", "TX PACKETS",
					     "TX BYTES",   "DROPS",    NULL };

	t->left = 3;
	put_heads(t, heads);
	for (size_t i = 0; i < snap->nports; i++) {
		const struct snap_port *p = &snap->ports[i];
		char device[VRXDP_DEV_LEN * 4 + 1];
		struct row r = { 0 };

		add_text(&r, p->rec.conf.name);
		add_text(&r, escape_text(p->rec.device.name, device, sizeof(device)));
		add_text(&r, snap_port_mode(p));
		add_counts(&r, &p->c.rx, &p->c.tx);
		add_u64(&r, sum(p->c.drops));
		put_row(t, &r);
		put_reasons(t, "drops", p->c.drops);
	}
}

static void put_iface(struct table *t, const struct snap_iface *i)
{
	struct row r = { 0 };
	char text[CELL_LEN], vlan[16];

	snprintf(text, sizeof(text), "  %s", i->rec.conf.name);
	add_text(&r, text);
	vlans_summary(&i->rec.conf.vlans, vlan, sizeof(vlan));
	if (*vlan)
		snprintf(text, sizeof(text), "%s vlan %s", i->rec.conf.port, vlan);
	else
		snprintf(text, sizeof(text), "%s", i->rec.conf.port);
	add_text(&r, text);
	add_counts(&r, &i->c.rx, &i->c.tx);
	put_row(t, &r);
}

static void put_routers(struct table *t, const struct snapshot *snap, const bool *wanted)
{
	static const char *const heads[] = { "ROUTER",     "PATH/PORT", "RX PACKETS", "RX BYTES",
					     "TX PACKETS", "TX BYTES",  "FAST",       "STACK",
					     "DROPS",      "TX DROPS",  "PUNTS",      NULL };

	t->left = 2;
	put_heads(t, heads);
	for (size_t i = 0; i < snap->nrouters; i++) {
		const struct snap_router *n = &snap->routers[i];
		struct vrxdp_count rx = { n->rx_packets, n->c.rx_bytes };
		struct row r = { 0 };

		if (wanted && !wanted[i])
			continue;
		add_text(&r, n->rec.conf.name);
		add_text(&r, snap_router_path(n));
		add_counts(&r, &rx, &n->c.tx);
		add_u64(&r, n->c.fast);
		add_u64(&r, n->c.stack);
		add_u64(&r, n->drop_packets);
		add_u64(&r, n->tx_drop_packets);
		add_u64(&r, sum(n->c.punts));
		put_row(t, &r);
		for (size_t k = 0; k < n->nifaces; k++)
			put_iface(t, &n->ifaces[k]);
		put_reasons(t, "drops", n->c.drops);
		put_reasons(t, "tx drops", n->c.tx_drops);
		put_reasons(t, "punts", n->c.punts);
	}
}

void stats_text(FILE *out, const struct snapshot *snap, const bool *wanted)
{
	struct table ports = { 0 }, routers = { 0 };

	if (!wanted) {
		put_ports(&ports, snap);
		ports.out = out;
		put_ports(&ports, snap);
		fputc('\n', out);
	}
	put_routers(&routers, snap, wanted);
	routers.out = out;
	put_routers(&routers, snap, wanted);
}
