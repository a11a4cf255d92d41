/* SPDX-License-Identifier: GPL-2.0-only */
/* stats: the contract's JSON, and the tables for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lists.h"
#include "stats_json.h"
#include "stats_text.h"
#include "tests/lib/fake_snapshot.h"
#include "vlans.h"

static struct snapshot snap;
static struct json_object *root;
static char *text;

static int one_of_each(void **state)
{
	(void)state;
	fake_snapshot(&snap, 1, 1);
	snap.time_ns = 42;
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	snapshot_free(&snap);
	json_object_put(root);
	root = NULL;
	free(text);
	text = NULL;
	return 0;
}

static const char *json(const bool *wanted)
{
	json_object_put(root);
	fake_sums(&snap);
	root = stats_json(&snap, wanted);
	assert_non_null(root);
	return json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN);
}

static const char *tables(const bool *wanted)
{
	size_t len;
	FILE *out;

	free(text);
	fake_sums(&snap);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	stats_text(out, &snap, wanted);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void in_vlan(struct vrxdp_iface_conf *conf, __u16 vid)
{
	conf->vlans = (struct vrxdp_vlans){ .tags = VRXDP_TAGS_ACCESS, .one.vid = vid };
}

static void keys_and_order_are_the_contracts(void **state)
{
	struct snap_router *r = &snap.routers[0];
	struct snap_port *p = &snap.ports[0];

	(void)state;
	p->c.rx = (struct vrxdp_count){ 1, 2 };
	p->c.tx = (struct vrxdp_count){ 3, 4 };
	p->c.drops[VRXDP_DROP_MALFORMED] = 5;
	r->c.fast = 10;
	r->c.stack = 20;
	r->c.rx_bytes = 30;
	r->c.tx = (struct vrxdp_count){ 40, 50 };
	r->c.drops[VRXDP_DROP_MTU] = 6;
	r->c.drops[VRXDP_DROP_RING_FULL] = 7;
	r->c.tx_drops[VRXDP_DROP_VLAN] = 8;
	r->c.punts[VRXDP_DROP_MTU] = 9;
	r->ifaces[0].c.rx = (struct vrxdp_count){ 11, 12 };
	r->ifaces[0].c.tx = (struct vrxdp_count){ 13, 14 };
	assert_string_equal(
		json(NULL),
		"{\"time_ns\":42,"
		"\"ports\":[{\"name\":\"up0\",\"device\":\"eth0\",\"mode\":\"native\","
		"\"rx_packets\":1,\"rx_bytes\":2,\"tx_packets\":3,\"tx_bytes\":4,"
		"\"drops\":{\"malformed\":5}}],"
		"\"routers\":[{\"name\":\"r0000\",\"path\":\"stack\","
		"\"rx_packets\":43,\"rx_bytes\":30,\"tx_packets\":40,\"tx_bytes\":50,"
		"\"fast_packets\":10,\"stack_packets\":20,"
		"\"drop_packets\":13,\"drops\":{\"mtu\":6,\"ring-full\":7},"
		"\"tx_drop_packets\":8,\"tx_drops\":{\"vlan\":8},\"punts\":{\"mtu\":9},"
		"\"cpu_ns\":null,"
		"\"interfaces\":[{\"name\":\"wan\",\"port\":\"up0\","
		"\"macs\":[\"02:00:00:00:00:01\"],\"vlan\":null,\"device\":\"vr-r0000\","
		"\"rx_packets\":11,\"rx_bytes\":12,\"tx_packets\":13,\"tx_bytes\":14}]}]}");
}

static void reasons_that_never_occurred_are_left_out(void **state)
{
	(void)state;
	assert_non_null(strstr(json(NULL), "\"drop_packets\":0,\"drops\":{},"
					   "\"tx_drop_packets\":0,\"tx_drops\":{},\"punts\":{}"));
}

static void a_reason_of_a_newer_data_path_is_not_lost(void **state)
{
	(void)state;
	snap.ports[0].c.drops[VRXDP_REASONS - 1] = 4;
	assert_non_null(strstr(json(NULL), "\"drops\":{\"reason-39\":4}"));
	assert_non_null(strstr(tables(NULL), "  drops: reason-39 4\n"));
}

static void a_vlan_is_text(void **state)
{
	(void)state;
	in_vlan(&snap.routers[0].ifaces[0].rec.conf, 100);
	assert_non_null(strstr(json(NULL), "\"vlan\":\"100\""));
}

static void each_form_of_vlan_is_the_text_of_the_key(void **state)
{
	static const char *const forms[][2] = {
		{ "100,200-202", "\"vlan\":\"100,200,201,202\"" },
		{ "100-100", "\"vlan\":\"100-100\"" },
		{ "200.100", "\"vlan\":\"200.100\"" },
		{ "trunk", "\"vlan\":\"trunk\"" },
	};
	struct vrxdp_iface_conf *conf = &snap.routers[0].ifaces[0].rec.conf;
	char err[100];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(vlans_parse(forms[i][0], &conf->vlans, err, sizeof(err)), 0);
		assert_non_null(strstr(json(NULL), forms[i][1]));
	}
	assert_int_equal(vlans_parse("1-4094", &conf->vlans, err, sizeof(err)), 0);
	assert_non_null(strstr(json(NULL), "\"vlan\":\"1,2,3,"));
	assert_non_null(strstr(json(NULL), ",4093,4094\","));
	assert_non_null(strstr(tables(NULL), "  wan   up0 vlan 1-4094 "));
	assert_int_equal(vlans_parse("100,200,300,400", &conf->vlans, err, sizeof(err)), 0);
	assert_non_null(strstr(tables(NULL), "up0 vlan 100,200,300,400 "));
	assert_int_equal(vlans_parse("1000,2000,3000,4000", &conf->vlans, err, sizeof(err)), 0);
	assert_non_null(strstr(tables(NULL), "up0 vlan 1000,2000,... "));
}

static void all_mac_addresses_are_listed_in_order(void **state)
{
	struct vrxdp_iface_conf *conf = &snap.routers[0].ifaces[0].rec.conf;
	char err[100];

	(void)state;
	assert_int_equal(macs_parse("02:00:00:00:0e:09,02:00:00:00:0e:01", conf, err, sizeof(err)),
			 0);
	assert_non_null(
		strstr(json(NULL), "\"macs\":[\"02:00:00:00:0e:09\",\"02:00:00:00:0e:01\"],"));
}

static void numbers_of_64_bits_stay_whole(void **state)
{
	(void)state;
	snap.ports[0].c.rx.bytes = UINT64_MAX;
	snap.routers[0].c.drops[VRXDP_DROP_MTU] = UINT64_MAX - 1;
	assert_non_null(strstr(json(NULL), "\"rx_bytes\":18446744073709551615,"));
	assert_non_null(strstr(json(NULL), "\"mtu\":18446744073709551614}"));
	assert_non_null(strstr(tables(NULL), "18446744073709551615"));
}

static void a_hostile_device_name_is_harmless(void **state)
{
	(void)state;
	strcpy(snap.routers[0].ifaces[0].rec.device.name, "\xff\x1b[2J\"\\\xc3");
	strcpy(snap.ports[0].rec.device.name, "\x7f\xe2\x80\xaeX");
	assert_non_null(strstr(json(NULL), "\"device\":\"\\\\xff\\\\x1b[2J\\\"\\\\x5c\\\\xc3\""));
	for (const char *c = json(NULL); *c; c++)
		assert_in_range(*c, ' ', '~');
	for (const char *c = tables(NULL); *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
}

static void a_name_of_full_length_is_not_cut(void **state)
{
	(void)state;
	memset(snap.ports[0].rec.device.name, 0xff, VRXDP_DEV_LEN - 1);
	assert_non_null(strstr(json(NULL), "\"device\":\"\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff"
					   "\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff"
					   "\\\\xff\\\\xff\","));
}

static void named_routers_come_alone_and_ports_stay_in_json(void **state)
{
	static const bool second[] = { false, true, false };

	(void)state;
	snapshot_free(&snap);
	fake_snapshot(&snap, 1, 3);
	assert_null(strstr(json(second), "r0000"));
	assert_non_null(strstr(json(second), "r0001"));
	assert_null(strstr(json(second), "r0002"));
	assert_non_null(strstr(json(second), "\"name\":\"up0\",\"device\""));
	assert_null(strstr(tables(second), "r0002"));
	assert_null(strstr(tables(second), "DEVICE"));
	assert_non_null(strstr(tables(second), "r0001"));
}

static void an_empty_state_has_empty_lists(void **state)
{
	(void)state;
	snapshot_free(&snap);
	assert_string_equal(json(NULL), "{\"time_ns\":0,\"ports\":[],\"routers\":[]}");
}

static void tables_line_up(void **state)
{
	(void)state;
	snap.ports[0].c.rx = (struct vrxdp_count){ 123456789, 99 };
	snap.routers[0].c.stack = 1000;
	snap.routers[0].c.rx_bytes = 64000;
	snap.routers[0].c.tx_drops[VRXDP_DROP_MTU] = 2;
	snap.routers[0].c.tx_drops[VRXDP_DROP_VLAN] = 1;
	in_vlan(&snap.routers[0].ifaces[0].rec.conf, 100);
	snap.routers[0].ifaces[0].c.rx.packets = 1000;
	assert_string_equal(
		tables(NULL),
		"PORT  DEVICE  MODE    RX PACKETS  RX BYTES  TX PACKETS  TX BYTES  DROPS\n"
		"up0   eth0    native   123456789        99           0         0      0\n"
		"\n"
		"ROUTER  PATH/PORT     RX PACKETS  RX BYTES  TX PACKETS  TX BYTES  FAST  STACK  "
		"DROPS  TX DROPS  PUNTS\n"
		"r0000   stack               1000     64000           0         0     0   1000  "
		"    0         3      0\n"
		"  wan   up0 vlan 100        1000         0           0         0\n"
		"  tx drops: vlan 1, mtu 2\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_of_each, free_all)
	static const struct CMUnitTest tests[] = {
		TEST(keys_and_order_are_the_contracts),
		TEST(reasons_that_never_occurred_are_left_out),
		TEST(a_reason_of_a_newer_data_path_is_not_lost),
		TEST(a_vlan_is_text),
		TEST(each_form_of_vlan_is_the_text_of_the_key),
		TEST(all_mac_addresses_are_listed_in_order),
		TEST(numbers_of_64_bits_stay_whole),
		TEST(a_hostile_device_name_is_harmless),
		TEST(a_name_of_full_length_is_not_cut),
		TEST(named_routers_come_alone_and_ports_stay_in_json),
		TEST(an_empty_state_has_empty_lists),
		TEST(tables_line_up),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
