// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "ethtool.h"
#include "filters.h"
#include "group.h"
#include "host.h"
#include "link_veth.h"
#include "lists.h"
#include "made.h"
#include "programs.h"
#include "say.h"
#include "steer.h"
#include "vlans.h"

static struct owner owner_of(const struct world_iface *f)
{
	return (struct owner){ .kind = VRXDP_OWNER_IFACE, .id = f->id };
}

static void pin_name(const struct world_iface *f, char *buf, size_t len)
{
	snprintf(buf, len, "iface_%u", f->id);
}

static enum vrxdp_delivery delivery_of(__u8 kind)
{
	switch (kind) {
	case VRXDP_KIND_MACVLAN:
		return VRXDP_PASS_CHILD;
	case VRXDP_KIND_PORT:
		return VRXDP_PASS_PORT;
	default:
		return VRXDP_REDIRECT;
	}
}

/* Only @iface's router may send by this port; 0: anybody. */
static int set_whole(const struct state *st, __u32 port, __u32 iface)
{
	struct vrxdp_port hot;

	if (state_get(st, MAP_PORTS, &port, &hot))
		return 0;
	hot.whole = iface;
	return state_put(st, MAP_PORTS, &port, &hot);
}

int iface_gate(struct state *st, const struct world_iface *f, const struct resolved *dev)
{
	struct host_device own = { &dev->device, &dev->ns };
	int err, prog;

	if (delivery_of(f->rec.kind) != VRXDP_REDIRECT || strcmp(dev->link.master_kind, "bridge"))
		return 0;
	prog = programs_gate(st);
	if (prog < 0 || host_clsact(st, owner_of(f), own)) {
		if (prog >= 0)
			close(prog);
		return -1;
	}
	err = tc_filter_set(prog, &dev->ns, dev->link.ifindex, BPF_TC_EGRESS);
	close(prog);
	return err ? say_error("interface %s/%s: device %s: can't attach a tc program: %s",
			       f->rec.conf.router, f->rec.conf.name, dev->link.name,
			       strerror(-err)) :
		     0;
}

