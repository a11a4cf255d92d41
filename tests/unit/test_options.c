/* SPDX-License-Identifier: GPL-2.0-only */
/* options_next() as commands use it, and what it says of wrong usage. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "say.h"

#define MAX_ARGS 8

enum { OPT_CONFIRM = OPT_OWN };

static const struct command_operand operands[] = {
	{ "DEV...", "a device", WORD_DEVICE },
	{ 0 },
};

static const struct command_option options[] = {
	{ 'j', "json", NULL,
	  .help = "prints it for programs, in which it is quite unlike the other form, "
		  "and wrapped" },
	{ 'c', "config", "FILE", .help = "reads it" },
	{ OPT_CONFIRM, "confirm", "SECONDS-AND-MORE-WORDS", .help = "waits" },
	{ 0 },
};

static int parse_verb(int argc, char **argv, const struct globals *g);

static const struct command command = {
	.name = "attach",
	.synopsis = "attach [-c FILE | DEV...]",
	.summary = "Attaches.",
	.operands = operands,
	.options = options,
	.notes = "One.\n\nTwo.",
};

static const struct command_option verb_options[] = {
	{ OPT_NETNS, "netns", "NS", .help = "the router's" },
	{ 0 },
};

static const struct command verb_add = {
	.name = "add",
	.synopsis = "router add NAME",
	.summary = "Adds.",
	.operands = operands,
	.options = verb_options,
	.run = parse_verb,
};

static const struct command verb_set = {
	.name = "set",
	.synopsis = "router set NAME",
	.summary = "Sets.",
	.options = verb_options,
	.run = parse_verb,
};

static const struct command verb_list = {
	.name = "list",
	.synopsis = "router list",
	.summary = "Lists.",
	.options = options,
	.run = parse_verb,
};

static const struct command *const verbs[] = { &verb_add, &verb_set, &verb_list, NULL };

static const struct command router = {
	.name = "router",
	.synopsis = "router add|set|list",
	.summary = "Routers.",
	.verbs = verbs,
};

struct parsed {
	int status; /* -1: went through */
	char bpffs[16];
	char netns[16];
	char seen[64]; /* options, each with its value, separated by ' ' */
	char operands[64];
};

static struct parsed parse(const struct command *cmd, const char *const *args)
{
	struct globals g = { .bpffs = "/default" };
	struct parsed p = { .status = -1 };
	char *argv[MAX_ARGS + 2] = { NULL };
	char *copies[MAX_ARGS + 1];
	size_t n = 0, len = 0;
	int argc, opt, status;

	copies[n++] = strdup("attach");
	for (size_t i = 0; i < MAX_ARGS && args[i]; i++)
		copies[n++] = strdup(args[i]);
	memcpy(argv, copies, n * sizeof(*argv));
	argc = (int)n;
	optind = 0;
	while ((opt = options_next(argc, argv, cmd, &g, &status)) >= 0)
		len += (size_t)snprintf(p.seen + len, sizeof(p.seen) - len, "%c%s ",
					opt == OPT_CONFIRM ? 'C' : (char)opt, optarg ? optarg : "");
	if (opt == OPTIONS_EXIT)
		p.status = status;
	len = 0;
	for (int i = optind; opt == OPTIONS_END && i < argc; i++)
		len += (size_t)snprintf(p.operands + len, sizeof(p.operands) - len, "%s ", argv[i]);
	snprintf(p.bpffs, sizeof(p.bpffs), "%s", g.bpffs);
	snprintf(p.netns, sizeof(p.netns), "%s", g.netns ? g.netns : "none");
	for (size_t i = 0; i < n; i++)
		free(copies[i]);
	return p;
}

