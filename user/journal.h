/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned journal of changes to the host, and its copy in memory. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "host.h"

struct journal_entry {
	__u32 key; /* grows with time */
	struct vrxdp_undo_rec rec;
};

/* Write an entry before its change, unless the owner has one for the same thing. */
int journal_add(struct state *st, const struct vrxdp_undo_rec *rec);

/*
 * Take the newest entry of @who (of this kind, 0: any) with a key below @below.
 * Returns 1 and *entry, 0 if there is none, -1 after saying why.
 */
int journal_newest(const struct state *st, struct owner who, __u32 kind, __u32 below,
		   struct journal_entry *entry);

/* Did vrxdp make this change, for whichever owner? */
bool journal_known(const struct state *st, const struct vrxdp_undo_rec *rec);

/* Does another owner have the same change? Then it isn't to be undone yet. */
bool journal_shared(const struct state *st, const struct journal_entry *entry);

int journal_remove(struct state *st, const struct journal_entry *entry);

/* Is there nothing to undo? False also when it can't be read. */
bool journal_empty(const struct state *st);

void journal_free(void);

#endif
