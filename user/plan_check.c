// SPDX-License-Identifier: GPL-2.0-only
/* What only shows with all objects side by side: devices used twice, room in the maps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made.h"
#include "plan.h"
#include "say.h"
#include "steer.h"

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
	size_t i, nports = 0, nrouters = 0, nifaces = 0, entries = 0;

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
		if (plan->ifaces[i].action == REMOVE) {
			/* Its record tells of a veth that goes last. */
			nifaces += st && made_veth_is(st, plan->ifaces[i].now.id);
		} else {
			nifaces++;
			entries += steer_count(&plan->ifaces[i].now.rec.conf);
		}
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
	if (entries > VRXDP_DEMUX_ROOM(ifaces))
		return say_error(
			"%zu pairs of MAC address and VLAN: the maps are made for %u; give "
			"trunk instead of long lists, or detach --all, raise "
			"max-interfaces in [daemon], attach again",
			entries, VRXDP_DEMUX_ROOM(ifaces));
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct plan_iface *x = *(struct plan_iface *const *)a;
	const struct plan_iface *y = *(struct plan_iface *const *)b;
	const struct vrxdp_vlans *v = &x->now.rec.conf.vlans, *u = &y->now.rec.conf.vlans;
	int order = strcmp(x->now.rec.conf.port, y->now.rec.conf.port);

	if (!order)
		order = (int)v->tags - (int)u->tags;
	if (!order)
		order = (int)v->one.outer - (int)u->one.outer;
	return order ? order : (int)v->one.vid - (int)u->one.vid;
}

/* About how many members a group will have, so that its maps are large enough at once. */
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

int plan_check(const struct state *st, const struct model *want, struct plan *plan)
{
	return check_room(st, plan, want) || check_uses(plan) || count_groups(plan) ? -1 : 0;
}
