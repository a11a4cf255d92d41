/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal: shows a canvas, reads keys, and is as it was before afterwards. */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "top_canvas.h"

#define SCREEN_NO_KEY (-1)

/*
 * Take over the terminal of stdin and stdout. What anybody writes to stderr from now
 * on is kept until screen_close(). Returns 0, or -1 after saying what is missing.
 */
int screen_open(void);

/* Give the terminal back, then write what came to stderr. */
void screen_close(void);

/* Can it show block characters? */
bool screen_unicode(void);

/* The size of now; call it after SIGWINCH. */
void screen_size(int *rows, int *cols);

/* Show @c; only what changed is sent, or with @all everything. */
void screen_show(const struct top_canvas *c, bool all);

/* The next key that was pressed, SCREEN_NO_KEY if there is none yet. */
int screen_key(void);

#endif
