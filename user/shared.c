// SPDX-License-Identifier: GPL-2.0-only
/* A port that routers and the host share: tc programs, and the relay (bpf/relay.h). */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "group.h"
#include "host.h"
#include "programs.h"
#include "say.h"

/* Frames of any MTU that the port may get: the relay must not be the narrow place. */
#define RELAY_MTU 65535u

static struct owner owner_of(const struct world_port *p)
{
	return (struct owner){ .kind = VRXDP_OWNER_PORT, .id = p->id };
}

static void pin_name(char *buf, size_t len, const char *what, __u32 port)
{
	snprintf(buf, len, "%s_%u", what, port);
}

static int device_put(const struct state *st, const struct vrxdp_device_rec *dev, __u32 slot)
{
	struct vrxdp_device_key key = { .netns = dev->netns_inum, .ifindex = dev->ifindex };

	return state_put(st, MAP_DEVICES, &key, &slot);
}

static int make_relay(struct state *st, struct world_port *p, const struct resolved *dev)
{
	struct vrxdp_device_rec near = dev->device, far = dev->device;
	struct host_device near_dev = { &near, &dev->ns };

	/* One instance has a port at a time, so its ifindex makes the names unique. */
	snprintf(near.name, sizeof(near.name), "vx%un", dev->link.ifindex);
	snprintf(far.name, sizeof(far.name), "vx%uf", dev->link.ifindex);
	near.ifindex = far.ifindex = 0;
	if (host_veth_pair(st, owner_of(p), &dev->ns, &near, &far, RELAY_MTU))
		return -1;
	p->rec.relay_near = near;
	p->rec.relay_far = far;
	if (state_put(st, MAP_PORT_RECS, &p->id, &p->rec))
		return -1;
	return host_whole_frames(st, owner_of(p), near_dev);
}

/* A driver without native XDP has no way for redirected frames either: tc sends them. */
static int leave_by_relay(struct state *st, const struct world_port *p, const struct resolved *dev)
{
	__u32 slot = VRXDP_SLOT_PORT + p->id;
	struct vrxdp_port hot;

	if (state_get(st, MAP_PORTS, &p->id, &hot))
		return say_error("port %s: isn't in the maps", p->rec.conf.name);
	hot.by_relay = 1;
	return state_put(st, MAP_PORTS, &p->id, &hot) || device_put(st, &p->rec.relay_near, slot) ||
			       target_set(st, MAP_TARGETS, slot, p->rec.relay_near.ifindex,
					  &dev->ns, 0) ?
		       -1 :
		       0;
}

static int start_relay(struct state *st, struct world_port *p, const struct resolved *dev,
		       const struct shared_programs *programs)
{
	__u32 near = p->rec.relay_near.ifindex, far = p->rec.relay_far.ifindex;
	struct link_info link;
	char pin[32];

	pin_name(pin, sizeof(pin), "relay_near", p->id);
	if (link_by_index(&dev->ns, near, &link) ||
	    xdp_attach(st, programs->near, &dev->ns, &link, false, pin, "relay"))
		return -1;
	pin_name(pin, sizeof(pin), "relay_far", p->id);
	if (link_by_index(&dev->ns, far, &link) ||
	    xdp_attach(st, programs->far, &dev->ns, &link, false, pin, "relay"))
		return -1;
	if (clsact_add(&dev->ns, near) || clsact_add(&dev->ns, far) ||
	    tc_filter_set(programs->inject, &dev->ns, near, BPF_TC_INGRESS) ||
	    tc_filter_set(programs->gate, &dev->ns, near, BPF_TC_EGRESS) ||
	    tc_filter_set(programs->emit, &dev->ns, far, BPF_TC_INGRESS) ||
	    tc_filter_set(programs->gate, &dev->ns, far, BPF_TC_EGRESS))
		return say_error("port %s: can't attach a tc program to its relay",
				 p->rec.conf.name);
	if (device_put(st, &p->rec.relay_far, VRXDP_SLOT_RELAY + p->id) ||
	    target_set(st, MAP_TARGETS, VRXDP_SLOT_RELAY + p->id, far, &dev->ns, 0))
		return -1;
	if (p->rec.mode == VRXDP_MODE_GENERIC && leave_by_relay(st, p, dev))
		return -1;
	return group_renew_all(st, p);
}

