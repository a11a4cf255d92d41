// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "iface_json.h"
#include "pending.h"
#include "programs.h"
#include "status.h"
#include "upgrade.h"
#include "values.h"

static void add_string(json_object *o, const char *key, const char *text)
{
	/* Names of devices are bytes; JSON is UTF-8. */
	char safe[4 * VRXDP_NETNS_LEN];

	json_object_object_add(o, key,
			       json_object_new_string(escape_text(text, safe, sizeof(safe))));
}

static json_object *problems_json(const struct health *h)
{
	json_object *a = json_object_new_array();
	int i;

	for (i = 0; i < h->count; i++)
		json_object_array_add(a, json_object_new_string(h->problem[i]));
	return a;
}

static json_object *port_json(const struct world_port *p, const struct health *h)
{
	json_object *o = json_object_new_object();

	add_string(o, "name", p->rec.conf.name);
	add_string(o, "device", p->rec.device.name);
	add_string(o, "netns", p->rec.conf.netns);
	add_string(o, "mode", p->rec.mode == VRXDP_MODE_GENERIC ? "generic" : "native");
	add_string(o, "state", h->state);
	add_string(o, "origin", origin_name(p->rec.conf.origin));
	json_object_object_add(o, "problems", problems_json(h));
	return o;
}

static json_object *why_json(const struct world_router *r)
{
	static const char *const families[] = { "ipv4", "ipv6" };
	json_object *a = json_object_new_array(), *o;
	const char *detail, *cause = check_path(r, &detail);
	size_t i;

	for (i = 0; cause && i < 2; i++) {
		o = json_object_new_object();
		add_string(o, "cause", cause);
		add_string(o, "family", families[i]);
		add_string(o, "detail", detail);
		json_object_array_add(a, o);
	}
	return a;
}

static json_object *iface_json(const struct world_iface *f, const struct health *h)
{
	json_object *o = iface_conf_json(&f->rec);

	add_string(o, "state", h->state);
	json_object_object_add(o, "problems", problems_json(h));
	return o;
}

static json_object *router_json(const struct status *s, size_t number)
{
	const struct world_router *r = &s->world.routers[number];
	json_object *o = json_object_new_object(), *ifaces = json_object_new_array();
	size_t i;

	add_string(o, "name", r->rec.conf.name);
	if (r->rec.conf.guest)
		json_object_object_add(o, "netns", NULL);
	else
		add_string(o, "netns", r->rec.conf.netns);
	add_string(o, "origin", origin_name(r->rec.conf.origin));
	add_string(o, "wanted",
		   r->rec.conf.path == VRXDP_PATH_STACK || r->rec.conf.guest ? "stack" : "fast");
	add_string(o, "path", "stack");
	json_object_object_add(o, "why", why_json(r));
	/* Tables are mirrored by a daemon, which this version doesn't have. */
	json_object_object_add(o, "routes", json_object_new_int(0));
	json_object_object_add(o, "neighbours", json_object_new_int(0));
	json_object_object_add(o, "problems", problems_json(&s->routers[number]));
	for (i = 0; i < s->world.nifaces; i++)
		if (!strcmp(s->world.ifaces[i].rec.conf.router, r->rec.conf.name))
			json_object_array_add(ifaces,
					      iface_json(&s->world.ifaces[i], &s->ifaces[i]));
	json_object_object_add(o, "interfaces", ifaces);
	return o;
}

static json_object *confirm_json(const struct vrxdp_pending *p)
{
	json_object *o = json_object_new_object();
	bool is = pending_is(p);

	json_object_object_add(o, "pending", json_object_new_boolean(is));
	json_object_object_add(o, "seconds_left",
			       json_object_new_int64(is ? pending_seconds_left(p) : 0));
	json_object_object_add(o, "pid", json_object_new_int64(p->pid));
	json_object_object_add(o, "watched", json_object_new_boolean(is && pending_watched(p)));
	return o;
}

static void add_build(json_object *o, const char *key, __u64 build)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, (uint64_t)build);
	add_string(o, key, text);
}

void status_print_json(const struct status *s)
{
	json_object *o = json_object_new_object(), *daemon = json_object_new_object();
	json_object *ports = json_object_new_array(), *routers = json_object_new_array();
	json_object *upgrade = NULL;
	size_t i;

	for (i = 0; i < s->world.nports; i++)
		json_object_array_add(ports, port_json(&s->world.ports[i], &s->ports[i]));
	for (i = 0; i < s->world.nrouters; i++)
		json_object_array_add(routers, router_json(s, i));
	json_object_object_add(o, "ports", ports);
	json_object_object_add(o, "routers", routers);
	json_object_object_add(daemon, "running", json_object_new_boolean(0));
	json_object_object_add(daemon, "pid", json_object_new_int(0));
	json_object_object_add(o, "daemon", daemon);
	json_object_object_add(o, "confirm", confirm_json(&s->st->meta.pending));
	json_object_object_add(o, "tracing", json_object_new_boolean(s->st->meta.tracing));
	if (!s->st->meta.tracing)
		add_string(o, "tracing_why", s->st->meta.tracing_why);
	json_object_object_add(o, "checked", json_object_new_boolean(!s->seen_only));
	add_string(o, "version", s->st->meta.version);
	add_build(o, "build", s->st->meta.build);
	if (upgrade_due(s->st)) {
		upgrade = json_object_new_object();
		add_string(upgrade, "version", VRXDP_VERSION);
		add_build(upgrade, "build", programs_build());
	}
	json_object_object_add(o, "upgrade", upgrade);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
