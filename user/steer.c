// SPDX-License-Identifier: GPL-2.0-only
#include "steer.h"

#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "say.h"
#include "vlans.h"

static struct vrxdp_demux_key key_of(const struct world_iface *f, struct vrxdp_vlan vlan,
				     const __u8 mac[6])
{
	struct vrxdp_demux_key key = { .port = (__u16)f->rec.port, .vlan = vlan };

	memcpy(key.mac, mac, sizeof(key.mac));
	return key;
}

size_t steer_vrrp_count(const struct vrxdp_iface_conf *conf)
{
	size_t addresses = 0;
	unsigned int vrid;

	for (vrid = vrids_next(conf, 0); vrid; vrid = vrids_next(conf, vrid))
		addresses += 2; /* IPv4, IPv6 */
	if (addresses && conf->vlans.tags == VRXDP_TAGS_TRUNK)
		return VRXDP_TRUNK_VRRP;
	return addresses * vlans_count(&conf->vlans);
}

size_t steer_count(const struct vrxdp_iface_conf *conf)
{
	return conf->nmacs * vlans_count(&conf->vlans) + steer_vrrp_count(conf);
}

int steer_to(struct state *st, const struct world_iface *f)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct vrxdp_demux_key key;
	struct vrxdp_vlan vlan;
	bool more;
	int i;

	for (more = vlans_first(&conf->vlans, &vlan); more; more = vlans_next(&conf->vlans, &vlan))
		for (i = 0; i < conf->nmacs; i++) {
			key = key_of(f, vlan, conf->macs[i]);
			if (state_put(st, MAP_DEMUX, &key, &f->id))
				return -1;
		}
	return 0;
}

/* Belongs the entry to what @keep still has? */
static bool kept(const struct vrxdp_demux_key *key, const struct vrxdp_iface_conf *keep)
{
	if (!keep || !vlans_have(&keep->vlans, key->vlan))
		return false;
	return macs_have(keep, key->mac) || vrids_have(keep, vrid_of_mac(key->mac));
}

/* Entries that the data path made by advertisements may be of any VLAN. */
static int drop_owned(struct state *st, const struct world_iface *f,
		      const struct vrxdp_iface_conf *keep)
{
	struct vrxdp_demux_key *keys;
	void *k, *v;
	int ret = 0;
	long n, i;

	n = state_read_all(st, MAP_DEMUX, sizeof(*keys), sizeof(__u32), &k, &v);
	if (n < 0)
		return -1;
	keys = k;
	for (i = 0; i < n; i++)
		if (((__u32 *)v)[i] == f->id && !kept(&keys[i], keep) &&
		    state_delete(st, MAP_DEMUX, &keys[i]))
			ret = -1;
	free(k);
	free(v);
	return ret;
}

int steer_away(struct state *st, const struct world_iface *f, const struct vrxdp_iface_conf *keep)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct vrxdp_demux_key key;
	struct vrxdp_vlan vlan;
	int i, ret = 0;
	__u32 number;
	bool more;

	if (vrids_any(conf))
		return drop_owned(st, f, keep);
	for (more = vlans_first(&conf->vlans, &vlan); more; more = vlans_next(&conf->vlans, &vlan))
		for (i = 0; i < conf->nmacs; i++) {
			key = key_of(f, vlan, conf->macs[i]);
			/* It may be another's by now. */
			if (kept(&key, keep) || state_get(st, MAP_DEMUX, &key, &number) ||
			    number != f->id)
				continue;
			if (state_delete(st, MAP_DEMUX, &key))
				ret = -1;
		}
	return ret;
}

/* By interface: how many addresses of VRRP's form lead to it. NULL: said. */
static __u32 *count_entries(const struct state *st)
{
	__u32 *counts = calloc(st->meta.max_interfaces + 1, sizeof(*counts)), *numbers;
	struct vrxdp_demux_key *keys;
	void *k, *v;
	long n, i;

	if (!counts) {
		say_error("no memory");
		return NULL;
	}
	n = state_read_all(st, MAP_DEMUX, sizeof(struct vrxdp_demux_key), sizeof(__u32), &k, &v);
	if (n < 0) {
		free(counts);
		return NULL;
	}
	keys = k;
	numbers = v;
	for (i = 0; i < n; i++)
		if (vrid_of_mac(keys[i].mac) && numbers[i] <= st->meta.max_interfaces)
			counts[numbers[i]]++;
	free(k);
	free(v);
	return counts;
}

