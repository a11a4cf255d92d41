// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "say.h"
#include "values.h"

static bool same_port(const struct vrxdp_port_conf *a, const struct vrxdp_port_conf *b)
{
	/* auto and native are the same thing once attached. */
	return !strcmp(a->device, b->device) && !strcmp(a->netns, b->netns) &&
	       (a->mode == VRXDP_MODE_GENERIC) == (b->mode == VRXDP_MODE_GENERIC);
}

static bool same_iface(const struct vrxdp_iface_conf *a, const struct vrxdp_iface_conf *b)
{
	return !strcmp(a->port, b->port) && !strcmp(a->device, b->device) && a->vlan == b->vlan &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac));
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
		if (mode != PLAN_ROLL_BACK && (!old || !same_port(&old->rec.conf, &want->conf)))
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
		if (mode != PLAN_ROLL_BACK && (!old || !same_router(&old->rec.conf, &want->conf)))
			return -1;
		if (old)
			r->now = *old;
		plan->unhealed++;
		return 0;
	}
	if (!old) {
		r->action = ADD;
		r->now.rec = rec;
		return 0;
	}
	r->now = *old;
	if (old->rec.conf.guest != want->conf.guest || old->rec.netns_cookie != rec.netns_cookie)
		r->action = REPLACE;
	else if (strcmp(old->rec.conf.netns, want->conf.netns) ||
		 old->rec.conf.path != want->conf.path || old->rec.conf.origin != want->conf.origin)
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

