// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unicast addresses behind a port on the host's side: its bridge's, and those of macvlan
 * children that are no routers'; and whether it is in a bridge at all. What routers send
 * there goes to the host (bpf/behind.h).
 */
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "lists.h"
#include "say.h"

#define MAX_MACS 256u

/* A port's addresses. */
struct macs {
	__u8 mac[MAX_MACS][6];
	size_t n;
	bool bridged;          /* the port is in a bridge */
	const struct world *w; /* whose interfaces' addresses are left out; NULL: none */
	__u32 port;
};

static bool has(const struct macs *m, const __u8 mac[6])
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (!memcmp(m->mac[i], mac, sizeof(m->mac[i])))
			return true;
	return false;
}

static bool of_router(const struct macs *m, const __u8 mac[6])
{
	size_t i;

	for (i = 0; m->w && i < m->w->nifaces; i++) {
		const struct vrxdp_iface_rec *rec = &m->w->ifaces[i].rec;

		if (rec->port == m->port &&
		    (macs_have(&rec->conf, mac) || vrids_have(&rec->conf, vrid_of_mac(mac))))
			return true;
	}
	return false;
}

static void add(const __u8 mac[6], void *arg)
{
	struct macs *m = arg;

	if (!(mac[0] & 1) && m->n < MAX_MACS && !has(m, mac) && !of_router(m, mac))
		memcpy(m->mac[m->n++], mac, sizeof(m->mac[0]));
}

static void find_wanted(const struct world *w, const struct world_port *p,
			const struct resolved *dev, struct macs *m)
{
	struct link_info bridge;

	memset(m, 0, sizeof(*m));
	m->w = w;
	m->port = p->id;
	/* A whole port has no host behind it. */
	if (!p->rec.shared)
		return;
	m->bridged = !strcmp(dev->link.master_kind, "bridge");
	if (m->bridged && !link_by_index(&dev->ns, dev->link.master, &bridge))
		add(bridge.mac, m);
	fdb_each(&dev->ns, dev->link.ifindex, add, m);
}

/* What the data path knows; -1: said. */
static int find_known(const struct state *st, __u32 port, struct macs *m)
{
	struct vrxdp_host_mac *keys;
	void *k, *v;
	long n, i;

	memset(m, 0, sizeof(*m));
	n = state_read_all(st, MAP_HOST_MACS, sizeof(*keys), sizeof(__u8), &k, &v);
	if (n < 0)
		return -1;
	keys = k;
	for (i = 0; i < n; i++)
		if (keys[i].port == port)
			add(keys[i].mac, m);
	free(k);
	free(v);
	return 0;
}

static struct vrxdp_host_mac key_of(__u32 port, const __u8 mac[6])
{
	struct vrxdp_host_mac key = { .port = port };

	memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

static int put(struct state *st, __u32 port, const struct macs *known, const struct macs *wanted)
{
	struct vrxdp_host_mac key;
	struct vrxdp_port hot;
	__u8 yes = 1;
	size_t i;

	for (i = 0; i < wanted->n; i++) {
		key = key_of(port, wanted->mac[i]);
		if (!has(known, wanted->mac[i]) && state_put(st, MAP_HOST_MACS, &key, &yes))
			return -1;
	}
	for (i = 0; i < known->n; i++) {
		key = key_of(port, known->mac[i]);
		if (!has(wanted, known->mac[i]) && state_delete(st, MAP_HOST_MACS, &key))
			return -1;
	}
	if (state_get(st, MAP_PORTS, &port, &hot) ||
	    (hot.host_macs == wanted->n && hot.bridged == wanted->bridged))
		return 0;
	hot.host_macs = (__u32)wanted->n;
	hot.bridged = wanted->bridged;
	return state_put(st, MAP_PORTS, &port, &hot);
}

int host_macs_set(struct state *st, const struct world *w, const struct world_port *p)
{
	struct macs known, wanted;
	struct resolved dev;

	if (find_known(st, p->id, &known))
		return -1;
	/* A port that is gone says so elsewhere. */
	if (resolve_again(&p->rec.device, &dev))
		return 0;
	find_wanted(w, p, &dev, &wanted);
	resolved_close(&dev);
	return put(st, p->id, &known, &wanted);
}

int host_macs_clear(struct state *st, __u32 port)
{
	static const struct macs none;
	struct macs known;

	return find_known(st, port, &known) ? -1 : put(st, port, &known, &none);
}

bool host_macs_whole(const struct state *st, const struct world *w, const struct world_port *p,
		     const struct resolved *dev)
{
	struct macs known, wanted;
	struct vrxdp_port hot;
	size_t i;

	if (find_known(st, p->id, &known) || state_get(st, MAP_PORTS, &p->id, &hot))
		return true;
	find_wanted(w, p, dev, &wanted);
	if (hot.bridged != wanted.bridged)
		return false;
	for (i = 0; i < wanted.n; i++)
		if (!has(&known, wanted.mac[i]))
			return false;
	return known.n == wanted.n;
}
