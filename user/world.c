// SPDX-License-Identifier: GPL-2.0-only
/* The records of all objects, read into sorted arrays. */
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "state.h"

static int by_port_name(const void *a, const void *b)
{
	const struct world_port *x = a, *y = b;

	return strcmp(x->rec.conf.name, y->rec.conf.name);
}

static int by_router_name(const void *a, const void *b)
{
	const struct world_router *x = a, *y = b;

	return strcmp(x->rec.conf.name, y->rec.conf.name);
}

static int by_iface_name(const void *a, const void *b)
{
	const struct world_iface *x = a, *y = b;
	int order = strcmp(x->rec.conf.router, y->rec.conf.router);

	return order ? order : strcmp(x->rec.conf.name, y->rec.conf.name);
}

/* Pair keys with values as { u32 id; value } of @size bytes, value at @offset. */
static int pair(const struct state *st, enum state_map map, size_t value_size, size_t size,
		size_t offset, void **out, size_t *count)
{
	void *keys, *values;
	char *pairs;
	long n, i;

	n = state_read_all(st, map, sizeof(__u32), value_size, &keys, &values);
	if (n < 0)
		return -1;
	pairs = calloc((size_t)n + 1, size);
	if (!pairs) {
		free(keys);
		free(values);
		return say_error("no memory");
	}
	for (i = 0; i < n; i++) {
		memcpy(pairs + (size_t)i * size, (char *)keys + (size_t)i * sizeof(__u32),
		       sizeof(__u32));
		memcpy(pairs + (size_t)i * size + offset, (char *)values + (size_t)i * value_size,
		       value_size);
	}
	free(keys);
	free(values);
	*out = pairs;
	*count = (size_t)n;
	return 0;
}

int world_load(const struct state *st, struct world *w)
{
	void *ports = NULL, *routers = NULL, *ifaces = NULL;
	int ret = -1;

	memset(w, 0, sizeof(*w));
	if (pair(st, MAP_PORT_RECS, sizeof(struct vrxdp_port_rec), sizeof(struct world_port),
		 offsetof(struct world_port, rec), &ports, &w->nports) ||
	    pair(st, MAP_ROUTER_RECS, sizeof(struct vrxdp_router_rec), sizeof(struct world_router),
		 offsetof(struct world_router, rec), &routers, &w->nrouters) ||
	    pair(st, MAP_IFACE_RECS, sizeof(struct vrxdp_iface_rec), sizeof(struct world_iface),
		 offsetof(struct world_iface, rec), &ifaces, &w->nifaces))
		goto out;
	ret = 0;
out:
	w->ports = ports;
	w->routers = routers;
	w->ifaces = ifaces;
	if (ret) {
		world_free(w);
		return ret;
	}
	qsort(w->ports, w->nports, sizeof(*w->ports), by_port_name);
	qsort(w->routers, w->nrouters, sizeof(*w->routers), by_router_name);
	qsort(w->ifaces, w->nifaces, sizeof(*w->ifaces), by_iface_name);
	return 0;
}

void world_free(struct world *w)
{
	free(w->ports);
	free(w->routers);
	free(w->ifaces);
	memset(w, 0, sizeof(*w));
}

struct world_port *world_port(const struct world *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (!strcmp(w->ports[i].rec.conf.name, name))
			return &w->ports[i];
	return NULL;
}

struct world_router *world_router(const struct world *w, const char *name)
{
	size_t low = 0, high = w->nrouters, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(name, w->routers[middle].rec.conf.name);
		if (!order)
			return &w->routers[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct world_iface *world_iface(const struct world *w, const char *router, const char *name)
{
	size_t low = 0, high = w->nifaces, middle;
	const struct vrxdp_iface_conf *conf;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		conf = &w->ifaces[middle].rec.conf;
		order = strcmp(router, conf->router);
		if (!order)
			order = strcmp(name, conf->name);
		if (!order)
			return &w->ifaces[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct world_port *world_port_by_id(const struct world *w, __u32 id)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (w->ports[i].id == id)
			return &w->ports[i];
	return NULL;
}

struct world_router *world_router_by_id(const struct world *w, __u32 id)
{
	size_t i;

	for (i = 0; i < w->nrouters; i++)
		if (w->routers[i].id == id)
			return &w->routers[i];
	return NULL;
}
