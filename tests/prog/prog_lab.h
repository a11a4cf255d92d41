/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The laboratory of the data path's tests: a state of its own in a bpffs of its own, and
 * veths in a namespace that ends with the process. Nothing is attached: a test runs a
 * program on a frame (prog_run.h). What routers, VLANs and groups there are:
 *
 *   port up      RED, BLUE untagged; GREEN, TEAL in VLAN 100; PINK, which has RED's
 *                address, in VLAN 200; CHILD, a macvlan child; GONE, whose device is gone
 *   port other   AWAY untagged, in no group; BIG in VLAN 300; jumbo frames
 *   whole port   WHOLE
 *
 * With tags_lab.h, port up also has LIST in VLANs 100 and 102, and TRUNK, whose frames pass
 * tagged; STACKED and INNER behind the tags 200.100; OWNER and RIVAL, untagged.
 *
 * Port N is the veth upN, the far end of its wire is wireN. Interface N's device is
 * devN, which leads to farN. The relay of port up is relay-near and relay-far.
 */
#ifndef PROG_LAB_H
#define PROG_LAB_H

#include "prog_counts.h"

#include <linux/if_link.h>
#include <net/if.h>
#include <time.h>

#include "attach.h"
#include "ethtool.h"
#include "link.h"
#include "programs.h"

#define MAC_OF_ROUTER(last) INIT(0x02, 0, 0, 0, 0x0e, (last))
#define MAC_RED MAC_OF_ROUTER(1)
#define MAC_BLUE MAC_OF_ROUTER(2)
#define MAC_GREEN MAC_OF_ROUTER(3)
#define MAC_TEAL MAC_OF_ROUTER(4)
#define MAC_CHILD MAC_OF_ROUTER(6)
#define MAC_WHOLE MAC_OF_ROUTER(7)
#define MAC_AWAY MAC_OF_ROUTER(8)
#define MAC_BIG MAC_OF_ROUTER(9)
#define MAC_GONE MAC_OF_ROUTER(10)
#define MAC_LIST MAC_OF_ROUTER(11)
#define MAC_TRUNK MAC_OF_ROUTER(12)
#define MAC_STACKED MAC_OF_ROUTER(13)
#define MAC_INNER MAC_OF_ROUTER(14)
#define MAC_OWNER MAC_OF_ROUTER(15)
#define MAC_RIVAL MAC_OF_ROUTER(16)
#define MAC_UP INIT(0x02, 0, 0, 0, 0x0a, UP)
#define MAC_OTHER INIT(0x02, 0, 0, 0, 0x0a, OTHER)

#define JUMBO 9000u

static const struct vrxdp_port lab_ports[PORTS] = {
	[UP] = { .mac = MAC_UP, .max_len = 1518 },
	[OTHER] = { .mac = MAC_OTHER, .max_len = JUMBO + 18 },
	[WHOLE_PORT] = { .mac = MAC_WHOLE, .max_len = 1518, .whole = WHOLE },
};

#define TAGGED(name, port_, form, outer_, vid_, hidden_, max_len_, how)                            \
	.router = ROUTER_OF(name), .port = (port_), .vlan = { (outer_), (vid_) }, .tags = (form),  \
	.hidden = (hidden_), .max_len = (max_len_), .mac = MAC_##name, .delivery = VRXDP_##how
#define IFACE(name, port, vid, max_len, how)                                                       \
	[name] = { TAGGED(name, port, (vid) ? VRXDP_TAGS_ACCESS : VRXDP_TAGS_NONE, 0, vid,         \
			  (vid) ? 4 : 0, max_len, how) }
