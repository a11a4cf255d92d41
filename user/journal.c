// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

/* A command works on one state; its journal is read once. */
static struct {
	bool loaded;
	struct journal_entry *entries;	/* in the order of their keys */
	size_t count, room;
} journal;

static int by_key(const void *a, const void *b)
{
	const struct journal_entry *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int append(__u32 key, const struct vrxdp_undo_rec *rec)
{
	struct journal_entry *grown;

	if (journal.count == journal.room) {
		journal.room = journal.room ? 2 * journal.room : 64;
		grown = reallocarray(journal.entries, journal.room, sizeof(*grown));
		if (!grown)
			return say_error("no memory");
		journal.entries = grown;
	}
	journal.entries[journal.count].key = key;
	journal.entries[journal.count++].rec = *rec;
	return 0;
}

static int load(struct state *st)
{
	struct vrxdp_undo_rec *recs;
	void *keys, *values;
	long n, i;

	if (journal.loaded)
		return 0;
	n = state_read_all(st, MAP_UNDO_RECS, sizeof(__u32), sizeof(*recs), &keys, &values);
	if (n < 0)
		return -1;
	recs = values;
	for (i = 0; i < n; i++)
		if (append(((__u32 *)keys)[i], &recs[i]))
			break;
	free(keys);
	free(values);
	if (i < n)
		return -1;
	if (n)
		qsort(journal.entries, journal.count, sizeof(*journal.entries), by_key);
	journal.loaded = true;
	return 0;
}

void journal_free(void)
{
	free(journal.entries);
	memset(&journal, 0, sizeof(journal));
}

static bool same_thing(const struct vrxdp_undo_rec *a, const struct vrxdp_undo_rec *b)
{
	return a->kind == b->kind && a->owner == b->owner && a->owner_is_iface == b->owner_is_iface &&
	       a->device.netns_cookie == b->device.netns_cookie &&
	       a->device.ifindex == b->device.ifindex && !strcmp(a->what, b->what);
}

int journal_add(struct state *st, const struct vrxdp_undo_rec *rec)
{
	__u32 key;
	size_t i;

	if (load(st))
		return -1;
	for (i = 0; i < journal.count; i++)
		if (same_thing(&journal.entries[i].rec, rec))
			return 0;
	key = journal.count ? journal.entries[journal.count - 1].key + 1 : 1;
	if (state_put(st, MAP_UNDO_RECS, &key, rec))
		return -1;
	return append(key, rec);
}

int journal_newest(struct state *st, struct owner who, __u32 kind, __u32 below,
		   struct journal_entry *entry)
{
	size_t i;

	if (load(st))
		return -1;
	for (i = journal.count; i-- > 0;) {
		*entry = journal.entries[i];
		if (entry->key < below && entry->rec.owner == who.id &&
		    entry->rec.owner_is_iface == who.is_iface &&
		    (!kind || entry->rec.kind == kind))
			return 1;
	}
	return 0;
}

int journal_remove(struct state *st, __u32 key)
{
	size_t i;

	for (i = 0; i < journal.count && journal.entries[i].key != key; i++)
		;
	if (i == journal.count)
		return 0;
	memmove(&journal.entries[i], &journal.entries[i + 1],
		(journal.count - i - 1) * sizeof(*journal.entries));
	journal.count--;
	return state_delete(st, MAP_UNDO_RECS, &key);
}
