/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and addresses of what vrxdp makes, and what a config must say about it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "made_names.h"
#include "values.h"

static char err[400];
static struct model m;

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

static void assert_name(const char *router, const char *iface, const char *name)
{
	char got[VRXDP_DEV_LEN];

	made_host_name(router, iface, got);
	assert_string_equal(got, name);
	assert_true(device_name_valid(got));
}

static void short_names_are_readable_and_long_ones_hashed(void **state)
{
	(void)state;
	assert_name("red", "wan", "vr-red-wan");
	assert_name("twelve4", "wan4", "vr-twelve4-wan4");
	assert_name("twelve45", "wan4", "vr-bc814f48695c");
	assert_name("pop-1", "wan", "vr-pop-1-wan");
	assert_name("a234567890123456789012345678901", "b234567890123456789012345678901",
		    "vr-355556575282");
}

static void different_interfaces_never_share_a_name(void **state)
{
	static const char *const pairs[][2] = {
		{ "a-b", "c" },         { "a", "b-c" },         { "a", "bc" },   { "ab", "c" },
		{ "router123", "wan" }, { "router12", "3wan" }, { "vr", "a-b" }, { "vr-a", "b" },
	};
	char names[sizeof(pairs) / sizeof(pairs[0])][VRXDP_DEV_LEN];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		made_host_name(pairs[i][0], pairs[i][1], names[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void an_address_is_unicast_local_and_always_the_same(void **state)
{
	char name[VRXDP_NAME_LEN], text[18];
	__u8 mac[6];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		made_mac("0123456789abcdef0123456789abcdef", name, "wan", MADE_ROUTER_END, mac);
		assert_int_equal(mac[0] & 3, 2);
	}
	/* Scripts and neighbours rely on it after an upgrade, too. */
	made_mac("0123456789abcdef0123456789abcdef", "red", "wan", MADE_ROUTER_END, mac);
	assert_string_equal(format_mac(mac, text), "4e:dd:fe:ca:cf:0b");
}

static void an_address_differs_by_machine_router_interface_and_end(void **state)
{
	static const struct {
		const char *machine, *router, *iface;
		enum made_end end;
	} cases[] = {
		{ "m", "red", "wan", MADE_ROUTER_END }, { "n", "red", "wan", MADE_ROUTER_END },
		{ "", "red", "wan", MADE_ROUTER_END },  { "m", "blue", "wan", MADE_ROUTER_END },
		{ "m", "red", "lan", MADE_ROUTER_END }, { "m", "red", "wan", MADE_HOST_END },
		{ "m", "re", "dwan", MADE_ROUTER_END }, { "mr", "ed", "wan", MADE_ROUTER_END },
	};
	__u8 macs[sizeof(cases) / sizeof(cases[0])][6];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_mac(cases[i].machine, cases[i].router, cases[i].iface, cases[i].end, macs[i]);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(macs[i], macs[j], 6);
	}
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static void many_addresses_do_not_collide(void **state)
{
	enum { N = 20000 };
	__u64 *all = calloc(N, sizeof(*all));
	char name[VRXDP_NAME_LEN];
	size_t i, spread = 0;
	__u8 mac[6];

	(void)state;
	assert_non_null(all);
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "router%zu", i);
		made_mac("m", name, "wan", MADE_ROUTER_END, mac);
		memcpy(&all[i], mac, sizeof(mac));
		spread += mac[5] >> 7;
	}
	qsort(all, N, sizeof(*all), by_value);
	for (i = 1; i < N; i++)
		assert_int_not_equal(all[i], all[i - 1]);
	assert_in_range(spread, N * 45 / 100, N * 55 / 100);
	free(all);
}

#define HEAD "[port up0]\n[router red]\ncreate = yes\n[interface red/wan]\nport = up0\n"

static void check(const char *text)
{
	model_free(&m);
	assert_int_equal(config_parse(text, strlen(text), "f", &m, err, sizeof(err)), 0);
	model_complete(&m);
}

static void assert_checks(const char *text)
{
	check(text);
	if (model_check(&m, err, sizeof(err)))
		fail_msg("%s", err);
}

