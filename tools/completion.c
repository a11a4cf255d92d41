// SPDX-License-Identifier: GPL-2.0-only
#include "docgen.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "options.h"

/* Functions of the template that put words of a kind into COMPREPLY. */
static const char *const functions[] = {
	[WORD_OTHER] = NULL,
	[WORD_FILE] = "_vrxdp_files",
	[WORD_DIR] = "_vrxdp_dirs",
	[WORD_DEVICE] = "_vrxdp_devices",
	[WORD_NETNS] = "_vrxdp_namespaces",
	[WORD_PORT] = "_vrxdp_ports",
	[WORD_ROUTER] = "_vrxdp_routers",
};

typedef void print_fn(const struct command *cmd, const char *path);

/* Call @print for the program, its commands and their verbs: "", "attach", "router add" … */
static void each(print_fn *print)
{
	const struct command *const *cmd, *const *verb;
	char path[128];

	print(&vrxdp_command, "");
	for (cmd = vrxdp_command.verbs; *cmd; cmd++) {
		print(*cmd, (*cmd)->name);
		for (verb = (*cmd)->verbs; verb && *verb; verb++) {
			snprintf(path, sizeof(path), "%s %s", (*cmd)->name, (*verb)->name);
			print(*verb, path);
		}
	}
}

static bool listed(const struct command_option *in, int val)
{
	for (; in && in->name; in++)
		if (in->val == val)
			return true;
	return false;
}

/* Options when the word begins with a dash, else verbs. */
static void words(const struct command *cmd, const char *path)
{
	const struct command *const *verb;
	const struct command_option *option;

	printf("\t'%s') options=(", path);
	for (option = cmd->options; option && option->name; option++)
		printf("--%s ", option->name);
	for (option = options_common; option->name; option++)
		if (!listed(cmd->options, option->val))
			printf("--%s%s", option->name, option[1].name ? " " : "");
	fputs(") verbs=(", stdout);
	for (verb = cmd->verbs; verb && *verb; verb++)
		printf("%s%s", (*verb)->name, verb[1] ? " " : "");
	puts(") ;;");
}

/* The pattern is "PATH --OPTION"; the function gets the words, if they are all known. */
static void value(const char *path, const struct command_option *option)
{
	printf("\t'%s --%s'", path, option->name);
	if (option->val <= UCHAR_MAX)
		printf(" | '%s -%c'", path, option->val);
	if (option->choices)
		printf(") _vrxdp_choices %s ;;\n", option->choices);
	else
		printf(") %s ;;\n", functions[option->word] ? functions[option->word] : ":");
}

static void values(const struct command *cmd, const char *path)
{
	const struct command_option *option;

	for (option = cmd->options; option && option->name; option++)
		if (option->value)
			value(path, option);
	for (option = options_common; option->name; option++)
		if (option->value && !listed(cmd->options, option->val))
			value(path, option);
}

static void operands(const struct command *cmd, const char *path)
{
	if (cmd->operands && functions[cmd->operands->word])
		printf("\t'%s') %s ;;\n", path, functions[cmd->operands->word]);
}

void bash_words(void)
{
	each(words);
}

void bash_values(void)
{
	each(values);
}

void bash_operands(void)
{
	each(operands);
}
