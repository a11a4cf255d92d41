/* SPDX-License-Identifier: GPL-2.0-only */
/* MAC addresses, VRIDs and IP addresses as lists: read, written, searched. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lists.h"

typedef int parser(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len);

static struct vrxdp_iface_conf conf;
static char err[200];
static char text[LIST_TEXT];

static int empty(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	return 0;
}

static void assert_parses(parser *parse, const char *value)
{
	if (parse(value, &conf, err, sizeof(err)))
		fail_msg("%s: %s", value, err);
}

static void assert_fails(parser *parse, const char *value, const char *line)
{
	assert_int_equal(parse(value, &conf, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, line);
}

static void mac_addresses_keep_their_order(void **state)
{
	const __u8 first[6] = { 2, 0, 0, 0, 0x0e, 9 }, second[6] = { 2, 0, 0, 0, 0x0e, 1 };
	const __u8 other[6] = { 2, 0, 0, 0, 0x0e, 2 };

	(void)state;
	assert_false(macs_have(&conf, other));
	assert_string_equal(macs_format(&conf, text, sizeof(text)), "");
	assert_parses(macs_parse, "02:00:00:00:0E:09 ,\t02:00:00:00:0e:01");
	assert_int_equal(conf.nmacs, 2);
	assert_memory_equal(conf.macs[0], first, 6);
	assert_memory_equal(conf.macs[1], second, 6);
	assert_true(macs_have(&conf, first));
	assert_true(macs_have(&conf, second));
	assert_false(macs_have(&conf, other));
	assert_string_equal(macs_format(&conf, text, sizeof(text)),
			    "02:00:00:00:0e:09,02:00:00:00:0e:01");
	/* A shorter list leaves nothing of the longer one. */
	assert_parses(macs_parse, "02:00:00:00:0e:02");
	assert_false(macs_have(&conf, second));
}

/* @n addresses. */
static const char *many_macs(unsigned int n)
{
	static char list[1024];
	size_t at = 0;

	for (unsigned int i = 0; i < n; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s02:00:00:00:01:%02x",
				       i ? "," : "", i);
	return list;
}

static void an_interface_has_up_to_16_mac_addresses(void **state)
{
	(void)state;
	assert_parses(macs_parse, many_macs(VRXDP_MAX_MACS));
	assert_int_equal(conf.nmacs, VRXDP_MAX_MACS);
	assert_string_equal(macs_format(&conf, text, sizeof(text)), many_macs(VRXDP_MAX_MACS));
	assert_fails(macs_parse, many_macs(VRXDP_MAX_MACS + 1),
		     "more than 16 addresses; an interface has at most so many");
}

static void wrong_mac_addresses_are_named(void **state)
{
	(void)state;
	assert_fails(macs_parse, "02:00:00:00:0e:01,02:00:00:00:0e:02,02:00:00:00:0E:01",
		     "02:00:00:00:0e:01 is in the list twice; give it once");
	assert_fails(macs_parse, "02:00:00:00:0e:01,",
		     "\"\" is not a MAC address; write it like 02:00:00:00:0e:01");
	assert_fails(macs_parse, "02:00:00:00:0e:01,03:00:00:00:0e:01",
		     "03:00:00:00:0e:01 is a group address; an interface needs a unicast MAC, "
		     "whose first byte is even");
	assert_fails(macs_parse, "02:00:00:00:0e:01 02:00:00:00:0e:02",
		     "\"02:00:00:00:0e:01 02:00:00:00:0e:02\" is not a MAC address; "
		     "write it like 02:00:00:00:0e:01");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_parses(macs_parse, "02:00:00:00:0e:01");
	assert_int_equal(macs_parse(text, &conf, err, sizeof(err)), -EINVAL);
}

static void vrids_are_1_to_255_in_any_order(void **state)
{
	unsigned int vrid, n = 0;

	(void)state;
	assert_false(vrids_any(&conf));
	assert_string_equal(vrids_format(&conf, text, sizeof(text)), "");
	assert_parses(vrids_parse, "255, 1,51");
	assert_true(vrids_any(&conf));
	assert_string_equal(vrids_format(&conf, text, sizeof(text)), "1,51,255");
	assert_true(vrids_have(&conf, 255));
	assert_false(vrids_have(&conf, 52));
	assert_false(vrids_have(&conf, 0));
	assert_false(vrids_have(&conf, 256));
	for (vrid = vrids_next(&conf, 0); vrid; vrid = vrids_next(&conf, vrid))
		n++;
	assert_int_equal(n, 3);
	assert_parses(vrids_parse, "52");
	assert_false(vrids_have(&conf, 51));
	assert_fails(vrids_parse, "0", "0 is out of range; give 1 to 255");
	assert_fails(vrids_parse, "256", "256 is out of range; give 1 to 255");
	assert_fails(vrids_parse, "51,52,51", "51 is in the list twice; give it once");
	assert_fails(vrids_parse, "51-53", "\"51-53\" is not a whole number; give 1 to 255");
	assert_fails(vrids_parse, "51,", "\"\" is not a whole number; give 1 to 255");
}

static void all_vrids_have_room(void **state)
{
	char all[LIST_TEXT];
	size_t at = 0;

	(void)state;
	for (unsigned int i = 1; i < VRXDP_VRIDS; i++)
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%u", i > 1 ? "," : "", i);
	assert_parses(vrids_parse, all);
	assert_string_equal(vrids_format(&conf, text, sizeof(text)), all);
}