int shared_ensure(struct state *st, struct world_port *p, const struct resolved *dev, bool relay)
{
	struct host_device port_dev = { &dev->device, &dev->ns };
	struct shared_programs programs;
	bool has_relay = p->rec.relay_far.ifindex != 0;
	int err, ret = -1;

	if (p->rec.shared && (has_relay || !relay))
		return 0;
	p->rec.shared = 1;
	if (state_put(st, MAP_PORT_RECS, &p->id, &p->rec) || (relay && make_relay(st, p, dev)) ||
	    programs_shared(st, p, dev->link.ifindex, &programs))
		return -1;
	if (relay && start_relay(st, p, dev, &programs))
		goto out;
	if (host_clsact(st, owner_of(p), port_dev))
		goto out;
	err = tc_filter_set(programs.ingress, &dev->ns, dev->link.ifindex, BPF_TC_INGRESS);
	if (!err)
		err = tc_filter_set(programs.egress, &dev->ns, dev->link.ifindex, BPF_TC_EGRESS);
	if (err) {
		say_error("port %s: device %s: can't attach a tc program: %s", p->rec.conf.name,
			  dev->link.name, strerror(-err));
		goto out;
	}
	ret = 0;
out:
	programs_shared_close(&programs);
	return ret;
}

static bool relay_end_whole(const struct state *st, const char *what, const struct world_port *p,
			    const struct netns *ns, __u32 ifindex)
{
	struct link_info link;
	char pin[32];

	pin_name(pin, sizeof(pin), what, p->id);
	return !link_by_index(ns, ifindex, &link) && (link.flags & IFF_UP) &&
	       xdp_attached(st, pin, ifindex) == 1 && tc_filter_has(ns, ifindex, BPF_TC_EGRESS);
}

bool shared_whole(const struct state *st, const struct world_port *p, const struct resolved *dev)
{
	__u32 near = p->rec.relay_near.ifindex, far = p->rec.relay_far.ifindex;

	if (!p->rec.shared)
		return true;
	if (!tc_filter_has(&dev->ns, dev->link.ifindex, BPF_TC_INGRESS) ||
	    !tc_filter_has(&dev->ns, dev->link.ifindex, BPF_TC_EGRESS))
		return false;
	if (!near && !far)
		return true;
	return relay_end_whole(st, "relay_near", p, &dev->ns, near) &&
	       relay_end_whole(st, "relay_far", p, &dev->ns, far) &&
	       tc_filter_has(&dev->ns, near, BPF_TC_INGRESS) &&
	       target_get(st, VRXDP_SLOT_RELAY + p->id) == far;
}

int shared_drop(struct state *st, struct world_port *p)
{
	struct vrxdp_device_key far = { .netns = p->rec.relay_far.netns_inum,
					.ifindex = p->rec.relay_far.ifindex };
	struct vrxdp_device_key near = { .netns = p->rec.relay_near.netns_inum,
					 .ifindex = p->rec.relay_near.ifindex };
	__u32 slot = VRXDP_SLOT_RELAY + p->id;
	const struct vrxdp_device_rec *dev = &p->rec.device;
	struct netns ns;
	char pin[32];
	int ret;

	if (!p->rec.shared)
		return 0;
	if (!netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns)) {
		tc_filter_del(&ns, dev->ifindex, BPF_TC_INGRESS);
		tc_filter_del(&ns, dev->ifindex, BPF_TC_EGRESS);
		netns_close(&ns);
	}
	pin_name(pin, sizeof(pin), "relay_near", p->id);
	xdp_detach(st, pin);
	pin_name(pin, sizeof(pin), "relay_far", p->id);
	xdp_detach(st, pin);
	ret = host_undo_kind(st, owner_of(p), VRXDP_UNDO_CLSACT);
	if (host_undo_kind(st, owner_of(p), VRXDP_UNDO_LINK))
		ret = -1;
	if (state_delete(st, MAP_TARGETS, &slot) ||
	    (far.ifindex && state_delete(st, MAP_DEVICES, &far)) ||
	    (near.ifindex && state_delete(st, MAP_DEVICES, &near)))
		ret = -1;
	memset(&p->rec.relay_near, 0, sizeof(p->rec.relay_near));
	memset(&p->rec.relay_far, 0, sizeof(p->rec.relay_far));
	p->rec.shared = 0;
	return state_put(st, MAP_PORT_RECS, &p->id, &p->rec) ? -1 : ret;
}
