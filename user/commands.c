// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "command.h"
#include "options.h"

/* A command without a file is absent from the table and from the help. */
static const struct command *const commands[] = {
	&cmd_attach, &cmd_confirm, &cmd_detach, &cmd_status,
	&cmd_stats,  &cmd_top,     &cmd_router, NULL,
};

static const struct command_option options[] = {
	{ OPT_VERSION, "version", NULL, .help = "the version" },
	{ 0 },
};

const struct command vrxdp_command = {
	.name = "vrxdp",
	.synopsis = "[--bpffs DIR] [--netns NS] COMMAND [ARGUMENT...]",
	.summary = "Forwards and measures for virtual routers, in XDP on the host's ports.",
	.options = options,
	.verbs = commands,
};
