// SPDX-License-Identifier: GPL-2.0-only
#include "execute.h"

#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "filters.h"
#include "group.h"
#include "host.h"
#include "made.h"
#include "made_names.h"
#include "say.h"
#include "steer.h"

/* A number that is given out again starts from zero. */
static int zero(const struct state *st, enum state_map map, __u32 id, size_t size)
{
	size_t room = (size + 7) / 8 * 8 * (size_t)libbpf_num_possible_cpus();
	void *zeros = calloc(1, room);
	int ret;

	if (!zeros)
		return say_error("no memory");
	ret = state_put(st, map, &id, zeros);
	free(zeros);
	return ret;
}

/* Numbers that no record has, from @first below @end; in rising order. */
struct numbers {
	__u8 *taken; /* TAKEN, FREED or 0 */
	__u32 first, next, end;
};

/* FREED: by this plan. Counters are kept there for a rollback, so it is given out last. */
enum { TAKEN = 1, FREED = 2 };

static int numbers_load(const struct state *st, enum state_map recs, size_t rec_size, __u32 first,
			__u32 end, struct numbers *n)
{
	void *keys, *values;
	long count, i;

	n->first = n->next = first;
	n->end = end;
	n->taken = calloc(end, 1);
	count = state_read_all(st, recs, sizeof(__u32), rec_size, &keys, &values);
	if (count < 0 || !n->taken) {
		free(n->taken);
		return -1;
	}
	for (i = 0; i < count; i++)
		if (((__u32 *)keys)[i] < end)
			n->taken[((__u32 *)keys)[i]] = TAKEN;
	free(keys);
	free(values);
	return 0;
}

/* What is to be attached again keeps its number, though its record is gone for the moment. */
static void numbers_keep(struct numbers *n, enum action action, bool numbered, __u32 id)
{
	if ((action == REPLACE || numbered) && id < n->end)
		n->taken[id] = TAKEN;
	else if (action == REMOVE && id < n->end && !n->taken[id])
		n->taken[id] = FREED;
}

static int numbers_take(struct numbers *n, __u32 *id)
{
	__u32 i;

	while (n->next < n->end && n->taken[n->next])
		n->next++;
	if (n->next < n->end) {
		*id = n->next++;
		return 0;
	}
	for (i = n->first; i < n->end; i++) {
		if (n->taken[i] != FREED)
			continue;
		n->taken[i] = TAKEN;
		*id = i;
		return 0;
	}
	return say_error("no number is free"); /* plan_make() has counted them */
}

static int stop_ifaces(struct state *st, const struct plan *plan)
{
	bool any = false;
	int ret = 0;
	size_t i;

	for (i = 0; i < plan->nifaces; i++) {
		const struct plan_iface *f = &plan->ifaces[i];

		if (f->action != REMOVE && f->action != REPLACE)
			continue;
		any = true;
		if (iface_stop(st, &f->before))
			ret = -1;
	}
	if (any)
		wait_for_packets();
	for (i = 0; i < plan->nifaces; i++)
		if ((plan->ifaces[i].action == REMOVE || plan->ifaces[i].action == REPLACE) &&
		    /* A veth that was made goes when all else has succeeded, or for a new one. */
		    iface_forget(st, &plan->ifaces[i].before, plan->ifaces[i].action == REPLACE,
				 !plan->ifaces[i].make))
			ret = -1;
	return ret;
}

static int detach_ports(struct state *st, const struct plan *plan, const struct world *have)
{
	struct world_port *old;
	int ret = 0;
	size_t i;

	for (i = 0; i < plan->nports; i++) {
		if (plan->ports[i].action != REMOVE && plan->ports[i].action != REPLACE)
			continue;
		old = world_port(have, plan->ports[i].now.rec.conf.name);
		if (old && port_detach(st, old, plan->ports[i].action == REPLACE))
			ret = -1;
	}
	return ret;
}

