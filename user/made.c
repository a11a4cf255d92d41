// SPDX-License-Identifier: GPL-2.0-only
#include "made.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "link_veth.h"
#include "made_names.h"
#include "netlink.h"
#include "netns_make.h"
#include "say.h"
#include "vlans.h"

struct owner made_router_owner(__u32 router)
{
	return (struct owner){ .kind = VRXDP_OWNER_ROUTER, .id = router };
}

struct owner made_iface_owner(__u32 iface)
{
	return (struct owner){ .kind = VRXDP_OWNER_IFACE, .id = iface };
}

/* ---- namespaces ---- */

bool made_netns_absent(const char *name)
{
	struct netns ns;
	int err = netns_open_name(name, &ns);

	if (!err)
		netns_close(&ns);
	/* EINVAL: no namespace, such as what a killed attach leaves. */
	return err == -ENOENT || err == -EINVAL;
}

bool made_netns_is(const struct state *st, const struct world_router *r)
{
	struct journal_entry entry = { .key = (__u32)-1 };
	struct netns ns;
	bool same;

	while (journal_newest(st, made_router_owner(r->id), VRXDP_UNDO_NETNS, entry.key, &entry) >
	       0) {
		if (entry.rec.device.netns_cookie != r->rec.netns_cookie ||
		    netns_open_name(entry.rec.what, &ns))
			continue;
		same = ns.cookie == r->rec.netns_cookie;
		netns_close(&ns);
		if (same)
			return true;
	}
	return false;
}

int made_netns_undo(struct state *st, __u32 router, __u64 keep, bool leave)
{
	struct journal_entry entry = { .key = (__u32)-1 };
	int err, more, ret = 0;

	while ((more = journal_newest(st, made_router_owner(router), VRXDP_UNDO_NETNS, entry.key,
				      &entry)) > 0) {
		if (keep && entry.rec.device.netns_cookie == keep)
			continue;
		err = leave ? 0 : netns_take_name(entry.rec.what, entry.rec.device.netns_cookie);
		if (err)
			ret = say_error("netns %s: can't remove it: %s", entry.rec.what,
					strerror(-err));
		else if (journal_remove(st, &entry))
			return -1;
	}
	return more < 0 ? -1 : ret;
}

static void forget(struct state *st, __u32 router, __u64 cookie)
{
	struct journal_entry entry = { .key = (__u32)-1 };

	while (journal_newest(st, made_router_owner(router), VRXDP_UNDO_NETNS, entry.key, &entry) >
	       0)
		if (entry.rec.device.netns_cookie == cookie)
			journal_remove(st, &entry);
}

static int say_unnamed(const struct vrxdp_router_conf *conf, int err)
{
	if (err == -EXDEV)
		return say_error(
			"router %s: netns %s: made here, it isn't seen by PID 1, since this "
			"mount namespace keeps its mounts to itself; run vrxdp outside of "
			"it (`vrxdp --netns NAME` instead of `ip netns exec`)",
			conf->name, conf->netns);
	if (err == -EEXIST)
		return say_error("router %s: " NETNS_DIR "/%s is there, and no network namespace; "
				 "remove it",
				 conf->name, conf->netns);
	return say_error("router %s: can't make netns %s: %s", conf->name, conf->netns,
			 strerror(-err));
}

int made_netns(struct state *st, struct world_router *r)
{
	const struct vrxdp_router_conf *conf = &r->rec.conf;
	struct journal_entry old = { .key = (__u32)-1 };
	struct vrxdp_undo_rec undo;
	struct netns ns;
	int err;

	/* The remains of one that was killed, or that somebody took the name from. */
	while (journal_newest(st, made_router_owner(r->id), VRXDP_UNDO_NETNS, old.key, &old) > 0)
		if (!strcmp(old.rec.what, conf->netns) &&
		    (netns_take_name(old.rec.what, old.rec.device.netns_cookie) ||
		     journal_remove(st, &old)))
			return -1;
	err = netns_new(&ns);
	if (err)
		return say_unnamed(conf, err);
	r->rec.netns_cookie = ns.cookie;
	r->rec.netns_inum = ns.inum;
	memset(&undo, 0, sizeof(undo));
	undo.kind = VRXDP_UNDO_NETNS;
	undo.owner_kind = VRXDP_OWNER_ROUTER;
	undo.owner = r->id;
	undo.device.netns_cookie = ns.cookie;
	undo.device.netns_inum = ns.inum;
	snprintf(undo.device.netns, sizeof(undo.device.netns), "%s", conf->netns);
	snprintf(undo.what, sizeof(undo.what), "%.*s", VRXDP_NAME_LEN - 1, conf->netns);
	/* It is gone with this process until it has a name: so the cookie is known first. */
	err = -1;
	if (!state_put(st, MAP_ROUTER_RECS, &r->id, &r->rec) && !journal_add(st, &undo)) {
		err = netns_give_name(&ns, undo.what);
		if (err) {
			say_unnamed(conf, err);
			/* What has the name isn't vrxdp's. */
			forget(st, r->id, ns.cookie);
		}
	}
	netns_close(&ns);
	return err ? -1 : 0;
}

/* ---- veths ---- */

bool made_veth_is(const struct state *st, __u32 iface)
{
	struct journal_entry entry;

	return journal_newest(st, made_iface_owner(iface), VRXDP_UNDO_VETH, (__u32)-1, &entry) > 0;
}

static int say_iface(const struct vrxdp_iface_conf *conf, const char *what, int err)
{
	const char *more = netlink_error_text();

	return say_error("interface %s/%s: %s: %s%s%s", conf->router, conf->name, what,
			 strerror(-err), *more ? ": " : "", more);
}

