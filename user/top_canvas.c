/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top_canvas.h"

int canvas_resize(struct top_canvas *c, int rows, int cols)
{
	struct top_cell *cells;

	if (rows < 1)
		rows = 1;
	if (cols < 1)
		cols = 1;
	if (rows != c->rows || cols != c->cols) {
		cells = calloc((size_t)rows * (size_t)cols, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		free(c->cells);
		c->cells = cells;
		c->rows = rows;
		c->cols = cols;
	}
	canvas_blank(c);
	return 0;
}

void canvas_free(struct top_canvas *c)
{
	free(c->cells);
	memset(c, 0, sizeof(*c));
}

void canvas_blank(struct top_canvas *c)
{
	static const struct top_cell blank = { .ch = L' ', .style = TOP_PLAIN };

	for (int i = 0; i < c->rows * c->cols; i++)
		c->cells[i] = blank;
}

void canvas_char(struct top_canvas *c, int row, int col, enum top_style style, wchar_t ch)
{
	struct top_cell *cell;

	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return;
	cell = &c->cells[row * c->cols + col];
	cell->ch = ch;
	cell->style = (unsigned char)style;
}

int canvas_text(struct top_canvas *c, int row, int col, enum top_style style, const char *text)
{
	for (; *text; text++, col++)
		canvas_char(c, row, col, style, (wchar_t)(unsigned char)*text);
	return col;
}

int canvas_printf(struct top_canvas *c, int row, int col, enum top_style style, const char *fmt,
		  ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return canvas_text(c, row, col, style, text);
}

void canvas_left(struct top_canvas *c, int row, int col, int width, enum top_style style,
		 const char *text)
{
	int len = (int)strlen(text);

	for (int i = 0; i < width && i < len; i++)
		canvas_char(c, row, col + i, style, (wchar_t)(unsigned char)text[i]);
	if (len > width && width > 0)
		canvas_char(c, row, col + width - 1, style, L'~');
}

void canvas_right(struct top_canvas *c, int row, int col, int width, enum top_style style,
		  const char *text)
{
	int len = (int)strlen(text);

	if (len < width)
		col += width - len;
	canvas_left(c, row, col, len < width ? len : width, style, text);
}

void canvas_style_row(struct top_canvas *c, int row, enum top_style style)
{
	for (int i = 0; row >= 0 && row < c->rows && i < c->cols; i++)
		c->cells[row * c->cols + i].style = (unsigned char)style;
}

void canvas_select_row(struct top_canvas *c, int row)
{
	for (int i = 0; row >= 0 && row < c->rows && i < c->cols; i++)
		c->cells[row * c->cols + i].selected = true;
}

void canvas_graph(struct top_canvas *c, int row, int col, int width, const float *values, int n,
		  float max)
{
	static const char ascii[] = "_.-=+*#@";
	const int steps = 8;

	for (int i = 0; i < width && i < n; i++) {
		float v = values[n - 1 - i];
		int step;

		if (!(v > 0) || !(max > 0))
			continue;
		step = v >= max ? steps - 1 : (int)(v / max * (float)steps);
		/* U+2581 is one eighth of a block, U+2588 the whole */
		canvas_char(c, row, col + width - 1 - i, TOP_GRAPH,
			    c->unicode ? (wchar_t)(0x2581 + step) : (wchar_t)ascii[step]);
	}
}
