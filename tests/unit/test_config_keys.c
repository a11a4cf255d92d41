/* SPDX-License-Identifier: GPL-2.0-only */
/* The config's keys: values, defaults, what is missing or not in this version. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "config_keys.h"
#include "config_lex.h"
#include "lists.h"
#include "vlans.h"

#define RED "[router red]\n"
#define WAN "[interface red/wan]\n"
#define IFACE WAN "port=up0\nmac=02:00:00:00:0e:01\ndevice=vr-red0\n"
#define HUNDRED                                                                                    \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                                       \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char err[400];
static struct model m;

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

static void assert_parses(const char *text)
{
	model_free(&m);
	if (config_parse(text, strlen(text), "f", &m, err, sizeof(err)))
		fail_msg("%s", err);
}

static void assert_fails(const char *text, const char *line)
{
	model_free(&m);
	assert_int_equal(config_parse(text, strlen(text), "f", &m, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, line);
}

static void every_key_is_in_the_table_once_with_help(void **state)
{
	char why[200];

	(void)state;
	for (size_t i = 0; i < config_nkeys; i++) {
		const struct config_key *key = &config_keys[i];

		assert_true(key->section < CONFIG_SECTIONS);
		assert_non_null(key->help);
		assert_ptr_equal(config_key_find(key->section, key->name, why, sizeof(why)), key);
		assert_true(!key->set || !key->instead);
	}
}

static void keys_of_later_versions_are_refused(void **state)
{
	static const struct {
		const char *section, *key;
	} later[] = {
		{ "[port a]", "capacity" },
		{ "[router a]", "weight" },
		{ "[router a]", "limit" },
		{ "[router a]", "guarantee" },
		{ "[router a]", "cpus" },
		{ "[daemon]", "heartbeat" },
		{ "[daemon]", "routes-per-router" },
	};
	char text[64], want[64];

	(void)state;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		snprintf(text, sizeof(text), "%s\n%s = 1", later[i].section, later[i].key);
		snprintf(want, sizeof(want), "f:2: %s: not supported in this version; ",
			 later[i].key);
		model_free(&m);
		assert_int_equal(config_parse(text, strlen(text), "f", &m, err, sizeof(err)),
				 -EINVAL);
		assert_memory_equal(err, want, strlen(want));
	}
	assert_fails("[daemon]\nheartbeat=300ms",
		     "f:2: heartbeat: not supported in this version; leave the key out");
}

static void a_ports_device_is_its_label_unless_given(void **state)
{
	(void)state;
	assert_parses("[port eth0.5]\n[port long-label-of-a-port]\ndevice = abcdefghijklmno");
	assert_string_equal(m.ports[0].conf.device, "eth0.5");
	assert_string_equal(m.ports[1].conf.device, "abcdefghijklmno");
	assert_parses("[port abcdefghijklmno]");
	assert_fails("\n[port abcdefghijklmnop]\nmode = auto",
		     "f:2: [port abcdefghijklmnop]: no device has such a long name "
		     "(15 characters at most); add device = NAME");
	assert_fails("[port a]\ndevice = abcdefghijklmnop",
		     "f:2: device: \"abcdefghijklmnop\" is not a device name; "
		     "it has at most 15 bytes, no blank, '/' or ':'");
	assert_fails("[port a]\ndevice = eth0 eth1",
		     "f:2: device: \"eth0 eth1\" is not a device name; "
		     "it has at most 15 bytes, no blank, '/' or ':'");
}

static void a_ports_mode_is_one_of_three(void **state)
{
	(void)state;
	assert_parses("[port a]\nmode=auto\n[port b]\nmode=native\n[port c]\nmode=generic");
	assert_int_equal(m.ports[0].conf.mode, VRXDP_MODE_AUTO);
	assert_int_equal(m.ports[1].conf.mode, VRXDP_MODE_NATIVE);
	assert_int_equal(m.ports[2].conf.mode, VRXDP_MODE_GENERIC);
	assert_fails("[port a]\nmode=Native",
		     "f:2: mode: \"Native\" is unknown; give auto, native or generic");
}

static void the_group_limit_is_a_packet_rate(void **state)
{
	(void)state;
	assert_parses("[port a]\ngroup-limit=1000Mpps");
	assert_int_equal(m.ports[0].conf.group_pps, 1000000000);
	assert_fails("[port a]\ngroup-limit=1000000001pps",
		     "f:2: group-limit: 1000000001pps is out of range; give at most 1000Mpps");
	assert_fails("[port a]\ngroup-limit=1Gbit",
		     "f:2: group-limit: \"1Gbit\" is not a rate; "
		     "write a number and pps, kpps or Mpps, like 200kpps");
	assert_fails("[port a]\ngroup-limit=0pps",
		     "f:2: group-limit: 0pps is nothing at all; give at least 1pps");
}

static void a_namespace_has_one_word_and_fits(void **state)
{
	static const struct {
		const char *value, *why;
	} bad[] = {
		{ "a b", "\"a b\" has blanks in it; give one name, PID or path" },
		{ "run/netns/a", "\"run/netns/a\" is neither a name in /run/netns nor a PID, "
				 "and a path begins with '/'" },
		{ ".", "\".\" is not a namespace; give a name in /run/netns, a PID or a path" },
		{ "..", "\"..\" is not a namespace; give a name in /run/netns, a PID or a path" },
	};
	char text[400], want[400];

	(void)state;
	assert_parses("[port a]\nnetns=12\n" RED "netns=/run/docker/netns/\xc3\xa4");
	assert_string_equal(m.ports[0].conf.netns, "12");
	assert_string_equal(m.routers[0].conf.netns, "/run/docker/netns/\xc3\xa4");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), RED "netns = %s", bad[i].value);
		snprintf(want, sizeof(want), "f:2: netns: %s", bad[i].why);
		assert_fails(text, want);
	}
	assert_parses(RED "netns=" HUNDRED "aaaaaaaaaaaaaaaaaaaaaaaaaaa"); /* 127 */
	assert_int_equal(strlen(m.routers[0].conf.netns), VRXDP_NETNS_LEN - 1);
	model_free(&m);
	snprintf(text, sizeof(text), "[port a]\nnetns=%s%s", HUNDRED,
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(config_parse(text, strlen(text), "f", &m, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "aaa...\" is longer than 127 bytes; give a shorter path"));
}

