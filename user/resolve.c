// SPDX-License-Identifier: GPL-2.0-only
#include "resolve.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>

#include "ethtool.h"
#include "lists.h"
#include "made.h"
#include "made_names.h"
#include "say.h"
#include "values.h"
#include "vlans.h"

void resolved_init(struct resolved *r)
{
	memset(r, 0, sizeof(*r));
	r->ns.fd = r->peer_ns.fd = -1;
}

void resolved_close(struct resolved *r)
{
	if (r->ns.fd >= 0)
		netns_close(&r->ns);
	if (r->peer_ns.fd >= 0)
		netns_close(&r->peer_ns);
}

static const char *where(const char *spec)
{
	return *spec ? spec : "where vrxdp runs";
}

static int open_netns(const char *what, const char *spec, struct netns *ns)
{
	int err = netns_open(spec, ns);

	if (!err)
		return 0;
	if (err == -ENOENT)
		return say_error(
			"%s: netns %s: there is no such namespace; see ip netns, or give a "
			"PID or a path",
			what, spec);
	if (err == -EINVAL)
		return say_error("%s: netns %s: isn't a network namespace", what, spec);
	return say_error("%s: netns %s: %s", what, spec, strerror(-err));
}

int resolve_router(const struct vrxdp_router_conf *conf, struct vrxdp_router_rec *rec)
{
	char what[VRXDP_NAME_LEN + 16];
	struct netns ns;

	memset(rec, 0, sizeof(*rec));
	rec->conf = *conf;
	if (conf->guest)
		return 0;
	snprintf(what, sizeof(what), "router %s", conf->name);
	if (conf->create && made_netns_absent(conf->netns))
		return 0;
	if (open_netns(what, conf->netns, &ns))
		return -1;
	rec->netns_cookie = ns.cookie;
	rec->netns_inum = ns.inum;
	netns_close(&ns);
	return 0;
}

void resolve_name_device(struct vrxdp_device_rec *rec, const char *spec, const struct netns *ns,
			 const struct link_info *link)
{
	memset(rec, 0, sizeof(*rec));
	snprintf(rec->netns, sizeof(rec->netns), "%s", spec);
	rec->netns_cookie = ns->cookie;
	rec->netns_inum = ns->inum;
	rec->ifindex = link->ifindex;
	snprintf(rec->name, sizeof(rec->name), "%s", link->name);
}

static __u32 longest(const struct link_info *link)
{
	return link->mtu + FRAME_OVERHEAD;
}

void resolve_far_end(struct resolved *r, const char *spec)
{
	__u32 len = longest(&r->link);
	int err;

	if (!strcmp(r->link.kind, "veth") && r->link.link) {
		if (r->link.link_nsid >= 0)
			err = netns_by_nsid(&r->ns, r->link.link_nsid, spec, &r->peer_ns);
		else
			err = netns_again(&r->ns, &r->peer_ns);
		if (!err)
			err = link_by_index(&r->peer_ns, r->link.link, &r->peer_link);
		if (!err)
			resolve_name_device(&r->peer, spec ? spec : "", &r->peer_ns, &r->peer_link);
		if (!err && longest(&r->peer_link) < len)
			len = longest(&r->peer_link);
	}
	r->max_len = (__u16)(len > 0xffff ? 0xffff : len);
}

int resolve_again(const struct vrxdp_device_rec *rec, struct resolved *r)
{
	resolved_init(r);
	if (netns_find(rec->netns, rec->netns_cookie, rec->netns_inum, &r->ns))
		return -ENOENT;
	if (link_by_index(&r->ns, rec->ifindex, &r->link)) {
		resolved_close(r);
		return -ENODEV;
	}
	r->device = *rec;
	snprintf(r->device.name, sizeof(r->device.name), "%s", r->link.name);
	r->max_len = (__u16)(longest(&r->link) > 0xffff ? 0xffff : longest(&r->link));
	return 0;
}