/* Away with iface_gate(): the qdisc goes by the journal. */
static void drop_gate(const struct world_iface *f)
{
	const struct vrxdp_device_rec *dev = &f->rec.device;
	struct netns ns;

	if (delivery_of(f->rec.kind) != VRXDP_REDIRECT ||
	    netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
		return;
	tc_filter_del(&ns, dev->ifindex, BPF_TC_EGRESS);
	netns_close(&ns);
}

/*
 * The bridge that the port is in has learnt the router behind it: after a detach, what is for
 * the router would go back to the wire until the router itself sends, or for minutes.
 */
static void forget_behind_port(const struct state *st, const struct world_iface *f)
{
	const struct vrxdp_device_rec *dev;
	struct vrxdp_port_rec port;
	struct netns ns;

	if (delivery_of(f->rec.kind) != VRXDP_REDIRECT ||
	    state_get(st, MAP_PORT_RECS, &f->rec.port, &port))
		return;
	dev = &port.device;
	if (netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
		return;
	fdb_forget(&ns, dev->ifindex, &f->rec.conf);
	netns_close(&ns);
}

int iface_wake(const struct world_iface *f, const struct resolved *dev)
{
	int err;

	if (f->rec.kind != VRXDP_KIND_VETH || !(dev->link.flags & IFF_UP) ||
	    (dev->peer_link.flags & IFF_UP))
		return 0;
	if (link_addresses(&dev->ns, dev->link.ifindex)) {
		say_warning("interface %s/%s: its far end is down, and device %s has addresses: "
			    "bring the far end up, then run vrxdp attach once more",
			    f->rec.conf.router, f->rec.conf.name, dev->link.name);
		return 0;
	}
	err = link_set_flags(&dev->ns, dev->link.ifindex, 0, IFF_UP);
	if (!err)
		err = link_set_flags(&dev->ns, dev->link.ifindex, IFF_UP, IFF_UP);
	return err ? say_error("interface %s/%s: device %s: can't set it down and up: %s",
			       f->rec.conf.router, f->rec.conf.name, dev->link.name,
			       strerror(-err)) :
		     0;
}

/* The device that leads to the router: its far end, its slot. */
static int start_device(struct state *st, struct world_iface *f, const struct resolved *dev)
{
	struct vrxdp_device_key key = { .netns = dev->ns.inum, .ifindex = dev->link.ifindex };
	struct host_device far = { &dev->peer, &dev->peer_ns };
	__u32 slot = VRXDP_SLOT_IFACE + f->id;
	struct device_programs programs;
	int ret = -1;

	if (iface_gate(st, f, dev) ||
	    (dev->peer.ifindex && (host_far_end(st, owner_of(f), far) || iface_wake(f, dev))))
		return -1;
	if (programs_device(st, dev->ns.inum, false, &programs))
		return -1;
	if (!state_put(st, MAP_DEVICES, &key, &slot) &&
	    !target_set(st, MAP_TARGETS, slot, dev->link.ifindex, &dev->ns, 0) &&
	    !target_set(st, MAP_COPIES, slot, dev->link.ifindex, &dev->ns, programs.copy))
		ret = 0;
	programs_device_close(&programs);
	return ret;
}

/* From now on the router's frames meet vrxdp: all that they are judged by is there. */
static int watch_device(struct state *st, struct world_iface *f, const struct resolved *dev)
{
	char pin[32], what[2 * VRXDP_NAME_LEN + 16];
	struct device_programs programs;
	int ret;

	/*
	 * drivers/net/tun.c runs the program in generic mode for a reader that blocks, has a
	 * send buffer, or writes large frames: no flush is reported then.
	 */
	if (programs_device(st, dev->ns.inum, dev->kind == VRXDP_KIND_TAP, &programs))
		return -1;
	pin_name(f, pin, sizeof(pin));
	snprintf(what, sizeof(what), "interface %s/%s", f->rec.conf.router, f->rec.conf.name);
	ret = xdp_attach(st, programs.device, &dev->ns, &dev->link, false, pin, what);
	programs_device_close(&programs);
	return ret;
}

/* What packets meet of the interface. */
struct vrxdp_iface iface_hot_of(const struct world_iface *f, __u16 max_len)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct vrxdp_iface hot;

	memset(&hot, 0, sizeof(hot));
	hot.router = f->rec.router;
	hot.port = f->rec.port;
	hot.vlan = conf->vlans.one;
	hot.max_len = max_len;
	hot.delivery = (__u8)delivery_of(f->rec.kind);
	hot.tags = conf->vlans.tags;
	hot.hidden = vlans_hidden(&conf->vlans);
	hot.more_macs = conf->nmacs > 1;
	hot.vrrp = vrids_any(conf);
	memcpy(hot.mac, conf->macs[0], sizeof(hot.mac));
	return hot;
}

static struct group_member member_of(const struct world_iface *f, const struct resolved *dev)
{
	return (struct group_member){ .iface = f->id,
				      .delivery = (__u8)delivery_of(f->rec.kind),
				      .ifindex = dev->link.ifindex,
				      .ns = &dev->ns };
}

/* What a VF asks for its PF grants or not, and no answer comes back to who asked. */
static void warn_of_vf(const struct world_iface *f, const struct resolved *port)
{
	if (ethtool_is_vf(&port->ns, port->link.ifindex))
		say_warning(
			"interface %s/%s: port %s is a virtual function: its PF must allow the router's "
			"MAC addresses (ip link set PF vf N trust on spoofchk off), and of group frames "
			"the router gets those only that the port itself has joined",
			f->rec.conf.router, f->rec.conf.name, f->rec.conf.port);
}

int iface_attach(struct state *st, struct world_iface *f, struct world_port *port,
		 const struct resolved *port_dev, const struct resolved *dev, __u32 expected)
{
	enum vrxdp_delivery delivery = delivery_of(dev->kind);
	struct group_member member;
	struct vrxdp_iface hot;

	f->rec.device = dev->device;
	f->rec.peer = dev->peer;
	f->rec.kind = dev->kind;
	f->rec.mode = delivery == VRXDP_REDIRECT ? VRXDP_MODE_NATIVE : VRXDP_MODE_AUTO;
	member = member_of(f, dev);
	hot = iface_hot_of(f, dev->max_len);
	if (state_put(st, MAP_IFACE_RECS, &f->id, &f->rec) ||
	    shared_ensure(st, port, port_dev, delivery == VRXDP_REDIRECT))
		return -1;
	if (group_join(st, port, &f->rec.conf.vlans, NULL, &member, expected) ||
	    steer_vrids(st, f, true) || state_put(st, MAP_IFACES, &f->id, &hot))
		return -1;
	if (delivery == VRXDP_REDIRECT) {
		if (start_device(st, f, dev) || filters_open(st, f, port_dev))
			return -1;
	}
	/* Frames are steered last: an interface that they reach is whole (check_iface()). */
	if ((delivery == VRXDP_PASS_PORT && set_whole(st, f->rec.port, f->id)) || steer_to(st, f))
		return -1;
	if (delivery != VRXDP_REDIRECT)
		return 0;
	if (watch_device(st, f, dev))
		return -1;
	/* From now on the router is behind the port, and the gate keeps frames from here. */
	if (!strcmp(dev->link.master_kind, "bridge"))
		fdb_forget(&dev->ns, dev->link.ifindex, &f->rec.conf);
	warn_of_vf(f, port_dev);
	return 0;
}

bool iface_can_change(const struct vrxdp_iface_conf *from, const struct vrxdp_iface_conf *to)
{
	return !strcmp(from->port, to->port) && !strcmp(from->device, to->device) &&
	       from->vlans.tags == to->vlans.tags && from->vlans.one.vid == to->vlans.one.vid &&
	       from->vlans.one.outer == to->vlans.one.outer;
}

/* A whole port's own address is one of its router's. */
static int follow_mac(const struct state *st, const struct world_iface *f,
		      const struct resolved *port)
{
	struct vrxdp_port hot;

	if (f->rec.kind != VRXDP_KIND_PORT || !macs_have(&f->rec.conf, port->link.mac) ||
	    state_get(st, MAP_PORTS, &f->rec.port, &hot))
		return 0;
	memcpy(hot.mac, port->link.mac, sizeof(hot.mac));
	return state_put(st, MAP_PORTS, &f->rec.port, &hot);
}

int iface_change(struct state *st, struct world_iface *f, const struct world_iface *before,
		 const struct world_port *port, const struct resolved *port_dev,
		 const struct resolved *dev, __u32 expected)
{
	struct group_member member = member_of(f, dev);
	struct vrxdp_iface hot = iface_hot_of(f, dev->max_len);

	if (group_join(st, port, &f->rec.conf.vlans, &before->rec.conf.vlans, &member, expected) ||
	    steer_vrids(st, f, true))
		goto undo;
	if (filters_open(st, f, port_dev))
		goto undo;
	/* New addresses are known before the first one changes, and old ones until it has. */
	if (steer_to(st, f) || state_put(st, MAP_IFACES, &f->id, &hot))
		goto undo;
	wait_for_packets();
	if (steer_away(st, before, &f->rec.conf) ||
	    group_leave(st, f->rec.port, f->id, &f->rec.conf.vlans) ||
	    follow_mac(st, f, port_dev) || state_put(st, MAP_IFACE_RECS, &f->id, &f->rec))
		goto undo;
	return 0;
undo:
	hot = iface_hot_of(before, dev->max_len);
	steer_vrids(st, before, true);
	state_put(st, MAP_IFACES, &f->id, &hot);
	group_join(st, port, &before->rec.conf.vlans, &f->rec.conf.vlans, &member, expected);
	steer_to(st, before);
	steer_away(st, f, &before->rec.conf);
	group_leave(st, f->rec.port, f->id, &before->rec.conf.vlans);
	return -1;
}

bool iface_hot(const struct world_iface *f, const struct vrxdp_iface *hot)
{
	struct vrxdp_iface wanted = iface_hot_of(f, hot->max_len);

	return !memcmp(hot, &wanted, sizeof(wanted));
}

int iface_stop(struct state *st, const struct world_iface *f)
{
	__u32 slot = VRXDP_SLOT_IFACE + f->id;
	char pin[32];
	int ret = 0;

	pin_name(f, pin, sizeof(pin));
	xdp_detach(st, pin);
	if (steer_vrids(st, f, false) || steer_away(st, f, NULL))
		ret = -1;
	if (f->rec.kind == VRXDP_KIND_PORT && set_whole(st, f->rec.port, 0))
		ret = -1;
	if (group_leave(st, f->rec.port, f->id, NULL))
		ret = -1;
	if (state_delete(st, MAP_TARGETS, &slot) || state_delete(st, MAP_COPIES, &slot))
		ret = -1;
	return ret;
}

int iface_forget(struct state *st, const struct world_iface *f, bool again, bool keep_made)
{
	struct vrxdp_iface_rec left;
	struct vrxdp_iface none;
	int ret = 0;

	drop_gate(f);
	forget_behind_port(st, f);
	/* An advertisement may have been under way. */
	if (vrids_any(&f->rec.conf) && steer_away(st, f, NULL))
		ret = -1;
	if (device_forget(st, &f->rec.device, VRXDP_SLOT_IFACE + f->id))
		ret = -1;
	memset(&none, 0, sizeof(none));
	if (state_put(st, MAP_IFACES, &f->id, &none))
		ret = -1;
	/* With its record, another detach can try again to restore. */
	if (keep_made ? host_undo_settings(st, owner_of(f)) : host_undo(st, owner_of(f)))
		return -1;
	if (again)
		return ret;
	if (keep_made && made_veth_is(st, f->id)) {
		left = f->rec;
		left.port = VRXDP_NO_PORT;
		return state_put(st, MAP_IFACE_RECS, &f->id, &left) ? -1 : ret;
	}
	return state_delete(st, MAP_IFACE_RECS, &f->id) ? -1 : ret;
}
