/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `attach --confirm`: a process of its own, the watcher, rolls the attach back unless it is
 * confirmed in time. All of this happens under the state's lock; functions say their errors.
 */
#ifndef CONFIRM_H
#define CONFIRM_H

#include <sys/types.h>

#include "apply.h"

#define CONFIRM_MAX_SECONDS 86400u

struct confirm {
	__u32 seconds;
	bool first; /* nothing was attached before: rolling back removes the state */
	struct world before;
	int tell; /* pipe to the watcher */
	pid_t watcher;
};

/*
 * Before anything is changed: start the watcher, which knows what is attached now, and
 * note it in the state. From here on, a killed attach is rolled back at once.
 * On failure nothing has happened. Returns 0 or -1.
 */
int confirm_begin(struct confirm *c, struct state *st, __u32 seconds, bool first);

/*
 * After apply(), with its result: from now on the time runs; after a failure, which apply()
 * has rolled back, the watcher is called off. Returns @result, or APPLY_FAILED when nobody
 * would watch: then the attach was rolled back, except a first one.
 */
int confirm_end(struct confirm *c, struct state *st, int result);

/* What waits is confirmed, or is moot: nothing rolls back any more. Returns 0 or -1. */
int confirm_cancel(struct state *st);

#endif
