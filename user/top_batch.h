/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of top -b. */
#ifndef TOP_BATCH_H
#define TOP_BATCH_H

#include <stdio.h>
#include <time.h>

#include "rates.h"

/* "2026-01-31T12:00:00.123+01:00": local time, with its offset. At least 32 bytes. */
char *batch_time(const struct timespec *ts, char *buf);

/*
 * One line per port and router, then one for all of them: TIME, what it is, its name,
 * then key=value, always all of them in this order. Errors stay in @out.
 */
void batch_lines(FILE *out, const char *when, const struct snapshot *now, const struct rates *r);

#endif
