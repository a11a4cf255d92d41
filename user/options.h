/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that every command takes, parsed in one way. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <getopt.h>

#include "command.h"

/* Values of long options without a letter; a command's own start at OPT_OWN. */
enum { OPT_BPFFS = 256, OPT_NETNS, OPT_VERSION, OPT_OWN };

enum { OPTIONS_END = -1, OPTIONS_EXIT = -2 };

/* The most that one command can have. */
#define OPTIONS_MAX 24

/* The options of all commands; ends with a row of zeros. */
extern const struct command_option options_common[];

/**
 * options_next - getopt_long() for a command
 * @argv: argv[0] is the command's (or its verb's) name
 * @cmd: whose options they are; with verbs, it stops at the first operand. --help prints its help
 * @g: the command's copy of the globals: --bpffs and --netns are stored there
 * @status: the exit status, when OPTIONS_EXIT is returned
 *
 * Returns the option's value with optarg set; OPTIONS_END after the last one, with the operands
 * from argv[optind]; or OPTIONS_EXIT after --help and after an error, which was said.
 * Long options are not abbreviated: what is unique today may not be tomorrow.
 *
 * Before a second round over another argv (a verb's), set optind to 0.
 *
 *	static const struct command_option options[] = {
 *		{ 'j', "json", NULL, .help = "for programs" },
 *		{ OPT_WAIT, "wait", "SECONDS", .help = "wait so long" },
 *		{ 0 },
 *	};
 *	struct globals g = *globals;
 *	int opt, status;
 *
 *	while ((opt = options_next(argc, argv, &cmd_stats, &g, &status)) >= 0)
 *		switch (opt) …
 *	if (opt == OPTIONS_EXIT)
 *		return status;
 */
int options_next(int argc, char **argv, const struct command *cmd, struct globals *g, int *status);

/* Run the verb of @cmd that argv names, after the options before it. Returns the exit status. */
int options_run_verb(int argc, char **argv, const struct command *cmd, const struct globals *g);

/* NULL: @cmd has no verb of this name. */
const struct command *options_find_verb(const struct command *cmd, const char *name);

#endif
