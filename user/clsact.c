/* SPDX-License-Identifier: GPL-2.0-only */
/* The qdisc that carries tc filters on ingress and egress: tc(8), clsact. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "netlink.h"

static struct tcmsg *request(char *buf, __u16 type, __u32 ifindex, struct nlmsghdr **nlh)
{
	struct tcmsg *tc;

	*nlh = mnl_nlmsg_put_header(buf);
	(*nlh)->nlmsg_type = type;
	tc = mnl_nlmsg_put_extra_header(*nlh, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = (int)ifindex;
	tc->tcm_parent = TC_H_CLSACT;
	return tc;
}

static int change(const struct netns *ns, __u16 type, __u16 flags, __u32 ifindex)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;

	if (ifindex == 0 || ifindex > INT_MAX)
		return -ENODEV;
	request(buf, type, ifindex, &nlh)->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	nlh->nlmsg_flags = flags;
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
	return netlink_talk(ns, NETLINK_ROUTE, nlh, NULL, NULL);
}

int clsact_add(const struct netns *ns, __u32 ifindex)
{
	return change(ns, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
}

int clsact_del(const struct netns *ns, __u32 ifindex)
{
	int ret = clsact_has(ns, ifindex);

	/* The kernel would remove an "ingress" qdisc as well, and says EINVAL for none. */
	if (ret == 0)
		return -ENOENT;
	return ret < 0 ? ret : change(ns, RTM_DELQDISC, 0, ifindex);
}

struct seen {
	__u32 ifindex;
	__u32 parent;
	int protos;  /* messages of handle 0: one before the filters of a kind and priority */
	int filters; /* messages with a handle */
};

static int see_qdisc(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct seen *seen = arg;

	if (nlh->nlmsg_type != RTM_NEWQDISC || mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc) ||
	    tc->tcm_ifindex != (int)seen->ifindex || tc->tcm_parent != TC_H_CLSACT)
		return MNL_CB_OK;
	for (attr = netlink_first(nlh, sizeof(*tc)); attr; attr = netlink_next(nlh, attr)) {
		if (mnl_attr_get_type(attr) == TCA_KIND &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 &&
		    strcmp(mnl_attr_get_str(attr), "clsact") == 0)
			seen->filters++;
	}
	return MNL_CB_OK;
}

int clsact_has(const struct netns *ns, __u32 ifindex)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct seen seen = { .ifindex = ifindex };
	struct nlmsghdr *nlh;
	struct link_info l;
	int ret = link_by_index(ns, ifindex, &l);

	if (ret < 0)
		return ret;
	do {
		seen.filters = 0;
		request(buf, RTM_GETQDISC, ifindex, &nlh)->tcm_parent = 0;
		nlh->nlmsg_flags = NLM_F_DUMP;
		ret = netlink_talk(ns, NETLINK_ROUTE, nlh, see_qdisc, &seen);
	} while (ret == -EINTR);
	return ret < 0 ? ret : seen.filters > 0;
}

static int see_filter(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	struct seen *seen = arg;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || mnl_nlmsg_get_payload_len(nlh) < sizeof(*tc))
		return MNL_CB_OK;
	if (tc->tcm_handle)
		seen->filters++;
	else
		seen->protos++;
	return MNL_CB_OK;
}

static int count(const struct netns *ns, __u32 ifindex, __u32 parent)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	struct seen seen;
	int ret;

	do {
		seen = (struct seen){ .ifindex = ifindex };
		request(buf, RTM_GETTFILTER, ifindex, &nlh)->tcm_parent = parent;
		nlh->nlmsg_flags = NLM_F_DUMP;
		ret = netlink_talk(ns, NETLINK_ROUTE, nlh, see_filter, &seen);
	} while (ret == -EINTR);
	/* Linux 6.1 doesn't list fw without options to the end; that it is there is seen before. */
	if (ret < 0 && !seen.protos)
		return ret;
	/* Some kinds have filters without a handle: then their heads tell of them. */
	return seen.filters > seen.protos ? seen.filters : seen.protos;
}

int clsact_filters(const struct netns *ns, __u32 ifindex)
{
	int ingress, egress, ret = clsact_has(ns, ifindex);

	if (ret <= 0)
		return ret;
	ingress = count(ns, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
	if (ingress < 0)
		return ingress;
	egress = count(ns, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	return egress < 0 ? egress : ingress + egress;
}
