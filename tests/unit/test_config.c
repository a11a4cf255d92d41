/* SPDX-License-Identifier: GPL-2.0-only */
/* The config file's grammar. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "config_lex.h"

#define RED "[router red]\nnetns=red\n"
#define WAN "[interface red/wan]\nport=up0\nmac=02:00:00:00:0e:01\ndevice=vr-red0\n"

static char err[400];
static struct model m;

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

static int parse(const char *text, size_t len)
{
	model_free(&m);
	return config_parse(text, len, "f", &m, err, sizeof(err));
}

static void assert_parses(const char *text)
{
	if (parse(text, strlen(text)))
		fail_msg("%s", err);
}

static void assert_fails(const char *text, const char *line)
{
	assert_int_equal(parse(text, strlen(text)), -EINVAL);
	assert_string_equal(err, line);
}

static void a_whole_config_is_read_as_written(void **state)
{
	static const __u8 mac[6] = { 2, 0, 0, 0, 0x0e, 1 };

	(void)state;
	assert_parses("# the host\n"
		      "[port up0]               ; a label\n"
		      "  device = eth0          ; the link\n"
		      "\tnetns = blue # where\n"
		      "mode=native;no blank\n"
		      "group-limit = 1.5kpps\n"
		      "\n"
		      "[interface red/wan]\n"
		      "port = up0\n"
		      "mac = 02:00:00:00:0e:01\n"
		      "vlan = 100\n"
		      "device = vr-red0\n"
		      "   [router red]\n"
		      "netns = /proc/7/ns/net\n"
		      "path = stack\n"
		      "[ router \t vm1 ]\n"
		      "guest = yes\n"
		      "[daemon]\n"
		      "max-routers = 4096\n"
		      "max-interfaces = 8192");
	assert_int_equal(m.nports, 1);
	assert_string_equal(m.ports[0].conf.name, "up0");
	assert_string_equal(m.ports[0].conf.device, "eth0");
	assert_string_equal(m.ports[0].conf.netns, "blue");
	assert_int_equal(m.ports[0].conf.mode, VRXDP_MODE_NATIVE);
	assert_int_equal(m.ports[0].conf.group_pps, 1500);
	assert_int_equal(m.ports[0].conf.origin, VRXDP_FROM_FILE);
	assert_int_equal(m.ports[0].line, 2);
	assert_string_equal(m.ports[0].file, "f");
	assert_int_equal(m.nifaces, 1);
	assert_string_equal(m.ifaces[0].conf.router, "red");
	assert_string_equal(m.ifaces[0].conf.name, "wan");
	assert_string_equal(m.ifaces[0].conf.port, "up0");
	assert_string_equal(m.ifaces[0].conf.device, "vr-red0");
	assert_memory_equal(m.ifaces[0].conf.macs[0], mac, 6);
	assert_int_equal(m.ifaces[0].conf.nmacs, 1);
	assert_int_equal(m.ifaces[0].conf.vlans.tags, VRXDP_TAGS_ACCESS);
	assert_int_equal(m.ifaces[0].conf.vlans.one.vid, 100);
	assert_int_equal(m.ifaces[0].conf.origin, VRXDP_FROM_FILE);
	assert_int_equal(m.ifaces[0].line, 8);
	assert_int_equal(m.nrouters, 2);
	assert_string_equal(m.routers[0].conf.name, "red");
	assert_string_equal(m.routers[0].conf.netns, "/proc/7/ns/net");
	assert_int_equal(m.routers[0].conf.path, VRXDP_PATH_STACK);
	assert_int_equal(m.routers[0].conf.guest, 0);
	assert_int_equal(m.routers[0].conf.origin, VRXDP_FROM_FILE);
	assert_int_equal(m.routers[0].line, 13);
	assert_string_equal(m.routers[1].conf.name, "vm1");
	assert_string_equal(m.routers[1].conf.netns, "");
	assert_int_equal(m.routers[1].conf.guest, 1);
	assert_int_equal(m.max_routers, 4096);
	assert_int_equal(m.max_interfaces, 8192);
	assert_int_equal(m.daemon_line, 18);
	assert_int_equal(model_check(&m, err, sizeof(err)), 0);
}

static void sections_without_keys_count(void **state)
{
	(void)state;
	assert_parses("[port eth0]\n[port eth1]\n[daemon]");
	assert_int_equal(m.nports, 2);
	assert_string_equal(m.ports[0].conf.device, "eth0");
	assert_string_equal(m.ports[1].conf.device, "eth1");
	assert_string_equal(m.ports[1].conf.netns, "");
	assert_int_equal(m.ports[1].conf.mode, VRXDP_MODE_AUTO);
	assert_int_equal(m.ports[1].conf.group_pps, VRXDP_DEFAULT_GROUP_PPS);
	assert_int_equal(m.daemon_line, 3);
	assert_int_equal(m.max_routers, 0);
	assert_fails("\n[router red]\n[port a]",
		     "f:2: [router red]: where is its kernel? give netns, guest = yes, "
		     "or create = yes");
}

static void empty_files_and_comments_say_nothing(void **state)
{
	(void)state;
	assert_parses("");
	assert_parses("\n\n");
	assert_parses("; a\n # b\n\t;\xc3\xa4[port\n;");
	assert_int_equal(m.nports, 0);
	assert_string_equal(m.file, "f");
}

static void a_comment_begins_anywhere(void **state)
{
	(void)state;
	assert_parses("[port a]#x\ndevice=eth0#1\nnetns=b;x = y ] [");
	assert_string_equal(m.ports[0].conf.device, "eth0");
	assert_string_equal(m.ports[0].conf.netns, "b");
	assert_fails("[port a;]", "f:1: [port a: the section's ']' is missing; add it");
	assert_fails("[port a]\ndevice = ; eth0",
		     "f:2: device: no value after the '='; give one, or leave the key out");
}

static void lines_may_end_with_cr_lf(void **state)
{
	(void)state;
	assert_parses("[port a]\r\ndevice = eth0\r\n\r\n; c\r\nmode = generic\r");
	assert_string_equal(m.ports[0].conf.device, "eth0");
	assert_int_equal(m.ports[0].conf.mode, VRXDP_MODE_GENERIC);
	assert_fails("[port a]\rdevice = eth0\n",
		     "f:1: the control character \\x0d in column 9; remove it");
	assert_fails("[port a]\r\r\n", "f:1: the control character \\x0d in column 9; remove it");
}

static void a_byte_order_mark_is_skipped_in_front_only(void **state)
{
	(void)state;
	assert_parses("\xef\xbb\xbf");
	assert_parses("\xef\xbb\xbf[port a]");
	assert_int_equal(m.nports, 1);
	assert_fails("\n\xef\xbb\xbf[port a]",
		     "f:2: \\xef\\xbb\\xbf[port a]: no '=' in the line; write KEY = VALUE, "
		     "[SECTION], or a ';' in front of a comment");
}

static void only_text_is_accepted(void **state)
{
	(void)state;
	assert_int_equal(parse("[port a]\nmode=auto\0x\n", 21), -EINVAL);
	assert_string_equal(err, "f:2: a NUL byte in the line; a config file is plain text");
	assert_int_equal(parse("; \0", 3), -EINVAL);
	assert_int_equal(parse("\0", 1), -EINVAL);
	assert_fails("[port a]\n\x1b[2J",
		     "f:2: the control character \\x1b in column 1; remove it");
	assert_fails("a\x7f", "f:1: the control character \\x7f in column 2; remove it");
}

static void lines_have_a_length(void **state)
{
	char text[CONFIG_LINE_MAX + 3];

	(void)state;
	memset(text, ';', sizeof(text));
	assert_int_equal(parse(text, CONFIG_LINE_MAX), 0);
	text[CONFIG_LINE_MAX] = '\r';
	text[CONFIG_LINE_MAX + 1] = '\n';
	assert_int_equal(parse(text, CONFIG_LINE_MAX + 2), 0);
	text[CONFIG_LINE_MAX] = ';';
	assert_int_equal(parse(text, CONFIG_LINE_MAX + 1), -EINVAL);
	assert_string_equal(err, "f:1: the line has 24001 bytes, more than 24000; shorten it");
}

static void a_section_is_closed_and_stands_alone(void **state)
{
	(void)state;
	assert_fails("[port up0\ndevice = x",
		     "f:1: [port up0: the section's ']' is missing; add it");
	assert_fails("[port up0] device = eth0",
		     "f:1: [port up0] device = eth0: there is more after "
		     "the section's ']'; put it on a line of its own");
	assert_fails("[port a]]", "f:1: [port a]]: there is more after the section's ']'; "
				  "put it on a line of its own");
}

static void only_four_kinds_of_section_are_known(void **state)
{
	static const char *const heads[] = { "[prot a]", "[Port a]",  "[]",
					     "[porta]",  "[[port a]", "[/]" };
	const char *known = ": unknown section; there are [port NAME], [router NAME], "
			    "[interface ROUTER/IF] and [daemon]";

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_int_equal(parse(heads[i], strlen(heads[i])), -EINVAL);
		assert_non_null(strstr(err, known));
	}
	assert_fails("[daemon x]", "f:1: [daemon x]: the section has no name; write [daemon]");
}

static void sections_names_are_names(void **state)
{
	static const char *const bad[] = { "[port]",
					   "[port ]",
					   "[port a b]",
					   "[port -a]",
					   "[port \xc3\xa4]",
					   "[router .]",
					   "[router a/b]",
					   "[port abcdefghijklmnopqrstuvwxyz012345]",
					   "[interface /]",
					   "[interface red/]",
					   "[interface /wan]",
					   "[interface red/wan/x]",
					   "[interface red /wan]",
					   "[interface red/abcdefghijklmnopqrstuvwxyz012345]",
					   "[interface abcdefghijklmnopqrstuvwxyz012345/wan]" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], strlen(bad[i])), -EINVAL);
		assert_non_null(strstr(err, ": a name has 1 to 31 letters, digits, "));
	}
	assert_fails("[interface red]",
		     "f:1: [interface red]: no '/' in the name; write [interface ROUTER/IF]");
	assert_fails("[interface]",
		     "f:1: [interface]: no '/' in the name; write [interface ROUTER/IF]");
	assert_parses(
		"[port abcdefghijklmnopqrstuvwxyz01234]\ndevice=x\n"
		"[interface abcdefghijklmnopqrstuvwxyz01234/ABCDEFGHIJKLMNOPQRSTUVWXYZ01234]\n"
		"port=abcdefghijklmnopqrstuvwxyz01234\nmac=02:00:00:00:00:01\ndevice=y");
	assert_string_equal(m.ifaces[0].conf.router, "abcdefghijklmnopqrstuvwxyz01234");
	assert_string_equal(m.ifaces[0].conf.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234");
}

static void sections_are_not_repeated(void **state)
{
	(void)state;
	assert_fails("[port a]\n[port b]\n[port a]",
		     "f:3: [port a]: the section is in line 1 already; merge the two");
	assert_fails(RED "[router red]",
		     "f:3: [router red]: the section is in line 1 already; merge the two");
	assert_fails(WAN RED WAN,
		     "f:7: [interface red/wan]: the section is in line 1 already; merge the two");
	assert_fails("\n[daemon]\n[daemon]",
		     "f:3: [daemon]: the section is in line 2 already; merge the two");
	assert_parses("[port a]\n[router a]\nnetns=a\n[interface a/a]\nport=a\ndevice=a\n"
		      "mac=02:00:00:00:00:01\n[interface b/a]\nport=a\ndevice=a\n"
		      "mac=02:00:00:00:00:02");
}

static void a_line_is_a_key_and_a_value(void **state)
{
	(void)state;
	assert_fails("[port a]\ndevice eth0",
		     "f:2: device eth0: no '=' in the line; write KEY = VALUE, [SECTION], "
		     "or a ';' in front of a comment");
	assert_fails("[port a]\n = eth0", "f:2: = eth0: no key before the '='; add one");
	assert_fails("[port a]\nmode =  ",
		     "f:2: mode: no value after the '='; give one, or leave the key out");
	assert_fails("device = eth0\n[port a]",
		     "f:1: device: no section before the key; begin one, like [port eth0]");
	assert_fails("[port a]\nmode = auto native",
		     "f:2: mode: \"auto native\" is unknown; give auto, native or generic");
	assert_fails("[port a]\nmode = = auto",
		     "f:2: mode: \"= auto\" is unknown; give auto, native or generic");
}

static void unknown_keys_are_errors_that_name_the_known_ones(void **state)
{
	(void)state;
	assert_fails("[port a]\ndevise = eth0",
		     "f:2: devise: unknown key; there are device, netns, mode, group-limit "
		     "in [port a]");
	assert_fails("[router a]\nport = x",
		     "f:2: port: unknown key; there are netns, guest, path, create "
		     "in [router a]");
	assert_fails("[interface a/b]\n\nnetns = x",
		     "f:3: netns: unknown key; there are port, mac, vlan, vrrp, device, "
		     "address in [interface a/b]");
	assert_fails("[daemon]\nMax-routers = 1",
		     "f:2: Max-routers: unknown key; there are max-routers, max-interfaces "
		     "in [daemon]");
	assert_fails("[port a]\nmode x = auto",
		     "f:2: mode x: unknown key; there are device, netns, mode, group-limit "
		     "in [port a]");
}

static void keys_are_not_repeated(void **state)
{
	(void)state;
	assert_fails("[port a]\nmode=auto\n\nmode=auto",
		     "f:4: mode: [port a] has the key in line 2 already; keep one");
	assert_parses("[port a]\nmode=auto\n[port b]\nmode=auto");
}

static void long_and_strange_text_is_shown_escaped_and_cut(void **state)
{
	char text[900] = "[port a]\nmode = \xff\\";
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'x', 800);
	text[len + 800] = '\0';
	assert_int_equal(parse(text, strlen(text)), -EINVAL);
	assert_memory_equal(err, "f:2: mode: \"\\xff\\x5cxxxx", 24);
	assert_non_null(strstr(err, "xxx...\" is unknown; give auto, native or generic"));
	text[0] = '[';
	memset(text + 1, 'y', 800);
	strcpy(text + 801, "]");
	assert_int_equal(parse(text, strlen(text)), -EINVAL);
	assert_non_null(strstr(err, "yyy...]: unknown section;"));
}

/* A file in a directory of its own. */
int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(a_whole_config_is_read_as_written),
		TEST(sections_without_keys_count),
		TEST(empty_files_and_comments_say_nothing),
		TEST(a_comment_begins_anywhere),
		TEST(lines_may_end_with_cr_lf),
		TEST(a_byte_order_mark_is_skipped_in_front_only),
		TEST(only_text_is_accepted),
		TEST(lines_have_a_length),
		TEST(a_section_is_closed_and_stands_alone),
		TEST(only_four_kinds_of_section_are_known),
		TEST(sections_names_are_names),
		TEST(sections_are_not_repeated),
		TEST(a_line_is_a_key_and_a_value),
		TEST(unknown_keys_are_errors_that_name_the_known_ones),
		TEST(keys_are_not_repeated),
		TEST(long_and_strange_text_is_shown_escaped_and_cut),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
