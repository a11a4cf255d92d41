// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "check.h"
#include "made.h"
#include "made_names.h"
#include "plan_made.h"
#include "say.h"
#include "values.h"
#include "vlans.h"

static bool same_port(const struct vrxdp_port_conf *a, const struct vrxdp_port_conf *b)
{
	/* auto and native are the same thing once attached. */
	return !strcmp(a->device, b->device) && !strcmp(a->netns, b->netns) &&
	       (a->mode == VRXDP_MODE_GENERIC) == (b->mode == VRXDP_MODE_GENERIC);
}

static bool same_iface(const struct vrxdp_iface_conf *a, const struct vrxdp_iface_conf *b)
{
	return iface_can_change(a, b) && vlans_equal(&a->vlans, &b->vlans) &&
	       a->nmacs == b->nmacs && !memcmp(a->macs, b->macs, sizeof(a->macs[0]) * a->nmacs) &&
	       !memcmp(a->vrids, b->vrids, sizeof(a->vrids)) && a->naddresses == b->naddresses &&
	       !memcmp(a->addresses, b->addresses, sizeof(a->addresses[0]) * a->naddresses);
}

static void first_problem(const struct health *h, char *why, size_t len)
{
	snprintf(why, len, "again: %.140s", h->count ? h->problem[0] : "it wasn't whole");
}

/* ---- ports ---- */

static int plan_port(const struct state *st, const struct world *have,
		     const struct model_port *want, enum plan_mode mode, struct plan *plan)
{
	struct plan_port *p = &plan->ports[plan->nports++];
	struct world_port *old = world_port(have, want->conf.name);
	struct resolved dev;
	struct health h;

	memset(p, 0, sizeof(*p));
	snprintf(p->why, sizeof(p->why), "device %s", want->conf.device);
	if (!old) {
		p->action = ADD;
		p->now.rec.conf = want->conf;
	} else {
		p->now = *old;
		p->now.rec.conf = want->conf;
		p->device = old->rec.device;
		memset(&h, 0, sizeof(h));
		if (mode != PLAN_CHANGE)
			check_port(st, have, old, &h);
		if (!same_port(&old->rec.conf, &want->conf)) {
			p->action = REPLACE;
		} else if (h.broken) {
			p->action = REPLACE;
			first_problem(&h, p->why, sizeof(p->why));
		} else if (h.unset || old->rec.conf.group_pps != want->conf.group_pps ||
			   old->rec.conf.origin != want->conf.origin ||
			   old->rec.conf.mode != want->conf.mode) {
			p->action = UPDATE;
			if (h.unset)
				first_problem(&h, p->why, sizeof(p->why));
		}
	}
	if (p->action != ADD && p->action != REPLACE)
		return 0;
	if (resolve_port(&want->conf, &dev)) {
		/* One that was attached and is gone now mustn't keep the others from healing. */
		if (mode == PLAN_CHANGE ||
		    (mode == PLAN_HEAL && (!old || !same_port(&old->rec.conf, &want->conf))))
			return -1;
		p->action = KEEP;
		plan->unhealed++;
		return 0;
	}
	p->device = dev.device;
	resolved_close(&dev);
	return 0;
}

/* ---- routers ---- */

static bool same_router(const struct vrxdp_router_conf *a, const struct vrxdp_router_conf *b)
{
	return !strcmp(a->netns, b->netns) && a->guest == b->guest;
}

static int plan_router(const struct world *have, const struct model_router *want,
		       enum plan_mode mode, struct plan *plan)
{
	struct plan_router *r = &plan->routers[plan->nrouters++];
	struct world_router *old = world_router(have, want->conf.name);
	struct vrxdp_router_rec rec;

