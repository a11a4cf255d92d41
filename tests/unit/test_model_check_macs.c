/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has which MAC address on which VLANs: what may stand side by side. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lists.h"
#include "model.h"
#include "vlans.h"

#define ONE "02:00:00:00:0e:01"
#define TWO "02:00:00:00:0e:02"

static char err[400];
static struct model m;

static int ports_and_a_router(void **state)
{
	struct vrxdp_router_conf router = { .name = "red", .netns = "red" };
	struct vrxdp_port_conf port = { .name = "up0", .device = "eth0" };

	(void)state;
	assert_int_equal(model_set_file(&m, "f"), 0);
	assert_non_null(model_add_router(&m, &router, 1));
	assert_non_null(model_add_port(&m, &port, 2));
	strcpy(port.name, "up1");
	strcpy(port.device, "eth1");
	assert_non_null(model_add_port(&m, &port, 3));
	return 0;
}

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

/* Interface red/@name; @vlan "": none, @vrrp NULL: none. */
static void add(const char *name, const char *port, const char *vlan, const char *macs,
		const char *vrrp)
{
	static int line = 10;
	struct vrxdp_iface_conf conf = { .router = "red" };

	snprintf(conf.name, sizeof(conf.name), "%s", name);
	snprintf(conf.port, sizeof(conf.port), "%s", port);
	snprintf(conf.device, sizeof(conf.device), "d-%s", name);
	assert_int_equal(macs_parse(macs, &conf, err, sizeof(err)), 0);
	if (*vlan)
		assert_int_equal(vlans_parse(vlan, &conf.vlans, err, sizeof(err)), 0);
	if (vrrp)
		assert_int_equal(vrids_parse(vrrp, &conf, err, sizeof(err)), 0);
	assert_non_null(model_add_iface(&m, &conf, m.nifaces ? ++line : (line = 10)));
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

static void assert_pair(const char *first, const char *second, const char *line)
{
	ports_and_a_router(NULL);
	add("a", "up0", first, ONE, NULL);
	add("b", "up0", second, ONE, NULL);
	if (line)
		assert_fails(line);
	else
		assert_checks();
	model_free(&m);
}

static void an_address_is_used_once_on_each_vlan_of_a_port(void **state)
{
#define ALREADY " is interface red/a's already (line 10); give each its own"
#define PLACE "f:11: interface red/b: MAC " ONE " on port up0"
	static const struct {
		const char *first, *second, *where; /* NULL: they have no VLAN together */
	} pairs[] = {
		{ "", "", "" },
		{ "", "trunk", NULL },
		{ "", "1-4094", NULL },
		{ "", "200.100", NULL },
		{ "100", "100", ", VLAN 100," },
		{ "100", "99-101", ", VLAN 100," },
		{ "99-101", "100", ", VLAN 100," },
		{ "trunk", "100", ", VLAN 100," },
		{ "100", "trunk", ", VLAN 100," },
		{ "1-10", "10-20", ", VLAN 10," },
		{ "1-9", "10-20", NULL },
		{ "5,7", "trunk", ", VLAN 5," },
		{ "trunk", "trunk", ", trunk," },
		{ "200.100", "200.100", ", VLAN 200.100," },
		{ "200.100", "201.100", NULL },
		{ "200.100", "200", NULL },
		{ "200.100", "100", NULL },
		{ "200.100", "trunk", NULL },
	};
	char line[300];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].where)
			snprintf(line, sizeof(line), PLACE "%s" ALREADY, pairs[i].where);
		assert_pair(pairs[i].first, pairs[i].second, pairs[i].where ? line : NULL);
	}
}

static void each_of_several_addresses_counts(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "", "02:00:00:00:0e:09," ONE, NULL);
	add("b", "up1", "", ONE "," TWO, NULL);
	add("c", "up0", "100", ONE, NULL);
	assert_checks();
	add("d", "up0", "", TWO "," ONE, NULL);
	assert_fails("f:13: interface red/d: MAC " ONE " on port up0"
		     " is interface red/a's already (line 10); give each its own");
}

