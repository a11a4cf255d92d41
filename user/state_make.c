// SPDX-License-Identifier: GPL-2.0-only
/* Making the state, whole or not at all. */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "privilege.h"
#include "programs.h"
#include "say.h"
#include "state.h"

static int make(struct state *st)
{
	char path[PATH_MAX];

	if (state_make_dirs(st) || programs_make_maps(st) || programs_trace(st) ||
	    state_save_meta(st))
		return -1;
	if (bpf_obj_pin(st->map[MAP_META], state_pin(st, "maps", state_map_name(MAP_META), path)))
		return say_error("%s: can't pin: %s", path, strerror(errno));
	return 0;
}

int state_create(struct state *st, const char *dir, __u32 max_routers, __u32 max_interfaces)
{
	struct bpffs_made made = { 0 };
	char err[512];

	state_init(st, dir);
	if (kernel_check(err, sizeof(err)) || bpffs_ready(dir, &made, err, sizeof(err)))
		return say_error("%s", err);
	st->meta.layout = VRXDP_LAYOUT;
	st->meta.contract = VRXDP_CONTRACT;
	st->meta.max_routers = max_routers;
	st->meta.max_interfaces = max_interfaces;
	st->meta.mounted = made.mounted;
	st->meta.made_dirs = made.dirs;
	snprintf(st->meta.version, sizeof(st->meta.version), "%s", VRXDP_VERSION);
	if (state_lock(st)) {
		bpffs_undo(dir, &made);
		return -1;
	}
	/* What a killed attach left has no meta map, so no packet ever met it. */
	if (state_wipe(st) || make(st)) {
		state_destroy(st);
		return -1;
	}
	return 0;
}
