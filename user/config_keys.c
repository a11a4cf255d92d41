/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config_keys.h"
#include "config_lex.h"
#include "lists.h"
#include "values.h"
#include "vlans.h"
#include "vrxdp/records.h"

#define SHOWN 80

/* The data path keeps the time of one copy in ns: more than one a ns has no number. */
#define MAX_GROUP_PPS 1000000000ull

static int set_netns(char *netns, const char *value, char *err, size_t err_len)
{
	char shown[SHOWN];

	shorten_text(value, shown, sizeof(shown));
	if (strlen(value) >= VRXDP_NETNS_LEN)
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is longer than %d bytes; give a shorter path", shown,
				 VRXDP_NETNS_LEN - 1);
	if (strpbrk(value, " \t"))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" has blanks in it; give one name, PID or path", shown);
	if (value[0] != '/' && strchr(value, '/'))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is neither a name in /run/netns nor a PID, "
				 "and a path begins with '/'",
				 shown);
	if (!strcmp(value, ".") || !strcmp(value, ".."))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is not a namespace; give a name in /run/netns, "
				 "a PID or a path",
				 shown);
	strcpy(netns, value);
	return 0;
}

static int set_device(char *device, const char *value, char *err, size_t err_len)
{
	char shown[SHOWN];

	if (!device_name_valid(value))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is not a device name; it has at most %d bytes, "
				 "no blank, '/' or ':'",
				 shorten_text(value, shown, sizeof(shown)), VRXDP_DEV_LEN - 1);
	strcpy(device, value);
	return 0;
}

/* The position of @value in @words, or -EINVAL. */
static int set_word(__u8 *out, const char *const words[], const char *value, const char *accepted,
		    char *err, size_t err_len)
{
	char shown[SHOWN];

	for (__u8 i = 0; words[i]; i++) {
		if (!strcmp(words[i], value)) {
			*out = i;
			return 0;
		}
	}
	return err_write(err, err_len, -EINVAL, "\"%s\" is unknown; give %s",
			 shorten_text(value, shown, sizeof(shown)), accepted);
}

static int port_device(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_port_conf *port = conf;

	return set_device(port->device, value, err, err_len);
}

static int port_netns(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_port_conf *port = conf;

	return set_netns(port->netns, value, err, err_len);
}

static int port_mode(void *conf, const char *value, char *err, size_t err_len)
{
	static const char *const words[] = { [VRXDP_MODE_AUTO] = "auto",
					     [VRXDP_MODE_NATIVE] = "native",
					     [VRXDP_MODE_GENERIC] = "generic",
					     NULL };
	struct vrxdp_port_conf *port = conf;

	return set_word(&port->mode, words, value, "auto, native or generic", err, err_len);
}

static int port_group_limit(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_port_conf *port = conf;
	char shown[SHOWN];
	__u64 pps;
	int ret;

	ret = parse_pps(value, &pps, err, err_len);
	if (ret)
		return ret;
	if (pps > MAX_GROUP_PPS)
		return err_write(err, err_len, -ERANGE, "%s is out of range; give at most 1000Mpps",
				 shorten_text(value, shown, sizeof(shown)));
	port->group_pps = pps;
	return 0;
}

static int router_netns(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_router_conf *router = conf;

	return set_netns(router->netns, value, err, err_len);
}

static int router_guest(void *conf, const char *value, char *err, size_t err_len)
{
	static const char *const words[] = { "no", "yes", NULL };
	struct vrxdp_router_conf *router = conf;

	return set_word(&router->guest, words, value, "yes or no", err, err_len);
}

static int router_path(void *conf, const char *value, char *err, size_t err_len)
{
	static const char *const words[] = {
		[VRXDP_PATH_FAST] = "fast", [VRXDP_PATH_STACK] = "stack", NULL
	};
	struct vrxdp_router_conf *router = conf;

	return set_word(&router->path, words, value, "fast or stack", err, err_len);
}

static int router_create(void *conf, const char *value, char *err, size_t err_len)
{
	static const char *const words[] = { "no", "yes", NULL };
	struct vrxdp_router_conf *router = conf;

	return set_word(&router->create, words, value, "yes or no", err, err_len);
}

static int iface_port(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_iface_conf *iface = conf;
	char shown[SHOWN];

	if (!name_valid(value))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is not a port's name; give the NAME of a [port NAME]",
				 shorten_text(value, shown, sizeof(shown)));
	strcpy(iface->port, value);
	return 0;
}

static int iface_mac(void *conf, const char *value, char *err, size_t err_len)
{
	return macs_parse(value, conf, err, err_len);
}

static int iface_vlan(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_iface_conf *iface = conf;

	return vlans_parse(value, &iface->vlans, err, err_len);
}

static int iface_vrrp(void *conf, const char *value, char *err, size_t err_len)
{
	return vrids_parse(value, conf, err, err_len);
}

static int iface_address(void *conf, const char *value, char *err, size_t err_len)
{
	return addresses_parse(value, conf, err, err_len);
}

static int iface_device(void *conf, const char *value, char *err, size_t err_len)
{
	struct vrxdp_iface_conf *iface = conf;

	return set_device(iface->device, value, err, err_len);
}

