// SPDX-License-Identifier: GPL-2.0-only
#include "filters.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ethtool.h"
#include "host.h"
#include "lists.h"
#include "values.h"

#define NVLAN_FILTERS 2u

static const char *const vlan_filters[NVLAN_FILTERS] = { "rx-vlan-filter", "rx-vlan-stag-filter" };

/* How many of them concern @f. That for 802.1ad is fixed in some drivers, such as mlx5. */
static size_t vlan_filters_for(const struct world_iface *f)
{
	switch (f->rec.conf.vlans.tags) {
	case VRXDP_TAGS_NONE:
		return 0;
	case VRXDP_TAGS_STACKED:
		return NVLAN_FILTERS;
	default:
		return 1;
	}
}

static bool filters_nothing(const struct resolved *port)
{
	return !strcmp(port->link.kind, "veth");
}

/* A macvlan child has opened them itself; a whole port is its router's. */
static bool needs_them(const struct world_iface *f)
{
	return f->rec.kind == VRXDP_KIND_VETH || f->rec.kind == VRXDP_KIND_TAP;
}

/* Call @cb for each unicast address of @f until it returns other than 0. */
static int each_address(const struct world_iface *f, int (*cb)(const __u8 mac[6], void *arg),
			void *arg)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	unsigned int vrid;
	__u8 mac[6];
	int i, ret;

	for (i = 0; i < conf->nmacs; i++) {
		ret = cb(conf->macs[i], arg);
		if (ret)
			return ret;
	}
	for (vrid = vrids_next(conf, 0); vrid; vrid = vrids_next(conf, vrid))
		for (i = 0; i < 2; i++) {
			vrid_mac(vrid, i, mac);
			ret = cb(mac, arg);
			if (ret)
				return ret;
		}
	return 0;
}

struct opening {
	struct state *st;
	struct owner who;
	struct host_device port;
};

static int receive(const __u8 mac[6], void *arg)
{
	const struct opening *o = arg;

	return host_receive(o->st, o->who, o->port, mac);
}

int filters_open(struct state *st, const struct world_iface *f, const struct resolved *port)
{
	struct opening o = { .st = st,
			     .who = { .kind = VRXDP_OWNER_IFACE, .id = f->id },
			     .port = { &port->device, &port->ns } };
	bool left;
	size_t i;

	if (!needs_them(f) || filters_nothing(port))
		return 0;
	if (each_address(f, receive, &o) || host_receive_groups(st, o.who, o.port))
		return -1;
	for (i = 0; i < vlan_filters_for(f); i++) {
		if (host_feature(st, o.who, o.port, vlan_filters[i], false, &left))
			return -1;
		/* Drivers that can't be told not to filter stop it with the addresses' filter. */
		if (left && host_receive_all(st, o.who, o.port))
			return -1;
	}
	return 0;
}

/* A port's filters as they are now. */
struct port_filters {
	__u32 port;
	bool known;
	__u32 flags; /* IFF_ */
	bool vlan_filter[NVLAN_FILTERS];
	__u64 *macs; /* in order */
	size_t nmacs, room;
	bool no_memory;
};

static __u64 number_of(const __u8 mac[6])
{
	__u64 n = 0;

	memcpy(&n, mac, 6);
	return n;
}

static int by_number(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void note_mac(const __u8 mac[6], void *arg)
{
	struct port_filters *p = arg;
	size_t room = p->room ? 2 * p->room : 16;
	__u64 *more = p->macs;

	if (p->nmacs == p->room) {
		more = realloc(p->macs, room * sizeof(*more));
		if (!more) {
			p->no_memory = true;
			return;
		}
		p->macs = more;
		p->room = room;
	}
	p->macs[p->nmacs++] = number_of(mac);
}

static void look(const struct state *st, struct port_filters *p)
{
	struct vrxdp_port_rec rec;
	struct ethtool_feature f;
	struct resolved dev;
	size_t i;

	if (state_get(st, MAP_PORT_RECS, &p->port, &rec) || resolve_again(&rec.device, &dev))
		return;
	p->flags = dev.link.flags;
	p->known = !filters_nothing(&dev) && !fdb_each(&dev.ns, dev.link.ifindex, note_mac, p) &&
		   !p->no_memory;
	for (i = 0; p->known && i < NVLAN_FILTERS; i++)
		p->vlan_filter[i] =
			!ethtool_feature_get(&dev.ns, dev.link.ifindex, vlan_filters[i], &f) &&
			f.active;
	if (p->nmacs)
		qsort(p->macs, p->nmacs, sizeof(*p->macs), by_number);
	resolved_close(&dev);
}

static const struct port_filters *port_filters(const struct state *st, __u32 port,
					       struct filters *seen)
{
	struct port_filters *more;
	size_t i;

	for (i = 0; i < seen->count; i++)
		if (seen->ports[i].port == port)
			return &seen->ports[i];
	more = realloc(seen->ports, (seen->count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	seen->ports = more;
	more += seen->count++;
	*more = (struct port_filters){ .port = port };
	look(st, more);
	return more;
}

struct missing {
	const struct port_filters *port;
	__u8 first[6];
	int count;
};

static int check_address(const __u8 mac[6], void *arg)
{
	struct missing *m = arg;
	__u64 number = number_of(mac);

	/* bsearch() takes no array that isn't there. */
	if (m->port->nmacs &&
	    bsearch(&number, m->port->macs, m->port->nmacs, sizeof(number), by_number))
		return 0;
	if (!m->count++)
		memcpy(m->first, mac, sizeof(m->first));
	return 0;
}

int filters_shut(const struct state *st, const struct world_iface *f, struct filters *seen,
		 char what[MAX_SHUT][128])
{
	const struct port_filters *p = needs_them(f) ? port_filters(st, f->rec.port, seen) : NULL;
	struct missing missing = { .port = p };
	char mac[18], more[24] = "";
	int count = 0;
	size_t i;

	/* In promiscuous mode everything comes. */
	if (!p || !p->known || p->flags & IFF_PROMISC)
		return 0;
	each_address(f, check_address, &missing);
	if (missing.count > 1)
		snprintf(more, sizeof(more), " and %d more", missing.count - 1);
	if (missing.count)
		snprintf(what[count++], sizeof(what[0]),
			 "its address %s%s is not in the port's filter any more",
			 format_mac(missing.first, mac), more);
	if (!(p->flags & IFF_ALLMULTI))
		snprintf(what[count++], sizeof(what[0]),
			 "the port has lost the flag allmulti: group frames may not come in");
	for (i = 0; i < vlan_filters_for(f); i++) {
		if (!p->vlan_filter[i])
			continue;
		snprintf(what[count++], sizeof(what[0]),
			 "the port's %s is on: tagged frames may not come in", vlan_filters[i]);
		break;
	}
	return count;
}

void filters_free(struct filters *seen)
{
	size_t i;

	for (i = 0; i < seen->count; i++)
		free(seen->ports[i].macs);
	free(seen->ports);
	memset(seen, 0, sizeof(*seen));
}
