/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that rolls back an attach that isn't confirmed. */
#ifndef CONFIRM_WATCH_H
#define CONFIRM_WATCH_H

#include <stdbool.h>

#include "state.h"

/*
 * In the child: leave session, terminal, stdio, lock and working directory, wait for what
 * @told brings (8 bytes: when to roll back, 0: not at all; the pipe's end: now), then roll
 * back to @before if the state still says that this process is waited for.
 */
__attribute__((noreturn)) void confirm_watch(const char *dir, const struct world *before,
					     bool first, __u32 seconds, int told);

#endif