static int put_routers(struct state *st, struct plan *plan)
{
	struct plan_router *r;
	struct numbers n;
	int ret = 0;
	size_t i;

	if (numbers_load(st, MAP_ROUTER_RECS, sizeof(r->now.rec), 0, st->meta.max_routers, &n))
		return -1;
	for (i = 0; i < plan->nrouters; i++)
		numbers_keep(&n, plan->routers[i].action, plan->routers[i].numbered,
			     plan->routers[i].now.id);
	for (i = 0; i < plan->nrouters && !ret; i++) {
		r = &plan->routers[i];
		if (r->action == ADD && !r->numbered &&
		    (numbers_take(&n, &r->now.id) ||
		     zero(st, MAP_ROUTER_COUNTS, r->now.id, sizeof(struct vrxdp_router_counters))))
			ret = -1;
		else if (r->action != KEEP && r->action != REMOVE)
			ret = r->make ? made_netns(st, &r->now) :
					state_put(st, MAP_ROUTER_RECS, &r->now.id, &r->now.rec);
	}
	free(n.taken);
	return ret;
}

static int update_port(struct state *st, struct plan_port *p)
{
	struct vrxdp_port hot;
	struct resolved dev;
	int ret = 0;

	if (!resolve_again(&p->device, &dev)) {
		resolve_far_end(&dev, NULL);
		ret = port_refresh(st, &p->now, &dev);
		if (!ret && !state_get(st, MAP_PORTS, &p->now.id, &hot)) {
			hot.max_len = dev.max_len;
			if (port_may_have(st, &hot, dev.link.mac)) {
				memcpy(p->now.rec.mac, dev.link.mac, sizeof(p->now.rec.mac));
				memcpy(hot.mac, dev.link.mac, sizeof(hot.mac));
			}
			ret = state_put(st, MAP_PORTS, &p->now.id, &hot);
		}
		resolved_close(&dev);
	}
	return ret ? ret : state_put(st, MAP_PORT_RECS, &p->now.id, &p->now.rec);
}

static int attach_port(struct state *st, struct plan_port *p, struct numbers *n)
{
	struct resolved dev;
	int ret;

	if (p->action == ADD && !p->numbered &&
	    (numbers_take(n, &p->now.id) ||
	     zero(st, MAP_PORT_COUNTS, p->now.id, sizeof(struct vrxdp_port_counters))))
		return -1;
	if (resolve_again(&p->device, &dev))
		return say_error("port %s: device %s has gone", p->now.rec.conf.name,
				 p->device.name);
	resolve_far_end(&dev, NULL);
	memset(&p->now.rec.relay_near, 0, sizeof(p->now.rec.relay_near));
	memset(&p->now.rec.relay_far, 0, sizeof(p->now.rec.relay_far));
	p->now.rec.shared = 0;
	ret = port_attach(st, &p->now, &dev);
	resolved_close(&dev);
	return ret;
}

static int put_ports(struct state *st, struct plan *plan)
{
	struct plan_port *p;
	struct numbers n;
	int ret = 0;
	size_t i;

	if (numbers_load(st, MAP_PORT_RECS, sizeof(p->now.rec), 0, VRXDP_MAX_PORTS, &n))
		return -1;
	for (i = 0; i < plan->nports; i++)
		numbers_keep(&n, plan->ports[i].action, plan->ports[i].numbered,
			     plan->ports[i].now.id);
	for (i = 0; i < plan->nports && !ret; i++) {
		p = &plan->ports[i];
		if (p->action == ADD || p->action == REPLACE)
			ret = attach_port(st, p, &n);
		else if (p->action == UPDATE)
			ret = update_port(st, p);
	}
	free(n.taken);
	return ret;
}

static int update_iface(struct state *st, struct plan_iface *f, const struct plan_port *port)
{
	struct owner who = { .kind = VRXDP_OWNER_IFACE, .id = f->now.id };
	struct resolved dev, port_dev;
	struct vrxdp_iface hot;
	int ret = 0;

	if (!resolve_again(&f->device, &dev)) {
		struct host_device far = { &dev.peer, &dev.peer_ns };

		resolve_far_end(&dev, f->far);
		ret = iface_gate(st, &f->now, &dev);
		if (!ret && dev.peer.ifindex)
			ret = host_far_end(st, who, far) ? -1 : iface_wake(&f->now, &dev);
		if (!ret && !state_get(st, MAP_IFACES, &f->now.id, &hot)) {
			hot.max_len = dev.max_len;
			ret = state_put(st, MAP_IFACES, &f->now.id, &hot);
		}
		resolved_close(&dev);
	}
	if (!ret && port && !resolve_again(&port->device, &port_dev)) {
		ret = filters_open(st, &f->now, &port_dev);
		resolved_close(&port_dev);
	}
	return ret ? ret : state_put(st, MAP_IFACE_RECS, &f->now.id, &f->now.rec);
}

