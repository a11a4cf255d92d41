/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "programs.h"
#include "say.h"

#define DEFAULT_BPFFS "/run/vrxdp/bpf"

/* A command without a file is absent from the table and from the help. */
static const struct command *const commands[] = {
	&cmd_attach, &cmd_detach, &cmd_status, &cmd_stats, &cmd_top, &cmd_router,
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(void)
{
	printf("Usage: vrxdp [--bpffs DIR] [--netns NS] COMMAND [ARGUMENT...]\n\n"
	       "Forwards and measures for virtual routers, in XDP on the host's ports.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nOptions, before the command or after it:\n"
	       "  --bpffs DIR  where the state is pinned (" DEFAULT_BPFFS "); an instance each\n"
	       "  --netns NS   work in this network namespace: name in /run/netns, PID or path\n"
	       "  -h, --help   this help; after a command, that command's\n"
	       "  --version    the version\n\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/* A full disk or a closed pipe must not look like success. */
static int flushed(int status)
{
	if ((ferror(stdout) || fflush(stdout)) && status == EXIT_DONE) {
		say_error("stdout: can't be written: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}

enum { OPT_VERSION = OPT_OWN };

/* Options before the command. Returns -1, or the exit status when there is no more to do. */
static int parse_globals(int argc, char **argv, struct globals *g)
{
	static const struct option longs[] = {
		{ "version", no_argument, NULL, OPT_VERSION },
		OPTIONS_GLOBAL,
	};
	int opt, status;

	/* '+': the first operand is the command, and what follows is the command's. */
	while ((opt = options_next(argc, argv, "+", longs, NULL, g, &status)) >= 0) {
		if (opt == OPT_HELP)
			usage();
		else
			printf("vrxdp %s\n", VRXDP_VERSION);
		return EXIT_DONE;
	}
	return opt == OPTIONS_EXIT ? status : -1;
}

int main(int argc, char **argv)
{
	struct globals g = { .bpffs = DEFAULT_BPFFS };
	const struct command *cmd;
	int status;

	programs_init();
	status = parse_globals(argc, argv, &g);
	if (status >= 0)
		return flushed(status);
	if (optind >= argc)
		return say_usage("no command given");
	cmd = find_command(argv[optind]);
	if (!cmd)
		return say_usage("%s: there is no such command", argv[optind]);

	say_command = cmd->name;
	argc -= optind;
	argv += optind;
	optind = 0; /* getopt starts over, at argv[1] */
	return flushed(cmd->run(argc, argv, &g));
}
