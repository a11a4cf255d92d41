// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "group.h"
#include "host.h"
#include "lists.h"
#include "nic.h"
#include "programs.h"
#include "say.h"

static struct owner owner_of(const struct world_port *p)
{
	return (struct owner){ .kind = VRXDP_OWNER_PORT, .id = p->id };
}

static void pin_name(const struct world_port *p, char *buf, size_t len)
{
	snprintf(buf, len, "port_%u", p->id);
}

/* Complete frames: from a veth's far end, or from a NIC's driver. */
int port_prepare(struct state *st, const struct world_port *p, const struct resolved *dev)
{
	struct host_device far = { &dev->peer, &dev->peer_ns };

	if (dev->peer.ifindex)
		return host_far_end(st, owner_of(p), far);
	return nic_frames(st, owner_of(p), dev, p->rec.conf.name,
			  p->rec.mode == VRXDP_MODE_GENERIC);
}

int port_refresh(struct state *st, const struct world_port *p, const struct resolved *dev)
{
	bool generic = p->rec.mode == VRXDP_MODE_GENERIC;
	char pin[32], what[VRXDP_NAME_LEN + 8];
	int prog, ret;

	if (port_prepare(st, p, dev))
		return -1;
	if (generic || !nic_forgets_program(dev))
		return 0;
	prog = programs_port(st, p->id, generic);
	if (prog < 0)
		return -1;
	pin_name(p, pin, sizeof(pin));
	snprintf(what, sizeof(what), "port %s", p->rec.conf.name);
	ret = xdp_replace(st, prog, pin, what);
	close(prog);
	return ret;
}

/* What a native program meets with some drivers, and only the administrator can help. */
static void warn_of_driver(const struct world_port *p, const struct resolved *dev)
{
	if (nic_shares_queues(dev))
		say_warning("port %s: device %s: virtio_net has no queues to spare, so its CPUs "
			    "send by shared ones, one at a time: give the VM two queue pairs for "
			    "each CPU, or use fewer (ethtool -L)",
			    p->rec.conf.name, dev->link.name);
	if (nic_forgets_program(dev))
		say_warning("port %s: device %s: vmxnet3 forgets the program when it is set down "
			    "or its MTU is changed: run vrxdp attach after that",
			    p->rec.conf.name, dev->link.name);
}

int port_attach(struct state *st, struct world_port *p, const struct resolved *dev)
{
	struct vrxdp_device_key key = { .netns = dev->ns.inum, .ifindex = dev->link.ifindex };
	__u32 slot = VRXDP_SLOT_PORT + p->id;
	struct vrxdp_port hot = { .max_len = dev->max_len };
	bool generic = p->rec.conf.mode == VRXDP_MODE_GENERIC;
	char pin[32], what[VRXDP_NAME_LEN + 8];
	int prog, ret;

	p->rec.device = dev->device;
	p->rec.mode = generic ? VRXDP_MODE_GENERIC : VRXDP_MODE_NATIVE;
	memcpy(p->rec.mac, dev->link.mac, sizeof(p->rec.mac));
	memcpy(hot.mac, dev->link.mac, sizeof(hot.mac));
	if (state_put(st, MAP_PORT_RECS, &p->id, &p->rec) || port_prepare(st, p, dev) ||
	    state_put(st, MAP_PORTS, &p->id, &hot) ||
	    group_limit(st, p->id, p->rec.conf.group_pps, 0) ||
	    state_put(st, MAP_DEVICES, &key, &slot) ||
	    target_set(st, MAP_TARGETS, slot, dev->link.ifindex, &dev->ns, 0))
		return -1;
	if (!generic && nic_queues(dev, p->rec.conf.name))
		return -1;
	prog = programs_port(st, p->id, generic);
	if (prog < 0)
		return -1;
	pin_name(p, pin, sizeof(pin));
	snprintf(what, sizeof(what), "port %s", p->rec.conf.name);
	ret = xdp_attach(st, prog, &dev->ns, &dev->link, generic, pin, what);
	close(prog);
	if (!ret && generic)
		say_warning(
			"port %s: device %s: generic mode: several times slower than native, TCP "
			"needs the senders' segmentation offload off, and losses after a "
			"redirect can't be seen",
			p->rec.conf.name, dev->link.name);
	if (!ret && !generic)
		warn_of_driver(p, dev);
	return ret;
}

int port_detach(struct state *st, struct world_port *p, bool again)
{
	__u32 slot = VRXDP_SLOT_PORT + p->id;
	char pin[32];
	int ret;

	ret = shared_drop(st, p);
	pin_name(p, pin, sizeof(pin));
	xdp_detach(st, pin);
	if (state_delete(st, MAP_TARGETS, &slot) || device_forget(st, &p->rec.device, slot) ||
	    host_macs_clear(st, p->id))
		ret = -1;
	/* With its record, another detach can try again to restore. */
	if (host_undo(st, owner_of(p)))
		return -1;
	return !again && state_delete(st, MAP_PORT_RECS, &p->id) ? -1 : ret;
}

bool port_may_have(const struct state *st, const struct vrxdp_port *hot, const __u8 mac[6])
{
	struct vrxdp_iface_rec rec;

	return !hot->whole || state_get(st, MAP_IFACE_RECS, &hot->whole, &rec) ||
	       macs_have(&rec.conf, mac);
}
