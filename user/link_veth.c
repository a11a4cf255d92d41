// SPDX-License-Identifier: GPL-2.0-only
#include "link_veth.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "netlink.h"

#define REQUEST_LEN 1024

static void put_end(struct nlmsghdr *nlh, const char *name, const __u8 mac[6], __u32 mtu)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
}

/* One queue each, as ip(8) makes them: the router's work is that of one NAPI thread. */
static int make_pair(const struct netns *host, const struct netns *inside,
		     const struct link_veth *v)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *info, *data, *peer;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_end(nlh, v->host_name, v->host_mac, v->mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_end(nlh, v->name, v->mac, v->mtu);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (__u32)inside->fd);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_talk(host, NETLINK_ROUTE, nlh, NULL, NULL);
}

int link_add_router_veth(const struct netns *host, const struct netns *inside,
			 const struct link_veth *v, __u32 *ifindex)
{
	struct link_info near;
	int ret;

	/* A '%' would make the kernel choose the name. */
	if (strlen(v->host_name) >= IFNAMSIZ || strlen(v->name) >= IFNAMSIZ ||
	    strchr(v->host_name, '%') || strchr(v->name, '%'))
		return -EINVAL;
	ret = make_pair(host, inside, v);
	if (ret == 0)
		ret = link_by_name(host, v->host_name, &near);
	if (ret < 0)
		return ret;
	ret = link_silence_ipv6(host, &near);
	if (ret == 0)
		ret = link_set_flags(host, near.ifindex, IFF_UP, IFF_UP);
	if (ret < 0)
		link_del(host, near.ifindex);
	*ifindex = near.ifindex;
	return ret;
}

int link_set_mac(const struct netns *ns, __u32 ifindex, const __u8 mac[6])
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	if (ifindex == 0 || ifindex > INT_MAX)
		return -ENODEV;
	nlh->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = (int)ifindex;
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

static int change_address(const struct netns *ns, __u32 ifindex, const struct vrxdp_address *a,
			  __u16 type, __u16 flags)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	size_t len = a->family == AF_INET ? 4 : 16;
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = a->family;
	ifa->ifa_prefixlen = a->prefix_len;
	ifa->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, len, a->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, len, a->bytes);
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

int link_add_address(const struct netns *ns, __u32 ifindex, const struct vrxdp_address *a)
{
	int ret = change_address(ns, ifindex, a, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);

	return ret == -EEXIST ? 0 : ret;
}

int link_del_address(const struct netns *ns, __u32 ifindex, const struct vrxdp_address *a)
{
	int ret = change_address(ns, ifindex, a, RTM_DELADDR, 0);

	return ret == -EADDRNOTAVAIL || ret == -ENODEV ? 0 : ret;
}

struct found {
	__u32 ifindex;
	int count;
};

static int count_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct found *found = arg;

	if (nlh->nlmsg_type == RTM_NEWADDR && mnl_nlmsg_get_payload_len(nlh) >= sizeof(*ifa) &&
	    ifa->ifa_index == found->ifindex && ifa->ifa_scope != RT_SCOPE_LINK)
		found->count++;
	return MNL_CB_OK;
}

int link_addresses(const struct netns *ns, __u32 ifindex)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct found found = { .ifindex = ifindex };
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;
	int ret;

	do {
		found.count = 0;
		nlh = mnl_nlmsg_put_header(buf);
		nlh->nlmsg_type = RTM_GETADDR;
		nlh->nlmsg_flags = NLM_F_DUMP;
		ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
		ifa->ifa_family = AF_UNSPEC;
		ret = netlink_talk(ns, NETLINK_ROUTE, nlh, count_address, &found);
	} while (ret == -EINTR);
	return ret < 0 ? ret : found.count;
}
