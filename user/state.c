// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pending.h"
#include "layouts.h"
#include "say.h"
#include "share.h"

static const char *const map_names[MAP_COUNT] = {
#define X(symbol, name, entries) [MAP_##symbol] = name,
	STATE_MAPS(X)
#undef X
};

/* The last two only while an upgrade is under way. */
static const char *const pin_kinds[] = { "links", "progs", "maps", "progs_new", "maps_new" };
#define LASTING_KINDS 3

static const char no_right[] = "no permission; run as root, or as a member of the group vrxdp";

void state_init(struct state *st, const char *dir)
{
	int i;

	memset(st, 0, sizeof(*st));
	st->dir = dir;
	st->lock_fd = -1;
	for (i = 0; i < MAP_COUNT; i++)
		st->map[i] = -1;
}

const char *state_map_name(enum state_map map)
{
	return map_names[map];
}

char *state_pin(const struct state *st, const char *kind, const char *name, char *buf)
{
	bool new = (st->new_progs && !strcmp(kind, "progs")) ||
		   (st->new_maps && !strcmp(kind, "maps"));

	snprintf(buf, PATH_MAX, "%s/%s%s%s%s", st->dir, kind, new ? "_new" : "", *name ? "/" : "",
		 name);
	return buf;
}

void state_close_maps(struct state *st)
{
	int i;

	for (i = 0; i < MAP_COUNT; i++) {
		if (st->map[i] >= 0)
			close(st->map[i]);
		st->map[i] = -1;
	}
}

void state_close(struct state *st)
{
	state_close_maps(st);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	st->lock_fd = -1;
}

int state_exists(const char *dir)
{
	struct state st;
	char path[PATH_MAX];

	state_init(&st, dir);
	if (!access(state_pin(&st, "maps", map_names[MAP_META], path), F_OK))
		return 1;
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	return say_error("%s: %s", dir, errno == EACCES ? no_right : strerror(errno));
}

static int open_maps(struct state *st, bool writable)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = writable ? 0 : BPF_F_RDONLY);
	char path[PATH_MAX];
	__u32 zero = 0;
	enum state_map i;

	if (layout_refuse(st, writable))
		return -1;
	for (i = 0; i < MAP_COUNT; i++) {
		state_pin(st, "maps", map_names[i], path);
		st->map[i] = bpf_obj_get_opts(path, &opts);
		/* A reader without root gets those that reports are printed from. */
		if (st->map[i] < 0 && !writable && errno == EACCES && !share_map_shown(i))
			continue;
		if (st->map[i] < 0)
			return say_error("%s: %s", path,
					 errno == EACCES ? no_right : strerror(errno));
	}
	if (bpf_map_lookup_elem(st->map[MAP_META], &zero, &st->meta))
		return say_error("%s: %s", map_names[MAP_META], strerror(errno));
	return 0;
}

/* The directory of the maps: an upgrade puts another in its place, in one step. */
static ino_t maps_inode(const struct state *st)
{
	char path[PATH_MAX];
	struct stat maps;

	return stat(state_pin(st, "maps", "", path), &maps) ? 0 : maps.st_ino;
}

int state_open_read(struct state *st, const char *dir)
{
	ino_t inode;
	int exists;

	state_init(st, dir);
	exists = state_exists(dir);
	if (exists < 0)
		return -1;
	if (!exists)
		return say_error("%s: nothing is attached; see vrxdp attach", dir);
	do {
		state_close_maps(st);
		inode = maps_inode(st);
		if (open_maps(st, false)) {
			state_close(st);
			return -1;
		}
	} while (inode != maps_inode(st));
	return 0;
}

int state_open_locked(struct state *st)
{
	if (open_maps(st, true))
		return -1;
	share_state(st);
	return 0;
}

int state_refuse_pending(const struct state *st)
{
	char text[256];

	if (!pending_is(&st->meta.pending))
		return 0;
	return say_error("%s: %s, and vrxdp detach --all removes it", st->dir,
			 pending_text(&st->meta.pending, text, sizeof(text)));
}

int state_open_any(struct state *st, const char *dir)
{
	int exists = 0;

	state_init(st, dir);
	if (!state_lock(st)) {
		exists = state_exists(dir);
		if (!exists)
			say_error("%s: nothing is attached; see vrxdp attach", dir);
		if (exists > 0 && !state_open_locked(st))
			return 0;
	}
	state_close(st);
	return -1;
}

