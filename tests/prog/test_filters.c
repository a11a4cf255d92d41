/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "link.h"

static const __u8 mac_one[6] = { 2, 0, 0, 0, 0x0e, 1 };
static const __u8 mac_two[6] = { 2, 0, 0, 0, 0x0e, 2 };

static struct netns a;
static __u32 x, y;

static int begin(void **state)
{
	struct link_info l;

	(void)state;
	a = lab_netns("a");
	assert_int_equal(sh("ip -n %s link add x type veth peer name y", lab("a")), 0);
	assert_int_equal(link_by_name(&a, "x", &l), 0);
	x = l.ifindex;
	y = l.link;
	return 0;
}

static int clear(void **state)
{
	netns_close(&a);
	return lab_clear(state);
}

static bool shown_by_bridge(const char *mac)
{
	return sh("bridge -n %s fdb show dev x | grep -q '^%s.*self permanent'", lab("a"), mac) ==
	       0;
}

static void an_address_is_added_once(void **state)
{
	(void)state;
	assert_int_equal(fdb_has(&a, x, mac_one), 0);
	assert_int_equal(fdb_add(&a, x, mac_one), 0);
	assert_true(shown_by_bridge("02:00:00:00:0e:01"));
	assert_int_equal(fdb_has(&a, x, mac_one), 1);
	assert_int_equal(fdb_has(&a, x, mac_two), 0);
	assert_int_equal(fdb_has(&a, y, mac_one), 0);
	assert_int_equal(fdb_add(&a, x, mac_one), -EEXIST);
	assert_int_equal(fdb_add(&a, x, mac_two), 0);
	assert_int_equal(fdb_del(&a, x, mac_one), 0);
	assert_false(shown_by_bridge("02:00:00:00:0e:01"));
	assert_int_equal(fdb_has(&a, x, mac_one), 0);
	assert_int_equal(fdb_has(&a, x, mac_two), 1);
	assert_int_equal(fdb_del(&a, x, mac_one), -ENOENT);
}

static void an_address_of_a_macvlan_child_is_there(void **state)
{
	(void)state;
	assert_int_equal(
		sh("ip -n %s link add mv0 link x address 02:00:00:00:0e:01 type macvlan && "
		   "ip -n %s link set x up && ip -n %s link set mv0 up",
		   lab("a"), lab("a"), lab("a")),
		0);
	assert_int_equal(fdb_has(&a, x, mac_one), 1);
	assert_int_equal(fdb_add(&a, x, mac_one), -EEXIST);
}

static void entries_of_a_bridge_are_not_the_devices(void **state)
{
	(void)state;
	assert_int_equal(
		sh("ip -n %s link add br0 type bridge && ip -n %s link set x master br0 && "
		   "bridge -n %s fdb add 02:00:00:00:0e:01 dev x master static",
		   lab("a"), lab("a"), lab("a")),
		0);
	assert_int_equal(fdb_has(&a, x, mac_one), 0);
	assert_int_equal(fdb_add(&a, x, mac_one), 0);
	assert_int_equal(fdb_has(&a, x, mac_one), 1);
}

static void no_filter_on(void **state)
{
	struct link_info l;

	(void)state;
	assert_int_equal(fdb_add(&a, 4711, mac_one), -ENODEV);
	assert_int_equal(fdb_add(&a, 0, mac_one), -ENODEV);
	assert_int_equal(fdb_has(&a, 4711, mac_one), -ENODEV);
	assert_int_equal(fdb_del(&a, 4711, mac_one), -ENODEV);
	assert_int_equal(sh("ip -n %s tuntap add dev tun0 mode tun", lab("a")), 0);
	assert_int_equal(link_by_name(&a, "tun0", &l), 0);
	assert_int_equal(fdb_add(&a, l.ifindex, mac_one), -EOPNOTSUPP);
	assert_int_equal(fdb_has(&a, l.ifindex, mac_one), 0);
}

