// SPDX-License-Identifier: GPL-2.0-only
#include "nic.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "ethtool.h"
#include "link.h"
#include "say.h"

/* A macvlan on a VLAN device on a bond on a NIC is four. */
#define MAX_STACKED 8

static const struct {
	const char *name;
	const char *effect;
	bool generic; /* a native driver knows what becomes of it, or refuses the program */
} offloads[] = {
	{ "rx-vlan-hw-parse",
	  "takes VLAN tags out of frames: interfaces with such tags see nothing", false },
	{ "rx-vlan-stag-hw-parse",
	  "takes VLAN tags out of frames: interfaces with such tags see nothing", false },
	{ "rx-lro", "merges frames: merged ones are too long for a router, and dropped", true },
	{ "rx-gro-hw", "merges frames: merged ones are too long for a router, and dropped", true },
};

#define NOFFLOADS (sizeof(offloads) / sizeof(offloads[0]))

struct below {
	struct state *st;
	struct owner who;
	const struct netns *ns;
	const char *spec; /* how to get to @ns */
	__u32 master;     /* its members; 0: none */
	int depth;
};

static int lro_off_below(const struct below *b, const struct link_info *link);

static int lro_off(const struct below *b, const struct link_info *link)
{
	struct vrxdp_device_rec rec;
	struct host_device dev = { &rec, b->ns };
	bool left;

	resolve_name_device(&rec, b->spec, b->ns, link);
	if (lro_off_below(b, link))
		return -1;
	return host_feature(b->st, b->who, dev, "rx-lro", false, &left);
}

static int member(const struct link_info *link, void *arg)
{
	const struct below *b = arg;

	return link->master == b->master ? lro_off(b, link) : 0;
}

/*
 * A program in generic mode turns LRO off on all devices below its own (net/core/dev.c,
 * dev_disable_lro()), and so does turning it off on a bond (netdev_sync_lower_features()). The
 * kernel doesn't turn it on again: do it first, so that the journal knows.
 */
static int lro_off_below(const struct below *b, const struct link_info *link)
{
	struct below next = { .st = b->st, .who = b->who, .depth = b->depth + 1 };
	struct link_info lower;
	struct netns ns;
	int err, ret;

	if (next.depth > MAX_STACKED || !strcmp(link->kind, "veth"))
		return 0;
	next.ns = b->ns;
	next.spec = b->spec;
	next.master = link->ifindex;
	ret = *link->kind ? link_each(b->ns, member, &next) : 0;
	if (ret || !link->link)
		return ret ? -1 : 0;
	if (link->link_nsid < 0)
		return link->link == link->ifindex || link_by_index(b->ns, link->link, &lower) ?
			       0 :
			       lro_off(&next, &lower);
	err = netns_by_nsid(b->ns, link->link_nsid, b->spec, &ns);
	if (err)
		return 0;
	next.ns = &ns;
	next.spec = "";
	ret = link_by_index(&ns, link->link, &lower) ? 0 : lro_off(&next, &lower);
	netns_close(&ns);
	return ret;
}

int nic_frames(struct state *st, struct owner who, const struct resolved *dev, const char *port,
	       bool generic)
{
	struct host_device own = { &dev->device, &dev->ns };
	struct below b = { .st = st, .who = who, .ns = &dev->ns, .spec = dev->device.netns };
	struct ethtool_feature f;
	bool left;
	size_t i;

	if (lro_off_below(&b, &dev->link))
		return -1;
	for (i = 0; i < NOFFLOADS; i++) {
		/* Fixed: only interfaces with tags mind (resolve_iface()). */
		if (!offloads[i].generic &&
		    !ethtool_feature_get(&dev->ns, dev->link.ifindex, offloads[i].name, &f) &&
		    !f.changeable)
			continue;
		if (host_feature(st, who, own, offloads[i].name, false, &left))
			return -1;
		if (left && (generic || !offloads[i].generic))
			say_warning("port %s: device %s: its driver's %s can't be turned off, "
				    "which %s",
				    port, dev->link.name, offloads[i].name, offloads[i].effect);
	}
	return 0;
}

struct seen {
	const char *on;
};

static int see(const struct ethtool_feature *f, void *arg)
{
	struct seen *s = arg;
	size_t i;

	for (i = 0; i < NOFFLOADS && !s->on; i++)
		if (f->active && f->changeable && !strcmp(f->name, offloads[i].name))
			s->on = offloads[i].name;
	return 0;
}

int nic_frames_whole(const struct resolved *dev, char *what, size_t what_len)
{
	struct seen seen = { NULL };
	int err = ethtool_feature_each(&dev->ns, dev->link.ifindex, see, &seen);

	if (err)
		return err;
	if (seen.on)
		snprintf(what, what_len, "%s", seen.on);
	return !seen.on;
}

static bool driven_by(const struct resolved *dev, const char *name)
{
	char driver[32] = "";

	return !ethtool_driver(&dev->ns, dev->link.ifindex, driver, sizeof(driver), NULL, 0) &&
	       !strcmp(driver, name);
}

bool nic_forgets_program(const struct resolved *dev)
{
	return driven_by(dev, "vmxnet3");
}

struct queues {
	__u32 used, max, cpus;
};

/* Of virtio_net only. */
static bool read_queues(const struct resolved *dev, struct queues *q)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus <= 0 || !driven_by(dev, "virtio_net") ||
	    ethtool_queues(&dev->ns, dev->link.ifindex, &q->used, &q->max))
		return false;
	q->cpus = (__u32)cpus;
	return true;
}

int nic_queues(const struct resolved *dev, const char *port)
{
	struct queues q;

	/* drivers/net/virtio_net.c, virtnet_xdp_set(): a pair for each possible CPU, or none. */
	if (!read_queues(dev, &q) || q.used <= q.cpus || q.used + q.cpus <= q.max)
		return 0;
	return say_error("port %s: device %s: virtio_net uses %u of its %u queue pairs, and with "
			 "more than CPUs (%u) but none to spare for XDP Linux would crash: use "
			 "fewer (ethtool -L %s combined %u)",
			 port, dev->link.name, q.used, q.max, q.cpus, dev->link.name,
			 q.max - q.cpus);
}

bool nic_shares_queues(const struct resolved *dev)
{
	struct queues q;

	return read_queues(dev, &q) && q.used <= q.cpus;
}
