/* SPDX-License-Identifier: GPL-2.0-only */
/* Links as they are: RTM_GETLINK. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "netlink.h"

#define REQUEST_LEN 512

/* Attributes are native-endian and padded to 4; a shorter one than expected reads as 0. */
static __u32 get_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

static __u8 get_u8(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= 1 ? mnl_attr_get_u8(attr) : 0;
}

static void get_text(const struct nlattr *attr, char *to, size_t room)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len >= room)
		len = room - 1;
	memcpy(to, mnl_attr_get_payload(attr), len);
	to[len] = '\0';
}

static void parse_data(const struct nlattr *data, struct link_info *l)
{
	bool tun = strcmp(l->kind, "tun") == 0;
	bool macvlan = strcmp(l->kind, "macvlan") == 0 || strcmp(l->kind, "macvtap") == 0;
	const struct nlattr *attr;

	for (attr = netlink_inner_first(data); attr; attr = netlink_inner_next(data, attr)) {
		__u16 type = mnl_attr_get_type(attr);

		if (tun && type == IFLA_TUN_TYPE)
			l->tun_type = get_u8(attr);
		else if (tun && type == IFLA_TUN_VNET_HDR)
			l->tun_vnet_hdr = get_u8(attr);
		else if (macvlan && type == IFLA_MACVLAN_MODE)
			l->macvlan_mode = get_u32(attr);
	}
}

static void parse_linkinfo(const struct nlattr *info, struct link_info *l)
{
	const struct nlattr *attr, *data = NULL;

	for (attr = netlink_inner_first(info); attr; attr = netlink_inner_next(info, attr)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_INFO_KIND:
			get_text(attr, l->kind, sizeof(l->kind));
			break;
		case IFLA_INFO_SLAVE_KIND:
			get_text(attr, l->master_kind, sizeof(l->master_kind));
			break;
		case IFLA_INFO_DATA:
			data = attr;
			break;
		}
	}
	if (data)
		parse_data(data, l);
}

static void parse_xdp(const struct nlattr *xdp, struct link_info *l)
{
	const struct nlattr *attr;

	for (attr = netlink_inner_first(xdp); attr; attr = netlink_inner_next(xdp, attr)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_XDP_ATTACHED:
			l->xdp_mode = get_u8(attr);
			break;
		case IFLA_XDP_PROG_ID:
			l->xdp_prog_id = get_u32(attr);
			break;
		case IFLA_XDP_DRV_PROG_ID:
			l->xdp_drv_prog_id = get_u32(attr);
			break;
		case IFLA_XDP_SKB_PROG_ID:
			l->xdp_skb_prog_id = get_u32(attr);
			break;
		}
	}
}

static void parse_attr(const struct nlattr *attr, struct link_info *l)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		get_text(attr, l->name, sizeof(l->name));
		break;
	case IFLA_ADDRESS:
		l->addr_len = (__u8)mnl_attr_get_payload_len(attr);
		if (l->addr_len == sizeof(l->mac))
			memcpy(l->mac, mnl_attr_get_payload(attr), sizeof(l->mac));
		break;
	case IFLA_MTU:
		l->mtu = get_u32(attr);
		break;
	case IFLA_MIN_MTU:
		l->min_mtu = get_u32(attr);
		break;
	case IFLA_MAX_MTU:
		l->max_mtu = get_u32(attr);
		break;
	case IFLA_OPERSTATE:
		l->operstate = get_u8(attr);
		break;
	case IFLA_LINK:
		l->link = get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		l->link_nsid = (int)get_u32(attr);
		break;
	case IFLA_MASTER:
		l->master = get_u32(attr);
		break;
	case IFLA_NUM_RX_QUEUES:
		l->rx_queues = get_u32(attr);
		break;
	case IFLA_NUM_TX_QUEUES:
		l->tx_queues = get_u32(attr);
		break;
	case IFLA_LINKINFO:
		parse_linkinfo(attr, l);
		break;
	case IFLA_XDP:
		parse_xdp(attr, l);
		break;
	}
}

struct listing {
	struct link_info *links;
	size_t count, room;
};

static int append(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct listing *list = arg;
	struct link_info *l, *more;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi))
		return MNL_CB_OK;
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 4;
		more = reallocarray(list->links, list->room, sizeof(*more));
		if (!more) {
			errno = ENOMEM;
			return MNL_CB_ERROR;
		}
		list->links = more;
	}
	l = &list->links[list->count++];
	*l = (struct link_info){
		.ifindex = (__u32)ifi->ifi_index,
		.type = ifi->ifi_type,
		.flags = ifi->ifi_flags,
		.link_nsid = -1,
	};
	for (attr = netlink_first(nlh, sizeof(*ifi)); attr; attr = netlink_next(nlh, attr))
		parse_attr(attr, l);
	return MNL_CB_OK;
}

static struct ifinfomsg *get_link(char *buf, struct nlmsghdr **nlh)
{
	*nlh = mnl_nlmsg_put_header(buf);
	(*nlh)->nlmsg_type = RTM_GETLINK;
	return mnl_nlmsg_put_extra_header(*nlh, sizeof(struct ifinfomsg));
}

static int get_one(const struct netns *ns, struct nlmsghdr *nlh, struct link_info *out)
{
	struct listing list = { 0 };
	int ret;

	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	ret = netlink_talk(ns, NETLINK_ROUTE, nlh, append, &list);
	if (ret == 0 && list.count != 1)
		ret = -EBADMSG;
	if (ret == 0)
		*out = list.links[0];
	free(list.links);
	return ret;
}

int link_by_name(const struct netns *ns, const char *name, struct link_info *out)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t len = strlen(name);
	struct nlmsghdr *nlh;

	if (len == 0 || len >= ALTIFNAMSIZ)
		return -ENODEV;
	get_link(buf, &nlh);
	mnl_attr_put_strz(nlh, len < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	return get_one(ns, nlh, out);
}

int link_by_index(const struct netns *ns, __u32 ifindex, struct link_info *out)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;

	if (ifindex == 0 || ifindex > INT_MAX)
		return -ENODEV;
	get_link(buf, &nlh)->ifi_index = (int)ifindex;
	return get_one(ns, nlh, out);
}

int link_each(const struct netns *ns, int (*cb)(const struct link_info *l, void *arg), void *arg)
{
	char buf[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct listing list = { 0 };
	struct nlmsghdr *nlh;
	size_t i;
	int ret;

	/* The kernel says when links changed underway: then the listing isn't one. */
	do {
		list.count = 0;
		get_link(buf, &nlh);
		nlh->nlmsg_flags = NLM_F_DUMP;
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		ret = netlink_talk(ns, NETLINK_ROUTE, nlh, append, &list);
	} while (ret == -EINTR);

	for (i = 0; ret == 0 && i < list.count; i++)
		ret = cb(&list.links[i], arg);
	free(list.links);
	return ret;
}
