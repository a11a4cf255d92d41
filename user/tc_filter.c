// SPDX-License-Identifier: GPL-2.0-only
/* vrxdp's filters on clsact qdiscs. */
#include "attach.h"

#include <bpf/libbpf.h>

/* Where our filters are: a place that neither people nor tc itself (0xc000) choose. */
#define TC_PRIORITY 0x7678u
#define TC_HANDLE 0x7678u

int tc_filter_set(int prog, const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY,
			    .prog_fd = prog, .flags = BPF_TC_F_REPLACE);
	int back, err;

	err = netns_enter(ns, &back);
	if (err)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	netns_leave(back);
	return err;
}

void tc_filter_del(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);
	int back;

	if (netns_enter(ns, &back))
		return;
	bpf_tc_detach(&hook, &opts);
	netns_leave(back);
}

int tc_filter_get(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point, __u32 *id)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);
	int back, err;

	err = netns_enter(ns, &back);
	if (err)
		return err;
	err = bpf_tc_query(&hook, &opts);
	netns_leave(back);
	*id = opts.prog_id;
	return err;
}

bool tc_filter_has(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point)
{
	__u32 id;

	return !tc_filter_get(ns, ifindex, point, &id);
}
