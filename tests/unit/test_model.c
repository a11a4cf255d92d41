/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* @netns NULL: a guest */
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

static void an_empty_model_is_right_and_freed_twice(void **state)
{
	(void)state;
	assert_checks();
	assert_null(model_port(&m, "up0"));
	assert_null(model_router(&m, "red"));
	assert_null(model_iface(&m, "red", "wan"));
	model_free(&m);
	model_free(&m);
}

static void every_element_is_found_by_its_name(void **state)
{
	char name[16], iface[16], router[16];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(router, sizeof(router), "r%d", i % 10);
		snprintf(iface, sizeof(iface), "i%d", i / 10);
		add_port(name, "", "eth0", i);
		add_router(name, "x", i);
		add_iface(router, iface, name, 0, 1, "d", i);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(router, sizeof(router), "r%d", i % 10);
		snprintf(iface, sizeof(iface), "i%d", i / 10);
		assert_ptr_equal(model_port(&m, name), &m.ports[i]);
		assert_ptr_equal(model_router(&m, name), &m.routers[i]);
		assert_ptr_equal(model_iface(&m, router, iface), &m.ifaces[i]);
		assert_null(model_iface(&m, iface, router));
	}
	assert_null(model_port(&m, "n1000"));
	assert_null(model_router(&m, ""));
	assert_null(model_iface(&m, "r1", "i100"));
}

static void the_first_of_two_with_one_name_is_found(void **state)
{
	(void)state;
	add_port("a", "", "eth0", 1);
	add_port("a", "", "eth1", 2);
	assert_ptr_equal(model_port(&m, "a"), &m.ports[0]);
	for (int i = 0; i < 100; i++) /* the index is built again */
		add_port("b", "", "eth2", 3);
	assert_ptr_equal(model_port(&m, "a"), &m.ports[0]);
	assert_ptr_equal(model_port(&m, "b"), &m.ports[2]);
}

static void arrays_that_were_filled_by_hand_are_searched(void **state)
{
	(void)state;
	m.routers = calloc(20, sizeof(*m.routers));
	assert_non_null(m.routers);
	m.nrouters = 20;
	strcpy(m.routers[19].conf.name, "red");
	assert_ptr_equal(model_router(&m, "red"), &m.routers[19]);
	add_router("blue", "blue", 0);
	assert_ptr_equal(model_router(&m, "red"), &m.routers[19]);
	assert_ptr_equal(model_router(&m, "blue"), &m.routers[20]);
	m.nrouters--;
	assert_null(model_router(&m, "blue"));
}

static void elements_know_the_file_of_their_line(void **state)
{
	(void)state;
	assert_int_equal(model_set_file(&m, "one.conf"), 0);
	add_port("a", "", "eth0", 3);
	assert_int_equal(model_set_file(&m, "two.conf"), 0);
	add_router("red", "red", 4);
	add_port("b", "", "eth1", 0);
	add_router("blue", "blue", 0);
	add_iface("red", "wan", "a", 0, 1, "d", 0);
	assert_null(m.ports[1].file);
	assert_null(m.routers[1].file);
	assert_string_equal(m.ports[0].file, "one.conf");
	assert_string_equal(m.routers[0].file, "two.conf");
	assert_null(m.ifaces[0].file);
	assert_string_equal(m.file, "two.conf");
	assert_int_equal(m.routers[0].line, 4);
}

/* Two doubles on the port @first, then two on @second. */
/* Two interfaces of the device x\\y: of red on up0, and of @router on @port. */
int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(an_empty_model_is_right_and_freed_twice),
		TEST(every_element_is_found_by_its_name),
		TEST(the_first_of_two_with_one_name_is_found),
		TEST(arrays_that_were_filled_by_hand_are_searched),
		TEST(elements_know_the_file_of_their_line),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