static int make_veth(struct state *st, struct world_iface *f, const struct netns *own,
		     const struct netns *inside, __u32 mtu)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct world_iface early = *f;
	struct vrxdp_undo_rec undo;
	struct link_veth v;
	char machine[40];
	int err;

	memset(&undo, 0, sizeof(undo));
	made_host_name(conf->router, conf->name, undo.what);
	made_mac(made_machine(machine, sizeof(machine)), conf->router, conf->name, MADE_HOST_END,
		 v.host_mac);
	memcpy(v.mac, conf->macs[0], sizeof(v.mac));
	v.host_name = undo.what;
	v.name = conf->name;
	v.mtu = mtu - vlans_beyond(&conf->vlans);

	memset(&f->rec.device, 0, sizeof(f->rec.device));
	f->rec.device.netns_cookie = own->cookie;
	f->rec.device.netns_inum = own->inum;
	memcpy(f->rec.device.name, undo.what, sizeof(f->rec.device.name));
	f->rec.kind = VRXDP_KIND_VETH;
	undo.kind = VRXDP_UNDO_VETH;
	undo.owner_kind = VRXDP_OWNER_IFACE;
	undo.owner = f->id;
	undo.device = f->rec.device;
	memcpy(&undo.set, v.host_mac, sizeof(v.host_mac));
	early.rec.device = f->rec.device;
	early.rec.kind = f->rec.kind;
	early.rec.port = VRXDP_NO_PORT;
	if (state_put(st, MAP_IFACE_RECS, &f->id, &early.rec) || journal_add(st, &undo))
		return -1;
	err = link_add_router_veth(own, inside, &v, &f->rec.device.ifindex);
	if (err == -EEXIST)
		return say_error("interface %s/%s: a device %s, or %s in the router, is there "
				 "already; rename it",
				 conf->router, conf->name, v.host_name, v.name);
	return err ? say_iface(conf, "can't make its veth", err) : 0;
}

int made_veth(struct state *st, struct world_iface *f, const struct vrxdp_router_rec *router,
	      __u32 mtu)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct netns own, inside;
	int err, ret;

	err = netns_open("", &own);
	if (err)
		return say_iface(conf, "can't open the own namespace", err);
	err = netns_find(router->conf.netns, router->netns_cookie, router->netns_inum, &inside);
	if (err) {
		netns_close(&own);
		return say_iface(conf, "can't open the router's namespace", err);
	}
	ret = make_veth(st, f, &own, &inside, mtu);
	netns_close(&own);
	netns_close(&inside);
	return ret;
}

int made_set_mac(const struct vrxdp_iface_conf *conf, const struct resolved *dev)
{
	int err;

	if (!dev->peer.ifindex || !memcmp(dev->peer_link.mac, conf->macs[0], sizeof(conf->macs[0])))
		return 0;
	err = link_set_mac(&dev->peer_ns, dev->peer.ifindex, conf->macs[0]);
	return err ? say_iface(conf, "can't set the MAC address of its end in the router", err) : 0;
}

static bool has_address(const struct vrxdp_iface_conf *conf, const struct vrxdp_address *a)
{
	int i;

	for (i = 0; i < conf->naddresses; i++)
		if (!memcmp(&conf->addresses[i], a, sizeof(*a)))
			return true;
	return false;
}

int made_set_addresses(const struct vrxdp_iface_conf *conf, const struct vrxdp_iface_conf *before,
		       const struct resolved *dev)
{
	const struct netns *ns = &dev->peer_ns;
	__u32 ifindex = dev->peer.ifindex;
	int i, err = 0;

	if (!ifindex)
		return 0;
	/* First: with an address the kernel removes the others of its prefix, which come again. */
	for (i = 0; before && !err && i < before->naddresses; i++)
		if (!has_address(conf, &before->addresses[i]))
			err = link_del_address(ns, ifindex, &before->addresses[i]);
	for (i = 0; !err && i < conf->naddresses; i++)
		err = link_add_address(ns, ifindex, &conf->addresses[i]);
	return err ? say_iface(conf, "can't set the addresses of its end in the router", err) : 0;
}

void made_put_mac_back(const struct resolved *dev)
{
	if (dev->peer.ifindex)
		link_set_mac(&dev->peer_ns, dev->peer.ifindex, dev->peer_link.mac);
}

int made_up(const struct vrxdp_iface_conf *conf, const struct resolved *dev)
{
	int err;

	if (!dev->peer.ifindex)
		return 0;
	err = link_set_flags(&dev->peer_ns, dev->peer.ifindex, IFF_UP, IFF_UP);
	return err ? say_iface(conf, "can't bring its end in the router up", err) : 0;
}

struct wanted_mac {
	__u8 mac[6];
	__u32 ifindex;
};

static int find_mac(const struct link_info *l, void *arg)
{
	struct wanted_mac *w = arg;

	if (!strcmp(l->kind, "veth") && !memcmp(l->mac, w->mac, sizeof(w->mac)))
		w->ifindex = l->ifindex;
	return 0;
}

int made_veth_undo(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	struct wanted_mac w = { .ifindex = 0 };
	struct link_info link;
	int err;

	memcpy(w.mac, &rec->set, sizeof(w.mac));
	err = link_by_name(ns, rec->what, &link);
	if (!err && !strcmp(link.kind, "veth") && !memcmp(link.mac, w.mac, sizeof(w.mac)))
		return link_del(ns, link.ifindex);
	/* Renamed? Its address is its own: a hash of the machine and both names. */
	if (link_each(ns, find_mac, &w) == 0 && w.ifindex)
		return link_del(ns, w.ifindex);
	if (err)
		return err == -ENODEV ? 0 : err;
	return -EUCLEAN;
}
