/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unicast addresses in a device's own filter: bridge(8), "fdb … self permanent"; and those that
 * its bridge has learnt there.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "lists.h"
#include "netlink.h"

#define MAX_LEARNT 64u
#define MAX_ROUNDS 8

static int change(const struct netns *ns, __u16 type, __u16 flags, __u8 whose, __u32 ifindex,
		  const __u8 mac[6], __u16 vid)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	if (ifindex == 0 || ifindex > INT_MAX)
		return -ENODEV;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = (int)ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = whose;
	mnl_attr_put(nlh, NDA_LLADDR, ETH_ALEN, mac);
	if (vid)
		mnl_attr_put_u16(nlh, NDA_VLAN, vid);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

int fdb_add(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	int ret = change(ns, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, NTF_SELF, ifindex, mac, 0);
	struct link_info l;

	/* What the kernel says of anything but Ethernet. */
	if (ret == -EINVAL && link_by_index(ns, ifindex, &l) == 0 && l.type != ARPHRD_ETHER)
		ret = -EOPNOTSUPP;
	return ret;
}

int fdb_del(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	return change(ns, RTM_DELNEIGH, 0, NTF_SELF, ifindex, mac, 0);
}

struct each {
	__u32 ifindex;
	void (*cb)(const __u8 mac[6], void *arg);
	void *arg;
};

static int see(const struct nlmsghdr *nlh, void *arg)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct each *each = arg;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm) ||
	    ndm->ndm_ifindex != (int)each->ifindex || !(ndm->ndm_flags & NTF_SELF))
		return MNL_CB_OK;
	for (attr = netlink_first(nlh, sizeof(*ndm)); attr; attr = netlink_next(nlh, attr))
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == ETH_ALEN)
			each->cb(mnl_attr_get_payload(attr), each->arg);
	return MNL_CB_OK;
}

/* The addresses of @ifindex itself, and of its bridge behind it. */
static int dump(const struct netns *ns, __u32 ifindex,
		int (*cb)(const struct nlmsghdr *nlh, void *arg), void *arg)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = (int)ifindex;
	return netlink_talk(ns, NETLINK_ROUTE, nlh, cb, arg);
}

int fdb_each(const struct netns *ns, __u32 ifindex, void (*cb)(const __u8 mac[6], void *arg),
	     void *arg)
{
	struct each each = { .ifindex = ifindex, .cb = cb, .arg = arg };
	struct link_info l;
	int ret = link_by_index(ns, ifindex, &l);

	if (ret < 0)
		return ret;
	do {
		ret = dump(ns, ifindex, see, &each);
	} while (ret == -EINTR);
	return ret < 0 ? ret : 0;
}

struct wanted {
	const __u8 *mac;
	bool found;
};

static void compare(const __u8 mac[6], void *arg)
{
	struct wanted *w = arg;

	if (!memcmp(mac, w->mac, ETH_ALEN))
		w->found = true;
}

int fdb_has(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	struct wanted w = { .mac = mac };
	int ret = fdb_each(ns, ifindex, compare, &w);

	return ret < 0 ? ret : w.found;
}

struct learnt {
	__u32 ifindex;
	const struct vrxdp_iface_conf *conf;
	struct {
		__u8 mac[ETH_ALEN];
		__u16 vid; /* 0: the bridge knows no VLANs */
	} entry[MAX_LEARNT];
	size_t n;
};

/* Neither an administrator's entry (NUD_NOARP, NUD_PERMANENT) nor another program's. */
static int see_learnt(const struct nlmsghdr *nlh, void *arg)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct learnt *l = arg;
	const __u8 *mac = NULL;
	__u16 vid = 0;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm) ||
	    ndm->ndm_ifindex != (int)l->ifindex || l->n == MAX_LEARNT ||
	    ndm->ndm_flags & (NTF_SELF | NTF_EXT_LEARNED | NTF_STICKY) ||
	    !(ndm->ndm_state & (NUD_REACHABLE | NUD_STALE)))
		return MNL_CB_OK;
	for (attr = netlink_first(nlh, sizeof(*ndm)); attr; attr = netlink_next(nlh, attr)) {
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == ETH_ALEN)
			mac = mnl_attr_get_payload(attr);
		else if (mnl_attr_get_type(attr) == NDA_VLAN &&
			 mnl_attr_get_payload_len(attr) == sizeof(vid))
			vid = mnl_attr_get_u16(attr);
	}
	if (mac && (macs_have(l->conf, mac) || vrids_have(l->conf, vrid_of_mac(mac)))) {
		memcpy(l->entry[l->n].mac, mac, ETH_ALEN);
		l->entry[l->n++].vid = vid;
	}
	return MNL_CB_OK;
}

void fdb_forget(const struct netns *ns, __u32 ifindex, const struct vrxdp_iface_conf *conf)
{
	struct learnt l = { .ifindex = ifindex, .conf = conf };
	int ret, rounds = 0, err = 0;

	/* -EINTR: the table changed meanwhile, and some may have been left out. */
	do {
		l.n = 0;
		ret = dump(ns, ifindex, see_learnt, &l);
		for (size_t i = 0; i < l.n; i++)
			if (change(ns, RTM_DELNEIGH, 0, NTF_MASTER, ifindex, l.entry[i].mac,
				   l.entry[i].vid))
				err = -1;
	} while ((ret == -EINTR || l.n == MAX_LEARNT) && !err && ++rounds < MAX_ROUNDS);
}