static int daemon_max_routers(void *conf, const char *value, char *err, size_t err_len)
{
	struct config_daemon *d = conf;

	return parse_u32(value, 1, VRXDP_LIMIT_ROUTERS, &d->max_routers, err, err_len);
}

static int daemon_max_interfaces(void *conf, const char *value, char *err, size_t err_len)
{
	struct config_daemon *d = conf;

	return parse_u32(value, 1, VRXDP_LIMIT_INTERFACES, &d->max_interfaces, err, err_len);
}

const struct config_key config_keys[] = {
	{ CONFIG_PORT, "device", "the net device; default: the port's name", port_device, NULL },
	{ CONFIG_PORT, "netns", "its namespace: name, PID or path; default: where vrxdp runs",
	  port_netns, NULL },
	{ CONFIG_PORT, "mode", "auto (default), native or generic", port_mode, NULL },
	{ CONFIG_PORT, "group-limit",
	  "copies of group frames a second; default: 200kpps, at most 1000Mpps", port_group_limit,
	  NULL },
	{ CONFIG_PORT, "capacity", "what guarantees may add up to", NULL, NULL },

	{ CONFIG_ROUTER, "netns", "its namespace: name, PID or path", router_netns, NULL },
	{ CONFIG_ROUTER, "guest", "yes: its kernel is not visible from here; default: no",
	  router_guest, NULL },
	{ CONFIG_ROUTER, "path", "fast (default) or stack", router_path, NULL },
	{ CONFIG_ROUTER, "create",
	  "yes: attach makes the namespace and the veths that aren't there; default: no",
	  router_create, NULL },
	{ CONFIG_ROUTER, "weight", "CPU share", NULL, NULL },
	{ CONFIG_ROUTER, "limit", "never more than this rate", NULL, NULL },
	{ CONFIG_ROUTER, "guarantee", "rate that it gets at least", NULL, NULL },
	{ CONFIG_ROUTER, "cpus", "where its work runs", NULL, NULL },

	{ CONFIG_INTERFACE, "port", "the port's name", iface_port, NULL },
	{ CONFIG_INTERFACE, "mac", "the router's MAC addresses, comma-separated", iface_mac, NULL },
	{ CONFIG_INTERFACE, "vlan",
	  "a VLAN, a list, OUTER.INNER (802.1ad) or trunk; default: untagged", iface_vlan, NULL },
	{ CONFIG_INTERFACE, "vrrp", "VRIDs whose MAC addresses the router may have as well",
	  iface_vrrp, NULL },
	{ CONFIG_INTERFACE, "device", "the device that leads to the router's stack, or auto",
	  iface_device, NULL },
	{ CONFIG_INTERFACE, "address", "addresses of the router's end, where create makes it",
	  iface_address, NULL },

	{ CONFIG_DAEMON, "max-routers", "how many the maps are made for; default: 1024",
	  daemon_max_routers, NULL },
	{ CONFIG_DAEMON, "max-interfaces", "how many the maps are made for; default: 2048",
	  daemon_max_interfaces, NULL },
	{ CONFIG_DAEMON, "heartbeat", "age from which the mirror counts as dead", NULL, NULL },
	{ CONFIG_DAEMON, "routes-per-router", "quota", NULL, NULL },
};
const size_t config_nkeys = sizeof(config_keys) / sizeof(config_keys[0]);
_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_MAX_KEYS,
	       "the parser has a line number for each key");

const struct config_key *config_key_find(enum config_section section, const char *name, char *err,
					 size_t err_len)
{
	char shown[SHOWN], known[160] = "";
	size_t at = 0;

	for (size_t i = 0; i < config_nkeys; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->section != section)
			continue;
		if (!strcmp(key->name, name))
			return key;
		if (key->set && at < sizeof(known))
			at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s",
					       at ? ", " : "", key->name);
	}
	err_write(err, err_len, 0, "%s: unknown key; there are %s",
		  shorten_text(name, shown, sizeof(shown)), known);
	return NULL;
}

int config_key_set(const struct config_key *key, void *conf, const char *value, char *err,
		   size_t err_len)
{
	size_t len = strlen(value);
	char why[300];

	if (!key->set)
		return err_write(err, err_len, -EINVAL, "%s: not supported in this version; %s",
				 key->name, key->instead ? key->instead : "leave the key out");
	if (!len)
		return err_write(err, err_len, -EINVAL,
				 "%s: the value is empty; give one, or leave the key out",
				 key->name);
	if (len > CONFIG_LINE_MAX)
		return err_write(err, err_len, -EINVAL, "%s: the value is longer than %d bytes",
				 key->name, CONFIG_LINE_MAX);
	if (value[0] == ' ' || value[len - 1] == ' ' || strpbrk(value, ";#"))
		return err_write(err, err_len, -EINVAL,
				 "%s: blanks at the ends, ';' and '#' can't be in a value; "
				 "remove them",
				 key->name);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < ' ' || c == 0x7f)
			return err_write(err, err_len, -EINVAL,
					 "%s: the control character \\x%02x is in the value; "
					 "remove it",
					 key->name, c);
	}
	if (key->set(conf, value, why, sizeof(why)))
		return err_write(err, err_len, -EINVAL, "%s: %s", key->name, why);
	return 0;
}
