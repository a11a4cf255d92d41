// SPDX-License-Identifier: GPL-2.0-only
#include "lists.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "values.h"

#define SHOWN 80

/*
 * Cut the next item off *@rest, without the blanks around it. NULL: there is none. The
 * list is the caller's copy, and may be cut.
 */
static char *next_item(char **rest)
{
	char *item = strsep(rest, ",");
	size_t len;

	if (!item)
		return NULL;
	item += strspn(item, " \t");
	len = strlen(item);
	while (len && (item[len - 1] == ' ' || item[len - 1] == '\t'))
		item[--len] = '\0';
	return item;
}

static int copy_list(const char *text, char copy[LIST_TEXT], char *err, size_t err_len)
{
	char shown[SHOWN];

	if (strlen(text) >= LIST_TEXT)
		return err_write(err, err_len, -EINVAL, "\"%s\" is longer than %d bytes",
				 shorten_text(text, shown, sizeof(shown)), LIST_TEXT - 1);
	strcpy(copy, text);
	return 0;
}

int macs_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len)
{
	char copy[LIST_TEXT], shown[18], *rest = copy, *item;
	__u8 mac[6];

	conf->nmacs = 0;
	if (copy_list(text, copy, err, err_len))
		return -EINVAL;
	while ((item = next_item(&rest))) {
		if (parse_mac(item, mac, err, err_len))
			return -EINVAL;
		if (macs_have(conf, mac))
			return err_write(err, err_len, -EINVAL,
					 "%s is in the list twice; give it once",
					 format_mac(mac, shown));
		if (conf->nmacs == VRXDP_MAX_MACS)
			return err_write(err, err_len, -EINVAL,
					 "more than %u addresses; an interface has at most so many",
					 VRXDP_MAX_MACS);
		memcpy(conf->macs[conf->nmacs++], mac, sizeof(mac));
	}
	return 0;
}

/* Append @item, with a comma before it unless it is the first. */
static void append(char *buf, size_t len, const char *item)
{
	size_t at = strlen(buf);

	snprintf(buf + at, len - at, "%s%s", at ? "," : "", item);
}

char *macs_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len)
{
	char mac[18];
	int i;

	*buf = '\0';
	for (i = 0; i < conf->nmacs; i++)
		append(buf, len, format_mac(conf->macs[i], mac));
	return buf;
}

bool macs_have(const struct vrxdp_iface_conf *conf, const __u8 mac[6])
{
	int i;

	for (i = 0; i < conf->nmacs; i++)
		if (!memcmp(conf->macs[i], mac, sizeof(conf->macs[i])))
			return true;
	return false;
}

bool vrids_have(const struct vrxdp_iface_conf *conf, unsigned int vrid)
{
	return vrid < VRXDP_VRIDS && (conf->vrids[vrid / 8] >> (vrid % 8) & 1);
}

unsigned int vrids_next(const struct vrxdp_iface_conf *conf, unsigned int vrid)
{
	while (++vrid < VRXDP_VRIDS)
		if (vrids_have(conf, vrid))
			return vrid;
	return 0;
}

bool vrids_any(const struct vrxdp_iface_conf *conf)
{
	return vrids_next(conf, 0) != 0;
}

int vrids_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len)
{
	char copy[LIST_TEXT], *rest = copy, *item;
	__u32 vrid;

	memset(conf->vrids, 0, sizeof(conf->vrids));
	if (copy_list(text, copy, err, err_len))
		return -EINVAL;
	while ((item = next_item(&rest))) {
		if (parse_u32(item, 1, VRXDP_VRIDS - 1, &vrid, err, err_len))
			return -EINVAL;
		if (vrids_have(conf, vrid))
			return err_write(err, err_len, -EINVAL,
					 "%u is in the list twice; give it once", vrid);
		conf->vrids[vrid / 8] |= (__u8)(1u << (vrid % 8));
	}
	return 0;
}

