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
#include "share.h"
#include "state.h"

static int make(struct state *st)
{
	char path[PATH_MAX];

	if (state_make_dirs(st) || programs_make_maps(st) || programs_trace(st, "") ||
	    state_save_meta(st))
		return -1;
	if (bpf_obj_pin(st->map[MAP_META], state_pin(st, "maps", state_map_name(MAP_META), path)))
		return say_error("%s: can't pin: %s", path, strerror(errno));
	share_state(st);
	return 0;
}

/* A bpffs at st->dir, and the lock: a detach may take the bpffs away in between. */
static int ready(struct state *st)
{
	struct bpffs_made made;
	char err[512];
	int ret, tries = 0;

	for (;;) {
		ret = bpffs_ready(st->dir, &made, err, sizeof(err));
		if (ret == -ENOENT && ++tries < 10)
			continue; /* somebody has just removed a directory of it */
		if (ret)
			return say_error("%s", err);
		if (state_lock(st))
			return -1;
		if (bpffs_is(st->dir) == 1)
			return 0;
		state_close(st);
	}
}

int state_create(struct state *st, const char *dir, __u32 max_routers, __u32 max_interfaces)
{
	char err[512];

	state_init(st, dir);
	if (kernel_check(err, sizeof(err)))
		return say_error("%s", err);
	if (ready(st)) {
		state_close(st);
		return -1;
	}
	if (state_exists(dir) == 1)
		return state_open_locked(st) || state_refuse_pending(st) ? -1 : 1;
	st->meta.layout = VRXDP_LAYOUT;
	st->meta.contract = VRXDP_CONTRACT;
	st->meta.build = programs_build();
	st->meta.max_routers = max_routers;
	st->meta.max_interfaces = max_interfaces;
	snprintf(st->meta.version, sizeof(st->meta.version), "%s", VRXDP_VERSION);
	/* What a killed command left has no meta map, so no packet meets it. */
	if (state_wipe(st) || make(st)) {
		state_destroy(st);
		return -1;
	}
	return 0;
}
