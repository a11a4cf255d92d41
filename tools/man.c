// SPDX-License-Identifier: GPL-2.0-only
#include "docgen.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "options.h"

static void put(char c)
{
	static const struct {
		char c;
		const char *roff;
	} special[] = { { '\\', "\\e" }, { '-', "\\-" }, { '\'', "\\(aq" }, { '`', "\\(ga" } };

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (c == special[i].c) {
			fputs(special[i].roff, stdout);
			return;
		}
	}
	putchar(c);
}

/* Text as roff takes it. A line's first '.' would be a request. */
static void text(const char *from)
{
	bool start = true;

	for (; *from; from++) {
		if (start && *from == '.')
			fputs("\\&", stdout);
		start = *from == '\n';
		put(*from);
	}
}

/* Length of a value's name at @at: capitals that are a word by themselves. */
static size_t value_name(const char *start, const char *at)
{
	size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (at > start && (at[-1] == '-' || isalpha((unsigned char)at[-1])))
		return 0;
	return isalpha((unsigned char)at[len]) ? 0 : len;
}

/* What is typed as it is in bold, what stands for something else in italics. */
static void syntax(const char *from)
{
	const char *at = from;
	size_t len;

	fputs("\\fB", stdout);
	while (*at) {
		len = value_name(from, at);
		if (len) {
			printf("\\fI%.*s\\fB", (int)len, at);
			at += len;
		} else {
			put(*at++);
		}
	}
	puts("\\fP");
}

/* A sentence ends its line, so that roff puts the right space behind it. */
static void sentences(const char *from)
{
	char line[1024];
	const char *end;

	while (*from) {
		end = strstr(from, ". ");
		end = end ? end + 1 : from + strlen(from);
		snprintf(line, sizeof(line), "%.*s", (int)(end - from), from);
		text(line);
		putchar('\n');
		from = end + strspn(end, " ");
	}
}

static void paragraphs(const char *from)
{
	char one[2048];
	const char *end;

	while (*from) {
		end = strstr(from, "\n\n");
		end = end ? end : from + strlen(from);
		snprintf(one, sizeof(one), "%.*s", (int)(end - from), from);
		puts(".PP");
		sentences(one);
		from = end + strspn(end, "\n");
	}
}

static void row(const char *left, const char *help)
{
	puts(".TP");
	syntax(left);
	sentences(help);
}

static void options(const struct command_option *option)
{
	char left[128];

	for (; option && option->name; option++)
		row(help_option(option, left, sizeof(left)), option->help);
}

static void operands(const struct command_operand *operand)
{
	for (; operand && operand->name; operand++)
		if (operand->help)
			row(operand->name, operand->help);
}

static void usage(const struct command *cmd)
{
	fputs("\\fBvrxdp\\fP ", stdout);
	syntax(cmd->synopsis);
}

void man_synopsis(void)
{
	const struct command *const *cmd;

	usage(&vrxdp_command);
	for (cmd = vrxdp_command.verbs; *cmd; cmd++) {
		puts(".br");
		usage(*cmd);
	}
}

static void sentence(const char *summary)
{
	putchar(toupper((unsigned char)*summary));
	text(summary + 1);
	puts(".");
}

static void verbs(const struct command *cmd)
{
	const struct command *const *verb;

	for (verb = cmd->verbs; verb && *verb; verb++) {
		puts(".TP");
		usage(*verb);
		sentence((*verb)->summary);
		/* A table that was printed for the verb before isn't again. */
		if (verb > cmd->verbs && (*verb)->options &&
		    (*verb)->options == verb[-1]->options) {
			printf("It takes the options of \\fB%s\\fP.\n", verb[-1]->name);
		} else if ((*verb)->options) {
			puts(".RS");
			options((*verb)->options);
			puts(".RE");
		}
		if (!(*verb)->notes)
			continue;
		puts(".RS");
		paragraphs((*verb)->notes);
		puts(".RE");
	}
}

void man_commands(void)
{
	const struct command *const *cmd;

	for (cmd = vrxdp_command.verbs; *cmd; cmd++) {
		printf(".SS %s\n", (*cmd)->name);
		usage(*cmd);
		puts(".PP");
		sentence((*cmd)->summary);
		operands((*cmd)->operands);
		options((*cmd)->options);
		verbs(*cmd);
		if ((*cmd)->notes)
			paragraphs((*cmd)->notes);
	}
}

void man_options(void)
{
	options(options_common);
	options(vrxdp_command.options);
}

void man_keys(enum config_section section)
{
	size_t i;

	/* What isn't built has no setter. */
	for (i = 0; i < config_nkeys; i++)
		if (config_keys[i].section == section && config_keys[i].set)
			row(config_keys[i].name, config_keys[i].help);
}