int state_open_write(struct state *st, const char *dir)
{
	if (state_open_any(st, dir))
		return -1;
	if (!state_refuse_pending(st))
		return 0;
	state_close(st);
	return -1;
}

int state_save_meta(struct state *st)
{
	__u32 zero = 0;

	return state_put(st, MAP_META, &zero, &st->meta);
}

/* A bpffs may be shared: what others have pinned there has other names. */
static bool is_our_pin(const char *kind, const char *name)
{
	static const char *const prefixes[] = { "trace_",  "port_", "relay_", "iface_", "settle",
						"device_", "copy_", "gate",   "carry" };
	size_t i;

	/* Another version's, perhaps with maps that this one doesn't know. */
	if (!strcmp(kind, "maps_new"))
		return !strncmp(name, "vx_", 3);
	if (!strcmp(kind, "maps")) {
		for (i = 0; i < MAP_COUNT; i++)
			if (!strcmp(name, map_names[i]))
				return true;
		return false;
	}
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Remove our pins of one kind; the directory too if it is ours, and others have nothing there. */
static int unpin_kind(const struct state *st, const char *kind, bool own_bpffs)
{
	char path[PATH_MAX], file[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(state_pin(st, kind, "", path));
	int ret = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (!is_our_pin(kind, entry->d_name))
			continue;
		state_pin(st, kind, entry->d_name, file);
		if (unlink(file))
			ret = say_error("%s: can't remove: %s", file, strerror(errno));
	}
	closedir(dir);
	if ((own_bpffs || bpffs_is_made(path)) && rmdir(path) && errno != ENOTEMPTY)
		ret = say_error("%s: can't remove: %s", path, strerror(errno));
	return ret;
}

/*
 * The meta map goes first: without it nothing is attached, and what is left are remains that
 * any command may remove. So a kill in between leaves no state with half of its maps.
 */
static int unpin_all(const struct state *st, bool own_bpffs)
{
	char meta[PATH_MAX];
	int ret = 0;
	size_t i;

	state_pin(st, "maps", map_names[MAP_META], meta);
	if (unlink(meta) && errno != ENOENT && errno != ENOTDIR)
		return say_error("%s: can't remove: %s", meta, strerror(errno));
	for (i = 0; i < sizeof(pin_kinds) / sizeof(pin_kinds[0]); i++)
		if (unpin_kind(st, pin_kinds[i], own_bpffs))
			ret = -1;
	return ret;
}

int state_unpin(const struct state *st, const char *kind)
{
	return unpin_kind(st, kind, false);
}

/*
 * iproute2 makes these, all empty, in the first bpffs that it finds when it loads a
 * program. In a bpffs of vrxdp's own nobody misses them; what holds pins stays.
 */
static void remove_iproute2_dirs(const struct state *st)
{
	static const char *const dirs[] = { "tc/globals", "tc", "ip", "xdp" };
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", st->dir, dirs[i]);
		if (remove(path) && errno != ENOENT)
			return;
	}
}

int state_destroy(struct state *st)
{
	struct bpffs_made made = { 0 };
	int err = bpffs_found(st->dir, &made);
	int ret;

	st->new_progs = st->new_maps = false;
	ret = unpin_all(st, made.mounted);
	state_close_maps(st);
	if (!err && !ret) {
		if (made.mounted)
			remove_iproute2_dirs(st);
		err = bpffs_undo(st->dir, &made);
	}
	state_close(st);
	if (ret)
		return ret;
	if (err == -ENOTEMPTY || err == -EBUSY) {
		say_warning("%s: others have files in it; it stays mounted: remove them and "
			    "umount it",
			    st->dir);
		return 0;
	}
	return err ? say_error("%s: can't unmount: %s", st->dir, strerror(-err)) : 0;
}

/* A mount, directories or pins that are vrxdp's? */
static bool has_remains(const struct state *st)
{
	struct bpffs_made made;
	struct dirent *entry;
	char path[PATH_MAX];
	bool found;
	size_t i;
	DIR *dir;

	found = !bpffs_found(st->dir, &made) && (made.mounted || made.dirs);
	for (i = 0; i < sizeof(pin_kinds) / sizeof(pin_kinds[0]) && !found; i++) {
		found = bpffs_is_made(state_pin(st, pin_kinds[i], "", path));
		dir = found || bpffs_is(st->dir) != 1 ? NULL : opendir(path);
		while (dir && !found && (entry = readdir(dir)))
			found = is_our_pin(pin_kinds[i], entry->d_name);
		if (dir)
			closedir(dir);
	}
	return found;
}

