/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>

#include "link.h"
#include "netlink.h"

static struct netns a, b;

static int begin(void **state)
{
	(void)state;
	a = lab_netns("a");
	b = lab_netns("b");
	return 0;
}

static int clear(void **state)
{
	netns_close(&a);
	netns_close(&b);
	return lab_clear(state);
}

static struct link_info get(const struct netns *ns, const char *name)
{
	struct link_info l, same;

	if (link_by_name(ns, name, &l) < 0)
		fail_msg("no link %s", name);
	assert_int_equal(link_by_index(ns, l.ifindex, &same), 0);
	/* The kernel's work queue sets these some time after the device went up. */
	same.operstate = l.operstate;
	same.flags ^= (same.flags ^ l.flags) & IFF_RUNNING;
	assert_memory_equal(&l, &same, sizeof(l));
	return l;
}

static bool is_there(const struct netns *ns, const char *name)
{
	struct link_info l;
	int ret = link_by_name(ns, name, &l);

	assert_true(ret == 0 || ret == -ENODEV);
	return ret == 0;
}

static void veth_and_its_peer(void **state)
{
	const __u8 mac[6] = { 2, 0, 0, 0, 0x0e, 1 };
	struct link_info x, y;

	(void)state;
	assert_int_equal(sh("ip -n %s link add x address 02:00:00:00:0e:01 mtu 1400 numtxqueues 2 "
			    "numrxqueues 3 type veth peer name y mtu 1600",
			    lab("a")),
			 0);
	x = get(&a, "x");
	y = get(&a, "y");
	assert_string_equal(x.name, "x");
	assert_string_equal(x.kind, "veth");
	assert_int_equal(x.link, y.ifindex);
	assert_int_equal(y.link, x.ifindex);
	assert_int_equal(x.link_nsid, -1);
	assert_int_equal(x.addr_len, 6);
	assert_memory_equal(x.mac, mac, 6);
	assert_int_equal(x.type, ARPHRD_ETHER);
	assert_int_equal(x.mtu, 1400);
	assert_int_equal(y.mtu, 1600);
	assert_int_equal(x.min_mtu, 68);
	assert_int_equal(x.max_mtu, 65535);
	assert_int_equal(x.tx_queues, 2);
	assert_int_equal(x.rx_queues, 3);
	assert_false(x.flags & IFF_UP);
	assert_int_equal(x.operstate, 2 /* IF_OPER_DOWN */);
	assert_int_equal(x.xdp_mode, XDP_ATTACHED_NONE);
	assert_int_equal(x.xdp_prog_id, 0);
	assert_int_equal(x.master, 0);
	assert_string_equal(x.master_kind, "");

	assert_int_equal(sh("ip -n %s link set y netns %s", lab("a"), lab("b")), 0);
	y = get(&b, "y");
	assert_int_equal(y.link, x.ifindex);
	assert_true(y.link_nsid >= 0);
	assert_true(get(&a, "x").link_nsid >= 0);
	assert_false(is_there(&a, "y"));
}

static void other_kinds(void **state)
{
	struct link_info l;

	(void)state;
	assert_int_equal(sh("ip -n %s tuntap add dev tap0 mode tap vnet_hdr", lab("a")), 0);
	l = get(&a, "tap0");
	assert_string_equal(l.kind, "tun");
	assert_int_equal(l.tun_type, IFF_TAP);
	assert_int_equal(l.tun_vnet_hdr, 1);
	assert_int_equal(sh("ip -n %s tuntap add dev tun0 mode tun", lab("a")), 0);
	l = get(&a, "tun0");
	assert_int_equal(l.tun_type, IFF_TUN);
	assert_int_equal(l.tun_vnet_hdr, 0);
	assert_int_equal(l.addr_len, 0);

	assert_int_equal(sh("ip -n %s link add x type veth peer name y", lab("a")), 0);
	assert_int_equal(sh("ip -n %s link add mv0 link x type macvlan mode private", lab("a")), 0);
	l = get(&a, "mv0");
	assert_string_equal(l.kind, "macvlan");
	assert_int_equal(l.macvlan_mode, MACVLAN_MODE_PRIVATE);
	assert_int_equal(l.link, get(&a, "x").ifindex);
	assert_int_equal(l.link_nsid, -1);
	assert_int_equal(sh("ip -n %s link add mt0 link x type macvtap mode private", lab("a")), 0);
	assert_string_equal(get(&a, "mt0").kind, "macvtap");
	assert_int_equal(get(&a, "mt0").macvlan_mode, MACVLAN_MODE_PRIVATE);

	assert_int_equal(sh("ip -n %s link add br0 type bridge && ip -n %s link set y master br0",
			    lab("a"), lab("a")),
			 0);
	l = get(&a, "br0");
	assert_string_equal(l.kind, "bridge");
	assert_int_equal(get(&a, "y").master, l.ifindex);
	assert_string_equal(get(&a, "y").master_kind, "bridge");
	assert_string_equal(get(&a, "y").kind, "veth");
	l = get(&a, "lo");
	assert_string_equal(l.kind, "");
	assert_int_equal(l.type, ARPHRD_LOOPBACK);
}