static void a_vrid_has_a_mac_address_for_each_family(void **state)
{
	const __u8 v4[6] = { 0, 0, 0x5e, 0, 1, 51 }, v6[6] = { 0, 0, 0x5e, 0, 2, 255 };
	__u8 mac[6];

	(void)state;
	vrid_mac(51, false, mac);
	assert_memory_equal(mac, v4, 6);
	assert_int_equal(vrid_of_mac(mac), 51);
	vrid_mac(255, true, mac);
	assert_memory_equal(mac, v6, 6);
	assert_int_equal(vrid_of_mac(mac), 255);
	for (int byte = 0; byte < 5; byte++) {
		memcpy(mac, v4, 6);
		mac[byte] ^= 0x80;
		assert_int_equal(vrid_of_mac(mac), 0);
	}
	memcpy(mac, v4, 6);
	mac[4] = 0;
	assert_int_equal(vrid_of_mac(mac), 0);
	mac[4] = 3;
	assert_int_equal(vrid_of_mac(mac), 0);
	mac[4] = 1;
	mac[5] = 0; /* no VRID */
	assert_int_equal(vrid_of_mac(mac), 0);
}

static void addresses_have_prefix_lengths(void **state)
{
	const __u8 v4[16] = { 192, 0, 2, 1 }, v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };

	(void)state;
	assert_string_equal(addresses_format(&conf, text, sizeof(text)), "");
	assert_parses(addresses_parse, "192.0.2.1/24 , 2001:DB8:0::1/64,192.0.2.2/32, fe80::5/128");
	assert_int_equal(conf.naddresses, 4);
	assert_int_equal(conf.addresses[0].family, AF_INET);
	assert_int_equal(conf.addresses[0].prefix_len, 24);
	assert_memory_equal(conf.addresses[0].bytes, v4, 16);
	assert_int_equal(conf.addresses[1].family, AF_INET6);
	assert_int_equal(conf.addresses[1].prefix_len, 64);
	assert_memory_equal(conf.addresses[1].bytes, v6, 16);
	assert_string_equal(addresses_format(&conf, text, sizeof(text)),
			    "192.0.2.1/24,2001:db8::1/64,192.0.2.2/32,fe80::5/128");
	assert_parses(addresses_parse, "192.0.2.0/1");
	assert_int_equal(conf.naddresses, 1);
	/* What the longer list had is gone from every byte. */
	assert_int_equal(conf.addresses[1].family, 0);
}

static void wrong_addresses_are_named(void **state)
{
	static const char *const no_hosts[] = { "0.0.0.0/8",   "0.1.2.3/8",          "127.0.0.1/8",
						"224.0.0.5/4", "255.255.255.255/32", "::/64",
						"::1/128",     "ff02::1/64" };
	char line[200];

	(void)state;
	assert_fails(addresses_parse, "192.0.2.1",
		     "\"192.0.2.1\" has no prefix length; give ADDRESS/LENGTH");
	assert_fails(addresses_parse, "192.0.2.1/24,",
		     "\"\" has no prefix length; give ADDRESS/LENGTH");
	assert_fails(addresses_parse, "192.0.2/24",
		     "\"192.0.2/24\" is no IP address; give 192.0.2.1/24 or 2001:db8::1/64");
	assert_fails(addresses_parse, "2001:db8::g/64",
		     "\"2001:db8::g/64\" is no IP address; give 192.0.2.1/24 or 2001:db8::1/64");
	assert_fails(addresses_parse, "192.0.2.1/33", "33 is out of range; give 1 to 32");
	assert_fails(addresses_parse, "192.0.2.1/0", "0 is out of range; give 1 to 32");
	assert_fails(addresses_parse, "2001:db8::1/129", "129 is out of range; give 1 to 128");
	assert_fails(addresses_parse, "192.0.2.1/x", "\"x\" is not a whole number; give 1 to 32");
	assert_fails(addresses_parse, "192.0.2.1/24,192.0.2.1/25",
		     "192.0.2.1 is in the list twice; give it once");
	assert_fails(addresses_parse, "2001:db8::1/64,2001:db8:0::1/64",
		     "2001:db8:0::1 is in the list twice; give it once");
	for (size_t i = 0; i < sizeof(no_hosts) / sizeof(no_hosts[0]); i++) {
		snprintf(line, sizeof(line), "\"%s\" is no address that an interface can have",
			 no_hosts[i]);
		assert_fails(addresses_parse, no_hosts[i], line);
	}
}

static void an_interface_is_made_with_up_to_16_addresses(void **state)
{
	char list[1024];
	size_t at = 0;

	(void)state;
	for (unsigned int i = 1; i <= VRXDP_MAX_ADDRESSES; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at,
				       "%s2001:db8:1111:2222:"
				       "3333:4444:5555:%x/128",
				       i > 1 ? "," : "", 0x1000 + i);
	assert_parses(addresses_parse, list);
	assert_string_equal(addresses_format(&conf, text, sizeof(text)), list);
	strcat(list, ",192.0.2.1/24");
	assert_fails(addresses_parse, list,
		     "more than 16 addresses; an interface is made with at most so many");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, empty)
	static const struct CMUnitTest tests[] = {
		TEST(mac_addresses_keep_their_order),
		TEST(an_interface_has_up_to_16_mac_addresses),
		TEST(wrong_mac_addresses_are_named),
		TEST(vrids_are_1_to_255_in_any_order),
		TEST(all_vrids_have_room),
		TEST(a_vrid_has_a_mac_address_for_each_family),
		TEST(addresses_have_prefix_lengths),
		TEST(wrong_addresses_are_named),
		TEST(an_interface_is_made_with_up_to_16_addresses),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
