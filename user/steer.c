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

int steer_sweep(struct state *st)
{
	struct vrxdp_iface_rec *recs = NULL, *found;
	struct vrxdp_demux_key *keys;
	void *k, *v;
	int ret = -1;
	long n, i;

	n = state_read_all(st, MAP_DEMUX, sizeof(*keys), sizeof(__u32), &k, &v);
	if (n < 0)
		return -1;
	keys = k;
	recs = calloc(1, sizeof(*recs));
	if (!recs) {
		say_error("no memory");
		goto out;
	}
	ret = 0;
	for (i = 0; i < n; i++) {
		found = state_get(st, MAP_IFACE_RECS, (__u32 *)v + i, recs) ? NULL : recs;
		if ((!found || found->port != keys[i].port || !kept(&keys[i], &found->conf)) &&
		    state_delete(st, MAP_DEMUX, &keys[i]))
			ret = -1;
	}
out:
	free(recs);
	free(k);
	free(v);
	return ret;
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
