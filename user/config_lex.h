/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of a config file: sections, and keys with values; comments are gone. */
#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stddef.h>

#define CONFIG_LINE_MAX 24000 /* bytes, without the line end */

struct lexer {
	const char *text;
	size_t len;
	size_t at; /* of the next line */
	int line;  /* number of the latest one, from 1 */
};

enum lex_kind {
	LEX_SECTION, /* [WORD NAME] */
	LEX_KEY,     /* WORD = VALUE */
};

struct lex_line {
	enum lex_kind kind;
	const char *word;  /* section's kind, or key; both point into @text */
	const char *value; /* section's name, "" without one; or value, never empty */
	char text[CONFIG_LINE_MAX + 1];
};

/* Begin @len bytes of @text; a UTF-8 byte order mark in front is skipped. */
void lex_begin(struct lexer *lx, const char *text, size_t len);

/*
 * The next line that isn't blank. Lines end with LF or CR LF. Returns 1, 0 at the
 * end, or -EINVAL with what is wrong in @err; @lx->line is the line's number.
 */
int lex_next(struct lexer *lx, struct lex_line *out, char *err, size_t err_len);

#endif