#define MAC_PINK MAC_RED
static const struct vrxdp_iface lab_ifaces[IFACES] = {
	IFACE(RED, UP, 0, 1514, REDIRECT),
	IFACE(BLUE, UP, 0, 1000, REDIRECT),
	IFACE(GREEN, UP, 100, JUMBO + 14, REDIRECT),
	IFACE(TEAL, UP, 100, 1514, REDIRECT),
	IFACE(PINK, UP, 200, 1514, REDIRECT),
	IFACE(CHILD, UP, 0, 1514, PASS_CHILD),
	IFACE(WHOLE, WHOLE_PORT, 0, 1514, PASS_PORT),
	IFACE(AWAY, OTHER, 0, JUMBO + 14, REDIRECT),
	IFACE(BIG, OTHER, 300, JUMBO + 14, REDIRECT),
	IFACE(GONE, UP, 0, 1514, REDIRECT),
	[LIST] = { TAGGED(LIST, UP, VRXDP_TAGS_LIST, 0, 0, 0, 1518, REDIRECT), .more_macs = 1,
		   .vrrp = 1 },
	[TRUNK] = { TAGGED(TRUNK, UP, VRXDP_TAGS_TRUNK, 0, 0, 0, 1518, REDIRECT), .vrrp = 1 },
	[STACKED] = { TAGGED(STACKED, UP, VRXDP_TAGS_STACKED, 200, 100, 8, 1510, REDIRECT),
		      .vrrp = 1 },
	[INNER] = { TAGGED(INNER, UP, VRXDP_TAGS_STACKED, 200, 100, 8, 1000, REDIRECT),
		    .more_macs = 1 },
	[OWNER] = { TAGGED(OWNER, UP, VRXDP_TAGS_NONE, 0, 0, 0, 1514, REDIRECT), .vrrp = 1 },
	[RIVAL] = { TAGGED(RIVAL, UP, VRXDP_TAGS_NONE, 0, 0, 0, 1514, REDIRECT), .more_macs = 1,
		    .vrrp = 1 },
};

/* The VLANs of LIST. */
static const __u16 lab_list[] = { 100, 102 };

/* Port, VLAN, and whether all tests have the group or those of tags_lab.h alone. */
static const struct {
	struct vrxdp_group_key key;
	__u32 index;
	bool tags;
} lab_groups[] = {
	{ { UP, { 0, 0 } }, G_UP, false },
	{ { UP, { 0, 100 } }, G_UP_100, false },
	{ { OTHER, { 0, 300 } }, G_BIG, false },
	{ { WHOLE_PORT, { 0, 0 } }, G_WHOLE, false },
	{ { UP, { 0, 102 } }, G_UP_102, true },
	{ { UP, { 0, 200 } }, G_UP_200, true },
	{ { UP, { 0, VRXDP_VID_TRUNK } }, G_TRUNK, true },
	{ { UP, { 200, 100 } }, G_STACKED, true },
};
#define LAB_GROUPS (sizeof(lab_groups) / sizeof(lab_groups[0]))

static struct {
	struct state st;
	struct netns ns;
	__u32 up[PORTS], wire[PORTS], dev[IFACES], far[IFACES];
	__u32 relay_near, relay_far;
	bool traced; /* the host lets losses be traced */
	bool tags;   /* with the interfaces from LIST on, and their groups: tags_lab.h */
} prog;

/* Is it there in this test? */
static bool is_there(__u32 iface)
{
	return iface && iface < (prog.tags ? IFACES : LIST);
}

/* Has the interface a device? */
static bool has_device(__u32 iface)
{
	return is_there(iface) && lab_ifaces[iface].delivery == VRXDP_REDIRECT && iface != GONE;
}

/* A veth that shows frames as they are on the wire, and takes XDP frames at both ends. */
static void make_veth(const char *a, const char *b, __u32 *a_index, __u32 *b_index)
{
	static const char *const off[] = { "tx-vlan-hw-insert", "tx-vlan-stag-hw-insert",
					   "tx-checksum-ip-generic" };
	struct link_info link;
	size_t i;

	assert_int_equal(link_add_veth_pair(&prog.ns, a, b, JUMBO), 0);
	assert_int_equal(link_by_name(&prog.ns, a, &link), 0);
	*a_index = link.ifindex;
	*b_index = link.link;
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		assert_int_equal(ethtool_feature_set(&prog.ns, *a_index, off[i], false), 0);
		assert_int_equal(ethtool_feature_set(&prog.ns, *b_index, off[i], false), 0);
	}
	assert_int_equal(ethtool_feature_set(&prog.ns, *a_index, "rx-gro", true), 0);
	assert_int_equal(ethtool_feature_set(&prog.ns, *b_index, "rx-gro", true), 0);
}

static void make_device(const char *kind, const char *far_kind, __u32 number, __u32 *dev,
			__u32 *far)
{
	char name[16], far_name[16];

	snprintf(name, sizeof(name), "%s%u", kind, number);
	snprintf(far_name, sizeof(far_name), "%s%u", far_kind, number);
	make_veth(name, far_name, dev, far);
}

