/* SPDX-License-Identifier: GPL-2.0-only */
/* What a key does to the model. */
#ifndef TOP_KEYS_H
#define TOP_KEYS_H

#include "top_model.h"

enum top_action {
	TOP_STAY,    /* draw, and go on */
	TOP_REPAINT, /* the terminal may show something else: draw all of it */
	TOP_QUIT,
};

/* @key is a character or one of curses' KEY_ codes. */
enum top_action top_key(struct top_model *m, int key);

#endif
