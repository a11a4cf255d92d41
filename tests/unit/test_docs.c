// SPDX-License-Identifier: GPL-2.0-only
/* docs/configuration.md has the parser's own table, row by row. Run from the tree's top. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_keys.h"

static const char *const headings[CONFIG_SECTIONS] = {
	[CONFIG_PORT] = "\n## [port NAME]\n",
	[CONFIG_ROUTER] = "\n## [router NAME]\n",
	[CONFIG_INTERFACE] = "\n## [interface ROUTER/NAME]\n",
	[CONFIG_DAEMON] = "\n## [daemon]\n",
};

static char *read_doc(void)
{
	FILE *f = fopen("docs/configuration.md", "r");
	char *text = calloc(1, 1 << 16);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	return text;
}

static void every_key_is_documented_in_its_section(void **state)
{
	char row[400], *doc = read_doc(), *section, *end, *at;

	(void)state;
	for (size_t i = 0; i < config_nkeys; i++) {
		const struct config_key *key = &config_keys[i];

		section = strstr(doc, headings[key->section]);
		assert_non_null(section);
		end = strstr(section + 4, "\n## ");
		snprintf(row, sizeof(row), "\n| `%s` | %s |\n", key->name, key->help);
		at = strstr(section, row);
		if (key->set && (!at || (end && at > end)))
			fail_msg("docs/configuration.md lacks the row:%s", row);
		if (!key->set && at && (!end || at < end))
			fail_msg("docs/configuration.md offers what isn't built:%s", row);
	}
	free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_documented_in_its_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