static struct plan_port *port_of(struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->nports; i++)
		if (!strcmp(plan->ports[i].now.rec.conf.name, name) &&
		    plan->ports[i].action != REMOVE)
			return &plan->ports[i];
	return NULL;
}

/* The router's end of a veth that vrxdp made is changed with the interface. */
static int change_made(struct state *st, struct plan_iface *f, const struct world_port *port,
		       const struct resolved *port_dev, const struct resolved *dev)
{
	const struct vrxdp_iface_conf *to = &f->now.rec.conf, *from = &f->before.rec.conf;
	bool made = made_veth_is(st, f->now.id);
	bool mac = made && memcmp(to->macs[0], from->macs[0], sizeof(to->macs[0]));

	if (mac && made_set_mac(to, dev))
		return -1;
	if (!iface_change(st, &f->now, &f->before, port, port_dev, dev, f->expected))
		return made ? made_set_addresses(to, from, dev) : 0;
	if (mac)
		made_put_mac_back(dev);
	return -1;
}

static int change_iface(struct state *st, struct plan_iface *f, const struct plan_port *port)
{
	struct resolved dev, port_dev;
	int ret;

	if (!port || resolve_again(&port->device, &port_dev))
		return say_error("interface %s/%s: its port %s has gone", f->now.rec.conf.router,
				 f->now.rec.conf.name, f->now.rec.conf.port);
	if (resolve_again(&f->device, &dev)) {
		resolved_close(&port_dev);
		return say_error("interface %s/%s: device %s has gone", f->now.rec.conf.router,
				 f->now.rec.conf.name, f->device.name);
	}
	resolve_far_end(&dev, f->far);
	ret = change_made(st, f, &port->now, &port_dev, &dev);
	resolved_close(&dev);
	resolved_close(&port_dev);
	return ret;
}

static const struct plan_router *router_of(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->nrouters; i++)
		if (!strcmp(plan->routers[i].now.rec.conf.name, name) &&
		    plan->routers[i].action != REMOVE)
			return &plan->routers[i];
	return NULL;
}

static int attach_iface(struct state *st, struct plan *plan, struct plan_iface *f,
			struct numbers *n)
{
	struct plan_port *port = port_of(plan, f->now.rec.conf.port);
	const struct plan_router *router = router_of(plan, f->now.rec.conf.router);
	struct resolved dev, port_dev;
	bool made;
	int ret;

	if (!port || !router)
		return say_error("interface %s/%s: its port or router is missing",
				 f->now.rec.conf.router, f->now.rec.conf.name);
	if (f->action == ADD && !f->numbered &&
	    (numbers_take(n, &f->now.id) ||
	     zero(st, MAP_IFACE_COUNTS, f->now.id, sizeof(struct vrxdp_iface_counters))))
		return -1;
	f->now.rec.port = port->now.id;
	f->now.rec.router = router->now.id;
	if (resolve_again(&port->device, &port_dev))
		return say_error("port %s: device %s has gone", port->now.rec.conf.name,
				 port->device.name);
	if (f->make && made_veth(st, &f->now, &router->now.rec, port_dev.link.mtu)) {
		resolved_close(&port_dev);
		return -1;
	}
	if (f->make)
		f->device = f->now.rec.device;
	ret = resolve_again(&f->device, &dev);
	if (ret) {
		resolved_close(&port_dev);
		return say_error("interface %s/%s: device %s has gone", f->now.rec.conf.router,
				 f->now.rec.conf.name, f->device.name);
	}
	resolve_far_end(&dev, f->far);
	dev.kind = f->kind;
	made = made_wanted(&router->now.rec.conf, &f->now.rec.conf) && made_veth_is(st, f->now.id);
	/* drivers/net/veth.c takes redirected frames if GRO was turned on while the end was up. */
	if (made)
		ret = made_set_mac(&f->now.rec.conf, &dev) || made_up(&f->now.rec.conf, &dev);
	if (!ret)
		ret = iface_attach(st, &f->now, &port->now, &port_dev, &dev, f->expected);
	/* Last, so that what the router asks its neighbours about an address gets to them. */
	if (!ret && made)
		ret = made_set_addresses(&f->now.rec.conf, f->make ? NULL : &f->before.rec.conf,
					 &dev);
	resolved_close(&dev);
	resolved_close(&port_dev);
	return ret;
}

