/* SPDX-License-Identifier: GPL-2.0-only */
/* The wanted state: what config files and commands ask for. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "vrxdp/records.h"

struct model_port {
	struct vrxdp_port_conf conf;
	int line;	/* of its section in the file; 0: from a command */
};

struct model_router {
	struct vrxdp_router_conf conf;
	int line;
};

struct model_iface {
	struct vrxdp_iface_conf conf;
	int line;
};

struct model {
	struct model_port *ports;
	size_t nports;
	struct model_router *routers;
	size_t nrouters;
	struct model_iface *ifaces;
	size_t nifaces;
	__u32 max_routers;	/* 0: not set */
	__u32 max_interfaces;
	char *file;		/* for messages; NULL: from a command */
};

/* Frees what the model holds, and leaves it empty. */
void model_free(struct model *m);

/*
 * Append a copy of @conf. Return the new element, valid until the next append,
 * or NULL without memory. Nothing is checked but memory.
 */
struct model_port *model_add_port(struct model *m, const struct vrxdp_port_conf *conf, int line);
struct model_router *model_add_router(struct model *m, const struct vrxdp_router_conf *conf,
				      int line);
struct model_iface *model_add_iface(struct model *m, const struct vrxdp_iface_conf *conf, int line);

/* Find by name; NULL if there is none. */
struct model_port *model_port(const struct model *m, const char *name);
struct model_router *model_router(const struct model *m, const char *name);
struct model_iface *model_iface(const struct model *m, const char *router, const char *name);

/*
 * Check what can be checked without looking at the host: every interface's router
 * and port exist, a MAC is used once on a port and VLAN, a device is used once.
 * Returns 0, or -EINVAL after writing one line (no newline) to @err.
 */
int model_check(const struct model *m, char *err, size_t err_len);

#endif
