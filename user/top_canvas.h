/* SPDX-License-Identifier: GPL-2.0-only */
/* A page of styled characters in memory: what the view draws on, and a screen shows. */
#ifndef TOP_CANVAS_H
#define TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum top_style {
	TOP_PLAIN,
	TOP_TITLE,
	TOP_HEAD,   /* a table's column heads */
	TOP_SORTED, /* the head of the column that sorts */
	TOP_DIM,    /* there, but of no interest: zeros */
	TOP_GOOD,
	TOP_WARN,
	TOP_BAD,
	TOP_GRAPH,
	TOP_KEY, /* a key to press */
	TOP_STYLES,
};

struct top_cell {
	wchar_t ch;
	unsigned char style; /* enum top_style */
	bool selected;
};

struct top_canvas {
	int rows, cols;
	bool unicode;           /* else nothing but ASCII is drawn */
	struct top_cell *cells; /* rows * cols, row by row */
};

/* Give @c a size of at least 1×1, with blank cells. Returns 0 or -ENOMEM, @c unchanged. */
int canvas_resize(struct top_canvas *c, int rows, int cols);
void canvas_free(struct top_canvas *c);
void canvas_blank(struct top_canvas *c);

/* Set a cell; outside of the page nothing happens, here and below. */
void canvas_char(struct top_canvas *c, int row, int col, enum top_style style, wchar_t ch);

/* Write ASCII @text and return the column behind it, as if there were room for all. */
int canvas_text(struct top_canvas *c, int row, int col, enum top_style style, const char *text);
__attribute__((format(printf, 5, 6))) int canvas_printf(struct top_canvas *c, int row, int col,
							enum top_style style, const char *fmt, ...);

/*
 * Write @text into @width columns, at the left or at the right side. What is longer
 * loses its end, and shows that by a '~'.
 */
void canvas_left(struct top_canvas *c, int row, int col, int width, enum top_style style,
		 const char *text);
void canvas_right(struct top_canvas *c, int row, int col, int width, enum top_style style,
		  const char *text);

/* Style a whole row, whose characters stay. */
void canvas_style_row(struct top_canvas *c, int row, enum top_style style);
void canvas_select_row(struct top_canvas *c, int row);

/*
 * Draw @n values of at least 0 as a graph of one row, the last at the right side of
 * @width columns; @max is a full block. Only 0 is blank.
 */
void canvas_graph(struct top_canvas *c, int row, int col, int width, const float *values, int n,
		  float max);

#endif
