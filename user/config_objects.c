/* SPDX-License-Identifier: GPL-2.0-only */
/* One object of the config at a time: defaults, keys, and what it can't do without. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_keys.h"
#include "config_lex.h"
#include "values.h"

#define SHOWN 80

void config_init_port(struct vrxdp_port_conf *conf, const char *name)
{
	*conf = (struct vrxdp_port_conf){ .group_pps = VRXDP_DEFAULT_GROUP_PPS,
					  .mode = VRXDP_MODE_AUTO };
	snprintf(conf->name, sizeof(conf->name), "%s", name);
}

void config_init_router(struct vrxdp_router_conf *conf, const char *name)
{
	*conf = (struct vrxdp_router_conf){ .path = VRXDP_PATH_FAST };
	snprintf(conf->name, sizeof(conf->name), "%s", name);
}

void config_init_iface(struct vrxdp_iface_conf *conf, const char *router, const char *name)
{
	*conf = (struct vrxdp_iface_conf){ 0 };
	snprintf(conf->router, sizeof(conf->router), "%s", router);
	snprintf(conf->name, sizeof(conf->name), "%s", name);
}

int config_finish_port(struct vrxdp_port_conf *conf, char *err, size_t err_len)
{
	if (*conf->device)
		return 0;
	if (!device_name_valid(conf->name))
		return err_write(err, err_len, -EINVAL,
				 "no device has such a long name (%d characters at most); "
				 "add device = NAME",
				 VRXDP_DEV_LEN - 1);
	snprintf(conf->device, sizeof(conf->device), "%.*s", VRXDP_DEV_LEN - 1, conf->name);
	return 0;
}

/* What attach makes is known by a name in /run/netns, which nothing may take for something else. */
static int finish_created(struct vrxdp_router_conf *conf, char *err, size_t err_len)
{
	if (conf->guest)
		return err_write(err, err_len, -EINVAL,
				 "a guest's kernel is in no namespace that could be made; "
				 "give either create or guest");
	if (!*conf->netns)
		snprintf(conf->netns, sizeof(conf->netns), "%s", conf->name);
	if (!name_valid(conf->netns))
		return err_write(err, err_len, -EINVAL,
				 "the namespace that is made needs a plain name: up to %d letters, "
				 "digits, '_', '.' and '-'",
				 VRXDP_NAME_LEN - 1);
	if (!conf->netns[strspn(conf->netns, "0123456789")])
		return err_write(
			err, err_len, -EINVAL,
			"the namespace that is made can't be called %s, which may be a PID; "
			"give netns with a letter in it",
			conf->netns);
	return 0;
}

int config_finish_router(struct vrxdp_router_conf *conf, char *err, size_t err_len)
{
	if (conf->create)
		return finish_created(conf, err, err_len);
	if (conf->guest && *conf->netns)
		return err_write(err, err_len, -EINVAL,
				 "a guest's kernel is in no namespace of this host; "
				 "give either netns or guest = yes");
	if (!conf->guest && !*conf->netns)
		return err_write(err, err_len, -EINVAL,
				 "where is its kernel? give netns, guest = yes, or create = yes");
	return 0;
}

int config_finish_iface(const struct vrxdp_iface_conf *conf, char *err, size_t err_len)
{
	if (!*conf->port)
		return err_write(err, err_len, -EINVAL,
				 "no port; give the name of the port that its frames arrive on");
	return 0;
}

static int set(enum config_section section, void *conf, const char *key, const char *value,
	       char *err, size_t err_len)
{
	const struct config_key *k = config_key_find(section, key, err, err_len);

	return k ? config_key_set(k, conf, value, err, err_len) : -EINVAL;
}

int config_set_port(struct vrxdp_port_conf *conf, const char *key, const char *value, char *err,
		    size_t err_len)
{
	return set(CONFIG_PORT, conf, key, value, err, err_len);
}

int config_set_router(struct vrxdp_router_conf *conf, const char *key, const char *value, char *err,
		      size_t err_len)
{
	return set(CONFIG_ROUTER, conf, key, value, err, err_len);
}

int config_set_iface(struct vrxdp_iface_conf *conf, const char *key, const char *value, char *err,
		     size_t err_len)
{
	/* A list is read in steps: a wrong one must not leave half of itself. */
	struct vrxdp_iface_conf changed = *conf;
	int ret = set(CONFIG_INTERFACE, &changed, key, value, err, err_len);

	if (!ret)
		*conf = changed;
	return ret;
}

/*
 * Cut KEY=VALUE off the front of @text. Parts without '=' are the value's.
 * Returns what follows, or NULL if nothing does. *@value is NULL without '='.
 */
static char *cut_pair(char *text, char **value)
{
	char *equals = text + strcspn(text, "=,");
	char *comma;

	*value = NULL;
	if (*equals != '=')
		return NULL;
	*equals = '\0';
	*value = equals + 1;
	for (comma = strchr(*value, ','); comma; comma = strchr(comma + 1, ',')) {
		const char *next = comma + 1;

		if (next[strcspn(next, "=,")] == '=') {
			*comma = '\0';
			return comma + 1;
		}
	}
	return NULL;
}

int config_parse_iface(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len)
{
	bool seen[CONFIG_MAX_KEYS] = { false };
	char copy[CONFIG_LINE_MAX + 1];
	char shown[SHOWN];
	char *pair = copy, *rest, *value;

	config_init_iface(conf, "", "");
	shorten_text(text, shown, sizeof(shown));
	if (strlen(text) > CONFIG_LINE_MAX)
		return err_write(err, err_len, -EINVAL, "\"%s\" is longer than %d bytes; give less",
				 shown, CONFIG_LINE_MAX);
	strcpy(copy, text);
	for (rest = copy; rest; pair = rest) {
		const struct config_key *key;
		bool first = pair == copy;

		rest = cut_pair(pair, &value);
		if (!value || !*pair)
			return err_write(err, err_len, -EINVAL,
					 "\"%s\" is not IF=PORT[,KEY=VALUE]...", shown);
		if (first && !name_valid(pair))
			return err_write(err, err_len, -EINVAL,
					 "\"%s\" is not an interface's name; it has up to %d "
					 "letters, digits, '_', '.' and '-'",
					 shorten_text(pair, shown, sizeof(shown)),
					 VRXDP_NAME_LEN - 1);
		if (first)
			strcpy(conf->name, pair);
		key = config_key_find(CONFIG_INTERFACE, first ? "port" : pair, err, err_len);
		if (!key || config_key_set(key, conf, value, err, err_len))
			return -EINVAL;
		if (seen[key - config_keys])
			return err_write(err, err_len, -EINVAL,
					 "%s: given twice in \"%s\"; give it once", key->name,
					 shown);
		seen[key - config_keys] = true;
	}
	return 0;
}