static void options_of_the_command_and_of_all_mix_in_any_order(void **state)
{
	static const struct {
		const char *what;
		const struct command *cmd;
		const char *args[MAX_ARGS];
		const char *seen, *operands, *bpffs, *netns;
	} cases[] = {
		{ "nothing", &command, { NULL }, "", "", "/default", "none" },
		{ "operands", &command, { "eth0", "eth1" }, "", "eth0 eth1 ", "/default", "none" },
		{ "short", &command, { "-j", "-c", "f" }, "j cf ", "", "/default", "none" },
		{ "short with its value", &command, { "-jcf" }, "j cf ", "", "/default", "none" },
		{ "long", &command, { "--json", "--config=f" }, "j cf ", "", "/default", "none" },
		{ "long, value apart",
		  &command,
		  { "--config", "f" },
		  "cf ",
		  "",
		  "/default",
		  "none" },
		{ "a value that looks like an option",
		  &command,
		  { "--config", "--config" },
		  "c--config ",
		  "",
		  "/default",
		  "none" },
		{ "a letterless option",
		  &command,
		  { "--confirm", "5" },
		  "C5 ",
		  "",
		  "/default",
		  "none" },
		{ "globals",
		  &command,
		  { "--bpffs", "/run/x", "--netns=blue" },
		  "",
		  "",
		  "/run/x",
		  "blue" },
		{ "globals between",
		  &command,
		  { "eth0", "--netns", "blue", "-j", "eth1" },
		  "j ",
		  "eth0 eth1 ",
		  "/default",
		  "blue" },
		{ "after --, operands",
		  &command,
		  { "-j", "--", "--netns" },
		  "j ",
		  "--netns ",
		  "/default",
		  "none" },
		{ "verbs stop at the first operand",
		  &router,
		  { "--netns", "blue", "add", "--netns=x" },
		  "",
		  "add --netns=x ",
		  "/default",
		  "blue" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed p = parse(cases[i].cmd, cases[i].args);

		print_message("# %s\n", cases[i].what);
		assert_int_equal(p.status, -1);
		assert_string_equal(p.seen, cases[i].seen);
		assert_string_equal(p.operands, cases[i].operands);
		assert_string_equal(p.bpffs, cases[i].bpffs);
		assert_string_equal(p.netns, cases[i].netns);
	}
}

/* Run @args with @from (stdout or stderr) going to a file; return what it got. */
static const char *captured(FILE *from, const struct command *cmd, const char *const *args,
			    int *status)
{
	static char text[2048];
	FILE *file = tmpfile();
	int saved = dup(fileno(from));
	size_t len;

	assert_non_null(file);
	fflush(from);
	dup2(fileno(file), fileno(from));
	*status = parse(cmd, args).status;
	fflush(from);
	dup2(saved, fileno(from));
	close(saved);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

static void wrong_usage_is_named_in_one_line_with_status_2(void **state)
{
	static const struct {
		const char *args[MAX_ARGS];
		const char *said;
	} cases[] = {
		{ { "-q" }, "-q: there is no such option" },
		{ { "-jq", "--json" }, "-q: there is no such option" },
		{ { "--nothing" }, "--nothing: there is no such option" },
		{ { "--nothing=1" }, "--nothing=1: there is no such option" },
		{ { "-c" }, "-c: a value must follow" },
		{ { "--config" }, "--config: a value must follow" },
		{ { "--netns" }, "--netns: a value must follow" },
		{ { "--json=1" }, "--json: takes no value" },
		{ { "--bpffs", "" }, "--bpffs: the value is empty" },
		{ { "--js" }, "--json: write the option in full" },
		{ { "--net", "blue" }, "--netns: write the option in full" },
		{ { "--net=blue" }, "--netns: write the option in full" },
		{ { "--conf", "f" }, "--conf: there is no such option" },
	};

	(void)state;
	say_command = "attach";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char expected[128];
		int status;

		snprintf(expected, sizeof(expected), "vrxdp attach: %s; see vrxdp attach --help\n",
			 cases[i].said);
		assert_string_equal(captured(stderr, &command, cases[i].args, &status), expected);
		assert_int_equal(status, EXIT_USAGE);
	}
}

static void help_goes_to_stdout_with_status_0(void **state)
{
	static const char *const args[][2] = { { "--help", NULL }, { "-h", NULL } };
	int status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(
			captured(stdout, &command, args[i], &status),
			"Usage: vrxdp attach [-c FILE | DEV...]\n\nAttaches.\n\n"
			"  DEV...             a device\n"
			"  -j, --json         prints it for programs, in which it is quite unlike the other form,\n"
			"                     and wrapped\n"
			"  -c, --config FILE  reads it\n"
			"  --confirm SECONDS-AND-MORE-WORDS\n"
			"                     waits\n"
			"\nOne.\n\nTwo.\n");
		assert_int_equal(status, EXIT_DONE);
	}
}