int resolve_port(const struct vrxdp_port_conf *conf, struct resolved *r)
{
	char what[VRXDP_NAME_LEN + 16];
	int err;

	resolved_init(r);
	snprintf(what, sizeof(what), "port %s", conf->name);
	if (open_netns(what, conf->netns, &r->ns))
		return -1;
	err = link_by_name(&r->ns, conf->device, &r->link);
	if (err) {
		resolved_close(r);
		if (err != -ENODEV)
			return say_error("%s: device %s: %s", what, conf->device, strerror(-err));
		return say_error("%s: device %s: there is no such device %s%s; see ip link", what,
				 conf->device, *conf->netns ? "in netns " : "", where(conf->netns));
	}
	if (r->link.type != ARPHRD_ETHER || r->link.addr_len != ETH_ALEN) {
		resolved_close(r);
		return say_error("%s: device %s: isn't an Ethernet device", what, conf->device);
	}
	resolve_name_device(&r->device, conf->netns, &r->ns, &r->link);
	resolve_far_end(r, NULL);
	return 0;
}

/*
 * Does this link lead from here into the router? Sets r->kind and returns NULL, or says
 * why not.
 */
static const char *classify(struct resolved *r, const struct vrxdp_router_rec *router,
			    const struct resolved *port)
{
	struct netns lower;
	bool same, inside;

	if (netns_same(&r->ns, &port->ns) && r->link.ifindex == port->link.ifindex) {
		r->kind = VRXDP_KIND_PORT;
		if (router->conf.guest || r->ns.cookie == router->netns_cookie)
			return NULL;
		return "is the whole port, which isn't in the router's namespace: move it there, "
		       "and give the port that netns";
	}
	/* What the owner makes in there may have any name, and lead anywhere. */
	inside = !router->conf.guest && r->ns.cookie == router->netns_cookie;
	if (!strcmp(r->link.kind, "veth")) {
		if (inside)
			return "is the router's own end of a veth; name the other end";
		resolve_far_end(r, router->conf.netns);
		if (!r->peer.ifindex)
			return "its far end is in a namespace that can't be found";
		r->kind = VRXDP_KIND_VETH;
		if (router->conf.guest || r->peer.netns_cookie == router->netns_cookie)
			return NULL;
		return "is a veth whose far end isn't in the router's namespace";
	}
	if (!strcmp(r->link.kind, "tun")) {
		if (inside)
			return "is a tap in the router's own namespace";
		resolve_far_end(r, router->conf.netns);
		r->kind = VRXDP_KIND_TAP;
		return r->link.type == ARPHRD_ETHER ? NULL : "is a tun without Ethernet";
	}
	if (!strcmp(r->link.kind, "macvlan") || !strcmp(r->link.kind, "macvtap")) {
		resolve_far_end(r, router->conf.netns);
		same = r->link.link_nsid < 0 && netns_same(&r->ns, &port->ns);
		if (r->link.link_nsid >= 0 &&
		    !netns_by_nsid(&r->ns, r->link.link_nsid, port->device.netns, &lower)) {
			same = netns_same(&lower, &port->ns);
			netns_close(&lower);
		}
		r->kind = VRXDP_KIND_MACVLAN;
		if (same && r->link.link == port->link.ifindex)
			return NULL;
		return "is a macvlan of another device than the port";
	}
	return "is no way into a router: veth, tap, macvlan of the port, or the port itself";
}

