/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that every command takes, parsed in one way. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

/* Values for long options without a letter; a command's own start at OPT_OWN. */
enum { OPT_BPFFS = 256, OPT_NETNS, OPT_HELP, OPT_OWN };

/* The end of a command's table of long options: the common ones, and the terminator. */
/* clang-format off */
#define OPTIONS_GLOBAL						\
	{ "bpffs", required_argument, NULL, OPT_BPFFS },	\
	{ "netns", required_argument, NULL, OPT_NETNS },	\
	{ "help", no_argument, NULL, OPT_HELP },		\
	{ NULL, 0, NULL, 0 }
/* clang-format on */

enum { OPTIONS_END = -1, OPTIONS_EXIT = -2 };

/**
 * options_next - getopt_long() for a command
 * @argv: argv[0] is the command's (or its own subcommand's) name
 * @shorts: the command's letters as for getopt(); -h is --help unless in use. '+' in front: stop
 *          at the first operand, which is a subcommand
 * @longs: the command's table, which ends in OPTIONS_GLOBAL
 * @cmd: whose help --help prints to stdout; NULL: OPT_HELP is returned instead
 * @g: the command's copy of the globals: --bpffs and --netns are stored there
 * @status: the exit status, when OPTIONS_EXIT is returned
 *
 * Returns the option's value with optarg set; OPTIONS_END after the last one, with the operands
 * from argv[optind]; or OPTIONS_EXIT after --help and after an error, which was said.
 * Long options are not abbreviated: what is unique today may not be tomorrow.
 *
 * Before a second round over another argv (a subcommand's), set optind to 0.
 *
 *	static const struct option longs[] = { { "json", no_argument, NULL, 'j' }, OPTIONS_GLOBAL };
 *	struct globals g = *globals;
 *	int opt, status;
 *
 *	while ((opt = options_next(argc, argv, "j", longs, &cmd_stats, &g, &status)) >= 0)
 *		switch (opt) …
 *	if (opt == OPTIONS_EXIT)
 *		return status;
 */
int options_next(int argc, char **argv, const char *shorts, const struct option *longs,
		 const struct command *cmd, struct globals *g, int *status);

/* Prints the synopsis and help of @cmd to stdout. */
void command_help(const struct command *cmd);

#endif