static int attach(__u32 ifindex, __u32 flags, __u32 *id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL), back, ret;

	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	*id = info.id;
	assert_int_equal(netns_enter(&a, &back), 0);
	ret = bpf_xdp_attach((int)ifindex, fd, flags, NULL);
	netns_leave(back);
	close(fd);
	return ret;
}

static void programs_on_a_link(void **state)
{
	struct link_info l;
	__u32 native, generic;

	(void)state;
	assert_int_equal(sh("ip -n %s link add x type veth peer name y", lab("a")), 0);
	assert_int_equal(attach(get(&a, "x").ifindex, XDP_FLAGS_DRV_MODE, &native), 0);
	l = get(&a, "x");
	assert_int_equal(l.xdp_mode, XDP_ATTACHED_DRV);
	assert_int_equal(l.xdp_prog_id, native);
	assert_int_equal(l.xdp_drv_prog_id, native);
	assert_int_equal(l.xdp_skb_prog_id, 0);
	assert_int_equal(attach(get(&a, "y").ifindex, XDP_FLAGS_SKB_MODE, &generic), 0);
	l = get(&a, "y");
	assert_int_equal(l.xdp_mode, XDP_ATTACHED_SKB);
	assert_int_equal(l.xdp_prog_id, generic);
	assert_int_equal(l.xdp_skb_prog_id, generic);
	assert_int_equal(l.xdp_drv_prog_id, 0);
}

static void what_is_not_there(void **state)
{
	char longest[200];
	struct link_info l;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[199] = '\0';
	assert_int_equal(link_by_name(&a, "nope", &l), -ENODEV);
	assert_int_equal(link_by_name(&a, "", &l), -ENODEV);
	assert_int_equal(link_by_name(&a, "sixteen-letters-", &l), -ENODEV);
	assert_int_equal(link_by_name(&a, longest, &l), -ENODEV);
	assert_int_equal(link_by_name(&a, "a/b", &l), -ENODEV);
	assert_int_equal(link_by_index(&a, 0, &l), -ENODEV);
	assert_int_equal(link_by_index(&a, 4711, &l), -ENODEV);
	assert_int_equal(link_by_index(&a, 0x80000001, &l), -ENODEV);
	assert_int_equal(link_set_flags(&a, 4711, IFF_UP, IFF_UP), -ENODEV);
	assert_int_equal(link_set_flags(&a, 0, IFF_UP, IFF_UP), -ENODEV);
	assert_int_equal(link_del(&a, 4711), -ENODEV);
	assert_int_equal(link_del(&a, 0), -ENODEV);
}

static void alternative_names_lead_to_the_proper_one(void **state)
{
	(void)state;
	assert_int_equal(sh("ip -n %s link add x type veth peer name y && "
			    "ip -n %s link property add dev x altname other && "
			    "ip -n %s link property add dev x altname longer-than-fifteen-letters",
			    lab("a"), lab("a"), lab("a")),
			 0);
	assert_int_equal(get(&a, "other").ifindex, get(&a, "x").ifindex);
	assert_string_equal(get(&a, "longer-than-fifteen-letters").name, "x");
}

struct names {
	char text[400];
	int stop_after;
};

static int collect(const struct link_info *l, void *arg)
{
	struct names *n = arg;
	size_t used = strlen(n->text);

	snprintf(n->text + used, sizeof(n->text) - used, "%s ", l->name);
	/* The listing is over, so this may change what it lists. */
	if (strcmp(l->kind, "veth") == 0 && strcmp(l->name, "x") == 0)
		assert_int_equal(link_del(&a, l->ifindex), 0);
	return --n->stop_after == 0 ? 77 : 0;
}

