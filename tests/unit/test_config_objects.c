/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys as the commands set them, and the option --interface. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "config_lex.h"
#include "lists.h"
#include "vlans.h"

static char err[400];

static void commands_set_the_same_keys(void **state)
{
	struct vrxdp_router_conf router;
	struct vrxdp_iface_conf iface;
	struct vrxdp_port_conf port;

	(void)state;
	config_init_port(&port, "up0");
	assert_int_equal(port.group_pps, VRXDP_DEFAULT_GROUP_PPS);
	assert_int_equal(config_set_port(&port, "mode", "native", err, sizeof(err)), 0);
	assert_int_equal(config_finish_port(&port, err, sizeof(err)), 0);
	assert_string_equal(port.device, "up0");
	assert_int_equal(port.origin, VRXDP_FROM_COMMAND);

	config_init_router(&router, "red");
	assert_int_equal(config_finish_router(&router, err, sizeof(err)), -EINVAL);
	assert_int_equal(config_set_router(&router, "netns", "red", err, sizeof(err)), 0);
	assert_int_equal(config_set_router(&router, "path", "stack", err, sizeof(err)), 0);
	assert_int_equal(config_finish_router(&router, err, sizeof(err)), 0);
	assert_string_equal(router.name, "red");
	assert_string_equal(router.netns, "red");
	assert_int_equal(router.path, VRXDP_PATH_STACK);
	assert_int_equal(config_set_router(&router, "path", "x", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "path: \"x\" is unknown; give fast or stack");
	assert_int_equal(config_set_router(&router, "weight", "1", err, sizeof(err)), -EINVAL);
	assert_int_equal(config_set_router(&router, "vlan", "1", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "vlan: unknown key; there are netns, guest, path, create");

	config_init_iface(&iface, "red", "wan");
	assert_int_equal(config_set_iface(&iface, "vlan", "7", err, sizeof(err)), 0);
	assert_int_equal(config_finish_iface(&iface, err, sizeof(err)), -EINVAL);
	assert_string_equal(iface.router, "red");
	assert_string_equal(iface.name, "wan");
	assert_int_equal(iface.vlans.one.vid, 7);
	assert_int_equal(config_set_iface(&iface, "vlan", "9999", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "vlan: 9999 is out of range; give 1 to 4094");
	assert_int_equal(iface.vlans.one.vid, 7);
}

static void commands_take_only_what_a_file_could_hold(void **state)
{
	static const char *const bad[] = { "a#b", "a;b", " a", "a ", "#" };
	struct vrxdp_iface_conf iface;
	char text[CONFIG_LINE_MAX + 2];

	(void)state;
	config_init_iface(&iface, "red", "wan");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_set_iface(&iface, "device", bad[i], err, sizeof(err)),
				 -EINVAL);
		assert_string_equal(err, "device: blanks at the ends, ';' and '#' can't be in "
					 "a value; remove them");
	}
	assert_int_equal(config_set_iface(&iface, "device", "", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "device: the value is empty; give one, or leave the key out");
	assert_int_equal(config_set_iface(&iface, "device", "a\x01", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "device: the control character \\x01 is in the value; remove it");
	memset(text, 'a', sizeof(text));
	text[CONFIG_LINE_MAX + 1] = '\0';
	assert_int_equal(config_set_iface(&iface, "device", text, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "device: the value is longer than 24000 bytes");
	assert_string_equal(iface.device, "");
}

static void the_interface_option_is_read_as_its_section(void **state)
{
	static const __u8 mac[6] = { 2, 0, 0, 0, 0x0e, 1 };
	struct vrxdp_iface_conf iface;

	(void)state;
	memset(&iface, 0xff, sizeof(iface));
	assert_int_equal(config_parse_iface("wan=up0", &iface, err, sizeof(err)), 0);
	assert_string_equal(iface.name, "wan");
	assert_string_equal(iface.port, "up0");
	assert_string_equal(iface.router, "");
	assert_string_equal(iface.device, "");
	assert_int_equal(iface.vlans.tags, VRXDP_TAGS_NONE);
	assert_int_equal(iface.origin, VRXDP_FROM_COMMAND);
	assert_int_equal(config_parse_iface("wan=up0,vlan=100,mac=02:00:00:00:0e:01,device=vr=0",
					    &iface, err, sizeof(err)),
			 0);
	assert_int_equal(iface.vlans.tags, VRXDP_TAGS_ACCESS);
	assert_int_equal(iface.vlans.one.vid, 100);
	assert_int_equal(iface.nmacs, 1);
	assert_memory_equal(iface.macs[0], mac, 6);
	assert_string_equal(iface.device, "vr=0");
}

static void a_part_without_equals_continues_a_list(void **state)
{
	struct vrxdp_iface_conf iface;

	(void)state;
	assert_int_equal(config_parse_iface("wan=up0,vlan=100,200-201,mac=02:00:00:00:0e:01,"
					    "02:00:00:00:0e:02,vrrp=51,52,address=192.0.2.1/24,"
					    "2001:db8::1/64,device=auto",
					    &iface, err, sizeof(err)),
			 0);
	assert_int_equal(vlans_count(&iface.vlans), 3);
	assert_int_equal(iface.nmacs, 2);
	assert_true(vrids_have(&iface, 51) && vrids_have(&iface, 52));
	assert_int_equal(iface.naddresses, 2);
	assert_string_equal(iface.device, VRXDP_DEVICE_AUTO);
}

static void a_wrong_value_leaves_a_list_as_it_was(void **state)
{
	static const struct {
		const char *key, *bad;
	} values[] = {
		{ "mac", "02:00:00:00:0e:03,x" },
		{ "vlan", "300,x" },
		{ "vrrp", "53,x" },
		{ "address", "192.0.2.9/24,x" },
	};
	struct vrxdp_iface_conf before, iface;

	(void)state;
	assert_int_equal(config_parse_iface("wan=up0,vlan=100,200,mac=02:00:00:00:0e:01,vrrp=51,"
					    "address=192.0.2.1/24",
					    &before, err, sizeof(err)),
			 0);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		iface = before;
		assert_int_equal(config_set_iface(&iface, values[i].key, values[i].bad, err,
						  sizeof(err)),
				 -EINVAL);
		assert_memory_equal(&iface, &before, sizeof(iface));
	}
}

static void the_interface_option_says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *line;
	} bad[] = {
		{ "wan", "\"wan\" is not IF=PORT[,KEY=VALUE]..." },
		{ "", "\"\" is not IF=PORT[,KEY=VALUE]..." },
		{ ",wan=up0", "\",wan=up0\" is not IF=PORT[,KEY=VALUE]..." },
		{ "red/wan=up0", "\"red/wan\" is not an interface's name; it has up to 31 letters, "
				 "digits, '_', '.' and '-'" },
		{ "wan=", "port: the value is empty; give one, or leave the key out" },
		{ "wan=up0,foo",
		  "port: \"up0,foo\" is not a port's name; give the NAME of a [port NAME]" },
		{ "wan=up0,",
		  "port: \"up0,\" is not a port's name; give the NAME of a [port NAME]" },
		{ "wan=up0,vlan=", "vlan: the value is empty; give one, or leave the key out" },
		{ "wan=up0,vlan=1,vlan=2",
		  "vlan: given twice in \"wan=up0,vlan=1,vlan=2\"; give it once" },
		{ "wan=up0,port=up1", "port: given twice in \"wan=up0,port=up1\"; give it once" },
		{ "wan=up0,lan=1", "lan: unknown key; there are port, mac, vlan, "
				   "vrrp, device, address" },
		{ "wan=up0,=1", "\"wan=up0,=1\" is not IF=PORT[,KEY=VALUE]..." },
		{ "=up0", "\"=up0\" is not IF=PORT[,KEY=VALUE]..." },
		{ "wan=up0,vlan=100,100,device=x", "vlan: 100 is in the list twice; give it once" },
		{ "wan=up0,mac=02:00:00:00:0e:01,200,vlan=1",
		  "mac: \"200\" is not a MAC address; write it like 02:00:00:00:0e:01" },
		{ "wan=up0;x", "port: blanks at the ends, ';' and '#' can't be in a value; "
			       "remove them" },
	};
	char text[CONFIG_LINE_MAX + 2];
	struct vrxdp_iface_conf iface;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_parse_iface(bad[i].text, &iface, err, sizeof(err)),
				 -EINVAL);
		assert_string_equal(err, bad[i].line);
	}
	memset(text, 'a', sizeof(text));
	text[CONFIG_LINE_MAX + 1] = '\0';
	assert_int_equal(config_parse_iface(text, &iface, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "...\" is longer than 24000 bytes; give less"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_set_the_same_keys),
		cmocka_unit_test(commands_take_only_what_a_file_could_hold),
		cmocka_unit_test(the_interface_option_is_read_as_its_section),
		cmocka_unit_test(a_part_without_equals_continues_a_list),
		cmocka_unit_test(a_wrong_value_leaves_a_list_as_it_was),
		cmocka_unit_test(the_interface_option_says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("config objects", tests, NULL, NULL);
}
