/* SPDX-License-Identifier: GPL-2.0-only */
/* vrxdp stats: totals since attach. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "command.h"
#include "options.h"
#include "say.h"
#include "snapshot.h"
#include "state.h"
#include "stats_json.h"
#include "stats_text.h"
#include "values.h"

/* Mark the routers that @names names. Returns NULL after saying what is wrong. */
static bool *find_wanted(const struct snapshot *snap, char *const *names, int n)
{
	bool *wanted = calloc(snap->nrouters + 1, sizeof(*wanted));

	if (!wanted) {
		say_error("out of memory");
		return NULL;
	}
	for (int k = 0; k < n; k++) {
		size_t i = 0;

		while (i < snap->nrouters && strcmp(snap->routers[i].rec.conf.name, names[k]))
			i++;
		if (i == snap->nrouters) {
			char safe[VRXDP_NAME_LEN * 4];

			say_error("%s: there is no such router; `vrxdp router list` names them",
				  escape_text(names[k], safe, sizeof(safe)));
			free(wanted);
			return NULL;
		}
		wanted[i] = true;
	}
	return wanted;
}

static int print_json(const struct snapshot *snap, const bool *wanted)
{
	const int how = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *o = stats_json(snap, wanted);
	const char *text = o ? json_object_to_json_string_ext(o, how) : NULL;

	if (!text)
		return say_error("out of memory");
	puts(text);
	json_object_put(o);
	return 0;
}

static int print(const struct snapshot *snap, char *const *names, int n, bool json)
{
	bool *wanted = NULL;
	int ret = 0;

	if (n) {
		wanted = find_wanted(snap, names, n);
		if (!wanted)
			return -1;
	}
	if (json)
		ret = print_json(snap, wanted);
	else
		stats_text(stdout, snap, wanted);
	free(wanted);
	if (!ret && (fflush(stdout) || ferror(stdout))) {
		ret = say_error("standard output: %s; what was printed is not complete",
				strerror(errno));
		clearerr(stdout);
	}
	return ret;
}

static const struct command_operand operands[] = {
	{ "ROUTER...",
	  "only these routers; ports are then left out of the tables, and complete in JSON",
	  WORD_ROUTER },
	{ 0 },
};

static const struct command_option options[] = {
	{ 'j', "json", NULL, .help = "as JSON: keys and units are fixed, see docs/json.md" },
	{ 0 },
};

static int run(int argc, char **argv, const struct globals *globals)
{
	struct globals g = *globals;
	struct snapshot snap = { 0 };
	struct state st;
	bool json = false;
	int opt, status, ret;

	while ((opt = options_next(argc, argv, &cmd_stats, &g, &status)) >= 0)
		json = true;
	if (opt == OPTIONS_EXIT)
		return status;

	if (state_open_read(&st, g.bpffs))
		return EXIT_FAILED;
	ret = snapshot_take(&st, &snap);
	state_close(&st);
	if (ret)
		return EXIT_FAILED;
	ret = print(&snap, argv + optind, argc - optind, json);
	snapshot_free(&snap);
	return ret ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_stats = {
	.name = "stats",
	.synopsis = "stats [-j|--json] [ROUTER...]",
	.summary = "total packets, bytes and drops of ports and routers",
	.operands = operands,
	.options = options,
	.notes = "Numbers count from attach on, and only grow. Bytes are those of Ethernet frames "
		 "without FCS, as XDP sees them. Reasons are shown when they occurred.",
	.run = run,
};