static int unfit(const struct vrxdp_iface_conf *conf, const struct resolved *r)
{
	char mac[18], vlan[16];

	if (r->kind != VRXDP_KIND_PORT && r->kind != VRXDP_KIND_MACVLAN)
		return 0;
	if (vlans_hidden(&conf->vlans))
		return say_error("interface %s/%s: vlan %s: a %s takes frames as they are: "
				 "make it a list (100-100) or trunk, with VLAN devices in the "
				 "router; put a VLAN device under it; or use a veth",
				 conf->router, conf->name,
				 vlans_format(&conf->vlans, vlan, sizeof(vlan)),
				 r->kind == VRXDP_KIND_PORT ? "whole port" : "macvlan");
	/* Two children may send from a virtual address, and nothing tells which of them did. */
	if (r->kind == VRXDP_KIND_MACVLAN && vrids_any(conf))
		return say_error("interface %s/%s: vrrp: the kernel serves the VRRP addresses of "
				 "macvlan children by itself; leave the key out",
				 conf->router, conf->name);
	/* Whatever else uses the port would be cut off: it sends from this address only. */
	if (r->kind == VRXDP_KIND_PORT && !macs_have(conf, r->link.mac))
		return say_error(
			"interface %s/%s: the whole port has the MAC address %s; give this "
			"one",
			conf->router, conf->name, format_mac(r->link.mac, mac));
	return 0;
}

/* A driver that always takes tags off leaves XDP nothing to tell VLANs by. */
static int tags_lost(const struct vrxdp_iface_conf *conf, const struct resolved *port)
{
	bool stacked = conf->vlans.tags == VRXDP_TAGS_STACKED;
	struct ethtool_feature f;
	char vlan[16];

	if (conf->vlans.tags == VRXDP_TAGS_NONE || !strcmp(port->link.kind, "veth") ||
	    ethtool_feature_get(&port->ns, port->link.ifindex,
				stacked ? "rx-vlan-stag-hw-parse" : "rx-vlan-hw-parse", &f) ||
	    !f.active || f.changeable)
		return 0;
	return say_error(
		"interface %s/%s: vlan %s: device %s: its driver takes tags off the frames before XDP "
		"sees them (ethtool -k: %s is fixed): %s",
		conf->router, conf->name, vlans_format(&conf->vlans, vlan, sizeof(vlan)),
		port->link.name, stacked ? f.name : "rx-vlan-offload",
		ethtool_is_vf(&port->ns, port->link.ifindex) ?
			"leave the key out, and have the PF do it: ip link set PF vf N vlan VID" :
			"use another NIC for VLANs");
}

int resolve_iface(const struct vrxdp_iface_conf *conf, const struct vrxdp_router_rec *router,
		  const struct resolved *port, struct resolved *r)
{
	const struct {
		const char *spec;
		__u64 cookie;
		__u32 inum;
	} places[] = {
		{ "", 0, 0 },
		{ port->device.netns, port->device.netns_cookie, port->device.netns_inum },
		{ router->conf.netns, router->netns_cookie, router->netns_inum },
	};
	const char *why = NULL, *first_why = NULL;
	char kind[16] = "";
	size_t i;
	int err;

	if (tags_lost(conf, port))
		return -1;
	if (device_is_auto(conf))
		return resolve_auto(conf, router, port, r);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (i && !places[i].cookie)
			continue;
		resolved_init(r);
		if (i)
			err = netns_find(places[i].spec, places[i].cookie, places[i].inum, &r->ns);
		else
			err = netns_open("", &r->ns);
		if (!err && !link_by_name(&r->ns, conf->device, &r->link)) {
			why = classify(r, router, port);
			if (!why) {
				resolve_name_device(&r->device, places[i].spec, &r->ns, &r->link);
				if (!unfit(conf, r))
					return 0;
				resolved_close(r);
				return -1;
			}
			if (!first_why) {
				first_why = why;
				snprintf(kind, sizeof(kind), "%s", r->link.kind);
			}
		}
		resolved_close(r);
	}
	if (first_why)
		return say_error("interface %s/%s: device %s%s%s%s: %s", conf->router, conf->name,
				 conf->device, *kind ? " (" : "", kind, *kind ? ")" : "",
				 first_why);
	return say_error(
		"interface %s/%s: device %s: there is no such device where vrxdp runs, in the "
		"port's namespace or in the router's; see ip link",
		conf->router, conf->name, conf->device);
}