static void a_router_has_a_namespace_or_is_a_guest(void **state)
{
	const char *both = "f:1: [router red]: a guest's kernel is in no namespace of this host; "
			   "give either netns or guest = yes";
	const char *none = "f:1: [router red]: where is its kernel? give netns, guest = yes, "
			   "or create = yes";

	(void)state;
	assert_parses(RED "guest = yes");
	assert_parses(RED "guest = no\nnetns=red");
	assert_int_equal(m.routers[0].conf.guest, 0);
	assert_int_equal(m.routers[0].conf.path, VRXDP_PATH_FAST);
	assert_fails(RED "netns=red\nguest=yes", both);
	assert_fails(RED "path=fast", none);
	assert_fails(RED "guest=no", none);
	assert_fails(RED "guest=true", "f:2: guest: \"true\" is unknown; give yes or no");
	assert_fails(RED "path=slow", "f:2: path: \"slow\" is unknown; give fast or stack");
}

static void a_router_that_is_made_has_a_namespace_that_can_be_named(void **state)
{
	(void)state;
	assert_parses(RED "create = yes");
	assert_int_equal(m.routers[0].conf.create, 1);
	assert_string_equal(m.routers[0].conf.netns, "red");
	assert_parses(RED "create = yes\nnetns = blue");
	assert_string_equal(m.routers[0].conf.netns, "blue");
	assert_parses(RED "create = no\nnetns = /proc/7/ns/net");
	assert_fails(RED "create = yes\nguest = yes",
		     "f:1: [router red]: a guest's kernel is in no namespace that could be made; "
		     "give either create or guest");
	assert_fails(RED "create = yes\nnetns = /run/netns/red",
		     "f:1: [router red]: the namespace that is made needs a plain name: up to 31 "
		     "letters, digits, '_', '.' and '-'");
	assert_fails("[router 77]\ncreate = yes",
		     "f:1: [router 77]: the namespace that is made can't be called 77, which may "
		     "be a PID; give netns with a letter in it");
}

