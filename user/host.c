// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "ethtool.h"
#include "journal.h"
#include "link.h"
#include "made.h"
#include "netlink.h"
#include "netns_make.h"
#include "say.h"
#include "values.h"

static struct vrxdp_undo_rec record(struct owner who, const struct vrxdp_device_rec *dev,
				    enum vrxdp_undo_kind kind, const char *what)
{
	struct vrxdp_undo_rec rec;

	memset(&rec, 0, sizeof(rec));
	rec.device = *dev;
	rec.kind = kind;
	rec.owner = who.id;
	rec.owner_kind = who.kind;
	snprintf(rec.what, sizeof(rec.what), "%s", what);
	return rec;
}

static int set_feature(struct state *st, struct owner who, struct host_device dev,
		       const struct ethtool_feature *f, bool on, bool *left)
{
	struct vrxdp_undo_rec rec;
	int err = -EOPNOTSUPP;

	*left = false;
	if (f->active == on && (f->wanted == on || !f->changeable))
		return 0;
	if (f->changeable) {
		rec = record(who, dev.rec, VRXDP_UNDO_FEATURE, f->name);
		rec.before = f->wanted;
		rec.set = on;
		if (journal_add(st, &rec))
			return -1;
		err = ethtool_feature_set(dev.ns, dev.rec->ifindex, f->name, on);
	}
	if (err == -EOPNOTSUPP) {
		*left = true;
		return 0;
	}
	if (err)
		return say_error("%s: can't turn %s %s: %s", dev.rec->name, f->name,
				 on ? "on" : "off", strerror(-err));
	return 0;
}

int host_feature(struct state *st, struct owner who, struct host_device dev, const char *feature,
		 bool on, bool *left)
{
	struct ethtool_feature f;
	int err = ethtool_feature_get(dev.ns, dev.rec->ifindex, feature, &f);

	*left = false;
	if (err == -ENOENT)
		return 0;
	if (err)
		return say_error("%s: can't read its features: %s", dev.rec->name, strerror(-err));
	return set_feature(st, who, dev, &f, on, left);
}

static const struct {
	const char *name;
	bool on;
} far_end_features[] = {
	/* What needs checksum offload, TSO above all, the kernel takes away with it. */
	{ "tx-checksum-ip-generic", false },
	{ "tx-checksum-ipv4", false },
	{ "tx-checksum-ipv6", false },
	{ "tx-checksum-sctp", false },
	{ "tx-tcp-segmentation", false },
	{ "tx-tcp-ecn-segmentation", false },
	{ "tx-tcp-mangleid-segmentation", false },
	{ "tx-tcp-accecn-segmentation", false },
	{ "tx-tcp6-segmentation", false },
	{ "tx-udp-segmentation", false },
	{ "tx-sctp-segmentation", false },
	{ "tx-gso-list", false },
	{ "tx-vlan-hw-insert", false },
	{ "tx-vlan-stag-hw-insert", false },
	/* Without a program of its own, GRO is what gives a veth its NAPI. */
	{ "rx-gro", true },
};

#define NFEATURES (sizeof(far_end_features) / sizeof(far_end_features[0]))

/* The features of a device that matter here, in the order of far_end_features[]. */
struct features {
	struct ethtool_feature f[NFEATURES];
	bool known[NFEATURES];
};

static int note_feature(const struct ethtool_feature *f, void *arg)
{
	struct features *all = arg;
	size_t i;

	for (i = 0; i < NFEATURES; i++)
		if (!strcmp(f->name, far_end_features[i].name)) {
			all->f[i] = *f;
			all->known[i] = true;
		}
	return 0;
}

static int read_features(struct host_device dev, struct features *all)
{
	memset(all, 0, sizeof(*all));
	return ethtool_feature_each(dev.ns, dev.rec->ifindex, note_feature, all);
}

static int set_features(struct state *st, struct owner who, struct host_device dev, size_t count)
{
	struct features all;
	bool left;
	size_t i;
	int err;

	/* As found: what depends on a feature that goes off must be remembered as wanted. */
	err = read_features(dev, &all);
	if (err)
		return say_error("%s: can't read its features: %s", dev.rec->name, strerror(-err));
	for (i = 0; i < count; i++) {
		if (!all.known[i])
			continue;
		if (set_feature(st, who, dev, &all.f[i], far_end_features[i].on, &left))
			return -1;
		if (left)
			return say_error(
				"%s: the far end's %s can't be turned %s, and XDP needs it",
				dev.rec->name, far_end_features[i].name,
				far_end_features[i].on ? "on" : "off");
	}
	return 0;
}

