/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "config_lex.h"
#include "values.h"

#define BLANKS " \t"
#define SHOWN 80

void lex_begin(struct lexer *lx, const char *text, size_t len)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t bom_len = sizeof(bom) - 1;

	*lx = (struct lexer){ .text = text, .len = len };
	if (len >= bom_len && !memcmp(text, bom, bom_len))
		lx->at = bom_len;
}

/* Cut blanks off both ends. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len && strchr(BLANKS, text[len - 1]); len--)
		;
	text[len] = '\0';
	return text;
}

/* Copy the next line's text. Only text: what is invisible could hide what is meant. */
static int take_line(struct lexer *lx, struct lex_line *out, char *err, size_t err_len)
{
	const char *from = lx->text + lx->at;
	size_t left = lx->len - lx->at;
	const char *end = memchr(from, '\n', left);
	size_t len = end ? (size_t)(end - from) : left;

	lx->at += end ? len + 1 : len;
	lx->line++;
	if (len && from[len - 1] == '\r')
		len--;
	if (memchr(from, '\0', len))
		return err_write(err, err_len, -EINVAL,
				 "a NUL byte in the line; a config file is plain text");
	if (len > CONFIG_LINE_MAX)
		return err_write(err, err_len, -EINVAL,
				 "the line has %zu bytes, more than %d; shorten it", len,
				 CONFIG_LINE_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)from[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return err_write(err, err_len, -EINVAL,
					 "the control character \\x%02x in column %zu; remove it",
					 c, i + 1);
	}
	memcpy(out->text, from, len);
	out->text[len] = '\0';
	return 0;
}

static int split_section(char *text, struct lex_line *out, char *err, size_t err_len)
{
	char *close = strchr(text, ']');
	char shown[SHOWN];
	char *name;

	shorten_text(text, shown, sizeof(shown));
	if (!close)
		return err_write(err, err_len, -EINVAL, "%s: the section's ']' is missing; add it",
				 shown);
	if (close[1])
		return err_write(err, err_len, -EINVAL,
				 "%s: there is more after the section's ']'; "
				 "put it on a line of its own",
				 shown);
	*close = '\0';
	out->kind = LEX_SECTION;
	out->word = text = trim(text + 1);
	name = text + strcspn(text, BLANKS);
	out->value = name;
	if (*name) {
		*name = '\0';
		out->value = trim(name + 1);
	}
	return 1;
}

static int split_key(char *text, struct lex_line *out, char *err, size_t err_len)
{
	char *equals = strchr(text, '=');
	char shown[SHOWN];

	shorten_text(text, shown, sizeof(shown));
	if (!equals)
		return err_write(err, err_len, -EINVAL,
				 "%s: no '=' in the line; write KEY = VALUE, [SECTION], "
				 "or a ';' in front of a comment",
				 shown);
	*equals = '\0';
	out->kind = LEX_KEY;
	out->word = trim(text);
	out->value = trim(equals + 1);
	if (!*out->word)
		return err_write(err, err_len, -EINVAL, "%s: no key before the '='; add one",
				 shown);
	if (!*out->value)
		return err_write(err, err_len, -EINVAL,
				 "%s: no value after the '='; give one, or leave the key out",
				 shorten_text(out->word, shown, sizeof(shown)));
	return 1;
}

int lex_next(struct lexer *lx, struct lex_line *out, char *err, size_t err_len)
{
	while (lx->at < lx->len) {
		char *text;

		if (take_line(lx, out, err, err_len))
			return -EINVAL;
		out->text[strcspn(out->text, ";#")] = '\0';
		text = trim(out->text);
		if (!*text)
			continue;
		return *text == '[' ? split_section(text, out, err, err_len) :
				      split_key(text, out, err, err_len);
	}
	return 0;
}
