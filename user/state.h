/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned state of one instance: its maps in a bpffs, made once and opened by
 * every command after that. Functions here say their errors and return -1.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>

#include "bpffs.h"
#include "state_maps.h"
#include "vrxdp/layout.h"
#include "vrxdp/records.h"

enum state_map {
#define X(symbol, name, entries) MAP_##symbol,
	STATE_MAPS(X)
#undef X
		MAP_COUNT
};

struct state {
	const char *dir;    /* the bpffs; not owned */
	int lock_fd;        /* flock of the directory; -1: not locked */
	int map[MAP_COUNT]; /* -1: not open */
	/* While an upgrade is under way, state_pin() means progs_new or maps_new. */
	bool new_progs, new_maps;
	struct vrxdp_meta meta;
};

/* An empty one: nothing open. */
void state_init(struct state *st, const char *dir);

/* Is something attached at @dir? 1, 0, or -1 when it can't be told. */
int state_exists(const char *dir);

/* Open for reading: fails if nothing is attached, or by another layout. */
int state_open_read(struct state *st, const char *dir);

/*
 * Lock and open for changes: waits some seconds for another command, and refuses while an
 * attach waits for vrxdp confirm.
 */
int state_open_write(struct state *st, const char *dir);

/* The same, also while an attach waits. */
int state_open_any(struct state *st, const char *dir);

/*
 * Make the state at @dir: the bpffs if need be, the maps for so many routers and
 * interfaces, and tracing if the host allows it. Locked and open on return;
 * nothing is left behind on failure. What a killed first attach left is removed.
 * Returns 1 if another command made a state in the meantime: that one is open then.
 */
int state_create(struct state *st, const char *dir, __u32 max_routers, __u32 max_interfaces);

/*
 * Remove what a killed first attach, or the end of a killed detach, left at @dir. Returns 1
 * if there was something, 0 if there wasn't or something is attached, -1: said.
 */
int state_clear_remains(const char *dir);

/* Unpin everything and unmount what was mounted; closes @st. */
int state_destroy(struct state *st);

void state_close(struct state *st);
/* The same, but the lock stays. */
void state_close_maps(struct state *st);

/* Parts of state_create(): the directories for pins, removal of all pins. */
int state_make_dirs(const struct state *st);
int state_wipe(const struct state *st);
/* Remove the pins of one kind, and their directory. */
int state_unpin(const struct state *st, const char *kind);
/* The lock alone, then what it guards; then whether an attach waits: said, -1. */
int state_lock(struct state *st);
/* Where it is: the directory that the bpffs lies in, so that it outlives the mount. @buf: PATH_MAX. */
char *state_lock_place(const struct state *st, char *buf);
int state_open_locked(struct state *st);
int state_refuse_pending(const struct state *st);

const char *state_map_name(enum state_map map);

/* Store st->meta. */
int state_save_meta(struct state *st);

/*
 * The path of a pin: @kind is "maps", "progs" or "links". Returns @buf, which has
 * PATH_MAX bytes.
 */
char *state_pin(const struct state *st, const char *kind, const char *name, char *buf);

/*
 * Everything remembered, in memory. Numbers are the keys of the records. Each
 * array is sorted by name (interfaces by router, then name).
 */
struct world_port {
	__u32 id;
	struct vrxdp_port_rec rec;
};
struct world_router {
	__u32 id;
	struct vrxdp_router_rec rec;
};
struct world_iface {
	__u32 id;
	struct vrxdp_iface_rec rec;
};
struct world {
	struct world_port *ports;
	size_t nports;
	struct world_router *routers;
	size_t nrouters;
	struct world_iface *ifaces;
	size_t nifaces;
};

int world_load(const struct state *st, struct world *w);
void world_free(struct world *w);
struct world_port *world_port(const struct world *w, const char *name);
struct world_router *world_router(const struct world *w, const char *name);
struct world_iface *world_iface(const struct world *w, const char *router, const char *name);
struct world_port *world_port_by_id(const struct world *w, __u32 id);
struct world_router *world_router_by_id(const struct world *w, __u32 id);

/* bpf_map_update_elem() and its error said: "MAP: …". Returns 0 or -1. */
int state_put(const struct state *st, enum state_map map, const void *key, const void *value);
int state_get(const struct state *st, enum state_map map, const void *key, void *value);
/* Deleting what isn't there is no error. */
int state_delete(const struct state *st, enum state_map map, const void *key);

/* Read all of a hash map in one batch: *keys and *values are the caller's to free. -1: said. */
long state_read_all(const struct state *st, enum state_map map, size_t key_size, size_t value_size,
		    void **keys, void **values);

#endif
