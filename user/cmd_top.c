/* SPDX-License-Identifier: GPL-2.0-only */
/* vrxdp top: live view, or lines for a log. */
#include <limits.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "say.h"
#include "state.h"
#include "top_model.h"
#include "top_source.h"
#include "values.h"

/*
 * Maps that are open live on after a detach, and their numbers stand still: open the
 * pins anew for each look, and see that they're gone.
 */
static int take(void *arg, struct snapshot *snap)
{
	const struct globals *g = arg;
	struct state st;
	int ret;

	if (state_open_read(&st, g->bpffs))
		return -1;
	ret = snapshot_take(&st, snap);
	state_close(&st);
	return ret;
}

/* Returns EXIT_DONE, or EXIT_USAGE after saying what is wrong. */
static int parse_option(int opt, struct top_options *top, bool *batch)
{
	char err[128], safe[64];
	__u32 count;

	switch (opt) {
	case 'b':
		*batch = true;
		return EXIT_DONE;
	case 'd':
		if (top_parse_delay(optarg, &top->delay))
			return say_usage("-d %s: not a number of seconds from 0.1 to 3600",
					 shorten_text(optarg, safe, sizeof(safe)));
		return EXIT_DONE;
	default:
		if (parse_u32(optarg, 1, UINT_MAX, &count, err, sizeof(err)))
			return say_usage("-n: %s", err);
		top->count = count;
		return EXIT_DONE;
	}
}

static const struct command_option options[] = {
	{ 'b', "batch", NULL,
	  .help = "plain lines for a log, one per port and router and a total for each interval: a time, "
		  "what it is, its name, then key=value. Ends when nobody reads them any more" },
	{ 'd', "delay", "SECONDS", .help = "interval, 0.1 to 3600, with decimals (1)" },
	{ 'n', "count", "COUNT", .help = "end after so many intervals" },
	{ 0 },
};

static int run(int argc, char **argv, const struct globals *globals)
{
	struct top_options top = { .delay = 1 };
	struct globals g = *globals;
	struct top_source src = { .take = take, .arg = &g };
	bool batch = false;
	int opt, status;

	while ((opt = options_next(argc, argv, &cmd_top, &g, &status)) >= 0) {
		status = parse_option(opt, &top, &batch);
		if (status)
			return status;
	}
	if (opt == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return say_usage("%s: takes no operands; `/` in the live view filters",
				 argv[optind]);
	return batch ? top_batch(&top, &src) : top_live(&top, &src);
}

const struct command cmd_top = {
	.name = "top",
	.synopsis = "top [-b] [-d SECONDS] [-n COUNT]",
	.summary = "live view of ports and routers; -b for logs",
	.options = options,
	.notes =
		"Without -b it needs a terminal, else it fails (status 1). Keys: `h` shows them.\n\n"
		"pps are packets a second; bps and bit/s are bits a second of Ethernet frames "
		"without FCS, as XDP sees them. In -b, drops and punts are packets in the interval. "
		"NO_COLOR=1 turns colours off.",
	.run = run,
};
