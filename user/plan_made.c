// SPDX-License-Identifier: GPL-2.0-only
#include "plan_made.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "inhabitants.h"
#include "lists.h"
#include "made.h"
#include "made_names.h"
#include "say.h"
#include "values.h"

bool plan_same_device(const struct world_iface *old, const struct plan_router *router,
		      struct resolved *dev)
{
	if (!old || !router->now.rec.netns_cookie || resolve_again(&old->rec.device, dev))
		return false;
	resolve_far_end(dev, router->now.rec.conf.netns);
	dev->kind = VRXDP_KIND_VETH;
	if (dev->peer.ifindex && dev->peer.netns_cookie == router->now.rec.netns_cookie)
		return true;
	resolved_close(dev);
	return false;
}

int plan_make_veth(const struct state *st, struct plan_iface *f, const struct world_iface *old)
{
	const struct vrxdp_iface_conf *conf = &f->now.rec.conf;
	struct link_info link;
	struct netns own;
	int err;

	f->make = true;
	f->kind = VRXDP_KIND_VETH;
	memset(&f->device, 0, sizeof(f->device));
	made_host_name(conf->router, conf->name, f->device.name);
	snprintf(f->why, sizeof(f->why), "device %s made, on port %s", f->device.name, conf->port);
	err = netns_open("", &own);
	if (err)
		return say_error("interface %s/%s: can't open the own namespace: %s", conf->router,
				 conf->name, strerror(-err));
	err = link_by_name(&own, f->device.name, &link);
	netns_close(&own);
	/* One that was made for it before, and leads elsewhere now, goes first. */
	if (err == -ENODEV || (!err && st && old && made_veth_is(st, old->id)))
		return 0;
	if (err)
		return say_error("interface %s/%s: device %s: %s", conf->router, conf->name,
				 f->device.name, strerror(-err));
	return say_error(
		"interface %s/%s: there is a device %s already, which is the name that the "
		"host's end of its veth gets; rename it",
		conf->router, conf->name, f->device.name);
}

int plan_adopt_veth(const struct vrxdp_iface_conf *conf, const struct resolved *dev)
{
	char has[18], wanted[18], name[4 * VRXDP_DEV_LEN];

	if (macs_have(conf, dev->peer_link.mac))
		return 0;
	return say_error(
		"interface %s/%s: device %s is in the router already, with the MAC address "
		"%s, not %s; give mac = %s, or remove it",
		conf->router, conf->name, escape_text(dev->peer_link.name, name, sizeof(name)),
		format_mac(dev->peer_link.mac, has), format_mac(conf->macs[0], wanted), has);
}

/* Whoever else would lose the namespace of @r. */
static int refuse_shared(const struct world_router *r, const struct plan *plan)
{
	__u64 cookie = r->rec.netns_cookie;
	size_t i;

	for (i = 0; i < plan->nports; i++)
		if (plan->ports[i].action != REMOVE && plan->ports[i].device.netns_cookie == cookie)
			return say_error(
				"router %s: netns %s, which vrxdp made and would remove, has "
				"port %s in it; detach that first",
				r->rec.conf.name, r->rec.conf.netns,
				plan->ports[i].now.rec.conf.name);
	for (i = 0; i < plan->nrouters; i++)
		if (plan->routers[i].action != REMOVE &&
		    strcmp(plan->routers[i].now.rec.conf.name, r->rec.conf.name) &&
		    plan->routers[i].now.rec.netns_cookie == cookie)
			return say_error(
				"router %s: netns %s, which vrxdp made and would remove, is "
				"router %s's as well; remove that first",
				r->rec.conf.name, r->rec.conf.netns,
				plan->routers[i].now.rec.conf.name);
	return 0;
}

/* Is the namespace that was made for it to go? */
static bool goes(const struct state *st, const struct plan_router *r,
		 const struct world_router *old)
{
	if (!old || (r->action != REMOVE && r->action != REPLACE) || !made_netns_is(st, old))
		return false;
	return r->action == REMOVE || r->now.rec.netns_cookie != old->rec.netns_cookie;
}

int plan_refuse(const struct state *st, const struct world *have, const struct plan *plan,
		bool force)
{
	struct inhabitants all = { 0 };
	bool looked = force;
	char who[256];
	int err, ret = 0;
	size_t i;

	for (i = 0; i < plan->nrouters && !ret; i++) {
		const struct plan_router *r = &plan->routers[i];
		const struct world_router *old = world_router(have, r->now.rec.conf.name);

		if (!goes(st, r, old))
			continue;
		ret = refuse_shared(old, plan);
		err = ret || looked ? 0 : inhabitants_read(&all);
		looked = true;
		if (err)
			ret = say_error("can't look for processes: %s", strerror(-err));
		if (!ret && inhabitants_of(&all, old->rec.netns_inum, who, sizeof(who)))
			ret = say_error(
				"router %s: processes are in netns %s, which vrxdp made and "
				"would remove: %s; end them, or give vrxdp router del %s "
				"--force",
				old->rec.conf.name, old->rec.conf.netns, who, old->rec.conf.name);
	}
	inhabitants_free(&all);
	return ret;
}

int plan_leave(struct state *st, const struct world *have, const struct plan *plan)
{
	struct inhabitants all = { 0 };
	bool looked = false;
	char who[256];
	int err, ret = 0;
	size_t i;

	for (i = 0; i < plan->nrouters; i++) {
		const struct world_router *r =
			world_router(have, plan->routers[i].now.rec.conf.name);

		if (plan->routers[i].action != REMOVE || !goes(st, &plan->routers[i], r))
			continue;
		err = looked ? 0 : inhabitants_read(&all);
		looked = true;
		if (err)
			say_warning("can't look for processes: %s", strerror(-err));
		if (!inhabitants_of(&all, r->rec.netns_inum, who, sizeof(who)))
			continue;
		say_warning("router %s: netns %s is left, since processes are in it: %s; when they "
			    "have ended: ip netns del %s",
			    r->rec.conf.name, r->rec.conf.netns, who, r->rec.conf.netns);
		if (made_netns_undo(st, r->id, 0, true))
			ret = -1;
	}
	inhabitants_free(&all);
	return ret;
}