char *vrids_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len)
{
	unsigned int vrid;
	char item[16];

	*buf = '\0';
	for (vrid = vrids_next(conf, 0); vrid; vrid = vrids_next(conf, vrid)) {
		snprintf(item, sizeof(item), "%u", vrid);
		append(buf, len, item);
	}
	return buf;
}

static const __u8 vrid_prefix[4] = { 0x00, 0x00, 0x5e, 0x00 };

unsigned int vrid_of_mac(const __u8 mac[6])
{
	if (memcmp(mac, vrid_prefix, sizeof(vrid_prefix)) || (mac[4] != 1 && mac[4] != 2))
		return 0;
	return mac[5];
}

void vrid_mac(unsigned int vrid, bool v6, __u8 mac[6])
{
	memcpy(mac, vrid_prefix, sizeof(vrid_prefix));
	mac[4] = v6 ? 2 : 1;
	mac[5] = (__u8)vrid;
}

/* Not an address that a host can have: RFC 1122 3.2.1.3, RFC 4291 2.5 to 2.7. */
static bool no_host_address(const struct vrxdp_address *a)
{
	static const __u8 zero[16];

	if (a->family == AF_INET)
		return !a->bytes[0] || a->bytes[0] >= 224 || a->bytes[0] == 127;
	return !memcmp(a->bytes, zero, sizeof(zero)) || a->bytes[0] == 0xff ||
	       (!memcmp(a->bytes, zero, 15) && a->bytes[15] == 1);
}

static int parse_address(char *item, struct vrxdp_address *a, char *err, size_t err_len)
{
	char shown[SHOWN], *slash = strchr(item, '/');
	__u32 len, max;

	memset(a, 0, sizeof(*a));
	shorten_text(item, shown, sizeof(shown));
	if (!slash)
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" has no prefix length; give ADDRESS/LENGTH", shown);
	*slash = '\0';
	a->family = strchr(item, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(a->family, item, a->bytes) != 1)
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is no IP address; give 192.0.2.1/24 or 2001:db8::1/64",
				 shown);
	max = a->family == AF_INET ? 32 : 128;
	if (parse_u32(slash + 1, 1, max, &len, err, err_len))
		return -EINVAL;
	a->prefix_len = (__u8)len;
	if (no_host_address(a))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is no address that an interface can have", shown);
	return 0;
}

int addresses_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len)
{
	char copy[LIST_TEXT], *rest = copy, *item;
	struct vrxdp_address a;
	int i;

	conf->naddresses = 0;
	memset(conf->addresses, 0, sizeof(conf->addresses));
	if (copy_list(text, copy, err, err_len))
		return -EINVAL;
	while ((item = next_item(&rest))) {
		if (parse_address(item, &a, err, err_len))
			return -EINVAL;
		for (i = 0; i < conf->naddresses; i++)
			if (conf->addresses[i].family == a.family &&
			    !memcmp(conf->addresses[i].bytes, a.bytes, sizeof(a.bytes)))
				return err_write(err, err_len, -EINVAL,
						 "%s is in the list twice; give it once", item);
		if (conf->naddresses == VRXDP_MAX_ADDRESSES)
			return err_write(
				err, err_len, -EINVAL,
				"more than %u addresses; an interface is made with at most "
				"so many",
				VRXDP_MAX_ADDRESSES);
		conf->addresses[conf->naddresses++] = a;
	}
	return 0;
}

char *addresses_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len)
{
	char text[INET6_ADDRSTRLEN], item[INET6_ADDRSTRLEN + 8];
	int i;

	*buf = '\0';
	for (i = 0; i < conf->naddresses; i++) {
		const struct vrxdp_address *a = &conf->addresses[i];

		inet_ntop(a->family, a->bytes, text, sizeof(text));
		snprintf(item, sizeof(item), "%s/%u", text, a->prefix_len);
		append(buf, len, item);
	}
	return buf;
}