	memset(r, 0, sizeof(*r));
	if (want->conf.guest)
		snprintf(r->why, sizeof(r->why), "guest");
	else
		snprintf(r->why, sizeof(r->why), "netns %s", want->conf.netns);
	if (old && same_router(&old->rec.conf, &want->conf) &&
	    (mode == PLAN_CHANGE || netns_is_pid(want->conf.netns))) {
		/* A PID was resolved once: another process may have it now. */
		rec = old->rec;
		rec.conf = want->conf;
	} else if (resolve_router(&want->conf, &rec)) {
		if (mode == PLAN_CHANGE ||
		    (mode == PLAN_HEAL && (!old || !same_router(&old->rec.conf, &want->conf))))
			return -1;
		if (old)
			r->now = *old;
		plan->unhealed++;
		return 0;
	}
	r->make = want->conf.create && !rec.netns_cookie;
	if (r->make)
		snprintf(r->why, sizeof(r->why), "netns %s made", want->conf.netns);
	if (!old) {
		r->action = ADD;
		r->now.rec = rec;
		return 0;
	}
	r->now = *old;
	if (old->rec.conf.guest != want->conf.guest || old->rec.netns_cookie != rec.netns_cookie)
		r->action = REPLACE;
	else if (strcmp(old->rec.conf.netns, want->conf.netns) ||
		 old->rec.conf.path != want->conf.path ||
		 old->rec.conf.create != want->conf.create ||
		 old->rec.conf.origin != want->conf.origin)
		r->action = UPDATE;
	r->now.rec = rec;
	return 0;
}

static struct plan_port *find_port(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->nports; i++)
		if (!strcmp(plan->ports[i].now.rec.conf.name, name))
			return &plan->ports[i];
	return NULL;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct plan_router *)element)->now.rec.conf.name);
}

static int order_by_name(const void *a, const void *b)
{
	return by_name(((const struct plan_router *)a)->now.rec.conf.name, b);
}

/* ---- interfaces ---- */

static int find_device(const struct plan_port *port, const struct plan_router *router,
		       const struct vrxdp_iface_conf *conf, struct resolved *dev)
{
	struct resolved port_dev;
	int ret;

	if (resolve_again(&port->device, &port_dev))
		return say_error("interface %s/%s: its port %s is missing", conf->router,
				 conf->name, conf->port);
	ret = resolve_iface(conf, &router->now.rec, &port_dev, dev);
	resolved_close(&port_dev);
	return ret;
}

static bool is_there(const struct vrxdp_device_rec *device)
{
	struct resolved dev;

	if (resolve_again(device, &dev))
		return false;
	resolved_close(&dev);
	return true;
}

/* Where @f's frames are to go. Returns 0 or -1: said. */
static int plan_device(const struct state *st, struct plan_iface *f, const struct world_iface *old,
		       const struct plan_port *port, const struct plan_router *router)
{
	const struct vrxdp_iface_conf *conf = &f->now.rec.conf;
	bool made = made_wanted(&router->now.rec.conf, conf);
	struct resolved dev;
	int ret;

	/* What was made once is known by what it is, even if its end was renamed in the router. */
	ret = made && plan_same_device(old, router, &dev) ? 0 :
							    find_device(port, router, conf, &dev);
	if (ret == RESOLVE_ABSENT)
		return plan_make_veth(st, f, old);
	if (ret)
		return -1;
	if (made && !old)
		ret = plan_adopt_veth(conf, &dev);
	f->device = dev.device;
	f->kind = dev.kind;
	if (device_is_auto(conf) && !old)
		snprintf(f->why, sizeof(f->why), "device %s on port %s", dev.device.name,
			 conf->port);
	resolved_close(&dev);
	return ret;
}

static int plan_iface(const struct state *st, const struct world *have,
		      const struct model_iface *want, enum plan_mode mode, struct filters *seen,
		      struct plan *plan)
{
	struct plan_iface *f = &plan->ifaces[plan->nifaces++];
	struct world_iface *old = world_iface(have, want->conf.router, want->conf.name);
	struct plan_port *port = find_port(plan, want->conf.port);
	struct plan_router *router = bsearch(want->conf.router, plan->routers, plan->nrouters,
					     sizeof(*plan->routers), by_name);
	struct health h;
	bool forced, same;