static void an_interface_needs_a_port(void **state)
{
	(void)state;
	assert_parses(IFACE);
	assert_int_equal(m.ifaces[0].conf.vlans.tags, VRXDP_TAGS_NONE);
	assert_int_equal(m.ifaces[0].conf.vlans.one.vid, 0);
	assert_fails("\n" WAN "mac=02:00:00:00:0e:01\ndevice=x",
		     "f:2: [interface red/wan]: no port; give the name of the port "
		     "that its frames arrive on");
	/* Whether it needs mac and device depends on the router, which may come later. */
	assert_parses(WAN "port=up0");
	assert_fails(WAN "port = up 0",
		     "f:2: port: \"up 0\" is not a port's name; give the NAME of a [port NAME]");
}

static void an_interfaces_mac_is_unicast(void **state)
{
	(void)state;
	assert_fails(WAN "mac = 03:00:00:00:0e:01",
		     "f:2: mac: 03:00:00:00:0e:01 is a group address; an interface needs "
		     "a unicast MAC, whose first byte is even");
	assert_fails(WAN "mac = 02:00:00:00:0e",
		     "f:2: mac: \"02:00:00:00:0e\" is not a MAC address; "
		     "write it like 02:00:00:00:0e:01");
}

static void an_interfaces_vlan_is_a_whole_number_in_range(void **state)
{
	(void)state;
	assert_parses(IFACE "vlan=1\n");
	assert_int_equal(m.ifaces[0].conf.vlans.tags, VRXDP_TAGS_ACCESS);
	assert_int_equal(m.ifaces[0].conf.vlans.one.vid, 1);
	assert_parses(IFACE "vlan=4094");
	assert_int_equal(m.ifaces[0].conf.vlans.one.vid, 4094);
	assert_fails(WAN "vlan=0", "f:2: vlan: 0 is out of range; give 1 to 4094");
	assert_fails(WAN "vlan=4095", "f:2: vlan: 4095 is out of range; give 1 to 4094");
	assert_fails(WAN "vlan=none", "f:2: vlan: \"none\" is not a whole number; give 1 to 4094");
}

static void an_interface_has_lists_of_what_it_may_have_several_of(void **state)
{
	const struct vrxdp_iface_conf *conf;

	(void)state;
	assert_parses(IFACE "vlan = 100, 200-202\nvrrp = 51, 52\n"
			    "address = 192.0.2.1/24, 2001:db8::1/64\n");
	conf = &m.ifaces[0].conf;
	assert_int_equal(conf->vlans.tags, VRXDP_TAGS_LIST);
	assert_int_equal(vlans_count(&conf->vlans), 4);
	assert_true(vrids_have(conf, 51) && vrids_have(conf, 52));
	assert_int_equal(conf->naddresses, 2);
	assert_parses(WAN "port=up0\ndevice=x\nmac = 02:00:00:00:0e:01, 02:00:00:00:0e:02");
	assert_int_equal(m.ifaces[0].conf.nmacs, 2);
	assert_parses(IFACE "vlan = trunk");
	assert_int_equal(m.ifaces[0].conf.vlans.tags, VRXDP_TAGS_TRUNK);
	assert_parses(IFACE "vlan = 200.100");
	assert_int_equal(m.ifaces[0].conf.vlans.tags, VRXDP_TAGS_STACKED);
	assert_fails(WAN "vlan = 100,100", "f:2: vlan: 100 is in the list twice; give it once");
	assert_fails(WAN "vlan = 200.100,300",
		     "f:2: vlan: \"200.100,300\": a list has 802.1Q VLANs only; give stacked tags "
		     "an interface of their own");
	assert_fails(WAN "vrrp = 256", "f:2: vrrp: 256 is out of range; give 1 to 255");
	assert_fails(WAN "address = 192.0.2.1",
		     "f:2: address: \"192.0.2.1\" has no prefix length; give ADDRESS/LENGTH");
	assert_fails(WAN "mac = 02:00:00:00:0e:01,",
		     "f:2: mac: \"\" is not a MAC address; write it like 02:00:00:00:0e:01");
}

