/* SPDX-License-Identifier: GPL-2.0-only */
/* An attach that waits for `vrxdp confirm`, as the pinned state tells of it. */
#ifndef PENDING_H
#define PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "vrxdp/records.h"

/* CLOCK_BOOTTIME, ns: goes on in suspend, and no clock is set back under it. */
__u64 pending_clock(void);

/* When the process began, clock ticks since boot; 0: there is no such process. */
__u64 pending_start_time(__u32 pid);

static inline bool pending_is(const struct vrxdp_pending *p)
{
	return p->pid != 0;
}

/* Does the process still live that is to roll back? */
bool pending_watched(const struct vrxdp_pending *p);

/* Seconds until it rolls back, rounded up; 0: it is time. Before the attach is done: all. */
__u32 pending_seconds_left(const struct vrxdp_pending *p);

/* What is going to happen, for people, without a newline. Returns @buf. */
char *pending_text(const struct vrxdp_pending *p, char *buf, size_t len);

#endif
