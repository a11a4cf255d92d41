/* SPDX-License-Identifier: GPL-2.0-only */
/* A Poptrie of a table's routes, into chunks: see fib_poptrie.h. */
#ifndef FIB_POPTRIE_BUILD_H
#define FIB_POPTRIE_BUILD_H

#include "fib_poptrie.h"
#include "fib_table.h"
#include "tool.h"

struct poptrie {
	const struct fib_table *table;
	struct poptrie_node *node;
	__u16 *leaf;
	__u32 nodes, max_nodes, leaves, max_leaves;
	__u32 top[1u << POPTRIE_TOP_BITS];
};

static inline void *poptrie_grow(void *list, __u32 *max, __u32 n, size_t size)
{
	if (n <= *max)
		return list;
	*max = n * 2 + 64;
	list = realloc(list, *max * size);
	if (!list)
		die("no memory");
	return list;
}

/* The routes below the first @depth bits of @addr; none: *@leaf is what they have all. */
static inline bool poptrie_under(const struct poptrie *p, const __u32 *addr, __u32 depth,
				 __u16 *leaf)
{
	const struct fib_nodes *nodes = p->table->nodes;
	__u32 bits = nodes->words * 32, number;
	const struct fib_node *n;

	if (depth > bits)
		depth = bits;
	number = fib_rib_under(nodes, p->table->rib, addr, depth, leaf);
	if (!number)
		return false;
	n = fib_node_at(nodes, number);
	if (n->len > depth || n->child[0] || n->child[1])
		return true;
	*leaf = n->nexthop;
	return false;
}

static inline void poptrie_set_bits(__u32 addr[4], __u32 depth, __u32 bits, __u32 width)
{
	__u32 i;

	for (i = 0; i < width && depth + i < 128; i++)
		if (bits >> (width - 1 - i) & 1)
			addr[(depth + i) / 32] |= 1u << (31 - (depth + i) % 32);
}

static inline void poptrie_node_make(struct poptrie *p, __u32 number, const __u32 *addr,
				     __u32 depth)
{
	struct poptrie_node n = { 0 };
	__u32 at[4], s, children = 0, last = ~0u;
	__u16 leaf;

	n.first_leaf = p->leaves;
	for (s = 0; s < 64; s++) {
		memcpy(at, addr, sizeof(at));
		poptrie_set_bits(at, depth, s, 6);
		if (poptrie_under(p, at, depth + 6, &leaf)) {
			n.children |= 1ull << s;
			children++;
		} else if (leaf != last) {
			p->leaf = poptrie_grow(p->leaf, &p->max_leaves, p->leaves + 1, 2);
			p->leaf[p->leaves++] = leaf;
			n.leaves |= 1ull << s;
			last = leaf;
		}
	}
	n.first_child = p->nodes;
	p->nodes += children;
	p->node = poptrie_grow(p->node, &p->max_nodes, p->nodes, sizeof(n));
	p->node[number] = n;
	for (s = children = 0; s < 64; s++) {
		if (!(n.children >> s & 1))
			continue;
		memcpy(at, addr, sizeof(at));
		poptrie_set_bits(at, depth, s, 6);
		poptrie_node_make(p, n.first_child + children++, at, depth + 6);
	}
}

static inline struct poptrie *poptrie_make(const struct fib_table *table)
{
	struct poptrie *p = calloc(1, sizeof(*p));
	__u32 s, at[4];
	__u16 leaf;

	if (!p)
		die("no memory");
	p->table = table;
	for (s = 0; s < 1u << POPTRIE_TOP_BITS; s++) {
		memset(at, 0, sizeof(at));
		at[0] = s << (32 - POPTRIE_TOP_BITS);
		if (!poptrie_under(p, at, POPTRIE_TOP_BITS, &leaf)) {
			p->top[s] = POPTRIE_LEAF | leaf;
			continue;
		}
		p->top[s] = p->nodes++;
		p->node = poptrie_grow(p->node, &p->max_nodes, p->nodes, sizeof(*p->node));
		poptrie_node_make(p, p->top[s], at, POPTRIE_TOP_BITS);
	}
	return p;
}

static inline size_t poptrie_bytes(const struct poptrie *p)
{
	return sizeof(p->top) + p->nodes * 24ul + p->leaves * 2ul;
}

/* Into chunks from number 0 on: top, nodes, leaves. */
static inline void poptrie_store(struct poptrie *p, const struct fib_backend *backend)
{
	size_t nodes_at = sizeof(p->top), leaves_at = nodes_at + p->nodes * sizeof(*p->node);
	size_t bytes = leaves_at + p->leaves * 2, at, n;
	__u8 *all = calloc(1, bytes + VRXDP_FIB_CHUNK), *chunk;
	__u32 i;

	if (!all)
		die("no memory");
	for (i = 0; i < 1u << POPTRIE_TOP_BITS; i++)
		if (!(p->top[i] & POPTRIE_LEAF))
			p->top[i] += (__u32)(nodes_at / sizeof(*p->node));
	for (i = 0; i < p->nodes; i++) {
		p->node[i].first_child += (__u32)(nodes_at / sizeof(*p->node));
		p->node[i].first_leaf += (__u32)(leaves_at / 2);
	}
	memcpy(all, p->top, sizeof(p->top));
	memcpy(all + nodes_at, p->node, p->nodes * sizeof(*p->node));
	memcpy(all + leaves_at, p->leaf, p->leaves * 2ul);
	for (at = 0; at < bytes; at += VRXDP_FIB_CHUNK) {
		chunk = backend->chunk_new(backend->ctx, (__u32)(at / VRXDP_FIB_CHUNK));
		if (!chunk)
			die("chunk: %s", strerror(errno));
		n = bytes - at < VRXDP_FIB_CHUNK ? bytes - at : VRXDP_FIB_CHUNK;
		memcpy(chunk, all + at, n);
	}
	free(all);
}

#endif
