// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

#define BUCKETS 4096u

struct node {
	struct journal_entry entry;
	struct node *older; /* in the same bucket */
};

/* A command works on one state; its journal is read once. Owners hash to buckets. */
static struct {
	bool loaded;
	__u32 last_key;
	struct node *newest[BUCKETS];
} journal;

static struct node **bucket(__u32 owner, __u8 kind)
{
	return &journal.newest[(owner * 3 + kind) % BUCKETS];
}

static int push(__u32 key, const struct vrxdp_undo_rec *rec)
{
	struct node **head = bucket(rec->owner, rec->owner_kind);
	struct node *node = malloc(sizeof(*node));

	if (!node)
		return say_error("no memory");
	node->entry.key = key;
	node->entry.rec = *rec;
	node->older = *head;
	*head = node;
	if (key > journal.last_key)
		journal.last_key = key;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct journal_entry *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int load(const struct state *st)
{
	struct journal_entry *sorted;
	struct vrxdp_undo_rec *recs;
	void *keys, *values;
	int ret = -1;
	long n, i;

	if (journal.loaded)
		return 0;
	n = state_read_all(st, MAP_UNDO_RECS, sizeof(__u32), sizeof(*recs), &keys, &values);
	if (n < 0)
		return -1;
	recs = values;
	sorted = calloc((size_t)n + 1, sizeof(*sorted));
	if (!sorted) {
		say_error("no memory");
		goto out;
	}
	for (i = 0; i < n; i++)
		sorted[i] = (struct journal_entry){ ((__u32 *)keys)[i], recs[i] };
	qsort(sorted, (size_t)n, sizeof(*sorted), by_key);
	for (i = 0; i < n; i++)
		if (push(sorted[i].key, &sorted[i].rec))
			goto out;
	journal.loaded = true;
	ret = 0;
out:
	free(sorted);
	free(keys);
	free(values);
	return ret;
}

bool journal_empty(const struct state *st)
{
	__u32 i;

	if (load(st))
		return false;
	for (i = 0; i < BUCKETS; i++)
		if (journal.newest[i])
			return false;
	return true;
}

void journal_free(void)
{
	struct node *node, *older;
	__u32 i;

	for (i = 0; i < BUCKETS; i++)
		for (node = journal.newest[i]; node; node = older) {
			older = node->older;
			free(node);
		}
	memset(&journal, 0, sizeof(journal));
}

static bool same_change(const struct vrxdp_undo_rec *a, const struct vrxdp_undo_rec *b)
{
	return a->kind == b->kind && a->device.netns_cookie == b->device.netns_cookie &&
	       a->device.ifindex == b->device.ifindex && !strcmp(a->what, b->what);
}

int journal_add(struct state *st, const struct vrxdp_undo_rec *rec)
{
	const struct node *node;
	__u32 key;

	if (load(st))
		return -1;
	for (node = *bucket(rec->owner, rec->owner_kind); node; node = node->older)
		if (node->entry.rec.owner == rec->owner &&
		    node->entry.rec.owner_kind == rec->owner_kind &&
		    same_change(&node->entry.rec, rec))
			return 0;
	key = journal.last_key + 1;
	return state_put(st, MAP_UNDO_RECS, &key, rec) ? -1 : push(key, rec);
}

/* Made by another entry than @key's? */
static bool known(const struct state *st, const struct vrxdp_undo_rec *rec, __u32 key)
{
	const struct node *node;
	__u32 i;

	if (load(st))
		return false;
	for (i = 0; i < BUCKETS; i++)
		for (node = journal.newest[i]; node; node = node->older)
			if (node->entry.key != key && same_change(&node->entry.rec, rec))
				return true;
	return false;
}

bool journal_known(const struct state *st, const struct vrxdp_undo_rec *rec)
{
	return known(st, rec, 0);
}

bool journal_shared(const struct state *st, const struct journal_entry *entry)
{
	/* Only what owners can share is looked for among all. */
	return (entry->rec.kind == VRXDP_UNDO_FDB || entry->rec.kind == VRXDP_UNDO_FLAG) &&
	       known(st, &entry->rec, entry->key);
}

int journal_newest(const struct state *st, struct owner who, __u32 kind, __u32 below,
		   struct journal_entry *entry)
{
	const struct node *node;

	if (load(st))
		return -1;
	for (node = *bucket(who.id, who.kind); node; node = node->older) {
		if (node->entry.key < below && node->entry.rec.owner == who.id &&
		    node->entry.rec.owner_kind == who.kind &&
		    (!kind || node->entry.rec.kind == kind)) {
			*entry = node->entry;
			return 1;
		}
	}
	return 0;
}

int journal_remove(struct state *st, const struct journal_entry *entry)
{
	struct node **at = bucket(entry->rec.owner, entry->rec.owner_kind), *node;

	while (*at && (*at)->entry.key != entry->key)
		at = &(*at)->older;
	node = *at;
	if (!node)
		return 0;
	*at = node->older;
	free(node);
	return state_delete(st, MAP_UNDO_RECS, &entry->key);
}
