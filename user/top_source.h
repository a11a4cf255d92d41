/* SPDX-License-Identifier: GPL-2.0-only */
/* Where top's numbers come from, and what its user asked for on the command line. */
#ifndef TOP_SOURCE_H
#define TOP_SOURCE_H

#include "snapshot.h"

struct top_options {
	double delay;        /* seconds, as top_parse_delay() gives them */
	unsigned long count; /* intervals, then end; 0: go on */
};

struct top_source {
	/* As snapshot_take(): 0, or a negative errno after saying why on stderr. */
	int (*take)(void *arg, struct snapshot *snap);
	void *arg;
};

/* Full screen until the user quits. Returns an exit status. */
int top_live(const struct top_options *opt, const struct top_source *src);

/* Plain lines on stdout. Returns an exit status. */
int top_batch(const struct top_options *opt, const struct top_source *src);

#endif
