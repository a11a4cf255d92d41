/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum kind { PORTS, ROUTERS, IFACES };

/* Routers and ports have one name; an interface's second one is its router. */
struct key {
	const char *name;
	const char *router;
};

static struct key key_at(const struct model *m, enum kind kind, size_t i)
{
	switch (kind) {
	case PORTS:
		return (struct key){ m->ports[i].conf.name, "" };
	case ROUTERS:
		return (struct key){ m->routers[i].conf.name, "" };
	default:
		return (struct key){ m->ifaces[i].conf.name, m->ifaces[i].conf.router };
	}
}

static size_t count(const struct model *m, enum kind kind)
{
	return kind == PORTS ? m->nports : kind == ROUTERS ? m->nrouters : m->nifaces;
}

static bool same(struct key a, struct key b)
{
	return !strcmp(a.name, b.name) && !strcmp(a.router, b.router);
}

/* FNV-1a */
static __u32 hash(struct key key)
{
	__u32 h = 2166136261u;

	for (const char *p = key.router; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	h = (h ^ '/') * 16777619u;
	for (const char *p = key.name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return h;
}

static size_t find(const struct model *m, enum kind kind, struct key key)
{
	const struct model_index *ix = &m->index[kind];

	if (ix->used != count(m, kind)) { /* somebody filled the array by hand */
		for (size_t i = 0; i < count(m, kind); i++) {
			if (same(key, key_at(m, kind, i)))
				return i;
		}
		return SIZE_MAX;
	}
	if (!ix->nslots)
		return SIZE_MAX;
	for (size_t s = hash(key); ix->slots[s & (ix->nslots - 1)]; s++) {
		size_t i = ix->slots[s & (ix->nslots - 1)] - 1;

		if (same(key, key_at(m, kind, i)))
			return i;
	}
	return SIZE_MAX;
}

static void insert(const struct model *m, enum kind kind, size_t i)
{
	const struct model_index *ix = &m->index[kind];
	size_t s = hash(key_at(m, kind, i));

	/* A second element of one name comes behind the first. */
	while (ix->slots[s & (ix->nslots - 1)])
		s++;
	ix->slots[s & (ix->nslots - 1)] = (__u32)i + 1;
}

/*
 * Make room for one more element of @size bytes; at least half of the slots stay
 * free. Returns the array, which may have moved, or NULL, with nothing changed.
 */
static void *grow(struct model *m, enum kind kind, void *array, size_t size)
{
	struct model_index *ix = &m->index[kind];
	size_t room = count(m, kind) < 8 ? 16 : 2 * count(m, kind);
	size_t nslots = 32;
	__u32 *slots;

	if (count(m, kind) < ix->room)
		return array;
	while (nslots < 2 * room)
		nslots *= 2;
	slots = calloc(nslots, sizeof(*slots));
	if (!slots)
		return NULL;
	array = reallocarray(array, room, size);
	if (!array) {
		free(slots);
		return NULL;
	}
	free(ix->slots);
	ix->slots = slots;
	ix->nslots = nslots;
	ix->room = room;
	ix->used = 0;
	return array;
}

/* The slots learn the last element, or all of them after grow(). */
static void learn(struct model *m, enum kind kind)
{
	struct model_index *ix = &m->index[kind];

	while (ix->used < count(m, kind))
		insert(m, kind, ix->used++);
}

struct model_port *model_add_port(struct model *m, const struct vrxdp_port_conf *conf, int line)
{
	struct model_port *ports = grow(m, PORTS, m->ports, sizeof(*ports));

	if (!ports)
		return NULL;
	m->ports = ports;
	ports += m->nports++;
	*ports = (struct model_port){ .conf = *conf, .line = line, .file = line ? m->file : NULL };
	learn(m, PORTS);
	return ports;
}

struct model_router *model_add_router(struct model *m, const struct vrxdp_router_conf *conf,
				      int line)
{
	struct model_router *routers = grow(m, ROUTERS, m->routers, sizeof(*routers));

	if (!routers)
		return NULL;
	m->routers = routers;
	routers += m->nrouters++;
	*routers =
		(struct model_router){ .conf = *conf, .line = line, .file = line ? m->file : NULL };
	learn(m, ROUTERS);
	return routers;
}

struct model_iface *model_add_iface(struct model *m, const struct vrxdp_iface_conf *conf, int line)
{
	struct model_iface *ifaces = grow(m, IFACES, m->ifaces, sizeof(*ifaces));

	if (!ifaces)
		return NULL;
	m->ifaces = ifaces;
	ifaces += m->nifaces++;
	*ifaces =
		(struct model_iface){ .conf = *conf, .line = line, .file = line ? m->file : NULL };
	learn(m, IFACES);
	return ifaces;
}

struct model_port *model_port(const struct model *m, const char *name)
{
	size_t i = find(m, PORTS, (struct key){ name, "" });

	return i == SIZE_MAX ? NULL : &m->ports[i];
}

struct model_router *model_router(const struct model *m, const char *name)
{
	size_t i = find(m, ROUTERS, (struct key){ name, "" });

	return i == SIZE_MAX ? NULL : &m->routers[i];
}

struct model_iface *model_iface(const struct model *m, const char *router, const char *name)
{
	size_t i = find(m, IFACES, (struct key){ name, router });

	return i == SIZE_MAX ? NULL : &m->ifaces[i];
}

int model_set_file(struct model *m, const char *file)
{
	char **files = reallocarray(m->files, m->nfiles + 1, sizeof(*files));
	char *copy = strdup(file);

	if (files)
		m->files = files;
	if (!files || !copy) {
		free(copy);
		return -ENOMEM;
	}
	m->file = copy;
	m->files[m->nfiles++] = copy;
	return 0;
}

void model_free(struct model *m)
{
	for (size_t i = 0; i < m->nfiles; i++)
		free(m->files[i]);
	free(m->files);
	for (size_t i = 0; i < sizeof(m->index) / sizeof(m->index[0]); i++)
		free(m->index[i].slots);
	free(m->ports);
	free(m->routers);
	free(m->ifaces);
	*m = (struct model){ 0 };
}
