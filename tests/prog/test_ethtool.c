/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "ethtool.h"
#include "link.h"

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

/* What `ethtool -k` says of both ends; the caller frees. */
static char *all_features(void)
{
	char *text = output_of("ip netns exec %s sh -c 'ethtool -k x; ethtool -k y'", lab("a"));

	assert_non_null(strstr(text, "tx-checksum-ip-generic: "));
	return text;
}

static struct ethtool_feature get(__u32 ifindex, const char *name)
{
	struct ethtool_feature f;

	assert_int_equal(ethtool_feature_get(&a, ifindex, name, &f), 0);
	assert_string_equal(f.name, name);
	return f;
}

static void a_feature_has_a_wish_and_a_state(void **state)
{
	struct ethtool_feature f = get(x, "tx-checksum-ip-generic");

	(void)state;
	assert_true(f.active);
	assert_true(f.wanted);
	assert_true(f.changeable);
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	f = get(x, "tx-checksum-ip-generic");
	assert_false(f.active);
	assert_false(f.wanted);
	assert_true(get(y, "tx-checksum-ip-generic").active);
	assert_int_equal(sh("ip netns exec %s ethtool -k x | "
			    "grep -q 'tx-checksum-ip-generic: off$'",
			    lab("a")),
			 0);
	f = get(x, "tx-tcp-segmentation");
	assert_false(f.active);
	assert_true(f.wanted);
	f = get(x, "rx-vlan-filter");
	assert_false(f.changeable);
}

struct comparison {
	char *text; /* of `ethtool -k` */
	int count, different;
};

static int compare(const struct ethtool_feature *f, void *arg)
{
	struct comparison *c = arg;
	char line[100];

	snprintf(line, sizeof(line), "\t%s: %s%s\n", f->name, f->active ? "on" : "off",
		 !f->changeable         ? " [fixed]" :
		 f->active != f->wanted ? f->wanted ? " [requested on]" : " [requested off]" :
					  "");
	c->count++;
	/* Members of groups are indented there. */
	if (!strstr(c->text, line)) {
		line[0] = '\n';
		if (!strstr(c->text, line)) {
			print_message("ethtool doesn't say:%s", line);
			c->different++;
		}
	}
	return 0;
}

static int count_fixed_on(const struct ethtool_feature *f, void *arg)
{
	if (f->active && !f->changeable) {
		assert_true(f->wanted);
		++*(int *)arg;
	}
	return 0;
}

static int stop(const struct ethtool_feature *f, void *arg)
{
	(void)f;
	return --*(int *)arg == 0 ? 77 : 0;
}

static void the_list_agrees_with_ethtool(void **state)
{
	struct comparison c = { 0 };
	int left = 3;

	(void)state;
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	c.text = output_of(
		"ip netns exec %s ethtool -k x | "
		"sed 's/^rx-checksumming/rx-checksum/; "
		"s/^generic-receive-offload/rx-gro/; "
		"s/^generic-segmentation-offload/tx-generic-segmentation/; "
		"s/^large-receive-offload/rx-lro/; s/^rx-vlan-offload/rx-vlan-hw-parse/; "
		"s/^tx-vlan-offload/tx-vlan-hw-insert/; s/^ntuple-filters/rx-ntuple-filter/; "
		"s/^receive-hashing/rx-hashing/'",
		lab("a"));
	assert_int_equal(ethtool_feature_each(&a, x, compare, &c), 0);
	assert_true(c.count > 40);
	assert_int_equal(c.different, 0);
	free(c.text);
	assert_int_equal(ethtool_feature_each(&a, x, stop, &left), 77);
}

static void a_fixed_feature_is_wanted_as_it_is(void **state)
{
	struct link_info lo;
	int count = 0;

	(void)state;
	assert_int_equal(link_by_name(&a, "lo", &lo), 0);
	assert_int_equal(ethtool_feature_each(&a, lo.ifindex, count_fixed_on, &count), 0);
	assert_true(count > 0);
}

static void dependent_features_return_by_themselves(void **state)
{
	char *before = all_features(), *during, *after;

	(void)state;
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	during = all_features();
	assert_non_null(strstr(during, "tx-tcp-segmentation: off [requested on]"));
	assert_string_not_equal(before, during);
	assert_int_equal(ethtool_feature_want(&a, x, "tx-checksum-ip-generic", true), 0);
	after = all_features();
	assert_string_equal(before, after);
	free(before);
	free(during);
	free(after);
}

static const char *const both_set[] = { "tx-checksum-ip-generic", "tx-tcp-segmentation" };

