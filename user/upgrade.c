// SPDX-License-Identifier: GPL-2.0-only
#include "upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpffs.h"
#include "programs.h"
#include "say.h"
#include "upgrade_programs.h"

static const char *const tracers[] = { "trace_refused", "trace_flushed" };

bool upgrade_due(const struct state *st)
{
	return st->meta.build != programs_build();
}

/* The new tracers' pins are beside the others' until those go. */
#define BESIDE "_new"
#define COMING "_next"

static char *tracer_pin(const struct state *st, size_t i, const char *suffix, char *path)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", tracers[i], suffix);
	return state_pin(st, "links", name, path);
}

void upgrade_raise_limits(void)
{
	struct rlimit files;

	/* Every program, old and new, is held until all are switched. */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int upgrade_trace(struct state *next, bool traced)
{
	char from[PATH_MAX], to[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(tracers) / sizeof(tracers[0]); i++)
		unlink(tracer_pin(next, i, COMING, from));
	if (programs_trace(next, COMING))
		return -1;
	/* Those of an upgrade that was cut off trace until these do. */
	for (i = 0; i < sizeof(tracers) / sizeof(tracers[0]) && next->meta.tracing; i++)
		if (rename(tracer_pin(next, i, COMING, from), tracer_pin(next, i, BESIDE, to)))
			return say_error("%s: %s", to, strerror(errno));
	if (traced && !next->meta.tracing && !getenv("VRXDP_NO_TRACING"))
		return say_error("%s: losses after a redirect are seen, and this build can't: %s",
				 next->dir, next->meta.tracing_why);
	return 0;
}

int upgrade_trace_over(const struct state *next)
{
	char from[PATH_MAX], to[PATH_MAX];
	int ret = 0;
	size_t i;

	for (i = 0; i < sizeof(tracers) / sizeof(tracers[0]); i++) {
		tracer_pin(next, i, BESIDE, from);
		tracer_pin(next, i, "", to);
		/* The last reference to the link of before goes with its pin. */
		if (next->meta.tracing ? rename(from, to) : unlink(to) && errno != ENOENT)
			ret = say_error("%s: %s", to, strerror(errno));
	}
	return ret;
}

void upgrade_trace_back(const struct state *st)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(tracers) / sizeof(tracers[0]); i++) {
		unlink(tracer_pin(st, i, BESIDE, path));
		unlink(tracer_pin(st, i, COMING, path));
	}
}

int upgrade_dir(const struct state *next, const char *kind)
{
	char path[PATH_MAX];

	if (bpffs_mkdir(state_pin(next, kind, "", path)))
		return say_error("%s: %s", path, strerror(errno));
	return 0;
}

/* Two directories change places in one step (bpffs: Linux 5.16), and the one of before goes. */
int upgrade_dir_over(const struct state *st, const char *kind)
{
	char from[PATH_MAX], to[PATH_MAX], beside[32];

	snprintf(beside, sizeof(beside), "%s_new", kind);
	state_pin(st, beside, "", from);
	state_pin(st, kind, "", to);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE))
		return say_error("%s: %s", to, strerror(errno));
	return state_unpin(st, beside);
}

static int prepare(struct state *next, bool traced, struct switchboard *board)
{
	struct world w;
	int ret;

	if (upgrade_dir(next, "progs") || upgrade_trace(next, traced) || programs_helpers(next) ||
	    world_load(next, &w))
		return -1;
	ret = upgrade_collect(next, &w, board);
	if (!ret)
		ret = upgrade_collect_copies(next, &w, board);
	world_free(&w);
	return ret;
}

int upgrade(struct state *st)
{
	struct state next = *st;
	struct switchboard board;
	int ret = -1;

	upgrade_raise_limits();
	switch_init(&board, st);
	/* What a killed upgrade left. */
	upgrade_trace_back(st);
	if (state_unpin(st, "progs_new"))
		return -1;
	next.new_progs = true;
	if (prepare(&next, st->meta.tracing, &board) || switch_over(&board))
		goto out;
	/* What programs of before have redirected is still theirs to be traced. */
	wait_for_packets();
	if (upgrade_dir_over(st, "progs")) {
		switch_back(&board);
		wait_for_packets();
		goto out;
	}
	printf("upgraded from vrxdp %.31s (build %016" PRIx64 ") to %s (build %016" PRIx64 ")\n",
	       st->meta.version, (uint64_t)st->meta.build, VRXDP_VERSION,
	       (uint64_t)programs_build());
	ret = upgrade_trace_over(&next);
	st->meta = next.meta;
	st->meta.build = programs_build();
	st->meta.contract = VRXDP_CONTRACT;
	snprintf(st->meta.version, sizeof(st->meta.version), "%s", VRXDP_VERSION);
	/* Last: until then, another attach begins anew. */
	if (!ret)
		ret = state_save_meta(st);
out:
	if (ret) {
		upgrade_trace_back(st);
		state_unpin(st, "progs_new");
	}
	switch_free(&board);
	return ret;
}
