/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands that look at or change the host do first. They say their errors. */
#ifndef SESSION_H
#define SESSION_H

#include "command.h"

/* Go to --netns if it was given. Returns 0 or -1. */
int session_netns(const struct globals *g);

/* Rights, then session_netns(), then quiet libbpf. */
int session_begin(const struct globals *g);

#endif
