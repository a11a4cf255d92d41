/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model.h"

static char err[400];
static struct model m;

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

static void add_port(const char *name, const char *netns, const char *device, int line)
{
	struct vrxdp_port_conf conf = { 0 };

	snprintf(conf.name, sizeof(conf.name), "%s", name);
	snprintf(conf.netns, sizeof(conf.netns), "%s", netns);
	snprintf(conf.device, sizeof(conf.device), "%s", device);
	assert_non_null(model_add_port(&m, &conf, line));
}

static void add_router(const char *name, const char *netns, int line)
{
	struct vrxdp_router_conf conf = { .guest = !netns };

	snprintf(conf.name, sizeof(conf.name), "%s", name);
	snprintf(conf.netns, sizeof(conf.netns), "%s", netns ? netns : "");
	assert_non_null(model_add_router(&m, &conf, line));
}

static void add_iface(const char *router, const char *name, const char *port, __u16 vlan, __u32 mac,
		      const char *device, int line)
{
	struct vrxdp_iface_conf conf = {
		.macs = { { 2, 0, (__u8)(mac >> 24), (__u8)(mac >> 16), (__u8)(mac >> 8),
			    (__u8)mac } },
		.nmacs = 1,
		.vlans = { .tags = vlan ? VRXDP_TAGS_ACCESS : VRXDP_TAGS_NONE, .one.vid = vlan },
	};

	snprintf(conf.router, sizeof(conf.router), "%s", router);
	snprintf(conf.name, sizeof(conf.name), "%s", name);
	snprintf(conf.port, sizeof(conf.port), "%s", port);
	snprintf(conf.device, sizeof(conf.device), "%s", device);
	assert_non_null(model_add_iface(&m, &conf, line));
}

static void assert_checks(void)
{
	if (model_check(&m, err, sizeof(err)))
		fail_msg("%s", err);
}