int host_far_end(struct state *st, struct owner who, struct host_device dev)
{
	return set_features(st, who, dev, NFEATURES);
}

int host_whole_frames(struct state *st, struct owner who, struct host_device dev)
{
	return set_features(st, who, dev, NFEATURES - 1);
}

int host_far_end_whole(struct host_device dev, char *what, size_t what_len)
{
	struct features all;
	size_t i;
	int err = read_features(dev, &all);

	for (i = 0; !err && i < NFEATURES; i++) {
		if (!all.known[i] || all.f[i].active == far_end_features[i].on)
			continue;
		snprintf(what, what_len, "%s is %s", far_end_features[i].name,
			 all.f[i].active ? "on" : "off");
		return 0;
	}
	return err ? err : 1;
}

static int set_flag(struct state *st, struct owner who, struct host_device dev, __u32 flag,
		    const char *name)
{
	struct vrxdp_undo_rec rec = record(who, dev.rec, VRXDP_UNDO_FLAG, name);
	struct link_info link;
	int err;

	rec.set = flag;
	err = link_by_index(dev.ns, dev.rec->ifindex, &link);
	if (!err && (link.flags & flag))
		return journal_known(st, &rec) ? journal_add(st, &rec) : 0;
	if (!err && journal_add(st, &rec))
		return -1;
	if (!err)
		err = link_set_flags(dev.ns, dev.rec->ifindex, flag, flag);
	if (err)
		return say_error("%s: can't set the flag %s: %s", dev.rec->name, name,
				 strerror(-err));
	return 0;
}

int host_receive_groups(struct state *st, struct owner who, struct host_device dev)
{
	return set_flag(st, who, dev, IFF_ALLMULTI, "allmulti");
}

int host_receive_all(struct state *st, struct owner who, struct host_device dev)
{
	return set_flag(st, who, dev, IFF_PROMISC, "promisc");
}

int host_receive(struct state *st, struct owner who, struct host_device dev, const __u8 mac[6])
{
	struct vrxdp_undo_rec rec;
	char text[18];
	int err;

	rec = record(who, dev.rec, VRXDP_UNDO_FDB, format_mac(mac, text));
	memcpy(&rec.set, mac, 6);
	/* There already: by an interface on another VLAN, or by somebody else, whose it stays. */
	if (fdb_has(dev.ns, dev.rec->ifindex, mac) == 1)
		return journal_known(st, &rec) ? journal_add(st, &rec) : 0;
	if (journal_add(st, &rec))
		return -1;
	err = fdb_add(dev.ns, dev.rec->ifindex, mac);
	if (!err || err == -EEXIST)
		return 0;
	return host_receive_all(st, who, dev);
}

int host_clsact(struct state *st, struct owner who, struct host_device dev)
{
	struct vrxdp_undo_rec rec = record(who, dev.rec, VRXDP_UNDO_CLSACT, "clsact");
	int err;

	if (clsact_has(dev.ns, dev.rec->ifindex) == 1)
		return 0;
	if (journal_add(st, &rec))
		return -1;
	err = clsact_add(dev.ns, dev.rec->ifindex);
	if (err == -EEXIST)
		return say_error("%s: has an ingress qdisc, where tc can't watch what leaves; "
				 "replace it by clsact (tc qdisc del dev %s ingress)",
				 dev.rec->name, dev.rec->name);
	if (err)
		return say_error("%s: can't add a clsact qdisc: %s", dev.rec->name, strerror(-err));
	return 0;
}

int host_veth_pair(struct state *st, struct owner who, const struct netns *ns,
		   struct vrxdp_device_rec *near, struct vrxdp_device_rec *far, __u32 mtu)
{
	struct vrxdp_undo_rec rec = record(who, near, VRXDP_UNDO_LINK, near->name);
	struct link_info link;
	int err;

	rec.device.ifindex = 0;
	/* A killed command may have got as far as making them, and no further. */
	if (journal_known(st, &rec))
		host_undo_kind(st, who, VRXDP_UNDO_LINK);
	/* What has the name already isn't ours to delete later. */
	if (!link_by_name(ns, near->name, &link) || !link_by_name(ns, far->name, &link))
		return say_error("%s: a device has this name, which vrxdp needs for the port's "
				 "relay; rename it",
				 link.name);
	if (journal_add(st, &rec))
		return -1;
	err = link_add_veth_pair(ns, near->name, far->name, mtu);
	if (err)
		return say_error("%s: can't make a pair of veths: %s", near->name, strerror(-err));
	err = link_by_name(ns, near->name, &link);
	if (!err) {
		near->ifindex = link.ifindex;
		err = link_by_name(ns, far->name, &link);
		far->ifindex = link.ifindex;
	}
	return err ? say_error("%s: %s", near->name, strerror(-err)) : 0;
}

