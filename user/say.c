/* SPDX-License-Identifier: GPL-2.0-only */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *say_command;

/*
 * Names and rule text may come from a router's owner: control characters and all
 * that isn't ASCII become \xNN, so that nothing reaches the terminal as a command.
 */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

/* The line is put together first: other writers to the same stderr must not split it. */
__attribute__((format(printf, 2, 0))) static void say_line(const char *kind, const char *fmt,
							   va_list args, const char *hint)
{
	char *text = NULL, *line = NULL;
	size_t len = 0;
	FILE *out;

	if (vasprintf(&text, fmt, args) < 0)
		return;
	out = open_memstream(&line, &len);
	if (out) {
		fprintf(out, "vrxdp%s%s: %s", say_command ? " " : "",
			say_command ? say_command : "", kind);
		put_escaped(out, text);
		fprintf(out, "%s\n", hint);
		if (!fclose(out)) {
			fflush(stdout);
			fputs(line, stderr);
		}
		free(line);
	}
	free(text);
}

int say_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("", fmt, args, "");
	va_end(args);
	return -1;
}

void say_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_line("warning: ", fmt, args, "");
	va_end(args);
}

int say_usage(const char *fmt, ...)
{
	char hint[64];
	va_list args;

	snprintf(hint, sizeof(hint), "; see vrxdp %s%s--help", say_command ? say_command : "",
		 say_command ? " " : "");
	va_start(args, fmt);
	say_line("", fmt, args, hint);
	va_end(args);
	return EXIT_USAGE;
}