static void clsact_comes_and_goes(void **state)
{
	(void)state;
	assert_int_equal(clsact_has(&a, x), 0);
	assert_int_equal(clsact_filters(&a, x), 0);
	assert_int_equal(clsact_del(&a, x), -ENOENT);
	assert_int_equal(clsact_add(&a, x), 0);
	assert_int_equal(sh("tc -n %s qdisc show dev x | grep -q '^qdisc clsact'", lab("a")), 0);
	assert_int_equal(clsact_has(&a, x), 1);
	assert_int_equal(clsact_has(&a, y), 0);
	assert_int_equal(clsact_add(&a, x), -EEXIST);
	assert_int_equal(clsact_filters(&a, x), 0);
	assert_int_equal(clsact_del(&a, x), 0);
	assert_int_equal(clsact_has(&a, x), 0);
	assert_int_equal(clsact_del(&a, x), -ENOENT);
	assert_int_equal(clsact_add(&a, 4711), -ENODEV);
	assert_int_equal(clsact_del(&a, 4711), -ENODEV);
	assert_int_equal(clsact_has(&a, 4711), -ENODEV);
	assert_int_equal(clsact_filters(&a, 4711), -ENODEV);
}

static void an_older_ingress_qdisc_is_let_alone(void **state)
{
	(void)state;
	assert_int_equal(sh("tc -n %s qdisc add dev x ingress", lab("a")), 0);
	assert_int_equal(clsact_has(&a, x), 0);
	assert_int_equal(clsact_add(&a, x), -EEXIST);
	assert_int_equal(clsact_del(&a, x), -ENOENT);
	assert_int_equal(clsact_filters(&a, x), 0);
	assert_int_equal(sh("tc -n %s qdisc show dev x | grep -q '^qdisc ingress'", lab("a")), 0);
}

/* Attach the least program there is at @point; as another user of the qdisc would. */
static void attach(enum bpf_tc_attach_point point, __u32 priority)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)x, .attach_point = point);
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "ok", "GPL", insns, 2, NULL);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd, .handle = 1, .priority = priority);
	int back, ret;

	assert_true(fd >= 0);
	assert_int_equal(netns_enter(&a, &back), 0);
	ret = bpf_tc_attach(&hook, &opts);
	netns_leave(back);
	close(fd);
	assert_int_equal(ret, 0);
}

static void filters_of_both_directions_are_counted(void **state)
{
	(void)state;
	assert_int_equal(clsact_add(&a, x), 0);
	attach(BPF_TC_INGRESS, 1);
	assert_int_equal(clsact_filters(&a, x), 1);
	attach(BPF_TC_EGRESS, 1);
	assert_int_equal(clsact_filters(&a, x), 2);
	attach(BPF_TC_EGRESS, 7);
	assert_int_equal(clsact_filters(&a, x), 3);
	assert_int_equal(clsact_filters(&a, y), 0);
	assert_int_equal(sh("tc -n %s filter del dev x egress pref 1 && "
			    "tc -n %s filter del dev x egress pref 7",
			    lab("a"), lab("a")),
			 0);
	assert_int_equal(clsact_filters(&a, x), 1);
	assert_int_equal(sh("tc -n %s filter del dev x ingress", lab("a")), 0);
	assert_int_equal(clsact_filters(&a, x), 0);
}

static void filters_of_other_kinds_are_counted(void **state)
{
	static const char *const kinds[] = {
		"u32 match u32 0 0", "matchall", "flower", "basic", "fw",
	};
	size_t i, tried = 0;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_int_equal(clsact_add(&a, x), 0);
		/* Not every kernel has every kind. */
		if (sh("tc -n %s filter add dev x ingress %s action drop || "
		       "tc -n %s filter add dev x ingress %s",
		       lab("a"), kinds[i], lab("a"), kinds[i]) == 0) {
			tried++;
			if (clsact_filters(&a, x) < 1)
				fail_msg("%s: not counted", kinds[i]);
		}
		assert_int_equal(clsact_del(&a, x), 0);
	}
	if (!tried) {
		print_message("this kernel has no kind of tc filter but BPF\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_address_is_added_once, begin, clear),
		cmocka_unit_test_setup_teardown(an_address_of_a_macvlan_child_is_there, begin,
						clear),
		cmocka_unit_test_setup_teardown(entries_of_a_bridge_are_not_the_devices, begin,
						clear),
		cmocka_unit_test_setup_teardown(no_filter_on, begin, clear),
		cmocka_unit_test_setup_teardown(clsact_comes_and_goes, begin, clear),
		cmocka_unit_test_setup_teardown(an_older_ingress_qdisc_is_let_alone, begin, clear),
		cmocka_unit_test_setup_teardown(filters_of_both_directions_are_counted, begin,
						clear),
		cmocka_unit_test_setup_teardown(filters_of_other_kinds_are_counted, begin, clear),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
