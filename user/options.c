/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "say.h"

const struct command_option options_common[] = {
	{ OPT_BPFFS, "bpffs", "DIR",
	  .help = "where the state is pinned (" DEFAULT_BPFFS "); an instance each",
	  .word = WORD_DIR },
	{ OPT_NETNS, "netns", "NS",
	  .help = "work in this network namespace: name in /run/netns, PID or path",
	  .word = WORD_NETNS },
	{ 'h', "help", NULL, .help = "this help; after a command, that command's" },
	{ 0 },
};

/* A command's options as getopt_long() wants them. */
struct table {
	struct option longs[OPTIONS_MAX + 4];
	char shorts[2 * OPTIONS_MAX + 8];
};

/* A command may have a common option in its own table, to say what it means there. */
static bool has(const struct table *t, size_t count, int val)
{
	for (size_t i = 0; i < count; i++)
		if (t->longs[i].val == val)
			return true;
	return false;
}

static size_t add(struct table *t, size_t count, const struct command_option *row)
{
	char *end = t->shorts + strlen(t->shorts);

	for (; row && row->name; row++) {
		if (has(t, count, row->val))
			continue;
		assert(count < OPTIONS_MAX + 3);
		t->longs[count++] = (struct option){ row->name,
						     row->value ? required_argument : no_argument,
						     NULL, row->val };
		if (row->val > UCHAR_MAX)
			continue;
		*end++ = (char)row->val;
		if (row->value)
			*end++ = ':';
	}
	return count;
}

static void fill(struct table *t, const struct command *cmd)
{
	size_t count;

	memset(t, 0, sizeof(*t));
	/* ':' tells a missing value from an unknown option; it comes after the '+'. */
	strcpy(t->shorts, cmd->verbs ? "+:" : ":");
	count = add(t, 0, cmd->options);
	add(t, count, options_common);
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

int options_next(int argc, char **argv, const struct command *cmd, struct globals *g, int *status)
{
	struct table t;
	int opt, found;

	fill(&t, cmd);
	opterr = 0;
	for (;;) {
		found = -1;
		opt = getopt_long(argc, argv, t.shorts, t.longs, &found);
		if (opt == -1)
			return OPTIONS_END;
		*status = EXIT_USAGE;
		if (opt == '?' || opt == ':') {
			bad_option(argv, opt == ':', t.longs);
			return OPTIONS_EXIT;
		}
		if (found >= 0 && !written_in_full(argv, &t.longs[found])) {
			say_usage("--%s: write the option in full", t.longs[found].name);
			return OPTIONS_EXIT;
		}
		if (opt == 'h') {
			help_print(cmd);
			*status = EXIT_DONE;
			return OPTIONS_EXIT;
		}
		if (opt != OPT_BPFFS && opt != OPT_NETNS)
			return opt;
		if (!*optarg) {
			say_usage("--%s: the value is empty", t.longs[found].name);
			return OPTIONS_EXIT;
		}
		*(opt == OPT_BPFFS ? &g->bpffs : &g->netns) = optarg;
	}
}

const struct command *options_find_verb(const struct command *cmd, const char *name)
{
	for (const struct command *const *verb = cmd->verbs; *verb; verb++)
		if (!strcmp((*verb)->name, name))
			return *verb;
	return NULL;
}

int options_run_verb(int argc, char **argv, const struct command *cmd, const struct globals *g)
{
	const struct command *verb;
	struct globals own = *g;
	char known[128] = "";
	size_t at = 0;
	int status;

	/* None but the common options stand before a verb. */
	if (options_next(argc, argv, cmd, &own, &status) == OPTIONS_EXIT)
		return status;
	verb = optind < argc ? options_find_verb(cmd, argv[optind]) : NULL;
	if (verb) {
		argc -= optind;
		argv += optind;
		optind = 0;
		return verb->run(argc, argv, &own);
	}
	for (const struct command *const *v = cmd->verbs; *v && at < sizeof(known); v++)
		at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", at ? ", " : "",
				       (*v)->name);
	if (optind == argc)
		return say_usage("give one of %s", known);
	return say_usage("%s %s: give one of %s", cmd->name, argv[optind], known);
}