/* @entries: count_entries() of it, with what has the form but is an address of its own. */
static int put_vrids(struct state *st, const struct world_iface *f, __u32 entries)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	size_t quota = steer_vrrp_count(conf), own = 0, taken;
	struct vrxdp_vrids vrids;
	int i;

	for (i = 0; i < conf->nmacs; i++)
		if (vrid_of_mac(conf->macs[i]))
			own += vlans_count(&conf->vlans);
	taken = entries > own ? entries - own : 0;
	memset(&vrids, 0, sizeof(vrids));
	memcpy(vrids.bits, conf->vrids, sizeof(vrids.bits));
	vrids.room = quota > taken ? (__s32)(quota - taken) : 0;
	return state_put(st, MAP_VRIDS, &f->id, &vrids);
}

int steer_vrids(struct state *st, const struct world_iface *f, bool any)
{
	struct vrxdp_vrids none;
	__u32 *counts;
	int ret;

	memset(&none, 0, sizeof(none));
	if (!any || !vrids_any(&f->rec.conf))
		return state_put(st, MAP_VRIDS, &f->id, &none);
	counts = count_entries(st);
	ret = counts ? put_vrids(st, f, counts[f->id]) : -1;
	free(counts);
	return ret;
}

/* The data path only counts down. What others took over, or was swept, makes room again. */
static int make_room(struct state *st)
{
	struct vrxdp_vrids vrids;
	__u32 *counts = NULL;
	struct world w;
	int ret = 0;
	size_t i;

	if (world_load(st, &w))
		return -1;
	for (i = 0; i < w.nifaces && !ret; i++) {
		if (!vrids_any(&w.ifaces[i].rec.conf) ||
		    state_get(st, MAP_VRIDS, &w.ifaces[i].id, &vrids) ||
		    memcmp(vrids.bits, w.ifaces[i].rec.conf.vrids, sizeof(vrids.bits)))
			continue;
		if (!counts)
			counts = count_entries(st);
		ret = counts ? put_vrids(st, &w.ifaces[i], counts[w.ifaces[i].id]) : -1;
	}
	free(counts);
	world_free(&w);
	return ret;
}

/*
 * Is the address of a VRID whose owner is on the wire or the host? As long as an interface lists it,
 * the entry keeps that from sending from there. A trunk's would be too many.
 */
static bool is_elsewhere(const struct world *w, const struct vrxdp_demux_key *key)
{
	size_t i;

	for (i = 0; i < w->nifaces; i++) {
		const struct vrxdp_iface_rec *rec = &w->ifaces[i].rec;

		if (rec->port == key->port && rec->conf.vlans.tags != VRXDP_TAGS_TRUNK &&
		    vrids_have(&rec->conf, vrid_of_mac(key->mac)) &&
		    vlans_have(&rec->conf.vlans, key->vlan))
			return true;
	}
	return false;
}

static int drop_unknown(struct state *st)
{
	struct vrxdp_iface_rec rec;
	struct vrxdp_demux_key *keys;
	struct world w;
	void *k, *v;
	int ret = 0;
	__u32 number;
	long n, i;

	if (world_load(st, &w))
		return -1;
	n = state_read_all(st, MAP_DEMUX, sizeof(*keys), sizeof(__u32), &k, &v);
	if (n < 0) {
		world_free(&w);
		return -1;
	}
	keys = k;
	for (i = 0; i < n; i++) {
		number = ((__u32 *)v)[i];
		if (number ? !state_get(st, MAP_IFACE_RECS, &number, &rec) &&
				     rec.port == keys[i].port && kept(&keys[i], &rec.conf) :
			     is_elsewhere(&w, &keys[i]))
			continue;
		if (state_delete(st, MAP_DEMUX, &keys[i]))
			ret = -1;
	}
	free(k);
	free(v);
	world_free(&w);
	return ret;
}

int steer_sweep(struct state *st)
{
	return drop_unknown(st) || make_room(st) ? -1 : 0;
}

bool steered(const struct state *st, const struct world_iface *f)
{
	const struct vrxdp_iface_conf *conf = &f->rec.conf;
	struct vrxdp_demux_key key;
	struct vrxdp_vlan vlan;
	__u32 number;
	bool more;
	int i;

	for (more = vlans_first(&conf->vlans, &vlan); more; more = vlans_next(&conf->vlans, &vlan))
		for (i = 0; i < conf->nmacs; i++) {
			key = key_of(f, vlan, conf->macs[i]);
			if (state_get(st, MAP_DEMUX, &key, &number) || number != f->id)
				return false;
		}
	return true;
}