static void assert_fails(const char *text, const char *line)
{
	check(text);
	assert_int_equal(model_check(&m, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, line);
}

static void what_is_made_needs_a_port_only(void **state)
{
	char machine[40];
	__u8 mac[6];

	(void)state;
	assert_checks(HEAD);
	assert_string_equal(m.ifaces[0].conf.device, VRXDP_DEVICE_AUTO);
	assert_int_equal(m.ifaces[0].conf.nmacs, 1);
	made_mac(made_machine(machine, sizeof(machine)), "red", "wan", MADE_ROUTER_END, mac);
	assert_memory_equal(m.ifaces[0].conf.macs[0], mac, 6);
	assert_checks(HEAD "mac = 02:00:00:00:0e:01\naddress = 10.0.0.1/24");
	assert_int_equal(m.ifaces[0].conf.macs[0][5], 1);
}

#define NAMED "[port up0]\n[router red]\ncreate = yes\n[interface red/%s]\nport = up0"

static void what_is_made_has_a_name_that_a_device_can_have(void **state)
{
	static const char *const bad[] = { "lo", "all", "default", "a234567890123456" };
	char text[200], line[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), NAMED, bad[i]);
		snprintf(line, sizeof(line),
			 "f:4: interface red/%s: the device that is made in the router gets this "
			 "name: at most 15 characters, and not lo, all or default",
			 bad[i]);
		assert_fails(text, line);
	}
	snprintf(text, sizeof(text), NAMED, "a23456789012345");
	assert_checks(text);
	/* With a device of its own nothing is made. */
	assert_checks("[port up0]\n[router red]\ncreate = yes\n[interface red/lo]\nport = up0\n"
		      "device = x\nmac = 02:00:00:00:0e:01");
}

static void what_exists_needs_mac_and_device_and_takes_no_address(void **state)
{
	(void)state;
	assert_fails("[port up0]\n[interface red/wan]\nport=up0\ndevice=x\n[router red]\nnetns=red",
		     "f:2: interface red/wan: no mac; give the router's MAC address on that port");
	assert_fails("[port up0]\n[interface red/wan]\nport=up0\nmac=02:00:00:00:0e:01\n"
		     "[router red]\nnetns=red",
		     "f:2: interface red/wan: no device; give the one that leads to the router's "
		     "stack, or auto");
	assert_fails("[port up0]\n[interface red/wan]\nport=up0\nmac=02:00:00:00:0e:01\n"
		     "device=auto\n[router red]\nguest=yes",
		     "f:2: interface red/wan: device auto: a guest's devices can't be seen from "
		     "here; name its tap");
	assert_fails(
		"[port up0]\n[interface red/wan]\nport=up0\nmac=02:00:00:00:0e:01\n"
		"device=auto\naddress=10.0.0.1/24\n[router red]\nnetns=red",
		"f:2: interface red/wan: address: only interfaces that vrxdp makes get "
		"addresses (vrxdp router create, or create = yes and no device); set it in the "
		"router");
	assert_fails(
		HEAD "device=x\nmac=02:00:00:00:0e:01\naddress=10.0.0.1/24",
		"f:4: interface red/wan: address: only interfaces that vrxdp makes get "
		"addresses (vrxdp router create, or create = yes and no device); set it in the "
		"router");
	assert_checks("[port up0]\n[interface red/wan]\nport=up0\nmac=02:00:00:00:0e:01\n"
		      "device=auto\n[router red]\nnetns=red");
}

static void a_namespace_is_made_for_one_router(void **state)
{
	(void)state;
	assert_fails("[router red]\ncreate=yes\n[router blue]\ncreate=yes\nnetns=red",
		     "f:3: router blue: netns red is made for router red already (line 1); give "
		     "each its own");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, empty_model, empty_model)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(short_names_are_readable_and_long_ones_hashed),
		TEST(different_interfaces_never_share_a_name),
		TEST(an_address_is_unicast_local_and_always_the_same),
		TEST(an_address_differs_by_machine_router_interface_and_end),
		TEST(many_addresses_do_not_collide),
		TEST(what_is_made_needs_a_port_only),
		TEST(what_is_made_has_a_name_that_a_device_can_have),
		TEST(what_exists_needs_mac_and_device_and_takes_no_address),
		TEST(a_namespace_is_made_for_one_router),
	};

	return cmocka_run_group_tests_name("made", tests, NULL, NULL);
}
