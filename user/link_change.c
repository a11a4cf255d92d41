/* SPDX-License-Identifier: GPL-2.0-only */
/* Links made, changed and removed: RTM_NEWLINK, RTM_DELLINK. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "link.h"
#include "netlink.h"

#define REQUEST_LEN 1024

static struct ifinfomsg *request(char *buf, __u16 type, __u32 ifindex, struct nlmsghdr **nlh)
{
	struct ifinfomsg *ifi;

	*nlh = mnl_nlmsg_put_header(buf);
	(*nlh)->nlmsg_type = type;
	ifi = mnl_nlmsg_put_extra_header(*nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	return ifi;
}

/* Index 0 would let the kernel choose by other attributes, or make a new link. */
static bool index_valid(__u32 ifindex)
{
	return ifindex != 0 && ifindex <= INT_MAX;
}

int link_set_flags(const struct netns *ns, __u32 ifindex, __u32 flags, __u32 change)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;

	if (!index_valid(ifindex))
		return -ENODEV;
	ifi = request(buf, RTM_NEWLINK, ifindex, &nlh);
	ifi->ifi_flags = flags;
	ifi->ifi_change = change;
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

int link_del(const struct netns *ns, __u32 ifindex)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;

	if (!index_valid(ifindex))
		return -ENODEV;
	request(buf, RTM_DELLINK, ifindex, &nlh);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

static void put_end(struct nlmsghdr *nlh, const char *name, __u32 mtu, __u32 queues)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, queues);
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, queues);
}

static int make_pair(const struct netns *ns, const char *near, const char *far, __u32 mtu)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlattr *info, *data, *peer;
	int cpus = libbpf_num_possible_cpus();
	__u32 queues = cpus < 1 ? 1 : (__u32)cpus;
	struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;

	if (queues > LINK_VETH_QUEUES)
		queues = LINK_VETH_QUEUES;

	ifi = request(buf, RTM_NEWLINK, 0, &nlh);
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	ifi->ifi_flags = IFF_NOARP;
	ifi->ifi_change = IFF_NOARP;
	put_end(nlh, near, mtu, queues);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_flags = IFF_NOARP;
	ifi->ifi_change = IFF_NOARP;
	put_end(nlh, far, mtu, queues);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

/* The address mode alone silences no group reports; disable_ipv6 can be read-only in a container. */
int link_silence_ipv6(const struct netns *ns, const struct link_info *l)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlattr *spec, *inet6;
	struct nlmsghdr *nlh;
	char path[96];
	int back = -1, fd, ret;

	request(buf, RTM_NEWLINK, l->ifindex, &nlh);
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
	ret = netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
	/* No IPv6 in this kernel, or not on a link of such a small MTU. */
	if (ret == -EAFNOSUPPORT)
		return 0;
	if (ret < 0)
		return ret;

	if (ns) {
		ret = netns_enter(ns, &back);
		if (ret < 0)
			return ret;
	}
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", l->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "1", 1) < 0)
			ret = 0; /* as when it can't be opened */
		close(fd);
	}
	netns_leave(back);
	return ret;
}

static int bring_up(const struct netns *ns, const struct link_info *l)
{
	int ret = link_silence_ipv6(ns, l);

	return ret < 0 ? ret : link_set_flags(ns, l->ifindex, IFF_UP, IFF_UP);
}

int link_add_veth_pair(const struct netns *ns, const char *near, const char *far, __u32 mtu)
{
	struct link_info a, b;
	int ret;

	/* A '%' would make the kernel choose the name. */
	if (strlen(near) >= IFNAMSIZ || strlen(far) >= IFNAMSIZ || strchr(near, '%') ||
	    strchr(far, '%'))
		return -EINVAL;
	ret = make_pair(ns, near, far, mtu);
	if (ret < 0)
		return ret;
	ret = link_by_name(ns, near, &a);
	if (ret < 0)
		return ret; /* somebody renamed or removed it in this instant */
	ret = link_by_index(ns, a.link, &b);
	if (ret == 0)
		ret = bring_up(ns, &a);
	if (ret == 0)
		ret = bring_up(ns, &b);
	if (ret < 0)
		link_del(ns, a.ifindex);
	return ret;
}
