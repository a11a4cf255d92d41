/* SPDX-License-Identifier: GPL-2.0-only */
/* What is written as a config is read as the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "status.h"

static struct vrxdp_meta meta;
static struct world w;
static char err[400];

static int empty(void **state)
{
	(void)state;
	world_free(&w);
	meta = (struct vrxdp_meta){ .max_routers = VRXDP_DEFAULT_ROUTERS,
				    .max_interfaces = VRXDP_DEFAULT_INTERFACES };
	return 0;
}

static void parse(const char *text, struct model *m)
{
	if (config_parse(text, strlen(text), "f", m, err, sizeof(err)))
		fail_msg("%s", err);
	model_complete(m);
	if (model_check(m, err, sizeof(err)))
		fail_msg("%s", err);
}

/* As it would be after an attach. */
static void attach(const char *text)
{
	struct model m = { 0 };
	size_t i;

	world_free(&w);
	parse(text, &m);
	w.ports = calloc(m.nports + 1, sizeof(*w.ports));
	w.routers = calloc(m.nrouters + 1, sizeof(*w.routers));
	w.ifaces = calloc(m.nifaces + 1, sizeof(*w.ifaces));
	assert_true(w.ports && w.routers && w.ifaces);
	for (i = 0; i < m.nports; i++)
		w.ports[w.nports++].rec.conf = m.ports[i].conf;
	for (i = 0; i < m.nrouters; i++)
		w.routers[w.nrouters++].rec.conf = m.routers[i].conf;
	for (i = 0; i < m.nifaces; i++)
		w.ifaces[w.nifaces++].rec.conf = m.ifaces[i].conf;
	if (m.max_routers)
		meta.max_routers = m.max_routers;
	if (m.max_interfaces)
		meta.max_interfaces = m.max_interfaces;
	model_free(&m);
}

static char *written(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	status_write_config(out, &w, &meta);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_same(const char *text)
{
	struct world before;
	char *once, *twice;
	size_t i;

	attach(text);
	once = written();
	before = w;
	w = (struct world){ 0 };
	attach(once);
	assert_int_equal(w.nports, before.nports);
	assert_int_equal(w.nrouters, before.nrouters);
	assert_int_equal(w.nifaces, before.nifaces);
	for (i = 0; i < w.nports; i++)
		assert_memory_equal(&w.ports[i].rec.conf, &before.ports[i].rec.conf,
				    sizeof(w.ports[i].rec.conf));
	for (i = 0; i < w.nrouters; i++)
		assert_memory_equal(&w.routers[i].rec.conf, &before.routers[i].rec.conf,
				    sizeof(w.routers[i].rec.conf));
	for (i = 0; i < w.nifaces; i++)
		assert_memory_equal(&w.ifaces[i].rec.conf, &before.ifaces[i].rec.conf,
				    sizeof(w.ifaces[i].rec.conf));
	twice = written();
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	world_free(&before);
}

#define PORT "[port up0]\n"
#define RED PORT "[router red]\nnetns = red\n"
#define WAN RED "[interface red/wan]\nport = up0\nmac = 02:00:00:00:0e:01\ndevice = x\n"

static void ports_come_back(void **state)
{
	(void)state;
	assert_same(PORT);
	assert_same("[port a]\ndevice = eth0\nnetns = blue\nmode = native\n"
		    "[port b]\nnetns = 4711\nmode = generic\n[port c]\nnetns = /proc/7/ns/net");
}

static void limits_are_exact(void **state)
{
	static const char *const limits[] = { "1pps",         "999pps",   "1kpps",  "1.5kpps",
					      "1.234567Mpps", "1000Mpps", "200kpps" };
	char text[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		snprintf(text, sizeof(text), "[port up0]\ngroup-limit = %s", limits[i]);
		assert_same(text);
	}
}

static void routers_come_back(void **state)
{
	(void)state;
	assert_same(RED);
	assert_same("[router g]\nguest = yes\npath = stack\n[router p]\nnetns = 4711\n"
		    "[router c]\ncreate = yes\n[router d]\ncreate = yes\nnetns = other");
}

static void interfaces_come_back(void **state)
{
	static const char *const keys[] = { "",
					    "vlan = 100",
					    "vlan = 100-100",
					    "vlan = 100,200,300-399",
					    "vlan = 1-4094",
					    "vlan = trunk",
					    "vlan = 200.100",
					    "vrrp = 1,51,255",
					    "vlan = 7-9\nvrrp = 3" };
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(text, sizeof(text), WAN "%s", keys[i]);
		assert_same(text);
	}
	assert_same(RED "[interface red/wan]\nport = up0\ndevice = auto\n"
			"mac = 02:00:00:00:0e:01,02:00:00:00:0e:02");
}

static void every_second_vlan_fits_a_line(void **state)
{
	static char text[24000];
	size_t at;
	int vid;

	(void)state;
	at = (size_t)snprintf(text, sizeof(text), WAN "vlan = 2");
	for (vid = 4; vid < 4095; vid += 2)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ",%d", vid);
	assert_same(text);
}

static void what_was_made_has_its_address_written_out(void **state)
{
	char *text;

	(void)state;
	assert_same(PORT "[router red]\ncreate = yes\n[interface red/wan]\nport = up0\n"
			 "address = 10.0.0.1/24, 2001:db8::1/64");
	text = written();
	assert_non_null(strstr(text, "\nmac = "));
	assert_non_null(strstr(text, "\ndevice = auto\n"));
	assert_non_null(strstr(text, "\naddress = 10.0.0.1/24,2001:db8::1/64\n"));
	free(text);
}

static void room_for_more_or_less_than_usual_comes_back(void **state)
{
	char *text;

	(void)state;
	assert_same(PORT "[daemon]\nmax-routers = 7");
	text = written();
	assert_non_null(strstr(text, "[daemon]\nmax-routers = 7\nmax-interfaces = 2048\n"));
	free(text);
	empty(NULL);
	assert_same(PORT);
	text = written();
	assert_null(strstr(text, "[daemon]"));
	free(text);
}

static void what_came_from_a_command_says_so(void **state)
{
	char *text;

	(void)state;
	attach(WAN);
	w.routers[0].rec.conf.origin = VRXDP_FROM_COMMAND;
	text = written();
	assert_non_null(strstr(text, "\n[router red] ; by a command\n"));
	assert_non_null(strstr(text, "\n[port up0]\n"));
	assert_same(text);
	free(text);
}

static void an_interface_whose_port_is_gone_is_left_out(void **state)
{
	char *text;

	(void)state;
	attach(WAN);
	w.nports = 0;
	text = written();
	assert_null(strstr(text, "[interface"));
	w.nports = 1;
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, empty, empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ports_come_back),
		TEST(limits_are_exact),
		TEST(routers_come_back),
		TEST(interfaces_come_back),
		TEST(every_second_vlan_fits_a_line),
		TEST(what_was_made_has_its_address_written_out),
		TEST(room_for_more_or_less_than_usual_comes_back),
		TEST(what_came_from_a_command_says_so),
		TEST(an_interface_whose_port_is_gone_is_left_out),
	};

	return cmocka_run_group_tests_name("status config", tests, NULL, NULL);
}
