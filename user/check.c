// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "ethtool.h"
#include "group.h"
#include "host.h"
#include "lists.h"
#include "nic.h"
#include "resolve.h"
#include "steer.h"
#include "values.h"
#include "vlans.h"

__attribute__((format(printf, 2, 3))) static void add(struct health *h, const char *fmt, ...)
{
	char text[2 * sizeof(h->problem[0])];
	va_list args;

	if (h->count == MAX_PROBLEMS)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Names of devices come from routers' owners. */
	escape_text(text, h->problem[h->count++], sizeof(h->problem[0]));
}

/* Find the device again. Returns false, and says so in @h, if it isn't there any more. */
static bool find(const struct vrxdp_device_rec *rec, const char *far, struct health *h,
		 struct resolved *dev)
{
	int err = resolve_again(rec, dev);

	if (err) {
		h->state = "missing";
		h->broken = true;
		if (err == -ENOENT)
			add(h, "the namespace of device %s is gone", rec->name);
		else
			add(h, "device %s was deleted or moved to another namespace", rec->name);
		return false;
	}
	resolve_far_end(dev, far);
	h->state = dev->link.flags & IFF_UP ? "up" : "down";
	if (strcmp(dev->link.name, rec->name))
		add(h, "device %s was renamed to %s", rec->name, dev->link.name);
	return true;
}

static void check_program(const struct state *st, const char *kind, __u32 id,
			  const struct resolved *dev, struct health *h)
{
	char pin[32];

	snprintf(pin, sizeof(pin), "%s_%u", kind, id);
	if (xdp_attached(st, pin, dev->link.ifindex) != 1) {
		h->broken = true;
		add(h, "the XDP program isn't on it any more");
	}
}

static void check_slot(const struct state *st, __u32 slot, __u32 ifindex, struct health *h)
{
	if (target_get(st, slot) != ifindex) {
		h->broken = true;
		add(h, "frames can't be redirected to it");
	}
}

/* @was: the far end as it was attached, @conf: has the address it must have; NULL: any will do. */
static void check_far_end(const struct resolved *dev, const struct vrxdp_device_rec *was,
			  const struct vrxdp_iface_conf *conf, struct health *h)
{
	char text[18];
	struct host_device far = { &dev->peer, &dev->peer_ns };
	char what[64];

	if (strcmp(dev->link.kind, "veth"))
		return;
	if (!dev->peer.ifindex) {
		add(h, "its far end is in a namespace that can't be found");
		return;
	}
	if (was && was->ifindex &&
	    (was->netns_cookie != dev->peer.netns_cookie || was->ifindex != dev->peer.ifindex)) {
		h->broken = true;
		add(h, "its far end was moved to another namespace");
		return;
	}
	if (!host_far_end_whole(far, what, sizeof(what))) {
		h->unset = true;
		add(h, "its far end was changed: %s", what);
	}
	if (!(dev->peer_link.flags & IFF_UP))
		add(h, "its far end is down");
	if (conf && !macs_have(conf, dev->peer_link.mac))
		add(h, "its far end has the MAC address %s", format_mac(dev->peer_link.mac, text));
}

static void check_nic(const struct vrxdp_port_rec *rec, const struct resolved *dev,
		      struct health *h)
{
	char what[64];

	if (!strcmp(dev->link.kind, "veth"))
		return;
	if (!nic_frames_whole(dev, what, sizeof(what))) {
		h->unset = true;
		add(h, "its driver changes received frames: %s is on", what);
	}
	if (rec->mode != VRXDP_MODE_NATIVE)
		return;
	if (nic_shares_queues(dev))
		add(h,
		    "virtio_net has no queues to spare: CPUs send by shared ones, one at a time");
	if (nic_forgets_program(dev)) {
		/* Perhaps it has. */
		h->unset = true;
		add(h, "vmxnet3 forgets the program when it is set down or its MTU is changed: run "
		       "vrxdp attach after that");
	}
}

void check_port(const struct state *st, const struct world *w, const struct world_port *p,
		struct health *h)
{
	const struct vrxdp_port_rec *rec = &p->rec;
	struct vrxdp_port hot;
	struct resolved dev;
	int macvlans = 0, redirected = 0;
	size_t i;

	memset(h, 0, sizeof(*h));
	if (!find(&rec->device, NULL, h, &dev))
		return;
	check_program(st, "port", p->id, &dev, h);
	check_slot(st, VRXDP_SLOT_PORT + p->id, port_target(rec), h);
	if (!shared_whole(st, p, &dev)) {
		h->broken = true;
		add(h, "its tc programs or its relay are gone or down");
	}
	check_far_end(&dev, NULL, NULL, h);
	check_nic(rec, &dev, h);
	if (!state_get(st, MAP_PORTS, &p->id, &hot) &&
	    (hot.max_len != dev.max_len || (memcmp(hot.mac, dev.link.mac, sizeof(hot.mac)) &&
					    port_may_have(st, &hot, dev.link.mac)))) {
		h->unset = true;
		add(h, "its MTU or MAC address was changed");
	}
	if (!host_macs_whole(st, w, p, &dev)) {
		h->unset = true;
		add(h, "the addresses of its bridge or of others' macvlan children have changed");
	}
	if (rec->mode == VRXDP_MODE_GENERIC)
		add(h, "generic mode: slow, and losses after a redirect can't be seen");
	for (i = 0; i < w->nifaces; i++) {
		if (w->ifaces[i].rec.port != p->id)
			continue;
		macvlans += w->ifaces[i].rec.kind == VRXDP_KIND_MACVLAN;
		redirected += w->ifaces[i].rec.kind == VRXDP_KIND_VETH ||
			      w->ifaces[i].rec.kind == VRXDP_KIND_TAP;
	}
	if (redirected && ethtool_is_vf(&dev.ns, dev.link.ifindex))
		add(h, "a virtual function: routers behind it get and send what its PF allows "
		       "(trust, spoofchk), and share its own group addresses");
	if (macvlans > 1)
		add(h, "what its macvlan children send each other can't be seen");
	resolved_close(&dev);
}

