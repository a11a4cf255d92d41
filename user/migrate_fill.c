// SPDX-License-Identifier: GPL-2.0-only
/* Slots, devices and copies can't be converted: they hold devices and programs. */
#include "migrate_fill.h"

#include <errno.h>
#include <string.h>

#include "attach.h"
#include "group.h"
#include "programs.h"
#include "say.h"

static int put_device(const struct state *st, const struct vrxdp_device_rec *dev, __u32 slot)
{
	struct vrxdp_device_key key = { .netns = dev->netns_inum, .ifindex = dev->ifindex };

	return state_put(st, MAP_DEVICES, &key, &slot);
}

/* A device that is gone leaves its slot empty. */
static int put_target(const struct state *st, enum state_map map, __u32 slot, __u32 ifindex,
		      const struct netns *ns, int prog)
{
	int err = copy_set(st->map[map], slot, ifindex, ns, prog);

	if (!err || err == -EINVAL || err == -ENODEV)
		return 0;
	return say_error("ifindex %u: can't be a target of redirects: %s", ifindex, strerror(-err));
}

static int fill_port(struct state *st, const struct world_port *p)
{
	const struct vrxdp_port_rec *rec = &p->rec;
	__u32 slot = VRXDP_SLOT_PORT + p->id, relay = VRXDP_SLOT_RELAY + p->id;
	struct netns ns;
	int ret;

	if (put_device(st, &rec->device, slot) ||
	    (rec->relay_far.ifindex && put_device(st, &rec->relay_far, relay)) ||
	    (rec->relay_near.ifindex && rec->mode == VRXDP_MODE_GENERIC &&
	     put_device(st, &rec->relay_near, slot)))
		return -1;
	if (netns_find(rec->device.netns, rec->device.netns_cookie, rec->device.netns_inum, &ns))
		return 0;
	ret = put_target(st, MAP_TARGETS, slot, port_target(rec), &ns, 0);
	if (!ret && rec->relay_far.ifindex)
		ret = put_target(st, MAP_TARGETS, relay, rec->relay_far.ifindex, &ns, 0);
	if (!ret)
		ret = group_renew_all(st, p);
	netns_close(&ns);
	return ret;
}

/* What this build makes of the record, not what the one before made. */
static int heat(struct state *st, const struct world_iface *f)
{
	struct vrxdp_iface hot;

	if (state_get(st, MAP_IFACES, &f->id, &hot) || !hot.delivery)
		return 0;
	hot = iface_hot_of(f, hot.max_len);
	return state_put(st, MAP_IFACES, &f->id, &hot);
}

static int fill_iface(struct state *st, const struct world_iface *f)
{
	const struct vrxdp_device_rec *dev = &f->rec.device;
	__u32 slot = VRXDP_SLOT_IFACE + f->id;
	struct device_programs programs;
	struct netns ns;
	int ret;

	/* It isn't attached. */
	if (f->rec.port == VRXDP_NO_PORT)
		return 0;
	if (heat(st, f))
		return -1;
	if (f->rec.kind != VRXDP_KIND_VETH && f->rec.kind != VRXDP_KIND_TAP)
		return 0;
	if (put_device(st, dev, slot))
		return -1;
	if (netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
		return 0;
	ret = put_target(st, MAP_TARGETS, slot, dev->ifindex, &ns, 0);
	if (!ret && programs_device(st, ns.inum, false, &programs)) {
		ret = -1;
	} else if (!ret) {
		ret = put_target(st, MAP_COPIES, slot, dev->ifindex, &ns, programs.copy);
		programs_device_close(&programs);
	}
	netns_close(&ns);
	return ret;
}

int migrate_fill(struct state *st, const struct world *w)
{
	size_t i;

	for (i = 0; i < w->nifaces; i++)
		if (fill_iface(st, &w->ifaces[i]))
			return -1;
	for (i = 0; i < w->nports; i++)
		if (fill_port(st, &w->ports[i]))
			return -1;
	return 0;
}