static int undo_feature(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	struct ethtool_feature f;
	int err = ethtool_feature_get(ns, rec->device.ifindex, rec->what, &f);

	if (err || (f.wanted == rec->before && f.active == rec->before))
		return err;
	if (f.wanted != rec->before && f.wanted != rec->set)
		return -EUCLEAN;
	return ethtool_feature_want(ns, rec->device.ifindex, rec->what, rec->before);
}

static int undo_flag(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	return link_set_flags(ns, rec->device.ifindex, (__u32)rec->before, (__u32)rec->set);
}

static int undo_fdb(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	__u8 mac[6];
	int err;

	memcpy(mac, &rec->set, sizeof(mac));
	err = fdb_del(ns, rec->device.ifindex, mac);
	return err == -ENOENT || err == -EOPNOTSUPP ? 0 : err;
}

static int undo_clsact(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	int filters = clsact_filters(ns, rec->device.ifindex);
	int err;

	if (filters < 0)
		return filters;
	if (filters)
		return -EUCLEAN;
	err = clsact_del(ns, rec->device.ifindex);
	return err == -ENOENT ? 0 : err;
}

static int undo_link(const struct netns *ns, const struct vrxdp_undo_rec *rec)
{
	struct link_info link;
	int err = link_by_name(ns, rec->what, &link);

	if (err == -ENODEV)
		return 0;
	return err ? err : link_del(ns, link.ifindex);
}

static int undo_one(const struct vrxdp_undo_rec *rec)
{
	struct netns ns;
	int err;

	if (rec->kind == VRXDP_UNDO_NETNS)
		return netns_take_name(rec->what, rec->device.netns_cookie);
	/* What is gone needs no restoring. */
	if (netns_find(rec->device.netns, rec->device.netns_cookie, rec->device.netns_inum, &ns))
		return 0;
	switch (rec->kind) {
	case VRXDP_UNDO_FEATURE:
		err = undo_feature(&ns, rec);
		break;
	case VRXDP_UNDO_FLAG:
		err = undo_flag(&ns, rec);
		break;
	case VRXDP_UNDO_FDB:
		err = undo_fdb(&ns, rec);
		break;
	case VRXDP_UNDO_CLSACT:
		err = undo_clsact(&ns, rec);
		break;
	case VRXDP_UNDO_LINK:
		err = undo_link(&ns, rec);
		break;
	case VRXDP_UNDO_VETH:
		err = made_veth_undo(&ns, rec);
		break;
	default:
		err = -EINVAL;
	}
	netns_close(&ns);
	return err;
}

/* Of this kind (0: any), but not of kind @except (0: none). */
static int undo(struct state *st, struct owner who, __u32 kind, __u32 except)
{
	struct journal_entry entry = { .key = (__u32)-1 };
	char name[4 * VRXDP_DEV_LEN];
	int more, err, ret = 0;

	while ((more = journal_newest(st, who, kind, entry.key, &entry)) > 0) {
		if (except && entry.rec.kind == except)
			continue;
		err = journal_shared(st, &entry) ? 0 : undo_one(&entry.rec);
		escape_text(entry.rec.device.name, name, sizeof(name));
		if (err == -EUCLEAN)
			say_warning("%s: %s was changed by somebody else; left as it is", name,
				    entry.rec.what);
		else if (err && err != -ENODEV && err != -ENOENT)
			ret = say_error("%s: can't restore %s: %s", name, entry.rec.what,
					strerror(-err));
		/* What failed stays in the journal, for another try. */
		if ((!err || err == -EUCLEAN || err == -ENODEV || err == -ENOENT) &&
		    journal_remove(st, &entry))
			return -1;
	}
	return more < 0 ? -1 : ret;
}

int host_undo_kind(struct state *st, struct owner who, __u32 kind)
{
	return undo(st, who, kind, 0);
}

int host_undo(struct state *st, struct owner who)
{
	return undo(st, who, 0, 0);
}

int host_undo_settings(struct state *st, struct owner who)
{
	return undo(st, who, 0, VRXDP_UNDO_VETH);
}