/* The slot of @ifindex, for the program that meets a frame there and for redirects. */
static void fill_slot(__u32 slot, __u32 ifindex)
{
	struct vrxdp_device_key key = { .netns = prog.ns.inum, .ifindex = ifindex };

	assert_int_equal(state_put(&prog.st, MAP_DEVICES, &key, &slot), 0);
	assert_int_equal(target_set(&prog.st, MAP_TARGETS, slot, ifindex, &prog.ns, 0), 0);
}

/* Port @i as it is in the laboratory. */
static struct vrxdp_port lab_port(__u32 i)
{
	struct vrxdp_port port = lab_ports[i];

	port.host_macs = prog.tags && i == UP;
	return port;
}

static void port_write(__u32 port, const struct vrxdp_port *value)
{
	struct vrxdp_port_state none = { 0 };

	assert_int_equal(state_put(&prog.st, MAP_PORTS, &port, value), 0);
	assert_int_equal(state_put(&prog.st, MAP_PORT_STATE, &port, &none), 0);
}

static void fill_ports(void)
{
	struct vrxdp_port port;
	__u32 i;

	for (i = UP; i < PORTS; i++) {
		make_device("up", "wire", i, &prog.up[i], &prog.wire[i]);
		port = lab_port(i);
		port_write(i, &port);
		fill_slot(VRXDP_SLOT_PORT + i, prog.up[i]);
	}
	make_veth("relay-near", "relay-far", &prog.relay_near, &prog.relay_far);
	fill_slot(VRXDP_SLOT_RELAY + UP, prog.relay_far);
}

/* @i has @mac on @vlan of its port. */
static void lead_to(__u32 i, struct vrxdp_vlan vlan, const __u8 *mac)
{
	struct vrxdp_demux_key key = { .port = (__u16)lab_ifaces[i].port, .vlan = vlan };

	memcpy(key.mac, mac, sizeof(key.mac));
	assert_int_equal(state_put(&prog.st, MAP_DEMUX, &key, &i), 0);
}

/* On all of its VLANs. */
static void lead_all_to(__u32 i, const __u8 *mac)
{
	size_t v;

	switch (lab_ifaces[i].tags) {
	case VRXDP_TAGS_LIST:
		for (v = 0; v < sizeof(lab_list) / sizeof(lab_list[0]); v++)
			lead_to(i, (struct vrxdp_vlan){ 0, lab_list[v] }, mac);
		break;
	case VRXDP_TAGS_TRUNK:
		lead_to(i, (struct vrxdp_vlan){ 0, VRXDP_VID_TRUNK }, mac);
		break;
	default:
		lead_to(i, lab_ifaces[i].vlan, mac);
	}
}

static void fill_ifaces(void)
{
	__u32 i;

	for (i = RED; is_there(i); i++) {
		assert_int_equal(state_put(&prog.st, MAP_IFACES, &i, &lab_ifaces[i]), 0);
		lead_all_to(i, lab_ifaces[i].mac);
		if (!has_device(i))
			continue;
		make_device("dev", "far", i, &prog.dev[i], &prog.far[i]);
		fill_slot(VRXDP_SLOT_IFACE + i, prog.dev[i]);
	}
}

/* Is it one of those that the group of @key is for? */
static bool lab_member(__u32 iface, const struct vrxdp_group_key *key)
{
	const struct vrxdp_iface *f = &lab_ifaces[iface];
	struct vrxdp_vlan vlan = key->vlan;

	if (f->port != key->port)
		return false;
	switch (f->tags) {
	case VRXDP_TAGS_LIST:
		return !vlan.outer && (vlan.vid == lab_list[0] || vlan.vid == lab_list[1]);
	case VRXDP_TAGS_TRUNK:
		return !vlan.outer && vlan.vid;
	default:
		return f->vlan.outer == vlan.outer && f->vlan.vid == vlan.vid;
	}
}

