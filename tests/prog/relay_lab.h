/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The laboratory with its relay at work: group maps filled, the relay's programs on both
 * of its ends, tc on port up.
 */
#ifndef RELAY_LAB_H
#define RELAY_LAB_H

#include "prog_run.h"

static struct {
	bool generic; /* port up is in generic mode: what leaves by it goes through the relay */
	struct shared_programs shared;
	struct device_programs device;
	int links[2];
} relay;

static int attach_xdp(int fd, __u32 ifindex, __u32 mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = mode);
	int link = bpf_link_create(fd, (int)ifindex, BPF_XDP, &opts);

	assert_true(link >= 0);
	return link;
}

/* Priority 1 is a test's own. */
static void attach_tc(int fd, __u32 ifindex, enum bpf_tc_attach_point point)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 2, .prog_fd = fd);

	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}

static void add_copy(int map, __u32 slot, __u32 ifindex)
{
	struct bpf_devmap_val val = { .ifindex = ifindex, .bpf_prog.fd = relay.device.copy };

	assert_int_equal(bpf_map_update_elem(map, &slot, &val, BPF_ANY), 0);
}

/* Who gets a copy: the interfaces, and of what routers send also the wire and the host. */
static void fill_copies(const struct vrxdp_group_key *key, __u32 index, bool all)
{
	int map = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "copies", sizeof(__u32),
				 sizeof(struct bpf_devmap_val), 8, NULL);
	__u32 i;

	assert_true(map >= 0);
	for (i = RED; i < IFACES; i++)
		if (has_device(i) && lab_member(i, key))
			add_copy(map, VRXDP_SLOT_IFACE + i, prog.dev[i]);
	if (all) {
		add_copy(map, VRXDP_SLOT_PORT + key->port,
			 relay.generic ? prog.relay_near : prog.up[key->port]);
		add_copy(map, VRXDP_SLOT_RELAY + key->port, prog.relay_far);
	}
	assert_int_equal(bpf_map_update_elem(prog.st.map[all ? MAP_GROUP_ALL : MAP_GROUP_WIRE],
					     &index, &map, BPF_ANY),
			 0);
	close(map);
}

static void fill_groups_of_up(void)
{
	size_t i;

	for (i = 0; i < LAB_GROUPS; i++) {
		if (lab_groups[i].key.port != UP || (lab_groups[i].tags && !prog.tags))
			continue;
		fill_copies(&lab_groups[i].key, lab_groups[i].index, false);
		fill_copies(&lab_groups[i].key, lab_groups[i].index, true);
	}
}

/* See user/shared.c: to a port in generic mode frames leave by the near end. */
static void leave_by_relay(bool on)
{
	struct vrxdp_port port = lab_port(UP);

	port.by_relay = on;
	port_write(UP, &port);
	fill_slot(VRXDP_SLOT_PORT + UP, on ? prog.relay_near : prog.up[UP]);
}

static void relay_start(bool at_verdict, bool generic)
{
	__u32 i, slot;

	relay.generic = generic;
	if (generic)
		leave_by_relay(true);

	relay.device = device_programs(at_verdict);
	relay.shared = shared_programs(UP, generic);
	for (i = RED; i < IFACES; i++) {
		slot = VRXDP_SLOT_IFACE + i;
		if (has_device(i))
			assert_int_equal(target_set(&prog.st, MAP_COPIES, slot, prog.dev[i],
						    &prog.ns, relay.device.copy),
					 0);
	}
	fill_groups_of_up();
	relay.links[0] = attach_xdp(relay.shared.near, prog.relay_near, XDP_FLAGS_DRV_MODE);
	relay.links[1] = attach_xdp(relay.shared.far, prog.relay_far, XDP_FLAGS_DRV_MODE);
	assert_int_equal(clsact_add(&prog.ns, prog.relay_near), 0);
	assert_int_equal(clsact_add(&prog.ns, prog.up[UP]), 0);
	assert_int_equal(clsact_add(&prog.ns, prog.relay_far), 0);
	attach_tc(relay.shared.inject, prog.relay_near, BPF_TC_INGRESS);
	attach_tc(relay.shared.emit, prog.relay_far, BPF_TC_INGRESS);
	attach_tc(relay.shared.gate, prog.relay_near, BPF_TC_EGRESS);
	attach_tc(relay.shared.gate, prog.relay_far, BPF_TC_EGRESS);
	attach_tc(relay.shared.ingress, prog.up[UP], BPF_TC_INGRESS);
	attach_tc(relay.shared.egress, prog.up[UP], BPF_TC_EGRESS);
	captures_open();
}

static void relay_stop(void)
{
	captures_close();
	clsact_del(&prog.ns, prog.up[UP]);
	clsact_del(&prog.ns, prog.relay_near);
	clsact_del(&prog.ns, prog.relay_far);
	close(relay.links[0]);
	close(relay.links[1]);
	programs_shared_close(&relay.shared);
	programs_device_close(&relay.device);
	if (relay.generic)
		leave_by_relay(false);
}

#endif
