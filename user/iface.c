// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "group.h"
#include "host.h"
#include "programs.h"
#include "say.h"
#include "shares.h"

static struct owner owner_of(const struct world_iface *f)
{
	return (struct owner){ .is_iface = true, .id = f->id };
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

static struct vrxdp_demux_key demux_key(const struct world_iface *f)
{
	struct vrxdp_demux_key key = { .port = f->rec.port, .vlan = f->rec.conf.vlan };

	memcpy(key.mac, f->rec.conf.mac, sizeof(key.mac));
	return key;
}

/* A NIC drops in its filters what isn't its own: this router's MAC, groups, VLANs. */
static int open_filters(struct state *st, const struct world_iface *f, struct host_device port)
{
	bool left = false;

	if (host_receive(st, owner_of(f), port, f->rec.conf.mac) ||
	    host_receive_groups(st, owner_of(f), port) ||
	    (f->rec.conf.vlan &&
	     host_feature(st, owner_of(f), port, "rx-vlan-filter", false, &left)))
		return -1;
	if (left)
		say_warning(
			"interface %s/%s: the port's driver filters VLANs and can't be told not to",
			f->rec.conf.router, f->rec.conf.name);
	return 0;
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

/* The device that leads to the router: its far end, its slot. */
static int start_device(struct state *st, struct world_iface *f, const struct resolved *dev)
{
	struct vrxdp_device_key key = { .netns = dev->ns.inum, .ifindex = dev->link.ifindex };
	struct host_device far = { &dev->peer, &dev->peer_ns };
	__u32 slot = VRXDP_SLOT_IFACE + f->id;
	struct device_programs programs;
	int ret = -1;

	if (dev->peer.ifindex && host_far_end(st, owner_of(f), far))
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

int iface_attach(struct state *st, struct world_iface *f, struct world_port *port,
		 const struct resolved *port_dev, const struct resolved *dev, __u32 expected)
{
	enum vrxdp_delivery delivery = delivery_of(dev->kind);
	struct host_device port_host = { &port_dev->device, &port_dev->ns };
	struct group_member member = { .iface = f->id,
				       .delivery = (__u8)delivery,
				       .ifindex = dev->link.ifindex,
				       .ns = &dev->ns };
	struct vrxdp_iface hot = { .router = f->rec.router,
				   .port = f->rec.port,
				   .vlan = f->rec.conf.vlan,
				   .max_len = dev->max_len,
				   .delivery = (__u8)delivery };
	struct vrxdp_demux_key key = demux_key(f);

	f->rec.device = dev->device;
	f->rec.peer = dev->peer;
	f->rec.kind = dev->kind;
	f->rec.mode = delivery == VRXDP_REDIRECT ? VRXDP_MODE_NATIVE : VRXDP_MODE_AUTO;
	memcpy(hot.mac, f->rec.conf.mac, sizeof(hot.mac));
	if (state_put(st, MAP_IFACE_RECS, &f->id, &f->rec) ||
	    shared_ensure(st, port, port_dev, delivery == VRXDP_REDIRECT))
		return -1;
	if (group_join(st, port, hot.vlan, &member, expected, &hot.group) ||
	    state_put(st, MAP_IFACES, &f->id, &hot))
		return -1;
	if (delivery == VRXDP_REDIRECT) {
		if (start_device(st, f, dev))
			return -1;
		if (strcmp(port_dev->link.kind, "veth") && open_filters(st, f, port_host))
			return -1;
	}
	if (state_put(st, MAP_DEMUX, &key, &f->id))
		return -1;
	if (delivery == VRXDP_REDIRECT)
		return watch_device(st, f, dev);
	return delivery == VRXDP_PASS_PORT ? set_whole(st, f->rec.port, f->id) : 0;
}

static int settle(const struct state *st, __u32 iface)
{
	struct vrxdp_settle frame = { .iface = iface };
	struct shares shares;

	if (shares_read(st, st->meta.max_interfaces + 1, &shares))
		return -1;
	frame.share = shares_of(&shares, iface);
	shares_free(&shares);
	return programs_settle(st, &frame);
}

int iface_stop(struct state *st, const struct world_iface *f)
{
	struct vrxdp_demux_key key = demux_key(f);
	struct vrxdp_iface hot;
	__u32 slot = VRXDP_SLOT_IFACE + f->id;
	char pin[32];
	int ret = 0;

	pin_name(f, pin, sizeof(pin));
	xdp_detach(st, pin);
	if (f->rec.kind == VRXDP_KIND_PORT && set_whole(st, f->rec.port, 0))
		ret = -1;
	if (state_delete(st, MAP_DEMUX, &key))
		ret = -1;
	if (state_get(st, MAP_IFACES, &f->id, &hot))
		ret = -1;
	else if (hot.delivery && settle(st, f->id))
		ret = -1;
	/* By redirect, the maps of copies tell whether it had joined; else only this does. */
	if ((hot.delivery || delivery_of(f->rec.kind) == VRXDP_REDIRECT) &&
	    group_leave(st, f->rec.port, f->rec.conf.vlan, f->id, (__u8)delivery_of(f->rec.kind)))
		ret = -1;
	if (state_delete(st, MAP_TARGETS, &slot) || state_delete(st, MAP_COPIES, &slot))
		ret = -1;
	return ret;
}

int iface_forget(struct state *st, const struct world_iface *f)
{
	struct vrxdp_device_key key = { .netns = f->rec.device.netns_inum,
					.ifindex = f->rec.device.ifindex };
	struct vrxdp_iface none;
	int ret = 0;

	if (delivery_of(f->rec.kind) == VRXDP_REDIRECT && state_delete(st, MAP_DEVICES, &key))
		ret = -1;
	memset(&none, 0, sizeof(none));
	if (state_put(st, MAP_IFACES, &f->id, &none))
		ret = -1;
	/* With its record, another detach can try again to restore. */
	if (host_undo(st, owner_of(f)))
		return -1;
	return state_delete(st, MAP_IFACE_RECS, &f->id) ? -1 : ret;
}
