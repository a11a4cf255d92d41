/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>

#include <json-c/json.h>

#include "stats_json.h"
#include "values.h"
#include "vlans.h"

/* Takes @value in any case; 0, or -1 if it's NULL or there is no memory. */
static int put(struct json_object *o, const char *key, struct json_object *value)
{
	if (value && !json_object_object_add(o, key, value))
		return 0;
	json_object_put(value);
	return -1;
}

static int put_text(struct json_object *o, const char *key, const char *text)
{
	return put(o, key, json_object_new_string(text));
}

/* Text that a router's owner may have chosen. */
static int put_foreign(struct json_object *o, const char *key, const char *text)
{
	char safe[VRXDP_DEV_LEN * 4 + 1];

	return put_text(o, key, escape_text(text, safe, sizeof(safe)));
}

static int put_u64(struct json_object *o, const char *key, __u64 n)
{
	return put(o, key, json_object_new_uint64(n));
}

static int put_null(struct json_object *o, const char *key)
{
	return json_object_object_add(o, key, NULL) ? -1 : 0;
}

static int put_counts(struct json_object *o, const struct vrxdp_count *rx,
		      const struct vrxdp_count *tx)
{
	if (put_u64(o, "rx_packets", rx->packets) || put_u64(o, "rx_bytes", rx->bytes) ||
	    put_u64(o, "tx_packets", tx->packets) || put_u64(o, "tx_bytes", tx->bytes))
		return -1;
	return 0;
}

/* {"REASON": N}: those that aren't zero. */
static int put_reasons(struct json_object *o, const char *key, const __u64 *counts)
{
	struct json_object *reasons = json_object_new_object();

	for (unsigned int i = 0; reasons && i < VRXDP_REASONS; i++) {
		const char *name = reason_name(i);
		char unnamed[16];

		if (!counts[i])
			continue;
		if (!name) {
			/* counted by a newer data path than this command knows */
			snprintf(unnamed, sizeof(unnamed), "reason-%u", i);
			name = unnamed;
		}
		if (put_u64(reasons, name, counts[i])) {
			json_object_put(reasons);
			return -1;
		}
	}
	return put(o, key, reasons);
}

/* Append what @fill makes of @item to @list; -1 without memory. */
static int append(struct json_object *list, const void *item,
		  int (*fill)(struct json_object *o, const void *item))
{
	struct json_object *o = json_object_new_object();

	if (o && !fill(o, item) && !json_object_array_add(list, o))
		return 0;
	json_object_put(o);
	return -1;
}

static int fill_port(struct json_object *o, const void *item)
{
	const struct snap_port *p = item;

	if (put_text(o, "name", p->rec.conf.name) || put_foreign(o, "device", p->rec.device.name) ||
	    put_text(o, "mode", snap_port_mode(p)) || put_counts(o, &p->c.rx, &p->c.tx))
		return -1;
	return put_reasons(o, "drops", p->c.drops);
}

static int put_macs(struct json_object *o, const struct snap_iface *i)
{
	struct json_object *macs = json_object_new_array();
	struct json_object *mac;
	char text[18];

	for (int k = 0; macs && k < i->rec.conf.nmacs; k++) {
		mac = json_object_new_string(format_mac(i->rec.conf.macs[k], text));
		if (!mac || json_object_array_add(macs, mac)) {
			json_object_put(mac);
			json_object_put(macs);
			return -1;
		}
	}
	return put(o, "macs", macs);
}

static int put_vlan(struct json_object *o, const struct snap_iface *i)
{
	char text[VLANS_TEXT];

	if (i->rec.conf.vlans.tags == VRXDP_TAGS_NONE)
		return put_null(o, "vlan");
	return put_text(o, "vlan", vlans_format(&i->rec.conf.vlans, text, sizeof(text)));
}

static int fill_iface(struct json_object *o, const void *item)
{
	const struct snap_iface *i = item;

	if (put_text(o, "name", i->rec.conf.name) || put_text(o, "port", i->rec.conf.port) ||
	    put_macs(o, i) || put_vlan(o, i) || put_foreign(o, "device", i->rec.device.name))
		return -1;
	return put_counts(o, &i->c.rx, &i->c.tx);
}

static int put_ifaces(struct json_object *o, const struct snap_router *r)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list && i < r->nifaces; i++)
		if (append(list, &r->ifaces[i], fill_iface)) {
			json_object_put(list);
			return -1;
		}
	return put(o, "interfaces", list);
}

static int fill_router(struct json_object *o, const void *item)
{
	const struct snap_router *r = item;
	struct vrxdp_count rx = { r->rx_packets, r->c.rx_bytes };

	if (put_text(o, "name", r->rec.conf.name) || put_text(o, "path", snap_router_path(r)) ||
	    put_counts(o, &rx, &r->c.tx) || put_u64(o, "fast_packets", r->c.fast) ||
	    put_u64(o, "stack_packets", r->c.stack) ||
	    put_u64(o, "drop_packets", r->drop_packets) || put_reasons(o, "drops", r->c.drops) ||
	    put_u64(o, "tx_drop_packets", r->tx_drop_packets) ||
	    put_reasons(o, "tx_drops", r->c.tx_drops) || put_reasons(o, "punts", r->c.punts))
		return -1;
	/* not measured in this version */
	if (put_null(o, "cpu_ns"))
		return -1;
	return put_ifaces(o, r);
}

static int fill_snapshot(struct json_object *o, const struct snapshot *snap, const bool *wanted)
{
	struct json_object *ports, *routers;

	if (put_u64(o, "time_ns", snap->time_ns))
		return -1;
	ports = json_object_new_array();
	if (put(o, "ports", ports))
		return -1;
	routers = json_object_new_array();
	if (put(o, "routers", routers))
		return -1;
	for (size_t i = 0; i < snap->nports; i++)
		if (append(ports, &snap->ports[i], fill_port))
			return -1;
	for (size_t i = 0; i < snap->nrouters; i++)
		if ((!wanted || wanted[i]) && append(routers, &snap->routers[i], fill_router))
			return -1;
	return 0;
}

struct json_object *stats_json(const struct snapshot *snap, const bool *wanted)
{
	struct json_object *o = json_object_new_object();

	if (o && fill_snapshot(o, snap, wanted)) {
		json_object_put(o);
		return NULL;
	}
	return o;
}
