/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarding tables: routes of many routers, changed here, looked up by packets
 * (headers/vrxdp/fib.h). docs/fib.md tells how it works.
 *
 * A table belongs to a router and a family. Changes of it are collected; a commit makes all of
 * them visible, or none if it fails. Each packet then finds the old route or the new one. Tables
 * with the same routes and next hops' numbers share what they take, whole or in part, without
 * anybody's doing, and part when one is changed.
 *
 * Not thread-safe: one thread at a time may use a struct fib and its tables. Packets need no lock.
 */
#ifndef FIB_H
#define FIB_H

#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "fib_rib.h"
#include "fib_store.h"

struct fib;
struct fib_table;

/* @addr in network byte order; bits behind the prefix are cut off. */
struct fib_prefix fib_prefix4(__be32 addr, __u32 len);
struct fib_prefix fib_prefix6(const struct in6_addr *addr, __u32 len);

/* Returns 0 or -errno. @backend is copied. */
int fib_open(struct fib **fib, const struct fib_backend *backend);
/* Of all tables, none may be left. Gives everything back without waiting for packets. */
void fib_close(struct fib *fib);

/**
 * fib_settle() - free what packets may have been reading
 *
 * To be called after commits, once for any number of them: waits for a grace period (some 10 ms)
 * if there is anything to free, and frees it.
 *
 * Return: 0 or -errno; what was to be freed stays for the next time then.
 */
int fib_settle(struct fib *fib);
/* Is there nothing to be freed? */
bool fib_is_settled(const struct fib *fib);

/*
 * Chunk @number has a former process's tables, which packets still read: it isn't used. To be
 * called before anything is committed. Returns 0 or -errno.
 */
int fib_left_keep(struct fib *fib, __u32 number);
/* No packet reads them any more: every root that led there was replaced, and fib_settle() called. */
void fib_left_free(struct fib *fib);

/**
 * fib_table_new() - an empty table
 * @root: where packets read its root (vrxdp_fib_root()), aligned to 8 bytes, the caller's; it must
 *        be there as long as the table. It is set to 0 here.
 *
 * Return: the table, NULL: no memory.
 */
struct fib_table *fib_table_new(struct fib *fib, bool ipv6, __u64 *root);
/* Sets the root to 0 first: from then on, packets find no route. */
void fib_table_free(struct fib_table *table);

/**
 * fib_table_set() - add, replace or delete a route, at the next commit
 * @prefix: its bits behind the length are zero (fib_prefix4(), fib_prefix6())
 * @nexthop: the router's own number of the next hop, 1 to VRXDP_FIB_MAX_NEXTHOP. 0: delete
 *
 * Return: 0; -ENOMEM; -EINVAL: the prefix is too long for the family or has bits behind its
 * length; -ERANGE: there are no such numbers; -ENOENT: no such route to delete. After an error,
 * the routes are what they were before the call.
 */
int fib_table_set(struct fib_table *table, const struct fib_prefix *prefix, __u32 nexthop);
/* Delete all routes, at the next commit. */
void fib_table_clear(struct fib_table *table);
/* Make the routes of @table those of @from, at the next commit; -EINVAL: another family. */
int fib_table_copy(struct fib_table *table, const struct fib_table *from);

/**
 * fib_table_commit() - make the changes since the last one visible
 *
 * Return: 0; -ENOMEM, -ENOSPC (all chunks are in use) or what the backend failed with. After an
 * error, the routes and what packets see are those of the last commit.
 */
int fib_table_commit(struct fib_table *table);
/* Forget the changes since the last commit. */
void fib_table_abort(struct fib_table *table);

/* How many routes there are, with the changes that aren't committed yet. */
__u32 fib_table_routes(const struct fib_table *table);
/* Of the routes with the changes that aren't committed yet. 0: there is none. */
__u16 fib_table_exact(const struct fib_table *table, const struct fib_prefix *prefix);
/* The longest match for an address, left-aligned and in host byte order; its prefix in *@found. */
__u16 fib_table_longest(const struct fib_table *table, const __u32 addr[4],
			struct fib_prefix *found);
/* In order of address, shorter prefixes first, until @each returns other than 0; that. */
int fib_table_walk(const struct fib_table *table,
		   int (*each)(const struct fib_prefix *prefix, __u16 nexthop, void *arg),
		   void *arg);

/* The next hop that a packet to this address finds, left-aligned and in host byte order. */
__u32 fib_table_lookup(const struct fib_table *table, const __u32 addr[4]);

struct fib_table_stats {
	__u32 routes; /* with the changes that aren't committed yet */
	size_t bytes; /* of the blocks that packets read, those shared with other tables included */
	size_t shared; /* of these, how many others use, too */
};
/* Returns 0 or -ENOMEM. */
int fib_table_stats(const struct fib_table *table, struct fib_table_stats *stats);

struct fib_stats {
	__u32 tables;
	__u32 chunks; /* each VRXDP_FIB_CHUNK_ROOM bytes and a page */
	__u32 blocks;
	size_t bytes;       /* of the blocks, those that wait for fib_settle() included */
	size_t route_bytes; /* of the routes themselves, in this process */
};
void fib_stats(const struct fib *fib, struct fib_stats *stats);

#endif