static void the_longest_list_of_vlans_fits_a_line(void **state)
{
	static char text[CONFIG_LINE_MAX + 100] = IFACE "vlan = 1";
	size_t at = strlen(text);

	(void)state;
	for (int vid = 2; vid <= 4094; vid++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, ",%d", vid);
	assert_parses(text);
	assert_int_equal(vlans_count(&m.ifaces[0].conf.vlans), 4094);
}

static void a_router_may_be_made_by_attach(void **state)
{
	(void)state;
	assert_parses(RED "netns=red");
	assert_int_equal(m.routers[0].conf.create, 0);
	assert_parses(RED "netns=red\ncreate=yes");
	assert_int_equal(m.routers[0].conf.create, 1);
	assert_parses(RED "netns=red\ncreate=no");
	assert_int_equal(m.routers[0].conf.create, 0);
	assert_fails(RED "create=1", "f:2: create: \"1\" is unknown; give yes or no");
}

static void an_interfaces_device_is_named_or_auto(void **state)
{
	(void)state;
	assert_parses(WAN "port=up0\nmac=02:00:00:00:0e:01\ndevice = auto");
	assert_string_equal(m.ifaces[0].conf.device, VRXDP_DEVICE_AUTO);
	assert_fails(WAN "device = a/b",
		     "f:2: device: \"a/b\" is not a device name; it has at most 15 bytes, "
		     "no blank, '/' or ':'");
	assert_parses("[port auto]\ndevice = auto"); /* a port's device has no other meaning */
}

static void the_maps_sizes_have_bounds(void **state)
{
	(void)state;
	assert_parses("[daemon]\nmax-routers=16384\nmax-interfaces=32768");
	assert_int_equal(m.max_routers, 16384);
	assert_int_equal(m.max_interfaces, 32768);
	assert_fails("[daemon]\nmax-routers=16385",
		     "f:2: max-routers: 16385 is out of range; give 1 to 16384");
	assert_fails("[daemon]\nmax-routers=0",
		     "f:2: max-routers: 0 is out of range; give 1 to 16384");
	assert_fails("[daemon]\nmax-interfaces=32769",
		     "f:2: max-interfaces: 32769 is out of range; give 1 to 32768");
	assert_fails("[daemon]\nmax-interfaces=0",
		     "f:2: max-interfaces: 0 is out of range; give 1 to 32768");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(every_key_is_in_the_table_once_with_help),
		TEST(keys_of_later_versions_are_refused),
		TEST(a_ports_device_is_its_label_unless_given),
		TEST(a_ports_mode_is_one_of_three),
		TEST(the_group_limit_is_a_packet_rate),
		TEST(a_namespace_has_one_word_and_fits),
		TEST(a_router_has_a_namespace_or_is_a_guest),
		TEST(a_router_that_is_made_has_a_namespace_that_can_be_named),
		TEST(an_interface_needs_a_port),
		TEST(an_interfaces_mac_is_unicast),
		TEST(an_interfaces_vlan_is_a_whole_number_in_range),
		TEST(an_interface_has_lists_of_what_it_may_have_several_of),
		TEST(the_longest_list_of_vlans_fits_a_line),
		TEST(a_router_may_be_made_by_attach),
		TEST(an_interfaces_device_is_named_or_auto),
		TEST(the_maps_sizes_have_bounds),
	};

	return cmocka_run_group_tests_name("config keys", tests, NULL, NULL);
}
