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

static const struct option longs[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "config", required_argument, NULL, 'c' },
	{ "confirm", required_argument, NULL, OPT_CONFIRM },
	OPTIONS_GLOBAL,
};

static const struct command command = {
	.name = "attach",
	.synopsis = "attach [-c FILE | DEV...]",
	.summary = "Attaches.",
	.help = "  -c FILE  reads it",
};

struct parsed {
	int status; /* -1: went through */
	char bpffs[16];
	char netns[16];
	char seen[64]; /* options, each with its value, separated by ' ' */
	char operands[64];
};

static struct parsed parse(const char *shorts, const char *const *args)
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
	while ((opt = options_next(argc, argv, shorts, longs, &command, &g, &status)) >= 0)
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
		const char *shorts;
		const char *args[MAX_ARGS];
		const char *seen, *operands, *bpffs, *netns;
	} cases[] = {
		{ "nothing", "jc:", { NULL }, "", "", "/default", "none" },
		{ "operands", "jc:", { "eth0", "eth1" }, "", "eth0 eth1 ", "/default", "none" },
		{ "short", "jc:", { "-j", "-c", "f" }, "j cf ", "", "/default", "none" },
		{ "short with its value", "jc:", { "-jcf" }, "j cf ", "", "/default", "none" },
		{ "long", "jc:", { "--json", "--config=f" }, "j cf ", "", "/default", "none" },
		{ "long, value apart", "jc:", { "--config", "f" }, "cf ", "", "/default", "none" },
		{ "a value that looks like an option",
		  "jc:",
		  { "--config", "--config" },
		  "c--config ",
		  "",
		  "/default",
		  "none" },
		{ "a letterless option",
		  "jc:",
		  { "--confirm", "5" },
		  "C5 ",
		  "",
		  "/default",
		  "none" },
		{ "globals",
		  "jc:",
		  { "--bpffs", "/run/x", "--netns=blue" },
		  "",
		  "",
		  "/run/x",
		  "blue" },
		{ "globals between",
		  "jc:",
		  { "eth0", "--netns", "blue", "-j", "eth1" },
		  "j ",
		  "eth0 eth1 ",
		  "/default",
		  "blue" },
		{ "after --, operands",
		  "j",
		  { "-j", "--", "--netns" },
		  "j ",
		  "--netns ",
		  "/default",
		  "none" },
		{ "+ stops at the first operand",
		  "+j",
		  { "-j", "add", "-j" },
		  "j ",
		  "add -j ",
		  "/default",
		  "none" },
		{ "-h where it is the command's own", "h", { "-h" }, "h ", "", "/default", "none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed p = parse(cases[i].shorts, cases[i].args);

		print_message("# %s\n", cases[i].what);
		assert_int_equal(p.status, -1);
		assert_string_equal(p.seen, cases[i].seen);
		assert_string_equal(p.operands, cases[i].operands);
		assert_string_equal(p.bpffs, cases[i].bpffs);
		assert_string_equal(p.netns, cases[i].netns);
	}
}

/* Run @args with @from (stdout or stderr) going to a file; return what it got. */
static const char *captured(FILE *from, const char *const *args, int *status)
{
	static char text[1024];
	FILE *file = tmpfile();
	int saved = dup(fileno(from));
	size_t len;

	assert_non_null(file);
	fflush(from);
	dup2(fileno(file), fileno(from));
	*status = parse("jc:", args).status;
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
		assert_string_equal(captured(stderr, cases[i].args, &status), expected);
		assert_int_equal(status, EXIT_USAGE);
	}
}

static void help_goes_to_stdout_with_status_0(void **state)
{
	static const char *const args[][2] = { { "--help", NULL }, { "-h", NULL } };
	int status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(captured(stdout, args[i], &status),
				    "Usage: vrxdp attach [-c FILE | DEV...]\n\nAttaches.\n\n"
				    "  -c FILE  reads it\n");
		assert_int_equal(status, EXIT_DONE);
	}
}

static void control_characters_never_reach_the_terminal(void **state)
{
	static const char *const args[] = { "--a\033[2Jb\n\xc2\x9b", NULL };
	int status;

	(void)state;
	say_command = NULL;
	assert_string_equal(captured(stderr, args, &status),
			    "vrxdp: --a\\x1b[2Jb\\x0a\\xc2\\x9b: there is no such option; "
			    "see vrxdp --help\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_the_command_and_of_all_mix_in_any_order),
		cmocka_unit_test(wrong_usage_is_named_in_one_line_with_status_2),
		cmocka_unit_test(help_goes_to_stdout_with_status_0),
		cmocka_unit_test(control_characters_never_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
