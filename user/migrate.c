// SPDX-License-Identifier: GPL-2.0-only
#include "migrate.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layouts.h"
#include "migrate_fill.h"
#include "pending.h"
#include "programs.h"
#include "say.h"
#include "share.h"
#include "upgrade_programs.h"

/*
 * In this order, so that a kill at any time leaves what the next command can go on with:
 *
 *   1. maps_new/ is made, with what is remembered; vx_meta is pinned there when it is whole.
 *      Without it, it is wiped and made anew.
 *   2. Programs are switched. Both layouts' maps count, each the frames of its own programs.
 *   3. The maps of before are at rest: their counters are added, each once (vx_carry).
 *   4. progs/ and progs_new/, then maps/ and maps_new/ change places. With that it is done.
 */
struct move {
	struct state *st; /* with the new maps */
	struct layout before, now;
	struct world w;
	struct owners owners;
	struct switchboard board;
	bool resumed; /* an earlier one came as far as 2 */
	bool ours;    /* the new maps are, and nothing that counts would be lost with them */
};

bool migrate_due(const char *dir)
{
	char version[VRXDP_NAME_LEN];
	__u32 number;

	return !layout_peek(dir, false, &number, version) && number < VRXDP_LAYOUT;
}

static void carry_clear(int map, __u32 key_size)
{
	char *key = calloc(1, key_size);

	while (key && !bpf_map_get_next_key(map, NULL, key))
		if (bpf_map_delete_elem(map, key))
			break;
	free(key);
}

static void wipe(struct state *st)
{
	bool new_maps = st->new_maps, new_progs = st->new_progs;

	st->new_maps = st->new_progs = false;
	state_unpin(st, "maps_new");
	state_unpin(st, "progs_new");
	st->new_maps = new_maps;
	st->new_progs = new_progs;
}

/* What was counted by programs that are gone again goes back to the maps of before. */
static int give_back(struct move *m)
{
	if (layout_handover(&m->now, VRXDP_HANDOVER_ABANDONED) ||
	    layout_carry(&m->now, &m->before, &m->w))
		return -1;
	upgrade_trace_back(m->st);
	wipe(m->st);
	return layout_handover(&m->before, VRXDP_HANDOVER_NONE);
}

/* Maps of this layout, with what is remembered; pinned as a whole. */
static int make(struct move *m)
{
	struct state *st = m->st;
	char path[PATH_MAX];

	m->ours = true;
	wipe(st);
	if (m->before.st.map[MAP_CARRY] >= 0)
		carry_clear(m->before.st.map[MAP_CARRY], m->before.info[MAP_CARRY].key_size);
	st->meta = m->before.st.meta;
	st->meta.layout = VRXDP_LAYOUT;
	st->meta.handover = VRXDP_HANDOVER_NONE;
	st->meta.build = 0; /* none of its programs is attached */
	if (upgrade_dir(st, "maps") || upgrade_dir(st, "progs") || programs_make_maps(st) ||
	    layout_of(&m->now, st) || owners_read(&m->before, &m->now, &m->owners) ||
	    layout_copy(&m->before, &m->now) || world_load(st, &m->w) || state_save_meta(st))
		return -1;
	if (bpf_obj_pin(st->map[MAP_META], state_pin(st, "maps", state_map_name(MAP_META), path)))
		return say_error("%s: can't pin: %s", path, strerror(errno));
	return 0;
}

static int resume(struct move *m)
{
	struct state *st = m->st;

	if (state_open_locked(st) || layout_of(&m->now, st) || world_load(st, &m->w))
		return -1;
	if (st->meta.handover == VRXDP_HANDOVER_ABANDONED) {
		if (give_back(m))
			return -1;
		layout_close(&m->now);
		world_free(&m->w);
		state_close_maps(st);
		return 0;
	}
	m->resumed = true;
	/* Programs of an earlier try are held by where they are, not by their pins. */
	return state_unpin(&m->before.st, "progs_new") || upgrade_dir(st, "progs") ||
			       programs_helpers(st) ?
		       -1 :
		       0;
}