static void assert_fails(const char *line)
{
	assert_int_equal(model_check(&m, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, line);
}

static void names_are_used_once(void **state)
{
	(void)state;
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_port("a", "", "eth0", 1);
	add_port("a", "", "eth1", 5);
	assert_fails("f:5: port a: the name is taken (line 1); names of ports are unique");
	model_free(&m);

	add_router("red", "red", 0);
	add_router("red", "blue", 0);
	assert_fails("router red: the name is taken; names of routers are unique");
	model_free(&m);

	add_port("a", "", "eth0", 0);
	add_router("red", "red", 0);
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_iface("red", "wan", "a", 0, 1, "d1", 3);
	assert_int_equal(model_set_file(&m, "g"), 0);
	add_iface("red", "wan", "a", 0, 2, "d2", 4);
	assert_fails("g:4: interface red/wan: the name is taken (f:3); "
		     "names of a router's interfaces are unique");
}

static void an_interface_needs_its_router_and_its_port(void **state)
{
	(void)state;
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_port("up0", "", "eth0", 1);
	add_iface("red", "wan", "up0", 0, 1, "d", 2);
	assert_fails("f:2: interface red/wan: there is no router red; add [router red]");
	add_router("red", "red", 4);
	assert_checks();
	add_iface("red", "lan", "up1", 0, 1, "d2", 9);
	assert_fails("f:9: interface red/lan: there is no port up1; add [port up1], "
		     "or name one that exists");
}

static void a_mac_is_used_once_on_a_port_and_vlan(void **state)
{
	(void)state;
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_port("up0", "", "eth0", 1);
	add_port("up1", "", "eth1", 2);
	add_router("red", "red", 3);
	add_router("blue", "blue", 4);
	add_iface("red", "a", "up0", 0, 0xe01, "d1", 5);
	add_iface("red", "b", "up0", 100, 0xe01, "d2", 6);
	add_iface("red", "c", "up1", 0, 0xe01, "d3", 7);
	add_iface("red", "d", "up0", 0, 0xe02, "d4", 8);
	assert_checks();
	add_iface("blue", "a", "up0", 100, 0xe01, "d5", 9);
	assert_fails("f:9: interface blue/a: MAC 02:00:00:00:0e:01 on port up0, VLAN 100, "
		     "is interface red/b's already (line 6); give each its own");
	m.ifaces[4].conf.vlans = (struct vrxdp_vlans){ 0 };
	assert_fails("f:9: interface blue/a: MAC 02:00:00:00:0e:01 on port up0 "
		     "is interface red/a's already (line 5); give each its own");
	m.ifaces[4].conf.vlans = (struct vrxdp_vlans){ .tags = VRXDP_TAGS_ACCESS, .one.vid = 101 };
	assert_checks();
}

static void add_doubles(const char *first, const char *second)
{
	model_free(&m);
	add_port("a", "", "eth0", 0);
	add_port("z", "", "eth1", 0);
	add_router("red", "red", 0);
	add_iface("red", "1", first, 0, 9, "d1", 0);
	add_iface("red", "2", first, 0, 9, "d2", 0);
	add_iface("red", "3", second, 0, 9, "d3", 0);
	add_iface("red", "4", second, 0, 9, "d4", 0);
	add_iface("red", "5", second, 0, 9, "d5", 0);
}

static void of_several_doubles_the_first_in_the_file_is_named(void **state)
{
	(void)state;
	add_doubles("z", "a");
	assert_fails("interface red/2: MAC 02:00:00:00:00:09 on port z "
		     "is interface red/1's already; give each its own");
	add_doubles("a", "z");
	assert_fails("interface red/2: MAC 02:00:00:00:00:09 on port a "
		     "is interface red/1's already; give each its own");
}

static void devices_to_be_found_are_no_double(void **state)
{
	(void)state;
	add_port("a", "", "", 0);
	add_port("b", "", "", 0);
	add_router("red", "red", 0);
	add_iface("red", "1", "a", 0, 1, "auto", 0);
	add_iface("red", "2", "a", 0, 2, "auto", 0);
	assert_checks();
}

static void a_device_is_one_port_in_a_namespace(void **state)
{
	(void)state;
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_port("a", "", "eth0", 1);
	add_port("b", "blue", "eth0", 2);
	add_port("c", "", "eth1", 3);
	assert_checks();
	add_port("d", "blue", "eth0", 7);
	assert_fails(
		"f:7: port d: device eth0 is port b already (line 2); a device is one port, detach the other first");
}

static void add_pair(const char *router, const char *port)
{
	model_free(&m);
	assert_int_equal(model_set_file(&m, "f"), 0);
	add_port("up0", "", "eth0", 1);
	add_port("up1", "", "eth1", 2);
	add_port("far", "far", "eth0", 3);
	add_router("red", "red", 4);
	add_router("twin", "red", 5);
	add_router("blue", "blue", 6);
	add_router("vm1", NULL, 7);
	add_router("vm2", NULL, 8);
	add_iface("red", "a", "up0", 0, 1, "x\\y", 9);
	add_iface("vm1", "a", "up0", 0, 2, "x\\y", 10);
	add_iface(router, "c", port, 7, 3, "x\\y", 11);
}

static void a_device_that_must_be_the_same_belongs_to_one_interface(void **state)
{
	(void)state;
	add_pair("red", "up1");
	assert_fails("f:11: interface red/c: device x\\x5cy is interface red/a's already "
		     "(line 9); a device belongs to one interface");
	add_pair("twin", "up0");
	assert_fails("f:11: interface twin/c: device x\\x5cy is interface red/a's already "
		     "(line 9); a device belongs to one interface");
	add_pair("vm2", "up1");
	assert_fails("f:11: interface vm2/c: device x\\x5cy is interface vm1/a's already "
		     "(line 10); a device belongs to one interface");
}

static void equal_names_in_other_namespaces_may_be_other_devices(void **state)
{
	(void)state;
	add_pair("blue", "up0"); /* a macvlan child in each router, maybe */
	assert_checks();
	add_pair("red", "far"); /* a veth in each port's namespace, maybe */
	assert_checks();
	add_pair("vm2", "far");
	assert_checks();
}

static void the_maps_limits_hold(void **state)
{
	char name[16];

	(void)state;
	for (unsigned int i = 0; i < VRXDP_MAX_PORTS; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		add_port(name, "", name, 0);
	}
	add_router("red", "red", 0);
	add_router("blue", "blue", 0);
	assert_checks();
	add_port("more", "", "more", 0);
	assert_fails("there are 257 ports; at most 256 can be attached");
	m.nports--;

	assert_int_equal(model_set_file(&m, "f"), 0);
	m.daemon_file = m.file;
	m.daemon_line = 3;
	m.max_routers = 2;
	assert_checks();
	m.max_routers = 1;
	assert_fails("f:3: there are 2 routers, and max-routers is 1; it can be up to 16384");
	m.max_routers = 0;

	add_iface("red", "a", "p0", 0, 1, "d1", 0);
	add_iface("red", "b", "p0", 0, 2, "d2", 0);
	m.max_interfaces = 2;
	assert_checks();
	m.max_interfaces = 1;
	assert_fails("f:3: there are 2 interfaces, and max-interfaces is 1; it can be up to 32768");
}

static void pairs_of_port_and_vlan_are_limited(void **state)
{
	char name[16];

	(void)state;
	add_port("up0", "", "eth0", 0);
	add_port("up1", "", "eth1", 0);
	add_port("up2", "", "eth2", 0);
	add_router("red", "red", 0);
	for (__u16 i = 0; i < 4093; i++) {
		snprintf(name, sizeof(name), "i%d", i);
		add_iface("red", name, "up0", i, i + 1u, name, 0);
	}
	add_iface("red", "same", "up0", 1, 9999, "same", 0);
	add_iface("red", "x", "up1", 4092, 1, "x", 0);
	add_iface("red", "y", "up1", 4093, 1, "y", 0);
	add_iface("red", "z", "up1", 4094, 1, "z", 0);
	assert_checks(); /* 4096 */
	add_iface("red", "more", "up2", 0, 1, "more", 0);
	assert_fails("4097 pairs of port and VLAN have interfaces; at most 4096 can "
		     "(a trunk is one)");
}

static void thousands_of_interfaces_are_checked_in_a_moment(void **state)
{
	char name[16], device[16];
	struct timespec t0, t1;

	(void)state;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	add_port("up0", "", "eth0", 0);
	add_port("up1", "", "eth1", 0);
	for (__u32 i = 0; i < VRXDP_LIMIT_ROUTERS; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		add_router(name, name, 0);
		snprintf(device, sizeof(device), "v%ua", i);
		add_iface(name, "wan", "up0", 0, i, device, 0);
		snprintf(device, sizeof(device), "v%ub", i);
		add_iface(name, "lan", "up1", 0, i, device, 0);
	}
	assert_checks();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	/* Quadratic work would take minutes here. */
	assert_true((double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9 < 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(names_are_used_once),
		TEST(an_interface_needs_its_router_and_its_port),
		TEST(a_mac_is_used_once_on_a_port_and_vlan),
		TEST(of_several_doubles_the_first_in_the_file_is_named),
		TEST(devices_to_be_found_are_no_double),
		TEST(a_device_is_one_port_in_a_namespace),
		TEST(a_device_that_must_be_the_same_belongs_to_one_interface),
		TEST(equal_names_in_other_namespaces_may_be_other_devices),
		TEST(the_maps_limits_hold),
		TEST(pairs_of_port_and_vlan_are_limited),
		TEST(thousands_of_interfaces_are_checked_in_a_moment),
	};

	return cmocka_run_group_tests_name("model check", tests, NULL, NULL);
}