static void of_several_conflicts_the_first_in_the_file_is_named(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "trunk", TWO, NULL);
	add("b", "up0", "5", ONE, NULL);
	add("c", "up0", "6", TWO, NULL);
	add("d", "up0", "5", ONE, NULL);
	assert_fails("f:12: interface red/c: MAC " TWO " on port up0, VLAN 6,"
		     " is interface red/a's already (line 10); give each its own");
}

static void a_trunk_between_others_hides_no_conflict(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "5", ONE, NULL);
	add("b", "up0", "6", ONE, NULL);
	add("c", "up0", "7-9", ONE, NULL);
	assert_checks();
	add("d", "up0", "5-6", ONE, NULL);
	assert_fails("f:13: interface red/d: MAC " ONE " on port up0, VLAN 6,"
		     " is interface red/b's already (line 11); give each its own");
}

static void several_interfaces_may_list_a_vrid(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "", ONE, "51,52");
	add("b", "up0", "", TWO, "51");
	add("c", "up0", "trunk", TWO, "51");
	assert_checks();
}

static void an_address_of_vrrp_is_either_an_interfaces_own_or_moves(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "", ONE, "51");
	add("b", "up0", "", TWO ",00:00:5e:00:01:34", NULL); /* VRID 52 */
	add("c", "up1", "", "00:00:5e:00:01:33", NULL);      /* another port */
	add("d", "up0", "100", "00:00:5e:00:01:33", NULL);   /* another VLAN */
	add("e", "up0", "", "00:00:5e:00:03:33", NULL);      /* no address of VRRP */
	assert_checks();
	add("f", "up0", "", "00:00:5e:00:02:33", NULL);
	assert_fails("f:15: interface red/f: MAC 00:00:5e:00:02:33 is VRID 51, which"
		     " is interface red/a's already (line 10); take it out of one of mac and vrrp");
	model_free(&m);

	ports_and_a_router(NULL);
	add("a", "up0", "10-20", ONE, "51");
	add("b", "up0", "20", "00:00:5e:00:01:33", NULL);
	assert_fails("f:11: interface red/b: MAC 00:00:5e:00:01:33 is VRID 51, which"
		     " is interface red/a's already (line 10); take it out of one of mac and vrrp");
	model_free(&m);

	ports_and_a_router(NULL);
	add("a", "up0", "", ONE ",00:00:5e:00:01:33", "51");
	assert_fails("f:10: interface red/a: MAC 00:00:5e:00:01:33 is VRID 51, which"
		     " is interface red/a's already (line 10); take it out of one of mac and vrrp");
}

static void each_vlan_of_a_list_is_a_pair_and_a_trunk_is_one(void **state)
{
	(void)state;
	ports_and_a_router(NULL);
	add("a", "up0", "1-4094", ONE, NULL);
	add("b", "up0", "4000-4094", TWO, NULL); /* the same */
	add("c", "up0", "", ONE, NULL);
	add("d", "up0", "trunk", "02:00:00:00:0e:03", NULL);
	assert_checks(); /* 4096 */
	add("e", "up0", "200.100", ONE, NULL);
	add("f", "up0", "200.101", ONE, NULL);
	assert_fails("4098 pairs of port and VLAN have interfaces; at most 4096 can "
		     "(a trunk is one)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(an_address_is_used_once_on_each_vlan_of_a_port),
		TEST(each_of_several_addresses_counts),
		TEST(of_several_conflicts_the_first_in_the_file_is_named),
		TEST(a_trunk_between_others_hides_no_conflict),
		TEST(several_interfaces_may_list_a_vrid),
		TEST(an_address_of_vrrp_is_either_an_interfaces_own_or_moves),
		TEST(each_vlan_of_a_list_is_a_pair_and_a_trunk_is_one),
	};

	return cmocka_run_group_tests_name("model check, addresses", tests, NULL, NULL);
}
