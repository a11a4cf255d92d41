// SPDX-License-Identifier: GPL-2.0-only
/*
 * docgen <TEMPLATE >DOCUMENT
 *
 * Copies a man page's or a completion's template, with each line that is a mark ("@commands@")
 * replaced by what the program's own tables say, and "@version@" anywhere.
 */
#include "docgen.h"

#include <stdio.h>
#include <string.h>

static void keys_port(void)
{
	man_keys(CONFIG_PORT);
}

static void keys_router(void)
{
	man_keys(CONFIG_ROUTER);
}

static void keys_interface(void)
{
	man_keys(CONFIG_INTERFACE);
}

static void keys_daemon(void)
{
	man_keys(CONFIG_DAEMON);
}

static const struct {
	const char *line;
	void (*print)(void);
} marks[] = {
	{ "@synopsis@\n", man_synopsis },   { "@commands@\n", man_commands },
	{ "@options@\n", man_options },     { "@keys port@\n", keys_port },
	{ "@keys router@\n", keys_router }, { "@keys interface@\n", keys_interface },
	{ "@keys daemon@\n", keys_daemon }, { "@words@\n", bash_words },
	{ "@values@\n", bash_values },      { "@operands@\n", bash_operands },
};

static void copy(const char *line)
{
	static const char version[] = "@version@";
	const char *at;

	while ((at = strstr(line, version))) {
		printf("%.*s%s", (int)(at - line), line, VRXDP_VERSION);
		line = at + strlen(version);
	}
	fputs(line, stdout);
}

int main(void)
{
	char line[1024];
	size_t i;

	while (fgets(line, sizeof(line), stdin)) {
		for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (!strcmp(line, marks[i].line))
				break;
		if (i < sizeof(marks) / sizeof(marks[0])) {
			marks[i].print();
		} else if (line[0] == '@') {
			fprintf(stderr, "docgen: unknown mark: %s", line);
			return 1;
		} else {
			copy(line);
		}
	}
	return ferror(stdin) || fflush(stdout) || ferror(stdout);
}
