/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws the model on a canvas: a function of the two, without a terminal. */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "top_canvas.h"
#include "top_columns.h"
#include "top_model.h"

#define TOP_ROWS_MIN 8
#define TOP_COLS_MIN 40

/* Draw the page that @m is at, and fit its scroll positions to @c's size. */
void top_view(struct top_model *m, struct top_canvas *c);

/* Rows @row to @end - 1: one router, with interfaces, reasons and CPUs. */
void top_view_router(struct top_model *m, struct top_canvas *c, int row, int end);

/* Rows @row to @end - 1: the keys and what the numbers mean. */
void top_view_help(struct top_model *m, struct top_canvas *c, int row, int end);

/* A rate as format_si() writes it, but nothing above 0 looks like 0. At least 16 bytes. */
char *top_view_number(double n, char *buf);

/* A reason's name, for numbers that this version doesn't know too. */
const char *top_view_reason(unsigned int reason);

/* The rate of frames that someone lost: dim if 0. */
void top_view_loss(struct top_canvas *c, int row, int col, int width, double rate,
		   enum top_style style);

#endif