static void help_of_a_command_with_verbs_has_each_table_of_options_once(void **state)
{
	static const char *const args[] = { "--help", NULL };
	int status;

	(void)state;
	assert_string_equal(
		captured(stdout, &router, args, &status),
		"Usage: vrxdp router add|set|list\n\nRouters.\n\n"
		"  add DEV...         Adds.\n"
		"  set                Sets.\n"
		"  list               Lists.\n"
		"\nOptions of add, set:\n"
		"  --netns NS         the router's\n"
		"\nOptions of list:\n"
		"  -j, --json         prints it for programs, in which it is quite unlike the other form,\n"
		"                     and wrapped\n"
		"  -c, --config FILE  reads it\n"
		"  --confirm SECONDS-AND-MORE-WORDS\n"
		"                     waits\n");
	assert_int_equal(status, EXIT_DONE);
}

static char ran[64];

static int parse_verb(int argc, char **argv, const struct globals *g)
{
	const struct command *verb = options_find_verb(&router, argv[0]);
	struct globals own = *g;
	int status;

	while (options_next(argc, argv, verb, &own, &status) >= 0)
		;
	snprintf(ran, sizeof(ran), "%s %s %s", argv[0], own.netns,
		 optind < argc ? argv[optind] : "nothing");
	return EXIT_FAILED;
}

static void a_verb_runs_with_the_options_before_and_behind_it(void **state)
{
	static const struct {
		const char *args[MAX_ARGS];
		int status;
		const char *ran;
	} cases[] = {
		{ { "router", "--netns", "a", "add", "x" }, EXIT_FAILED, "add a x" },
		{ { "router", "--netns", "a", "set", "--netns=b", "x" }, EXIT_FAILED, "set b x" },
		{ { "router", "list", "--netns", "b" }, EXIT_FAILED, "list b nothing" },
		{ { "router" }, EXIT_USAGE, "" },
		{ { "router", "ad" }, EXIT_USAGE, "" },
		{ { "router", "--json", "list" }, EXIT_USAGE, "" },
	};
	struct globals g = { .bpffs = "/default", .netns = "none" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *argv[MAX_ARGS + 1] = { NULL };
		int argc = 0;

		for (; cases[i].args[argc]; argc++)
			argv[argc] = strdup(cases[i].args[argc]);
		ran[0] = '\0';
		optind = 0;
		assert_int_equal(options_run_verb(argc, argv, &router, &g), cases[i].status);
		assert_string_equal(ran, cases[i].ran);
		for (int k = 0; k < MAX_ARGS; k++)
			free(argv[k]);
	}
}

static void control_characters_never_reach_the_terminal(void **state)
{
	static const char *const args[] = { "--a\033[2Jb\n\xc2\x9b", NULL };
	int status;

	(void)state;
	say_command = NULL;
	assert_string_equal(captured(stderr, &command, args, &status),
			    "vrxdp: --a\\x1b[2Jb\\x0a\\xc2\\x9b: there is no such option; "
			    "see vrxdp --help\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_the_command_and_of_all_mix_in_any_order),
		cmocka_unit_test(wrong_usage_is_named_in_one_line_with_status_2),
		cmocka_unit_test(help_goes_to_stdout_with_status_0),
		cmocka_unit_test(help_of_a_command_with_verbs_has_each_table_of_options_once),
		cmocka_unit_test(a_verb_runs_with_the_options_before_and_behind_it),
		cmocka_unit_test(control_characters_never_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