static void listing_of_all_links(void **state)
{
	struct names n = { .stop_after = 0 };

	(void)state;
	assert_int_equal(
		sh("ip -n %s link add x index 10 type veth peer name y index 11", lab("a")), 0);
	assert_int_equal(link_each(&a, collect, &n), 0);
	assert_string_equal(n.text, "lo x y ");
	assert_false(is_there(&a, "y"));
	assert_int_equal(
		sh("ip -n %s link add p index 10 type veth peer name q index 11", lab("a")), 0);
	n = (struct names){ .stop_after = 2 };
	assert_int_equal(link_each(&a, collect, &n), 77);
	assert_string_equal(n.text, "lo p ");
}

static void listing_of_more_than_one_answer(void **state)
{
	struct names n = { .stop_after = 151 };
	char *script = output_of("for i in $(seq 1 2 150); do "
				 "echo link add v$i type veth peer name v$((i + 1)); done");
	FILE *f;

	(void)state;
	f = fopen(scratch("batch"), "w");
	assert_non_null(f);
	fputs(script, f);
	fclose(f);
	free(script);
	assert_int_equal(sh("ip -n %s -batch %s", lab("a"), scratch("batch")), 0);
	assert_int_equal(link_each(&a, collect, &n), 77);
}

static void flags_change_alone(void **state)
{
	__u32 before, x;

	(void)state;
	assert_int_equal(sh("ip -n %s link add x type veth peer name y", lab("a")), 0);
	before = get(&a, "x").flags;
	x = get(&a, "x").ifindex;
	assert_int_equal(link_set_flags(&a, x, IFF_PROMISC | IFF_UP, IFF_PROMISC), 0);
	assert_int_equal(get(&a, "x").flags, before | IFF_PROMISC);
	assert_int_equal(link_set_flags(&a, x, 0, IFF_PROMISC), 0);
	assert_int_equal(get(&a, "x").flags, before);
}

static void a_pair_is_up_and_silent(void **state)
{
	struct link_info near, far;
	char *said;

	(void)state;
	/* All that makes a stack talk. */
	assert_int_equal(sh("ip netns exec %s sysctl -q net.ipv6.conf.all.forwarding=1 "
			    "net.ipv6.conf.default.disable_ipv6=0 net.ipv4.ip_forward=1",
			    lab("a")),
			 0);
	assert_int_equal(link_add_veth_pair(&a, "near", "far", 9000), 0);
	near = get(&a, "near");
	far = get(&a, "far");
	assert_int_equal(near.link, far.ifindex);
	assert_int_equal(near.link_nsid, -1);
	assert_int_equal(near.mtu, 9000);
	assert_int_equal(far.mtu, 9000);
	assert_int_equal(near.flags & (IFF_UP | IFF_NOARP | IFF_RUNNING),
			 IFF_UP | IFF_NOARP | IFF_RUNNING);
	assert_int_equal(far.flags & (IFF_UP | IFF_NOARP | IFF_RUNNING),
			 IFF_UP | IFF_NOARP | IFF_RUNNING);
	/* XDP on the far end wants no fewer receive queues there than the near end sends to. */
	assert_true(near.tx_queues >= 1 && near.tx_queues <= LINK_VETH_QUEUES);
	assert_int_equal(near.tx_queues, far.rx_queues);
	assert_int_equal(far.tx_queues, near.rx_queues);

	sleep(2);
	said = output_of("ip -n %s -o addr show up scope link; ip netns exec %s sh -c "
			 "'grep -hE \"near|far\" /proc/net/dev' | awk '{ print $3, $11 }'",
			 lab("a"), lab("a"));
	assert_string_equal(said, "0 0\n0 0\n");
	free(said);
	assert_int_equal(link_del(&a, near.ifindex), 0);
	assert_false(is_there(&a, "far"));
}

