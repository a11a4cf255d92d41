/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of model_check(): user/model_check.c, user/model_check_macs.c. */
#ifndef MODEL_CHECKER_H
#define MODEL_CHECKER_H

#include "model.h"

struct item;

struct checker {
	const struct model *m;
	struct item *items; /* room for as many as the longest array has */
	char *err;
	size_t err_len;
};

/* Write the line, with file and line number unless @line is 0. Returns -EINVAL. */
__attribute__((format(printf, 4, 5))) int checker_fail(const struct checker *c, const char *file,
						       int line, const char *fmt, ...);

/*
 * Two interfaces, by their places in the model, share @what: which two, and where the first
 * is. Returns -EINVAL.
 */
int checker_fail_pair(const struct checker *c, size_t second, size_t before, const char *what,
		      const char *todo);

/* Who has which MAC address on which VLAN. Returns 0, -EINVAL or -ENOMEM. */
int checker_macs(const struct checker *c);

/* What interfaces need, depending on who makes the way to them; their routers exist. */
int checker_made(const struct checker *c);

#endif