	memset(f, 0, sizeof(*f));
	snprintf(f->why, sizeof(f->why), "device %s on port %s", want->conf.device,
		 want->conf.port);
	if (!port || !router)
		return say_error("interface %s/%s: no such port or router", want->conf.router,
				 want->conf.name);
	if (!old) {
		f->action = ADD;
	} else {
		f->now = f->before = *old;
		f->device = old->rec.device;
		f->kind = old->rec.kind;
		same = same_iface(&old->rec.conf, &want->conf);
		forced = port->action == REPLACE || router->action == REPLACE ||
			 !iface_can_change(&old->rec.conf, &want->conf);
		memset(&h, 0, sizeof(h));
		if (mode != PLAN_CHANGE)
			check_iface(st, old, seen, &h);
		else
			h.broken = check_half(st, old) && is_there(&old->rec.device);
		if (forced || h.broken) {
			f->action = REPLACE;
			if (!forced)
				first_problem(&h, f->why, sizeof(f->why));
		} else if (!same) {
			f->action = CHANGE;
		} else if (h.unset || old->rec.conf.origin != want->conf.origin) {
			f->action = UPDATE;
			if (h.unset)
				first_problem(&h, f->why, sizeof(f->why));
		}
	}
	f->now.rec.conf = want->conf;
	snprintf(f->far, sizeof(f->far), "%s", router->now.rec.conf.netns);
	if (f->action != ADD && f->action != REPLACE)
		return 0;
	if (plan_device(st, f, old, port, router)) {
		if (mode == PLAN_CHANGE ||
		    (mode == PLAN_HEAL && (!old || !same_iface(&old->rec.conf, &want->conf))))
			return -1;
		if (old)
			f->now = *old;
		f->action = KEEP;
		plan->unhealed++;
	}
	return 0;
}

/* ---- all ---- */

static void plan_removals(const struct world *have, const struct model *want, struct plan *plan)
{
	size_t i;

	for (i = 0; i < have->nports; i++)
		if (!model_port(want, have->ports[i].rec.conf.name))
			plan->ports[plan->nports++] =
				(struct plan_port){ .action = REMOVE, .now = have->ports[i] };
	for (i = 0; i < have->nrouters; i++)
		if (!model_router(want, have->routers[i].rec.conf.name))
			plan->routers[plan->nrouters++] =
				(struct plan_router){ .action = REMOVE, .now = have->routers[i] };
	for (i = 0; i < have->nifaces; i++) {
		const struct vrxdp_iface_conf *conf = &have->ifaces[i].rec.conf;

		if (!model_iface(want, conf->router, conf->name))
			plan->ifaces[plan->nifaces++] = (struct plan_iface){
				.action = REMOVE, .now = have->ifaces[i], .before = have->ifaces[i]
			};
	}
}

int plan_make(const struct state *st, const struct world *have, const struct model *want,
	      enum plan_mode mode, struct plan *plan)
{
	struct filters seen = { 0 };
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->ports = calloc(have->nports + want->nports + 1, sizeof(*plan->ports));
	plan->routers = calloc(have->nrouters + want->nrouters + 1, sizeof(*plan->routers));
	plan->ifaces = calloc(have->nifaces + want->nifaces + 1, sizeof(*plan->ifaces));
	if (!plan->ports || !plan->routers || !plan->ifaces) {
		say_error("no memory");
		goto fail;
	}
	for (i = 0; i < want->nports; i++)
		if (plan_port(st, have, &want->ports[i], mode, plan))
			goto fail;
	for (i = 0; i < want->nrouters; i++)
		if (plan_router(have, &want->routers[i], mode, plan))
			goto fail;
	qsort(plan->routers, plan->nrouters, sizeof(*plan->routers), order_by_name);
	for (i = 0; i < want->nifaces; i++)
		if (plan_iface(st, have, &want->ifaces[i], mode, &seen, plan))
			goto fail;
	plan_removals(have, want, plan);
	if (plan_check(st, want, plan))
		goto fail;
	for (i = 0; i < plan->nports; i++)
		plan->changes += plan->ports[i].action != KEEP;
	for (i = 0; i < plan->nrouters; i++)
		plan->changes += plan->routers[i].action != KEEP;
	for (i = 0; i < plan->nifaces; i++)
		plan->changes += plan->ifaces[i].action != KEEP;
	filters_free(&seen);
	return 0;
fail:
	filters_free(&seen);
	plan_free(plan);
	return -1;
}

void plan_free(struct plan *plan)
{
	free(plan->ports);
	free(plan->routers);
	free(plan->ifaces);
	memset(plan, 0, sizeof(*plan));
}
