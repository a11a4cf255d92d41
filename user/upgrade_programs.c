// SPDX-License-Identifier: GPL-2.0-only
/* Every place where a program is. */
#include "upgrade_programs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "group.h"
#include "programs.h"

static int collect_link(struct switchboard *board, const struct state *next, const char *kind,
			__u32 id, int prog)
{
	char pin[32];

	snprintf(pin, sizeof(pin), "%s_%u", kind, id);
	return switch_link(board, next, pin, prog);
}

static int collect_shared(struct state *next, const struct world_port *p, const struct netns *ns,
			  struct switchboard *board)
{
	const __u32 port = p->rec.device.ifindex, near = p->rec.relay_near.ifindex,
		    far = p->rec.relay_far.ifindex;
	struct shared_programs programs;
	int ret = -1;
	size_t i;

	if (!p->rec.shared)
		return 0;
	if (programs_shared(next, p, port, &programs))
		return -1;
	const struct {
		__u32 ifindex;
		enum bpf_tc_attach_point point;
		int prog;
	} filters[] = {
		/* Before those whose next program expects more of them than the one of before did. */
		{ far, BPF_TC_INGRESS, programs.emit },
		{ near, BPF_TC_INGRESS, programs.inject },
		{ port, BPF_TC_INGRESS, programs.ingress },
		{ port, BPF_TC_EGRESS, programs.egress },
		{ near, BPF_TC_EGRESS, programs.gate },
		{ far, BPF_TC_EGRESS, programs.gate },
	};

	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (filters[i].ifindex &&
		    switch_filter(board, ns, filters[i].ifindex, filters[i].point, filters[i].prog))
			goto out;
	if ((near && collect_link(board, next, "relay_near", p->id, programs.near)) ||
	    (far && collect_link(board, next, "relay_far", p->id, programs.far)))
		goto out;
	ret = 0;
out:
	programs_shared_close(&programs);
	return ret;
}

static int collect_port(struct state *next, const struct world_port *p, struct switchboard *board)
{
	const struct vrxdp_device_rec *dev = &p->rec.device;
	struct netns ns;
	int prog, ret;

	/* Of what is gone, `attach -c` and status tell. */
	if (netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
		return 0;
	prog = programs_port(next, p->id, p->rec.mode == VRXDP_MODE_GENERIC);
	ret = prog < 0 ? -1 : collect_link(board, next, "port", p->id, prog);
	if (prog >= 0)
		close(prog);
	if (!ret)
		ret = collect_shared(next, p, &ns, board);
	netns_close(&ns);
	return ret;
}

/* The devices of routers behind a redirect. 1: it has none, or it is gone. */
static int device_netns(const struct world_iface *f, struct netns *ns)
{
	const struct vrxdp_device_rec *dev = &f->rec.device;

	if (f->rec.kind != VRXDP_KIND_VETH && f->rec.kind != VRXDP_KIND_TAP)
		return 1;
	return netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, ns) ? 1 : 0;
}

static int collect_gate(struct state *next, const struct world_iface *f, const struct netns *ns,
			struct switchboard *board)
{
	int prog, ret;

	if (!tc_filter_has(ns, f->rec.device.ifindex, BPF_TC_EGRESS))
		return 0;
	prog = programs_gate(next);
	if (prog < 0)
		return -1;
	ret = switch_filter(board, ns, f->rec.device.ifindex, BPF_TC_EGRESS, prog);
	close(prog);
	return ret;
}

static int collect_iface(struct state *next, const struct world_iface *f, struct switchboard *board)
{
	struct device_programs programs;
	struct netns ns;
	int ret;

	if (device_netns(f, &ns))
		return 0;
	ret = programs_device(next, ns.inum, f->rec.kind == VRXDP_KIND_TAP, &programs);
	if (!ret) {
		ret = collect_link(board, next, "iface", f->id, programs.device);
		programs_device_close(&programs);
	}
	if (!ret)
		ret = collect_gate(next, f, &ns, board);
	netns_close(&ns);
	return ret;
}

int upgrade_collect(struct state *next, const struct world *w, struct switchboard *board)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (collect_port(next, &w->ports[i], board))
			return -1;
	for (i = 0; i < w->nifaces; i++)
		if (collect_iface(next, &w->ifaces[i], board))
			return -1;
	return 0;
}

static int take(enum state_map outer, __u32 index, int fd, void *arg)
{
	return switch_group(arg, outer, index, fd);
}

static int collect_copy(struct state *next, const struct world_iface *f, struct switchboard *board)
{
	struct device_programs programs;
	struct netns ns;
	int ret;

	if (device_netns(f, &ns))
		return 0;
	ret = programs_device(next, ns.inum, false, &programs);
	if (!ret) {
		ret = switch_copy(board, next, VRXDP_SLOT_IFACE + f->id, &ns, programs.copy);
		programs_device_close(&programs);
	}
	netns_close(&ns);
	return ret;
}

int upgrade_collect_copies(struct state *next, const struct world *w, struct switchboard *board)
{
	struct netns ns;
	size_t i;

	for (i = 0; i < w->nifaces; i++)
		if (collect_copy(next, &w->ifaces[i], board))
			return -1;
	for (i = 0; i < w->nports; i++) {
		const struct vrxdp_device_rec *dev = &w->ports[i].rec.device;

		if (netns_find(dev->netns, dev->netns_cookie, dev->netns_inum, &ns))
			continue;
		netns_close(&ns);
		if (group_remake(next, &w->ports[i], take, board))
			return -1;
	}
	return 0;
}
