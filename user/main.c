/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "programs.h"
#include "say.h"

/* A full disk or a closed pipe must not look like success. */
static int flushed(int status)
{
	if ((ferror(stdout) || fflush(stdout)) && status == EXIT_DONE) {
		say_error("stdout: can't be written: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}

/* Options before the command. Returns -1, or the exit status when there is no more to do. */
static int parse_globals(int argc, char **argv, struct globals *g)
{
	int status, opt = options_next(argc, argv, &vrxdp_command, g, &status);

	if (opt == OPT_VERSION) {
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
	cmd = options_find_verb(&vrxdp_command, argv[optind]);
	if (!cmd)
		return say_usage("%s: there is no such command", argv[optind]);

	say_command = cmd->name;
	argc -= optind;
	argv += optind;
	optind = 0; /* getopt starts over, at argv[1] */
	return flushed(cmd->run(argc, argv, &g));
}