static int put_ifaces(struct state *st, struct plan *plan)
{
	struct plan_iface *f;
	struct numbers n;
	int ret = 0;
	size_t i;

	/* A killed command may have left what leads to a number that another would get now. */
	if (steer_sweep(st) || group_sweep(st) ||
	    numbers_load(st, MAP_IFACE_RECS, sizeof(f->now.rec), 1, st->meta.max_interfaces + 1,
			 &n))
		return -1;
	for (i = 0; i < plan->nifaces; i++)
		numbers_keep(&n, plan->ifaces[i].action, plan->ifaces[i].numbered,
			     plan->ifaces[i].now.id);
	for (i = 0; i < plan->nifaces && !ret; i++) {
		f = &plan->ifaces[i];
		if (f->action == ADD || f->action == REPLACE)
			ret = attach_iface(st, plan, f, &n);
		else if (f->action == CHANGE)
			ret = change_iface(st, f, port_of(plan, f->now.rec.conf.port));
		else if (f->action == UPDATE)
			ret = update_iface(st, f, port_of(plan, f->now.rec.conf.port));
	}
	free(n.taken);
	return ret;
}

/* What depends on how many interfaces a port has: its limit, and whether it is shared. */
int execute_settling(struct state *st)
{
	struct world w;
	__u32 members;
	size_t i, j;
	int ret = 0;

	if (group_recount(st) || world_load(st, &w))
		return -1;
	for (i = 0; i < w.nports && !ret; i++) {
		members = 0;
		for (j = 0; j < w.nifaces; j++)
			members += w.ifaces[j].rec.port == w.ports[i].id;
		if (!members)
			ret = shared_drop(st, &w.ports[i]);
		if (!ret)
			ret = host_macs_set(st, &w, &w.ports[i]);
		if (!ret)
			ret = group_limit(st, w.ports[i].id, w.ports[i].rec.conf.group_pps,
					  members);
	}
	world_free(&w);
	return ret;
}

/* Removals go on whatever fails: each failure was said, and the rest must not stay. */
int execute_removals(struct state *st, const struct plan *plan, const struct world *have)
{
	int ret = stop_ifaces(st, plan);

	return detach_ports(st, plan, have) ? -1 : ret;
}

int execute_additions(struct state *st, struct plan *plan, bool go_on)
{
	int ret = put_routers(st, plan);

	if (go_on || !ret)
		ret |= put_ports(st, plan);
	if (go_on || !ret)
		ret |= put_ifaces(st, plan);
	return ret ? -1 : 0;
}

/* The veth that was made for @f, unless it is still its way. */
static int forget_iface(struct state *st, const struct plan_iface *f)
{
	const struct vrxdp_device_rec *old = &f->before.rec.device;
	struct owner who = made_iface_owner(f->before.id);

	if (f->action == REPLACE && !f->make &&
	    (old->ifindex != f->device.ifindex || old->netns_cookie != f->device.netns_cookie))
		return host_undo_kind(st, who, VRXDP_UNDO_VETH);
	/* With its record, another detach can try again to restore. */
	if (f->action != REMOVE || !made_veth_is(st, f->before.id))
		return 0;
	return host_undo(st, who) || state_delete(st, MAP_IFACE_RECS, &f->before.id) ? -1 : 0;
}

static int forget_router(struct state *st, const struct plan_router *r)
{
	if (r->action == REPLACE)
		return made_netns_undo(st, r->now.id, r->now.rec.netns_cookie, false);
	if (r->action != REMOVE)
		return 0;
	return made_netns_undo(st, r->now.id, 0, false) ||
			       state_delete(st, MAP_ROUTER_RECS, &r->now.id) ?
		       -1 :
		       0;
}

int execute_forgetting(struct state *st, const struct plan *plan)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < plan->nifaces; i++)
		if (forget_iface(st, &plan->ifaces[i]))
			ret = -1;
	for (i = 0; i < plan->nrouters; i++)
		if (forget_router(st, &plan->routers[i]))
			ret = -1;
	return ret;
}
