/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

void command_help(const struct command *cmd)
{
	printf("Usage: vrxdp %s\n\n%s\n", cmd->synopsis, cmd->summary);
	if (cmd->help)
		printf("\n%s%s", cmd->help, cmd->help[strlen(cmd->help) - 1] == '\n' ? "" : "\n");
}

/* Was the long option that getopt_long() just found written in full? */
static bool written_in_full(char **argv, const struct option *found)
{
	const char *text = argv[optind - 1];
	size_t len = strlen(found->name);

	/* Its value may be an argument of its own, which optarg then points at. */
	if (found->has_arg == required_argument && optarg == text)
		text = argv[optind - 2];
	return !strncmp(text + 2, found->name, len) &&
	       (text[2 + len] == '\0' || text[2 + len] == '=');
}

/* Is @text a long option, or the start of one, whose value is @val? */
static const struct option *long_option(const char *text, int val, const struct option *longs)
{
	size_t len = strcspn(text, "=");

	if (strncmp(text, "--", 2))
		return NULL;
	for (; longs->name; longs++)
		if (longs->val == val && !strncmp(text + 2, longs->name, len - 2))
			return longs;
	return NULL;
}

static void bad_option(char **argv, bool no_value, const struct option *longs)
{
	const char *text = argv[optind - 1];
	const struct option *found = long_option(text, optopt, longs);

	if (no_value && found)
		say_usage("--%s: a value must follow", found->name);
	else if (no_value)
		say_usage("-%c: a value must follow", optopt);
	else if (found && strchr(text, '='))
		say_usage("--%s: takes no value", found->name);
	else if (optopt)
		say_usage("-%c: there is no such option", optopt);
	else
		say_usage("%s: there is no such option", text);
}

int options_next(int argc, char **argv, const char *shorts, const struct option *longs,
		 const struct command *cmd, struct globals *g, int *status)
{
	bool own_h = strchr(shorts, 'h');
	bool in_order = *shorts == '+';
	char all[64];
	int opt, found = -1;

	/* ':' tells a missing value from an unknown option; it comes after the '+'. */
	snprintf(all, sizeof(all), "%s:%s%s", in_order ? "+" : "", shorts + in_order,
		 own_h ? "" : "h");
	opterr = 0;
	opt = getopt_long(argc, argv, all, longs, &found);
	if (opt == -1)
		return OPTIONS_END;
	*status = EXIT_USAGE;
	if (opt == '?' || opt == ':') {
		bad_option(argv, opt == ':', longs);
		return OPTIONS_EXIT;
	}
	if (found >= 0 && !written_in_full(argv, &longs[found])) {
		say_usage("--%s: write the option in full", longs[found].name);
		return OPTIONS_EXIT;
	}
	if (opt == OPT_HELP || (opt == 'h' && !own_h)) {
		if (!cmd)
			return OPT_HELP;
		command_help(cmd);
		*status = EXIT_DONE;
		return OPTIONS_EXIT;
	}
	if (opt == OPT_BPFFS || opt == OPT_NETNS) {
		if (!*optarg) {
			say_usage("--%s: the value is empty", longs[found].name);
			return OPTIONS_EXIT;
		}
		*(opt == OPT_BPFFS ? &g->bpffs : &g->netns) = optarg;
		return options_next(argc, argv, shorts, longs, cmd, g, status);
	}
	return opt;
}