static int resolve_for(const struct plan_port *port, const struct plan_router *router,
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

static int plan_iface(const struct state *st, const struct world *have,
		      const struct model_iface *want, enum plan_mode mode, struct plan *plan)
{
	struct plan_iface *f = &plan->ifaces[plan->nifaces++];
	struct world_iface *old = world_iface(have, want->conf.router, want->conf.name);
	struct plan_port *port = find_port(plan, want->conf.port);
	struct plan_router *router = bsearch(want->conf.router, plan->routers, plan->nrouters,
					     sizeof(*plan->routers), by_name);
	struct resolved dev;
	struct health h;
	bool forced;

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
		forced = port->action == REPLACE || router->action == REPLACE ||
			 !same_iface(&old->rec.conf, &want->conf);
		memset(&h, 0, sizeof(h));
		if (mode != PLAN_CHANGE)
			check_iface(st, old, &h);
		if (forced || h.broken) {
			f->action = REPLACE;
			if (!forced)
				first_problem(&h, f->why, sizeof(f->why));
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
	if (resolve_for(port, router, &want->conf, &dev)) {
		if (mode != PLAN_ROLL_BACK && (!old || !same_iface(&old->rec.conf, &want->conf)))
			return -1;
		if (old)
			f->now = *old;
		f->action = KEEP;
		plan->unhealed++;
		return 0;
	}
	f->device = dev.device;
	f->kind = dev.kind;
	resolved_close(&dev);
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

/* Which device is whose: to find one that is used twice. */
struct use {
	__u64 cookie;
	__u32 ifindex;
	const struct plan_port *port;
	const struct plan_iface *iface;
};

static int by_device(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->cookie != y->cookie)
		return x->cookie < y->cookie ? -1 : 1;
	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

/* A port before the interfaces on the same device. */
static int by_use(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = by_device(a, b);

	return order ? order : !x->port - !y->port;
}

static void name_use(const struct use *u, char *buf, size_t len)
{
	if (u->port)
		snprintf(buf, len, "port %s", u->port->now.rec.conf.name);
	else
		snprintf(buf, len, "interface %s/%s", u->iface->now.rec.conf.router,
			 u->iface->now.rec.conf.name);
}

static int check_uses(const struct plan *plan)
{
	struct use *uses = calloc(plan->nports + plan->nifaces + 1, sizeof(*uses));
	char first[96], second[96];
	size_t i, n = 0;
	int ret = 0;

	if (!uses)
		return say_error("no memory");
	for (i = 0; i < plan->nports; i++)
		if (plan->ports[i].action != REMOVE)
			uses[n++] = (struct use){ plan->ports[i].device.netns_cookie,
						  plan->ports[i].device.ifindex, &plan->ports[i],
						  NULL };
	for (i = 0; i < plan->nifaces; i++)
		/* That a whole port is the port's own device is no double use; two owners are. */
		if (plan->ifaces[i].action != REMOVE && plan->ifaces[i].device.ifindex)
			uses[n++] = (struct use){ plan->ifaces[i].device.netns_cookie,
						  plan->ifaces[i].device.ifindex, NULL,
						  &plan->ifaces[i] };
	qsort(uses, n, sizeof(*uses), by_use);
	for (i = 1; i < n && !ret; i++) {
		if (by_device(&uses[i - 1], &uses[i]))
			continue;
		if (uses[i - 1].port && uses[i].iface && uses[i].iface->kind == VRXDP_KIND_PORT)
			continue;
		name_use(&uses[i - 1], first, sizeof(first));
		name_use(&uses[i], second, sizeof(second));
		ret = say_error("%s: device %s: is used by %s already", second,
				uses[i].port ? uses[i].port->device.name :
					       uses[i].iface->device.name,
				first);
	}
	free(uses);
	return ret;
}

static int check_room(const struct state *st, const struct plan *plan, const struct model *want)
{
	__u32 routers = want->max_routers ? want->max_routers : VRXDP_DEFAULT_ROUTERS;
	__u32 ifaces = want->max_interfaces ? want->max_interfaces : VRXDP_DEFAULT_INTERFACES;
	size_t i, nports = 0, nrouters = 0, nifaces = 0;

	if (st) {
		if ((want->max_routers && want->max_routers != st->meta.max_routers) ||
		    (want->max_interfaces && want->max_interfaces != st->meta.max_interfaces))
			return say_error(
				"max-routers, max-interfaces: the maps are made for %u and %u; "
				"detach --all before you change them",
				st->meta.max_routers, st->meta.max_interfaces);
		routers = st->meta.max_routers;
		ifaces = st->meta.max_interfaces;
	}
	for (i = 0; i < plan->nports; i++)
		nports += plan->ports[i].action != REMOVE;
	/* Numbers of removed routers are free again only when all else has succeeded. */
	nrouters = plan->nrouters;
	for (i = 0; i < plan->nifaces; i++)
		nifaces += plan->ifaces[i].action != REMOVE;
	if (nports > VRXDP_MAX_PORTS)
		return say_error("%zu ports: at most %u are possible", nports, VRXDP_MAX_PORTS);
	if (nrouters > routers)
		return say_error(
			"%zu routers: the maps are made for %u; detach --all, set max-routers in "
			"[daemon], attach again",
			nrouters, routers);
	if (nifaces > ifaces)
		return say_error("%zu interfaces: the maps are made for %u; detach --all, set "
				 "max-interfaces in [daemon], attach again",
				 nifaces, ifaces);
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct plan_iface *x = *(struct plan_iface *const *)a;
	const struct plan_iface *y = *(struct plan_iface *const *)b;
	int order = strcmp(x->now.rec.conf.port, y->now.rec.conf.port);

	return order ? order : (int)x->now.rec.conf.vlan - (int)y->now.rec.conf.vlan;
}

/* How many members each group will have, so that its maps are made large enough at once. */
static int count_groups(struct plan *plan)
{
	struct plan_iface **sorted = calloc(plan->nifaces + 1, sizeof(struct plan_iface *));
	size_t i, j, k;

	if (!sorted)
		return say_error("no memory");
	for (i = 0; i < plan->nifaces; i++)
		sorted[i] = &plan->ifaces[i];
	qsort(sorted, plan->nifaces, sizeof(struct plan_iface *), by_group);
	for (i = 0; i < plan->nifaces; i = j) {
		for (j = i; j < plan->nifaces && !by_group(&sorted[i], &sorted[j]); j++)
			;
		for (k = i; k < j; k++)
			sorted[k]->expected = (__u32)(j - i);
	}
	free(sorted);
	return 0;
}

int plan_make(const struct state *st, const struct world *have, const struct model *want,
	      enum plan_mode mode, struct plan *plan)
{
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
		if (plan_iface(st, have, &want->ifaces[i], mode, plan))
			goto fail;
	plan_removals(have, want, plan);
	if (check_room(st, plan, want) || check_uses(plan) || count_groups(plan))
		goto fail;
	for (i = 0; i < plan->nports; i++)
		plan->changes += plan->ports[i].action != KEEP;
	for (i = 0; i < plan->nrouters; i++)
		plan->changes += plan->routers[i].action != KEEP;
	for (i = 0; i < plan->nifaces; i++)
		plan->changes += plan->ifaces[i].action != KEEP;
	return 0;
fail:
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

static const char *verb(enum action action, bool will)
{
	static const char *const done[] = { "", "attached", "updated", "replaced", "removed" };
	static const char *const to_do[] = { "", "would attach", "would update", "would replace",
					     "would remove" };

	return will ? to_do[action] : done[action];
}

void plan_print(const struct plan *plan, bool will)
{
	size_t i;

	for (i = 0; i < plan->nports; i++)
		if (plan->ports[i].action != KEEP)
			printf("port %s: %s%s%s\n", plan->ports[i].now.rec.conf.name,
			       verb(plan->ports[i].action, will), *plan->ports[i].why ? ", " : "",
			       plan->ports[i].why);
	for (i = 0; i < plan->nrouters; i++)
		if (plan->routers[i].action != KEEP)
			printf("router %s: %s%s%s\n", plan->routers[i].now.rec.conf.name,
			       verb(plan->routers[i].action, will),
			       *plan->routers[i].why ? ", " : "", plan->routers[i].why);
	for (i = 0; i < plan->nifaces; i++)
		if (plan->ifaces[i].action != KEEP)
			printf("interface %s/%s: %s%s%s\n", plan->ifaces[i].now.rec.conf.router,
			       plan->ifaces[i].now.rec.conf.name,
			       verb(plan->ifaces[i].action, will), *plan->ifaces[i].why ? ", " : "",
			       plan->ifaces[i].why);
}
