// SPDX-License-Identifier: GPL-2.0-only
/* The examples of docs/examples are configs of this version. Run from the tree's top. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

static void every_example_is_a_config_whose_parts_fit_together(void **state)
{
	static struct model m;
	char err[400] = "";
	glob_t found;

	(void)state;
	assert_int_equal(glob("docs/examples/*.conf", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		memset(&m, 0, sizeof(m));
		if (config_read(found.gl_pathv[i], &m, err, sizeof(err)) ||
		    model_check(&m, err, sizeof(err)))
			fail_msg("%s", err);
		assert_true(m.nports && m.nrouters && m.nifaces);
		model_free(&m);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_a_config_whose_parts_fit_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
