// SPDX-License-Identifier: GPL-2.0-only
#include "help.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

#define WIDTH 90
/* What is longer stands on a line of its own, and its text below. */
#define LEFT_MAX 22

char *help_option(const struct command_option *option, char *buf, size_t len)
{
	char letter[8] = "";

	if (option->val <= UCHAR_MAX)
		snprintf(letter, sizeof(letter), "-%c, ", option->val);
	snprintf(buf, len, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	return buf;
}

/* "add NAME": a verb as it stands in its command's help. */
static char *verb_text(const struct command *verb, char *buf, size_t len)
{
	const struct command_operand *operand = verb->operands;

	snprintf(buf, len, "%s%s%s", verb->name, operand ? " " : "", operand ? operand->name : "");
	return buf;
}

/* Words of one paragraph from column @at on, further lines from @indent on. Returns its end. */
static const char *paragraph(const char *text, size_t at, size_t indent)
{
	const char *start = text;
	size_t len;

	while (*text && *text != '\n') {
		len = strcspn(text, " \n");
		if (text > start && at + 1 + len > WIDTH) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		} else if (text > start) {
			putchar(' ');
			at++;
		}
		printf("%.*s", (int)len, text);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
	return text;
}

static void paragraphs(const char *text)
{
	while (*text) {
		text = paragraph(text, 0, 0);
		if (*text)
			putchar('\n');
		text += strspn(text, "\n");
	}
}

static void row(const char *left, const char *text, size_t column)
{
	size_t len = strlen(left) + 2;

	printf("  %s", left);
	if (len + 2 > column) {
		putchar('\n');
		len = 0;
	}
	printf("%*s", (int)(column - len), "");
	paragraph(text, column, column);
}

static void widen(size_t *column, const char *left)
{
	size_t len = strlen(left);

	if (len <= LEFT_MAX && len + 4 > *column)
		*column = len + 4;
}

static void options_widen(size_t *column, const struct command_option *options)
{
	char left[128];

	for (; options && options->name; options++)
		widen(column, help_option(options, left, sizeof(left)));
}

static void options_rows(size_t column, const struct command_option *options)
{
	char left[128];

	for (; options && options->name; options++)
		row(help_option(options, left, sizeof(left)), options->help, column);
}

static size_t column_of(const struct command *cmd)
{
	const struct command_operand *operand;
	const struct command *const *verb;
	size_t column = 0;
	char left[128];

	for (operand = cmd->operands; operand && operand->name; operand++)
		if (operand->help)
			widen(&column, operand->name);
	for (verb = cmd->verbs; verb && *verb; verb++) {
		widen(&column, verb_text(*verb, left, sizeof(left)));
		options_widen(&column, (*verb)->options);
	}
	options_widen(&column, cmd->options);
	return column;
}

/* Verbs that share a table of options are named together. */
static void verb_options(const struct command *const *verbs, size_t column)
{
	const struct command *const *v, *const *w;

	for (v = verbs; *v; v++) {
		for (w = verbs; w < v && (*w)->options != (*v)->options; w++)
			;
		if (!(*v)->options || w < v)
			continue;
		printf("\nOptions of %s", (*v)->name);
		for (w = v + 1; *w; w++)
			if ((*w)->options == (*v)->options)
				printf(", %s", (*w)->name);
		puts(":");
		options_rows(column, (*v)->options);
	}
}

static void command_print(const struct command *cmd)
{
	const struct command_operand *operand;
	const struct command *const *verb;
	size_t column = column_of(cmd);
	char left[128];

	printf("Usage: vrxdp %s\n\n%s\n", cmd->synopsis, cmd->summary);
	if (column)
		putchar('\n');
	for (operand = cmd->operands; operand && operand->name; operand++)
		if (operand->help)
			row(operand->name, operand->help, column);
	for (verb = cmd->verbs; verb && *verb; verb++)
		row(verb_text(*verb, left, sizeof(left)), (*verb)->summary, column);
	options_rows(column, cmd->options);
	if (cmd->verbs)
		verb_options(cmd->verbs, column);
	if (cmd->notes) {
		putchar('\n');
		paragraphs(cmd->notes);
	}
}

static void program_print(void)
{
	const struct command *const *verb;
	size_t column = 0;

	printf("Usage: vrxdp %s\n\n%s\n\nCommands:\n", vrxdp_command.synopsis,
	       vrxdp_command.summary);
	for (verb = vrxdp_command.verbs; *verb; verb++)
		widen(&column, (*verb)->name);
	for (verb = vrxdp_command.verbs; *verb; verb++)
		row((*verb)->name, (*verb)->summary, column);
	printf("\nOptions, before the command or after it:\n");
	column = 0;
	options_widen(&column, options_common);
	options_widen(&column, vrxdp_command.options);
	options_rows(column, options_common);
	options_rows(column, vrxdp_command.options);
	printf("\nExit status: 0 done, 1 failed, 2 wrong usage.\n");
}

void help_print(const struct command *cmd)
{
	if (cmd == &vrxdp_command)
		program_print();
	else
		command_print(cmd);
}