static int begin(struct move *m, struct state *st, const char *dir, bool to_remove)
{
	char version[VRXDP_NAME_LEN], text[256];
	__u32 number;

	memset(m, 0, sizeof(*m));
	m->st = st;
	state_init(st, dir);
	if (state_lock(st) || layout_open(&m->before, dir, false))
		return -1;
	/* Another command may have been faster. */
	if (m->before.number >= VRXDP_LAYOUT)
		return say_error("%s: another command has changed it; try again", dir);
	if (!to_remove && pending_is(&m->before.st.meta.pending))
		return say_error("%s: %s", dir,
				 pending_text(&m->before.st.meta.pending, text, sizeof(text)));
	st->new_maps = st->new_progs = true;
	if (!layout_peek(dir, true, &number, version)) {
		if (number != VRXDP_LAYOUT)
			return say_error("%s: an upgrade to vrxdp %s was cut off: run vrxdp attach "
					 "of that version to go on, or its vrxdp detach --all",
					 dir, version);
		if (resume(m))
			return -1;
	}
	return m->resumed ? 0 : make(m);
}

static void end(struct move *m)
{
	switch_free(&m->board);
	owners_free(&m->owners);
	world_free(&m->w);
	layout_close(&m->now);
	layout_close(&m->before);
}

/* 2. */
static int take_over(struct move *m)
{
	struct state *st = m->st;

	if (layout_handover(&m->before, VRXDP_HANDOVER_RETIRING) ||
	    upgrade_trace(st, m->before.st.meta.tracing) || migrate_fill(st, &m->w) ||
	    upgrade_collect(st, &m->w, &m->board))
		return -1;
	if (!switch_over(&m->board)) {
		m->ours = false;
		wait_for_packets();
		return 0;
	}
	wait_for_packets();
	/* Parts of it may be an earlier try's, or counters taken over by now: that stays. */
	if (!m->resumed && give_back(m))
		m->ours = false;
	return -1;
}

/* 3 and 4. What fails here can be tried again. */
static int settle_down(struct move *m)
{
	struct state *st = m->st;

	if (layout_carry(&m->before, &m->now, &m->w) ||
	    (!m->resumed && owners_follow(&m->before, &m->now, &m->owners)) ||
	    upgrade_trace_over(st))
		return -1;
	st->meta.build = programs_build();
	st->meta.contract = VRXDP_CONTRACT;
	snprintf(st->meta.version, sizeof(st->meta.version), "%s", VRXDP_VERSION);
	if (state_save_meta(st))
		return -1;
	share_state(st);
	st->new_progs = st->new_maps = false;
	return upgrade_dir_over(st, "progs") || upgrade_dir_over(st, "maps") ? -1 : 0;
}

int migrate(struct state *st, const char *dir)
{
	struct move m;
	int ret = -1;

	upgrade_raise_limits();
	if (begin(&m, st, dir, false))
		goto out;
	switch_init(&m.board, st);
	if (take_over(&m))
		goto out;
	ret = settle_down(&m);
	if (!ret) {
		carry_clear(st->map[MAP_CARRY], sizeof(struct vrxdp_carry_key));
		printf("upgraded from vrxdp %.31s (map layout %u) to %s (map layout %u)\n",
		       m.before.st.meta.version, m.before.number, VRXDP_VERSION, VRXDP_LAYOUT);
	}
out:
	if (ret && m.ours) {
		/* Nothing was switched, or all of it is back. */
		upgrade_trace_back(st);
		wipe(st);
		layout_handover(&m.before, VRXDP_HANDOVER_NONE);
	}
	end(&m);
	if (ret)
		state_close(st);
	return ret;
}

int migrate_to_remove(struct state *st, const char *dir)
{
	struct move m;
	int ret = begin(&m, st, dir, true);

	if (ret && m.ours)
		wipe(st);
	end(&m);
	if (ret)
		state_close(st);
	return ret;
}

int migrate_sweep(struct state *st)
{
	char path[PATH_MAX];

	if (access(state_pin(st, "maps_new", "", path), F_OK))
		return 0;
	carry_clear(st->map[MAP_CARRY], sizeof(struct vrxdp_carry_key));
	return state_unpin(st, "maps_new") || state_unpin(st, "progs_new") ? -1 : 0;
}
