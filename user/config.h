/* SPDX-License-Identifier: GPL-2.0-only */
/* The config file: sections [port NAME], [router NAME], [interface ROUTER/NAME], [daemon]. */
#ifndef CONFIG_H
#define CONFIG_H

#include "model.h"

/*
 * Parse @len bytes of @text (NUL bytes are an error) into @m, which must be empty
 * or hold what earlier files gave: a section that exists already is an error.
 * @file is used in messages: "FILE:LINE: KEY: what is wrong, what to do".
 * Every object gets origin VRXDP_FROM_FILE. Runs model_check() not at all.
 * Returns 0, or -EINVAL / -ENOMEM after writing one line to @err; then @m holds
 * the sections before the error, and is to be freed.
 */
int config_parse(const char *text, size_t len, const char *file, struct model *m, char *err,
		 size_t err_len);

/* Read @path and parse it. Also -ENOENT, -EACCES, … with the line in @err. */
int config_read(const char *path, struct model *m, char *err, size_t err_len);

/* Where the config is unless a command names a file: /etc/vrxdp; tests set VRXDP_ETC. */
const char *config_dir(void);

/*
 * Read vrxdp.conf of @dir, then the files of its conf.d whose names end in .conf, in the order
 * of the names' bytes. Either may be missing; -ENODATA if both are. Names with a dot in front are
 * left out. Returns as config_read() else.
 */
int config_read_dir(const char *dir, struct model *m, char *err, size_t err_len);

/* What an object is before its first key: the defaults, origin VRXDP_FROM_COMMAND. */
void config_init_port(struct vrxdp_port_conf *conf, const char *name);
void config_init_router(struct vrxdp_router_conf *conf, const char *name);
void config_init_iface(struct vrxdp_iface_conf *conf, const char *router, const char *name);

/*
 * After the last key: a port without a device gets its name as one; a router needs one of
 * netns and guest, or is made in a namespace with its name; an interface needs a port. What
 * else an interface needs depends on its router: model_check().
 * Returns 0 or -EINVAL with the line in @err.
 */
int config_finish_port(struct vrxdp_port_conf *conf, char *err, size_t err_len);
int config_finish_router(struct vrxdp_router_conf *conf, char *err, size_t err_len);
int config_finish_iface(const struct vrxdp_iface_conf *conf, char *err, size_t err_len);

/*
 * Set one key of a port, a router or an interface, as the config file would
 * (for `vrxdp router add|set`): @key is the config's key name.
 * Returns 0 or -EINVAL with the line (without file and line number) in @err.
 */
int config_set_port(struct vrxdp_port_conf *conf, const char *key, const char *value, char *err,
		    size_t err_len);
int config_set_router(struct vrxdp_router_conf *conf, const char *key, const char *value, char *err,
		      size_t err_len);
int config_set_iface(struct vrxdp_iface_conf *conf, const char *key, const char *value, char *err,
		     size_t err_len);

/*
 * Parse the value of --interface: IF=PORT[,key=value]…; a part without '='
 * continues the value before it. @conf gets all but router and origin, and is
 * initialised first. config_finish_iface() says what is missing.
 */
int config_parse_iface(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len);

#endif
