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
	int line;         /* of its section in the file; 0: from a command */
	const char *file; /* that has the line, the model's; NULL: from a command */
};

struct model_router {
	struct vrxdp_router_conf conf;
	int line;
	const char *file;
};

struct model_iface {
	struct vrxdp_iface_conf conf;
	int line;
	const char *file;
};

/* Private to model.c: how to find an element by name. */
struct model_index {
	size_t room; /* of the array */
	size_t used; /* elements that the slots know */
	size_t nslots;
	__u32 *slots; /* position + 1; 0: free */
};

/*
 * Zeroes are an empty model. Elements are added by the functions below and stay
 * where they are: they are neither reordered nor renamed, or lookups miss them.
 */
struct model {
	struct model_port *ports;
	size_t nports;
	struct model_router *routers;
	size_t nrouters;
	struct model_iface *ifaces;
	size_t nifaces;
	__u32 max_routers; /* 0: not set */
	__u32 max_interfaces;
	bool force;      /* made namespaces go, though processes are in them */
	int daemon_line; /* of the section [daemon]; 0: there was none */
	const char *daemon_file;
	char *file; /* for messages, the latest of @files; NULL: from a command */
	char **files;
	size_t nfiles;
	struct model_index index[3];
};

/* Frees what the model holds, and leaves it empty. */
void model_free(struct model *m);

/* The file that has the lines of what is added from now on. Returns 0 or -ENOMEM. */
int model_set_file(struct model *m, const char *file);

/*
 * Append a copy of @conf. Return the new element, valid until the next append,
 * or NULL without memory. Nothing is checked but memory.
 */
struct model_port *model_add_port(struct model *m, const struct vrxdp_port_conf *conf, int line);
struct model_router *model_add_router(struct model *m, const struct vrxdp_router_conf *conf,
				      int line);
struct model_iface *model_add_iface(struct model *m, const struct vrxdp_iface_conf *conf, int line);

/* Find by name, the first if several have it; NULL if there is none. */
struct model_port *model_port(const struct model *m, const char *name);
struct model_router *model_router(const struct model *m, const char *name);
struct model_iface *model_iface(const struct model *m, const char *router, const char *name);

/*
 * Fill in what interfaces of routers that attach makes leave open: device auto, and the MAC
 * address that follows from the names. Before model_check(), when all is there.
 */
void model_complete(struct model *m);

/*
 * Check what can be checked without looking at the host: names are used once,
 * every interface's router and port exist, a MAC is used once on a port and VLAN, a
 * device is used once, and the limits of the maps hold. Devices are compared by
 * name here, so only what must be the same device is an error: two ports with one
 * netns text, or two interfaces whose routers, and whose ports, have one netns text.
 * Returns 0, or -EINVAL or -ENOMEM after writing one line (no newline) to @err.
 */
int model_check(const struct model *m, char *err, size_t err_len);

#endif
