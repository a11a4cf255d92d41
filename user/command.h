/* SPDX-License-Identifier: GPL-2.0-only */
/* The command table's entries; main.c has the table, cmd_NAME.c each command. */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>

/* Options that stand before the command, or after it. */
struct globals {
	const char *bpffs; /* never NULL */
	const char *netns; /* NULL: not given */
};

struct command {
	const char *name;
	const char *synopsis; /* one line, without "vrxdp" */
	const char *summary;  /* one line: what it does */
	const char *help;     /* options and notes, already laid out; may be NULL */
	/* argv[0] is the command's name. Returns an exit status. */
	int (*run)(int argc, char **argv, const struct globals *g);
};

extern const struct command cmd_attach, cmd_detach, cmd_status, cmd_stats, cmd_top, cmd_router;

#endif