/*
 * A first attach that was killed leaves directories, a mount or pins, and so does the end of
 * a detach: in both cases there is no meta map, no packet meets what is left, and the journal
 * is empty.
 */
int state_clear_remains(const char *dir)
{
	char place[PATH_MAX];
	struct state st;

	state_init(&st, dir);
	if (state_exists(dir) || !has_remains(&st))
		return 0;
	/* Without a place for the lock there is no state either, only directories above it. */
	if (!access(state_lock_place(&st, place), F_OK) && state_lock(&st))
		return -1;
	/* Another command may have attached in the meantime, or cleared this. */
	if (state_exists(dir) || !has_remains(&st)) {
		state_close(&st);
		return 0;
	}
	return state_destroy(&st) ? -1 : 1;
}

int state_make_dirs(const struct state *st)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < LASTING_KINDS; i++)
		if (bpffs_mkdir(state_pin(st, pin_kinds[i], "", path)) && errno != EEXIST)
			return say_error("%s: %s", path, strerror(errno));
	return 0;
}

int state_wipe(const struct state *st)
{
	return unpin_all(st, false);
}

/*
 * What the fast path was told of an interface isn't true any more once its entry changes: its
 * router's own stack has the packets until somebody has looked again.
 */
static int forget_iface(const struct state *st, enum state_map map, const void *key)
{
	__u32 unknown = 0;

	return map == MAP_IFACES ? state_put(st, MAP_IFACE_IN, key, &unknown) : 0;
}

/* So it is with what next hops know of who has which address on a port: vrxdp_nexthop.generation. */
static int count_change(const struct state *st, enum state_map map)
{
	__u32 zero = 0, changes;

	if (map != MAP_DEMUX && map != MAP_HOST_MACS && map != MAP_PORTS)
		return 0;
	if (state_get(st, MAP_WIRE, &zero, &changes))
		return say_error("%s: can't read: %s", map_names[MAP_WIRE], strerror(errno));
	changes++;
	return state_put(st, MAP_WIRE, &zero, &changes);
}

int state_put(const struct state *st, enum state_map map, const void *key, const void *value)
{
	if (forget_iface(st, map, key))
		return -1;
	if (!bpf_map_update_elem(st->map[map], key, value, BPF_ANY))
		return forget_iface(st, map, key) || count_change(st, map) ? -1 : 0;
	if (errno == E2BIG || errno == ENOSPC)
		return say_error("%s: full: made for %u routers and %u interfaces; detach --all, "
				 "set max-routers and max-interfaces in [daemon], attach again",
				 map_names[map], st->meta.max_routers, st->meta.max_interfaces);
	return say_error("%s: can't write: %s", map_names[map], strerror(errno));
}

int state_get(const struct state *st, enum state_map map, const void *key, void *value)
{
	return bpf_map_lookup_elem(st->map[map], key, value) ? -1 : 0;
}

int state_delete(const struct state *st, enum state_map map, const void *key)
{
	if (!bpf_map_delete_elem(st->map[map], key) || errno == ENOENT)
		return count_change(st, map);
	return say_error("%s: can't delete: %s", map_names[map], strerror(errno));
}

long state_read_all(const struct state *st, enum state_map map, size_t key_size, size_t value_size,
		    void **keys, void **values)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), count, batch = 0, got = 0;
	int err;

	if (bpf_obj_get_info_by_fd(st->map[map], &info, &len))
		return say_error("%s: %s", map_names[map], strerror(errno));
	*keys = calloc(info.max_entries + 1, key_size);
	*values = calloc(info.max_entries + 1, value_size);
	if (!*keys || !*values) {
		say_error("no memory");
		goto fail;
	}
	while (got < info.max_entries) {
		count = info.max_entries - got;
		err = bpf_map_lookup_batch(st->map[map], got ? &batch : NULL, &batch,
					   (char *)*keys + got * key_size,
					   (char *)*values + got * value_size, &count, NULL);
		if (err && errno != ENOENT) {
			say_error("%s: can't read: %s", map_names[map], strerror(errno));
			goto fail;
		}
		got += count;
		if (err)
			break;
	}
	return got;
fail:
	free(*keys);
	free(*values);
	*keys = *values = NULL;
	return -1;
}
