/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The routes of a table as they were given: a binary trie without chains, of which there is
 * exactly one shape for a set of routes. Nodes are counted and shared: who changes a trie
 * copies what others have, too, so that a trie is kept by keeping its root.
 */
#ifndef FIB_RIB_H
#define FIB_RIB_H

#include <linux/types.h>
#include <stdbool.h>

#include "fib_pool.h"

/* Host byte order, most significant word first; bits behind the prefix are zero. */
struct fib_prefix {
	__u32 addr[4];
	__u32 len;
};

/* A node of the trie; every node without a route has two children. */
struct fib_node {
	__u32 child[2]; /* numbers, 0: none */
	__u32 refs;     /* roots and nodes that lead here */
	__u16 nexthop;  /* 0: no route ends here */
	__u8 len;
	__u8 pad;
	__u32 addr[]; /* one word for IPv4, four for IPv6 */
};

/* The nodes of all tables of a family. */
struct fib_nodes {
	struct fib_pool pool;
	__u32 words; /* of an address */
};

void fib_nodes_init(struct fib_nodes *nodes, bool ipv6);
void fib_nodes_free(struct fib_nodes *nodes);

static inline struct fib_node *fib_node_at(const struct fib_nodes *nodes, __u32 number)
{
	return fib_pool_at(&nodes->pool, number);
}

/* The bit behind the first @at bits of @addr. */
static inline __u32 fib_bit(const __u32 *addr, __u32 at)
{
	return addr[at >> 5] >> (31 - (at & 31)) & 1;
}

void fib_rib_get(struct fib_nodes *nodes, __u32 root);
void fib_rib_put(struct fib_nodes *nodes, __u32 root);

/**
 * fib_rib_set() - add, replace or (@nexthop 0) delete the route for a prefix
 * @root: the trie's; may change, also when this fails, but the routes are the same then
 * @before: the next hop that the prefix had, 0: there was no such route
 *
 * Return: 0, -ENOMEM; -ENOENT: there is nothing to delete.
 */
int fib_rib_set(struct fib_nodes *nodes, __u32 *root, const struct fib_prefix *prefix,
		__u16 nexthop, __u16 *before);

/* The next hop of the route for exactly @prefix, 0: there is none. */
__u16 fib_rib_exact(const struct fib_nodes *nodes, __u32 root, const struct fib_prefix *prefix);

/* The longest prefix of the route for @addr, in *@found. Returns its next hop, 0: none. */
__u16 fib_rib_longest(const struct fib_nodes *nodes, __u32 root, const __u32 *addr,
		      struct fib_prefix *found);

/*
 * The subtrie of what is in the first @len bits of @addr. *@nexthop: of the longest prefix with
 * fewer than @len bits that has it, or of none (0), the default route aside.
 */
__u32 fib_rib_under(const struct fib_nodes *nodes, __u32 root, const __u32 *addr, __u32 len,
		    __u16 *nexthop);

/* In order of address, shorter prefixes first, until @each returns other than 0; that. */
int fib_rib_walk(const struct fib_nodes *nodes, __u32 root,
		 int (*each)(const struct fib_prefix *prefix, __u16 nexthop, void *arg), void *arg);

/* Are the routes of two tries the same? */
bool fib_rib_equal(const struct fib_nodes *nodes, __u32 a, __u32 b);

#endif
