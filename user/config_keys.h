/* SPDX-License-Identifier: GPL-2.0-only */
/* The one table of config keys, for the parser, the commands' options and the docs. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stddef.h>
#include <linux/types.h>

enum config_section {
	CONFIG_PORT,      /* struct vrxdp_port_conf */
	CONFIG_ROUTER,    /* struct vrxdp_router_conf */
	CONFIG_INTERFACE, /* struct vrxdp_iface_conf */
	CONFIG_DAEMON,    /* struct config_daemon */
	CONFIG_SECTIONS   /* how many there are */
};

struct config_daemon {
	__u32 max_routers; /* 0: not set */
	__u32 max_interfaces;
};

struct config_key {
	enum config_section section;
	const char *name;
	const char *help; /* what it says and its values, for the docs */
	/*
	 * Put @value into the section's struct. Returns 0, or -EINVAL or -ERANGE
	 * with what is wrong and what to do in @err. NULL: the contract has the key,
	 * and this version doesn't.
	 */
	int (*set)(void *conf, const char *value, char *err, size_t err_len);
	const char *instead; /* what to do where @set is NULL; NULL: leave the key out */
};

#define CONFIG_MAX_KEYS 32
extern const struct config_key config_keys[];
extern const size_t config_nkeys; /* at most CONFIG_MAX_KEYS */

/* NULL with the line in @err if @section has no such key. */
const struct config_key *config_key_find(enum config_section section, const char *name, char *err,
					 size_t err_len);

/*
 * Set @key in @conf. Text that no config file could hold (empty, blanks at the
 * ends, control characters, ';' or '#') is an error, so that what a command sets
 * can be written to a file. Returns 0, or -EINVAL with "KEY: …" in @err.
 */
int config_key_set(const struct config_key *key, void *conf, const char *value, char *err,
		   size_t err_len);

#endif