static void fill_group(const struct vrxdp_group_key *key, __u32 index)
{
	const struct vrxdp_group_member fresh = { 0 };
	struct vrxdp_group group = { .index = index };
	struct vrxdp_member_key member = { .group = index };

	for (member.iface = RED; is_there(member.iface); member.iface++) {
		if (!lab_member(member.iface, key))
			continue;
		if (lab_ifaces[member.iface].delivery == VRXDP_REDIRECT)
			group.copies++;
		else
			group.passed++;
		assert_int_equal(state_put(&prog.st, MAP_GROUP_MEMBERS, &member, &fresh), 0);
	}
	assert_int_equal(state_put(&prog.st, MAP_GROUPS, key, &group), 0);
}

static void fill_groups(void)
{
	size_t i;

	for (i = 0; i < LAB_GROUPS; i++)
		if (prog.tags || !lab_groups[i].tags)
			fill_group(&lab_groups[i].key, lab_groups[i].index);
}

/* For a while: port up's copies are used up for an hour. */
__attribute__((unused)) static void spend_copies(void)
{
	struct vrxdp_port_state spent;
	struct vrxdp_port port = lab_port(UP);
	struct timespec now;
	__u32 up = UP;

	clock_gettime(CLOCK_MONOTONIC, &now);
	spent.copies_until = ((__u64)now.tv_sec + 3600) * 1000000000;
	port.copy_ns = 1000;
	port.burst_ns = 1000000;
	port_write(UP, &port);
	assert_int_equal(state_put(&prog.st, MAP_PORT_STATE, &up, &spent), 0);
}

__attribute__((unused)) static void restore_copies(void)
{
	const struct vrxdp_port port = lab_port(UP);

	port_write(UP, &port);
}

/* For a while: the device @ifindex, or the far end of it, is down. */
__attribute__((unused)) static void set_down(__u32 ifindex)
{
	assert_int_equal(link_set_flags(&prog.ns, ifindex, 0, IFF_UP), 0);
}

__attribute__((unused)) static void set_up(__u32 ifindex)
{
	assert_int_equal(link_set_flags(&prog.ns, ifindex, IFF_UP, IFF_UP), 0);
}

/* Group fixtures. */
__attribute__((unused)) static int prog_begin(void **state)
{
	int ret = lab_begin(state);

	if (ret)
		return ret;
	programs_init();
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	/* A tap's own words would take room in its ring. */
	sh("echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
	assert_int_equal(netns_open(NULL, &prog.ns), 0);
	assert_int_equal(state_create(&prog.st, scratch("bpf"), ROUTERS, IFACES), 0);
	prog.traced = prog.st.meta.tracing;
	fill_ports();
	fill_ifaces();
	fill_groups();
	return 0;
}

__attribute__((unused)) static int prog_end(void **state)
{
	int ret = state_destroy(&prog.st);

	netns_close(&prog.ns);
	return lab_end(state) ?: ret;
}

/* Programs that count at the verdict, or wait for the flush. The caller closes them. */
__attribute__((unused)) static int port_program(__u32 port, bool at_verdict)
{
	int fd;

	prog.st.meta.tracing = !at_verdict && prog.traced;
	fd = programs_port(&prog.st, port, false);
	prog.st.meta.tracing = prog.traced;
	assert_true(fd >= 0);
	return fd;
}

__attribute__((unused)) static int generic_port_program(__u32 port)
{
	int fd = programs_port(&prog.st, port, true);

	assert_true(fd >= 0);
	return fd;
}

__attribute__((unused)) static struct device_programs device_programs(bool at_verdict)
{
	struct device_programs p;
	int err = programs_device(&prog.st, prog.ns.inum, at_verdict, &p);

	assert_int_equal(err, 0);
	return p;
}

/* The tc programs of @port; port up has a relay. */
__attribute__((unused)) static struct shared_programs shared_programs(__u32 port, bool generic)
{
	struct world_port w = { .id = port,
				.rec.mode = generic ? VRXDP_MODE_GENERIC : VRXDP_MODE_NATIVE };
	struct shared_programs p;

	if (port == UP)
		w.rec.relay_near.ifindex = prog.relay_near;
	assert_int_equal(programs_shared(&prog.st, &w, prog.up[port], &p), 0);
	return p;
}

/* Without tracing nothing is under way: these cases can't be told. */
__attribute__((unused)) static bool skip_untraced(void)
{
	if (prog.traced)
		return false;
	printf("tracing is refused here: %s\n", prog.st.meta.tracing_why);
	return true;
}

#endif