static void read_only_child(const void *arg)
{
	(void)arg;
	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	child_check(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == 0);
	child_check(mount(NULL, "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0);
	child_check(link_add_veth_pair(&a, "near", "far", 1500) == 0);
}

static void a_pair_has_no_address_where_sysctls_are_read_only(void **state)
{
	(void)state;
	in_child(read_only_child, NULL);
	assert_true(get(&a, "near").flags & IFF_UP);
	assert_int_equal(sh("test -z \"$(ip -n %s -o addr show)\"", lab("a")), 0);
}

static void a_pair_that_fails_leaves_nothing(void **state)
{
	static const struct {
		const char *near, *far;
		__u32 mtu;
		int ret;
	} cases[] = {
		{ "taken", "n2", 1500, -EEXIST },
		{ "n1", "taken", 1500, -EEXIST },
		{ "n1", "n1", 1500, -EEXIST },
		{ "n1", "n2", 70000, -EINVAL },
		{ "n1", "n2", 20, -EINVAL },
		{ "a/b", "n2", 1500, -EINVAL },
		{ "n1", "a b", 1500, -EINVAL },
		{ "n%d", "n2", 1500, -EINVAL },
		{ "n1", "n%d", 1500, -EINVAL },
		{ "", "n2", 1500, -EINVAL },
		{ "sixteen-letters-", "n2", 1500, -EINVAL },
	};
	size_t i;
	int ret;

	(void)state;
	assert_int_equal(sh("ip -n %s link add taken type bridge", lab("a")), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = link_add_veth_pair(&a, cases[i].near, cases[i].far, cases[i].mtu);
		if (ret != cases[i].ret)
			fail_msg("%s %s %u: %d", cases[i].near, cases[i].far, cases[i].mtu, ret);
		assert_int_equal(sh("test \"$(ip -n %s -o link | wc -l)\" = 2", lab("a")), 0);
	}
}

static void a_pair_without_ipv6(void **state)
{
	(void)state;
	/* Below IPv6's least MTU a link has no IPv6 to silence. */
	assert_int_equal(link_add_veth_pair(&a, "near", "far", 1000), 0);
	assert_true(get(&a, "near").flags & IFF_UP);
}

static void names_that_no_shell_likes(void **state)
{
	const char *names[] = { "$(reboot)", "-x;&|\"'`", "\x1b[31m\xff\xfe", "*?[]{}\\n",
				"all.1" };
	struct link_info l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(link_add_veth_pair(&a, names[i], "far", 1500), 0);
		l = get(&a, names[i]);
		assert_string_equal(l.name, names[i]);
		assert_int_equal(link_set_flags(&a, l.ifindex, 0, IFF_UP), 0);
		assert_int_equal(link_del(&a, l.ifindex), 0);
	}
}

static void the_kernels_own_words(void **state)
{
	struct link_info l;

	(void)state;
	assert_int_equal(link_by_name(&a, "lo", &l), 0);
	assert_string_equal(netlink_error_text(), "");
	assert_int_equal(clsact_add(&a, l.ifindex), 0);
	assert_int_equal(clsact_add(&a, l.ifindex), -EEXIST);
	assert_string_equal(netlink_error_text(), "Exclusivity flag on, cannot modify");
	assert_int_equal(link_by_name(&a, "lo", &l), 0);
	assert_string_equal(netlink_error_text(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(veth_and_its_peer, begin, clear),
		cmocka_unit_test_setup_teardown(other_kinds, begin, clear),
		cmocka_unit_test_setup_teardown(programs_on_a_link, begin, clear),
		cmocka_unit_test_setup_teardown(what_is_not_there, begin, clear),
		cmocka_unit_test_setup_teardown(alternative_names_lead_to_the_proper_one, begin,
						clear),
		cmocka_unit_test_setup_teardown(listing_of_all_links, begin, clear),
		cmocka_unit_test_setup_teardown(listing_of_more_than_one_answer, begin, clear),
		cmocka_unit_test_setup_teardown(flags_change_alone, begin, clear),
		cmocka_unit_test_setup_teardown(a_pair_is_up_and_silent, begin, clear),
		cmocka_unit_test_setup_teardown(a_pair_has_no_address_where_sysctls_are_read_only,
						begin, clear),
		cmocka_unit_test_setup_teardown(a_pair_that_fails_leaves_nothing, begin, clear),
		cmocka_unit_test_setup_teardown(a_pair_without_ipv6, begin, clear),
		cmocka_unit_test_setup_teardown(names_that_no_shell_likes, begin, clear),
		cmocka_unit_test_setup_teardown(the_kernels_own_words, begin, clear),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