/* See iface_gate(). */
static void check_bridge(const struct resolved *dev, struct health *h)
{
	struct link_info bridge;

	if (strcmp(dev->link.master_kind, "bridge"))
		return;
	if (!tc_filter_has(&dev->ns, dev->link.ifindex, BPF_TC_EGRESS)) {
		h->unset = true;
		add(h, "it was put into a bridge, which gives the router frames a second time");
		return;
	}
	if (link_by_index(&dev->ns, dev->link.master, &bridge))
		snprintf(bridge.name, sizeof(bridge.name), "?");
	add(h, "it is in the bridge %s, which reaches the router by the port only: take it out",
	    bridge.name);
}

bool check_half(const struct state *st, const struct world_iface *f)
{
	struct vrxdp_iface hot;

	return state_get(st, MAP_IFACES, &f->id, &hot) || !iface_hot(f, &hot) || !steered(st, f) ||
	       !group_joined(st, f->rec.port, f->id, &f->rec.conf.vlans);
}

static void check_filters(const struct state *st, const struct world_iface *f, struct filters *seen,
			  struct health *h)
{
	char what[MAX_SHUT][128];
	int i, count = filters_shut(st, f, seen, what);

	for (i = 0; i < count; i++) {
		h->unset = true;
		add(h, "%s", what[i]);
	}
}

/* Do the longest frames that the router sends fit the port, with the tags that they get there? */
static void check_room(const struct state *st, const struct world_iface *f,
		       const struct resolved *dev, struct health *h)
{
	__u32 beyond = vlans_beyond(&f->rec.conf.vlans), mtu = dev->link.mtu;
	struct vrxdp_port port;

	if (dev->peer.ifindex && dev->peer_link.mtu < mtu)
		mtu = dev->peer_link.mtu;
	if (state_get(st, MAP_PORTS, &f->rec.port, &port) ||
	    mtu + ETH_HLEN + vlans_hidden(&f->rec.conf.vlans) <= port.max_len)
		return;
	add(h,
	    "its MTU of %u is too large%s for the port's: full-size packets are dropped; set it "
	    "to %u, or the port's to %u",
	    mtu, beyond ? " with two tags" : "", port.max_len - FRAME_OVERHEAD - beyond,
	    mtu + beyond);
}

void check_iface(const struct state *st, const struct world_iface *f, struct filters *seen,
		 struct health *h)
{
	const struct vrxdp_iface_rec *rec = &f->rec;
	struct vrxdp_iface hot = { 0 };
	struct resolved dev;
	char mac[18];

	memset(h, 0, sizeof(*h));
	if (!find(&rec->device, rec->peer.netns, h, &dev))
		return;
	if (check_half(st, f)) {
		h->broken = true;
		add(h, "it was left half attached");
	}
	state_get(st, MAP_IFACES, &f->id, &hot);
	if (rec->kind == VRXDP_KIND_VETH || rec->kind == VRXDP_KIND_TAP) {
		check_program(st, "iface", f->id, &dev, h);
		check_slot(st, VRXDP_SLOT_IFACE + f->id, dev.link.ifindex, h);
		check_far_end(&dev, &rec->peer, &rec->conf, h);
		check_bridge(&dev, h);
		if (dev.link.tun_vnet_hdr)
			add(h,
			    "its reader may leave checksums and segmentation to others: start the "
			    "guest without them (csum=off, gso=off)");
		if (hot.delivery && hot.max_len != dev.max_len) {
			h->unset = true;
			add(h, "its MTU was changed: frames of %u bytes fit now, not %u",
			    dev.max_len, hot.max_len);
		}
		check_room(st, f, &dev, h);
		check_filters(st, f, seen, h);
	} else if (!macs_have(&rec->conf, dev.link.mac)) {
		add(h, "the device has the MAC address %s", format_mac(dev.link.mac, mac));
	}
	/* The owner may choose it, with addresses from which it gets all that the kernel delivers. */
	if (rec->kind == VRXDP_KIND_MACVLAN && dev.link.macvlan_mode == MACVLAN_MODE_SOURCE)
		add(h, "its mode is source, which copies what others are sent: set it to bridge");
	resolved_close(&dev);
}

void check_router(const struct world_router *r, struct health *h)
{
	struct netns ns;

	memset(h, 0, sizeof(*h));
	h->state = "up";
	if (r->rec.conf.guest)
		return;
	/* A PID was resolved once; what counts is the namespace that it was. */
	if (netns_is_pid(r->rec.conf.netns) ?
		    netns_find(NULL, r->rec.netns_cookie, r->rec.netns_inum, &ns) :
		    netns_open(r->rec.conf.netns, &ns)) {
		h->state = "missing";
		add(h, "netns %s is gone", r->rec.conf.netns);
		return;
	}
	if (ns.cookie != r->rec.netns_cookie) {
		h->broken = true;
		add(h, "netns %s is another namespace than when it was attached",
		    r->rec.conf.netns);
	}
	netns_close(&ns);
}

const char *check_path(const struct world_router *r, const char **detail)
{
	if (r->rec.conf.path == VRXDP_PATH_STACK || r->rec.conf.guest)
		return NULL;
	*detail = "nothing mirrors the router's tables: this version has no daemon";
	return "daemon";
}
