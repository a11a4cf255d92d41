/* SPDX-License-Identifier: GPL-2.0-only */
/* Unicast addresses in a device's own filter: bridge(8), "fdb … self permanent". */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "netlink.h"

static int change(const struct netns *ns, __u16 type, __u16 flags, __u32 ifindex, const __u8 mac[6])
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
	ndm->ndm_flags = NTF_SELF;
	mnl_attr_put(nlh, NDA_LLADDR, ETH_ALEN, mac);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

int fdb_add(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	int ret = change(ns, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex, mac);
	struct link_info l;

	/* What the kernel says of anything but Ethernet. */
	if (ret == -EINVAL && link_by_index(ns, ifindex, &l) == 0 && l.type != ARPHRD_ETHER)
		ret = -EOPNOTSUPP;
	return ret;
}

int fdb_del(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	return change(ns, RTM_DELNEIGH, 0, ifindex, mac);
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

int fdb_each(const struct netns *ns, __u32 ifindex, void (*cb)(const __u8 mac[6], void *arg),
	     void *arg)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct each each = { .ifindex = ifindex, .cb = cb, .arg = arg };
	struct link_info l;
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	int ret = link_by_index(ns, ifindex, &l);

	if (ret < 0)
		return ret;
	do {
		nlh = mnl_nlmsg_put_header(buf);
		nlh->nlmsg_type = RTM_GETNEIGH;
		nlh->nlmsg_flags = NLM_F_DUMP;
		ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
		ifi->ifi_family = AF_BRIDGE;
		ifi->ifi_index = (int)ifindex;
		ret = netlink_talk(ns, NETLINK_ROUTE, nlh, see, &each);
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
