/* SPDX-License-Identifier: GPL-2.0-only */
/* status, for people: an interface's addresses and VLANs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lists.h"
#include "status.h"
#include "vlans.h"

static struct world_router router = { .rec.conf = { .name = "red", .netns = "red" } };
static struct world_iface iface;
static struct state st = { .meta.tracing = 1 };
static struct health fine = { .state = "up" };
static struct status status = {
	.st = &st,
	.world = { .routers = &router, .nrouters = 1, .ifaces = &iface, .nifaces = 1 },
	.routers = &fine,
	.ifaces = &fine,
};
static char err[200];

static int plain_interface(void **state)
{
	const struct vrxdp_iface_conf conf = {
		.name = "wan", .router = "red", .port = "up0", .device = "auto"
	};

	(void)state;
	iface = (struct world_iface){
		.rec = { .conf = conf, .device.name = "vr-red0", .kind = VRXDP_KIND_VETH }
	};
	return macs_parse("02:00:00:00:0e:01", &iface.rec.conf, err, sizeof(err));
}

/* Does the report have this line? */
static void assert_line(const char *line)
{
	static char text[8192];
	FILE *out = tmpfile(), *before = stdout;
	size_t len;

	assert_non_null(out);
	stdout = out;
	status_print_text(&status);
	stdout = before;
	rewind(out);
	len = fread(text, 1, sizeof(text) - 1, out);
	text[len] = '\0';
	fclose(out);
	if (!strstr(text, line))
		fail_msg("no line %s in:\n%s", line, text);
}

static void an_interface_shows_its_addresses(void **state)
{
	(void)state;
	assert_line("\n    wan: port up0, mac 02:00:00:00:0e:01, device vr-red0 (veth), up\n");
	assert_int_equal(macs_parse("02:00:00:00:0e:09,02:00:00:00:0e:01", &iface.rec.conf, err,
				    sizeof(err)),
			 0);
	assert_line("\n    wan: port up0, mac 02:00:00:00:0e:09,02:00:00:00:0e:01, device vr-red0 "
		    "(veth), up\n");
}

static void its_vlans_are_as_the_key_says_with_ranges(void **state)
{
	static const char *const forms[][2] = {
		{ "100", ", vlan 100, device" },       { "200.100", ", vlan 200.100, device" },
		{ "trunk", ", vlan trunk, device" },   { "100,200", ", vlan 100,200, device" },
		{ "1-4094", ", vlan 1-4094, device" }, { "100-100", ", vlan 100-100, device" },
	};
	char list[VLANS_TEXT] = "1";

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(vlans_parse(forms[i][0], &iface.rec.conf.vlans, err, sizeof(err)),
				 0);
		assert_line(forms[i][1]);
	}
	for (int vid = 3; vid < 200; vid += 2)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), ",%d", vid);
	assert_int_equal(vlans_parse(list, &iface.rec.conf.vlans, err, sizeof(err)), 0);
	assert_line(",39,41,..., device");
}

static void its_vrids_are_listed(void **state)
{
	(void)state;
	assert_int_equal(vrids_parse("52,51", &iface.rec.conf, err, sizeof(err)), 0);
	assert_line("mac 02:00:00:00:0e:01, vrrp 51,52, device vr-red0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, plain_interface)
	static const struct CMUnitTest tests[] = {
		TEST(an_interface_shows_its_addresses),
		TEST(its_vlans_are_as_the_key_says_with_ranges),
		TEST(its_vrids_are_listed),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