/* In this order what is put back first can't be active yet. */
static void wishes_return_in_any_order(void **state)
{
	char *before = all_features(), *after;
	size_t i;

	(void)state;
	assert_int_equal(ethtool_feature_set(&a, x, "rx-gro", true), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(ethtool_feature_set(&a, x, both_set[i], false), 0);
	for (i = 2; i-- > 0;)
		assert_int_equal(ethtool_feature_want(&a, x, both_set[i], true), 0);
	assert_int_equal(ethtool_feature_want(&a, x, "rx-gro", false), 0);
	after = all_features();
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void a_wish_that_is_not_granted_is_taken_back(void **state)
{
	char *before, *after;

	(void)state;
	assert_int_equal(ethtool_feature_set(&a, x, "tx-tcp-segmentation", false), 0);
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	before = all_features();
	assert_int_equal(ethtool_feature_set(&a, x, "tx-tcp-segmentation", true), -EOPNOTSUPP);
	assert_int_equal(ethtool_feature_set(&a, x, "rx-vlan-filter", true), -EOPNOTSUPP);
	assert_int_equal(ethtool_feature_want(&a, x, "rx-vlan-filter", true), -EOPNOTSUPP);
	after = all_features();
	assert_string_equal(before, after);
	free(before);
	free(after);
	/* What is so already is granted. */
	assert_int_equal(ethtool_feature_set(&a, x, "rx-vlan-filter", false), 0);
	assert_int_equal(ethtool_feature_want(&a, x, "rx-vlan-filter", false), 0);
}

static void program(__u32 ifindex, bool on)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = -1, back, ret;

	if (on) {
		fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL);
		assert_true(fd >= 0);
	}
	assert_int_equal(netns_enter(&a, &back), 0);
	ret = bpf_xdp_attach((int)ifindex, fd, XDP_FLAGS_DRV_MODE, NULL);
	netns_leave(back);
	assert_int_equal(ret, 0);
	if (on)
		close(fd);
}

/* As on a router: y is the host's end and gets a program, x is the router's. */
static void features_around_a_program(void **state)
{
	char *before = all_features(), *during, *after;
	bool checksum = get(x, "tx-checksum-ip-generic").wanted;
	bool gro = get(x, "rx-gro").wanted;

	(void)state;
	assert_true(checksum);
	assert_false(gro);
	program(y, true);
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	assert_int_equal(ethtool_feature_set(&a, x, "rx-gro", true), 0);
	during = all_features();
	assert_string_not_equal(before, during);
	program(y, false);
	assert_int_equal(ethtool_feature_want(&a, x, "rx-gro", gro), 0);
	assert_int_equal(ethtool_feature_want(&a, x, "tx-checksum-ip-generic", checksum), 0);
	after = all_features();
	assert_string_equal(before, after);
	free(before);
	free(during);
	free(after);
}

static void a_renamed_device_is_the_same(void **state)
{
	(void)state;
	assert_int_equal(sh("ip -n %s link set x name z && ip -n %s link set y name x", lab("a"),
			    lab("a")),
			 0);
	assert_int_equal(ethtool_feature_set(&a, x, "tx-checksum-ip-generic", false), 0);
	assert_false(get(x, "tx-checksum-ip-generic").active);
	assert_true(get(y, "tx-checksum-ip-generic").active);
}

static void what_is_not_there(void **state)
{
	struct ethtool_feature f;
	int none = 0;

	(void)state;
	assert_int_equal(ethtool_feature_get(&a, x, "tx-no-such-feature", &f), -ENOENT);
	assert_int_equal(ethtool_feature_get(&a, x, "", &f), -ENOENT);
	assert_int_equal(ethtool_feature_set(&a, x, "tx-no-such-feature", true), -ENOENT);
	assert_int_equal(ethtool_feature_want(&a, x, "tx-no-such-feature", true), -ENOENT);
	assert_int_equal(ethtool_feature_get(&a, 4711, "rx-gro", &f), -ENODEV);
	assert_int_equal(ethtool_feature_get(&a, 0, "rx-gro", &f), -ENODEV);
	assert_int_equal(ethtool_feature_set(&a, 4711, "rx-gro", true), -ENODEV);
	assert_int_equal(ethtool_feature_each(&a, 4711, stop, &none), -ENODEV);
	assert_int_equal(ethtool_driver(&a, 4711, NULL, 0, NULL, 0), -ENODEV);
}

static void the_drivers_name(void **state)
{
	char name[32], version[32], little[3];

	(void)state;
	assert_int_equal(ethtool_driver(&a, x, name, sizeof(name), version, sizeof(version)), 0);
	assert_string_equal(name, "veth");
	assert_string_equal(version, "1.0");
	assert_int_equal(ethtool_driver(&a, x, little, sizeof(little), NULL, 0), 0);
	assert_string_equal(little, "ve");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_feature_has_a_wish_and_a_state, begin, clear),
		cmocka_unit_test_setup_teardown(the_list_agrees_with_ethtool, begin, clear),
		cmocka_unit_test_setup_teardown(a_fixed_feature_is_wanted_as_it_is, begin, clear),
		cmocka_unit_test_setup_teardown(dependent_features_return_by_themselves, begin,
						clear),
		cmocka_unit_test_setup_teardown(wishes_return_in_any_order, begin, clear),
		cmocka_unit_test_setup_teardown(a_wish_that_is_not_granted_is_taken_back, begin,
						clear),
		cmocka_unit_test_setup_teardown(features_around_a_program, begin, clear),
		cmocka_unit_test_setup_teardown(a_renamed_device_is_the_same, begin, clear),
		cmocka_unit_test_setup_teardown(what_is_not_there, begin, clear),
		cmocka_unit_test_setup_teardown(the_drivers_name, begin, clear),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
