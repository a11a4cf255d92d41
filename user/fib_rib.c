// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "fib_rib.h"

void fib_nodes_init(struct fib_nodes *nodes, bool ipv6)
{
	nodes->words = ipv6 ? 4 : 1;
	fib_pool_init(&nodes->pool, sizeof(struct fib_node) + nodes->words * sizeof(__u32));
}

void fib_nodes_free(struct fib_nodes *nodes)
{
	fib_pool_free(&nodes->pool);
}

void fib_rib_get(struct fib_nodes *nodes, __u32 root)
{
	if (root)
		fib_node_at(nodes, root)->refs++;
}

void fib_rib_put(struct fib_nodes *nodes, __u32 root)
{
	struct fib_node *n;
	__u32 right;

	while (root) {
		n = fib_node_at(nodes, root);
		if (--n->refs)
			return;
		fib_rib_put(nodes, n->child[0]);
		right = n->child[1];
		fib_pool_put(&nodes->pool, root);
		root = right;
	}
}

/* How many leading bits, up to @most, two addresses share. */
static __u32 common(const __u32 *a, const __u32 *b, __u32 most)
{
	__u32 i, bits;

	for (i = 0; i * 32 < most; i++) {
		if (a[i] == b[i])
			continue;
		bits = i * 32 + (__u32)__builtin_clz(a[i] ^ b[i]);
		return bits < most ? bits : most;
	}
	return most;
}

static bool inside(const struct fib_node *n, const struct fib_prefix *prefix)
{
	return n->len <= prefix->len && common(n->addr, prefix->addr, n->len) == n->len;
}

/* What a number leads to becomes one's own to change. */
static struct fib_node *own(struct fib_nodes *nodes, __u32 *link)
{
	struct fib_node *n = fib_node_at(nodes, *link), *copy;
	__u32 number;

	if (n->refs == 1)
		return n;
	number = fib_pool_get(&nodes->pool);
	if (!number)
		return NULL;
	copy = fib_node_at(nodes, number);
	memcpy(copy, n, nodes->pool.size);
	copy->refs = 1;
	fib_rib_get(nodes, copy->child[0]);
	fib_rib_get(nodes, copy->child[1]);
	n->refs--;
	*link = number;
	return copy;
}

static __u32 new_node(struct fib_nodes *nodes, const __u32 *addr, __u32 len, __u16 nexthop)
{
	__u32 number = fib_pool_get(&nodes->pool), i;
	struct fib_node *n;

	if (!number)
		return 0;
	n = fib_node_at(nodes, number);
	n->refs = 1;
	n->len = (__u8)len;
	n->nexthop = nexthop;
	for (i = 0; i * 32 < len; i++)
		n->addr[i] = len - i * 32 >= 32 ? addr[i] : addr[i] & ~(~0u >> (len - i * 32));
	return number;
}

/* Put the prefix in front of @link's node, which isn't inside of it or shares only @shared bits. */
static int add(struct fib_nodes *nodes, __u32 *link, const struct fib_prefix *prefix, __u16 nexthop,
	       __u32 shared)
{
	__u32 leaf = new_node(nodes, prefix->addr, prefix->len, nexthop), fork;
	const struct fib_node *old;

	if (!leaf)
		return -ENOMEM;
	if (!*link) {
		*link = leaf;
		return 0;
	}
	old = fib_node_at(nodes, *link);
	if (shared == prefix->len) {
		fib_node_at(nodes, leaf)->child[fib_bit(old->addr, shared)] = *link;
		*link = leaf;
		return 0;
	}
	fork = new_node(nodes, prefix->addr, shared, 0);
	if (!fork) {
		fib_pool_put(&nodes->pool, leaf);
		return -ENOMEM;
	}
	fib_node_at(nodes, fork)->child[fib_bit(old->addr, shared)] = *link;
	fib_node_at(nodes, fork)->child[fib_bit(prefix->addr, shared)] = leaf;
	*link = fork;
	return 0;
}

static int set(struct fib_nodes *nodes, __u32 *link, const struct fib_prefix *prefix, __u16 nexthop,
	       __u16 *before)
{
	struct fib_node *n;
	__u32 shared = 0;

	*before = 0;
	while (*link) {
		n = fib_node_at(nodes, *link);
		shared = common(n->addr, prefix->addr, n->len < prefix->len ? n->len : prefix->len);
		if (shared < n->len)
			break;
		n = own(nodes, link);
		if (!n)
			return -ENOMEM;
		if (n->len == prefix->len) {
			*before = n->nexthop;
			n->nexthop = nexthop;
			return 0;
		}
		link = &n->child[fib_bit(prefix->addr, n->len)];
	}
	return add(nodes, link, prefix, nexthop, shared);
}

/* A node without a route and with one child at most gives its place to that child. */
static void shorten(struct fib_nodes *nodes, __u32 *link)
{
	struct fib_node *n = fib_node_at(nodes, *link);
	__u32 number = *link;

	if (n->nexthop || (n->child[0] && n->child[1]))
		return;
	*link = n->child[0] ? n->child[0] : n->child[1];
	fib_pool_put(&nodes->pool, number);
}

static int unset(struct fib_nodes *nodes, __u32 *link, const struct fib_prefix *prefix)
{
	__u32 *parent = NULL;
	struct fib_node *n;

	for (;;) {
		n = own(nodes, link);
		if (!n)
			return -ENOMEM;
		if (n->len == prefix->len)
			break;
		parent = link;
		link = &n->child[fib_bit(prefix->addr, n->len)];
	}
	n->nexthop = 0;
	shorten(nodes, link);
	if (parent)
		shorten(nodes, parent);
	return 0;
}

int fib_rib_set(struct fib_nodes *nodes, __u32 *root, const struct fib_prefix *prefix,
		__u16 nexthop, __u16 *before)
{
	if (nexthop)
		return set(nodes, root, prefix, nexthop, before);
	*before = fib_rib_exact(nodes, *root, prefix);
	return *before ? unset(nodes, root, prefix) : -ENOENT;
}

__u16 fib_rib_exact(const struct fib_nodes *nodes, __u32 root, const struct fib_prefix *prefix)
{
	const struct fib_node *n;

	while (root) {
		n = fib_node_at(nodes, root);
		if (!inside(n, prefix))
			return 0;
		if (n->len == prefix->len)
			return n->nexthop;
		root = n->child[fib_bit(prefix->addr, n->len)];
	}
	return 0;
}

__u16 fib_rib_longest(const struct fib_nodes *nodes, __u32 root, const __u32 *addr,
		      struct fib_prefix *found)
{
	const __u32 bits = nodes->words * 32;
	const struct fib_node *n, *best = NULL;

	while (root) {
		n = fib_node_at(nodes, root);
		if (common(n->addr, addr, n->len) < n->len)
			break;
		if (n->nexthop)
			best = n;
		root = n->len < bits ? n->child[fib_bit(addr, n->len)] : 0;
	}
	memset(found, 0, sizeof(*found));
	if (!best)
		return 0;
	memcpy(found->addr, best->addr, nodes->words * sizeof(__u32));
	found->len = best->len;
	return best->nexthop;
}

__u32 fib_rib_under(const struct fib_nodes *nodes, __u32 root, const __u32 *addr, __u32 len,
		    __u16 *nexthop)
{
	const struct fib_node *n;

	*nexthop = 0;
	while (root) {
		n = fib_node_at(nodes, root);
		if (n->len >= len)
			return common(n->addr, addr, len) == len ? root : 0;
		if (common(n->addr, addr, n->len) < n->len)
			return 0;
		if (n->nexthop && n->len)
			*nexthop = n->nexthop;
		root = n->child[fib_bit(addr, n->len)];
	}
	return 0;
}

int fib_rib_walk(const struct fib_nodes *nodes, __u32 root,
		 int (*each)(const struct fib_prefix *prefix, __u16 nexthop, void *arg), void *arg)
{
	struct fib_prefix prefix = { .len = 0 };
	const struct fib_node *n;
	int ret;

	if (!root)
		return 0;
	n = fib_node_at(nodes, root);
	memcpy(prefix.addr, n->addr, nodes->words * sizeof(__u32));
	prefix.len = n->len;
	ret = n->nexthop ? each(&prefix, n->nexthop, arg) : 0;
	if (!ret)
		ret = fib_rib_walk(nodes, n->child[0], each, arg);
	return ret ? ret : fib_rib_walk(nodes, n->child[1], each, arg);
}

bool fib_rib_equal(const struct fib_nodes *nodes, __u32 a, __u32 b)
{
	const struct fib_node *m, *n;

	if (a == b || !a || !b)
		return a == b;
	m = fib_node_at(nodes, a);
	n = fib_node_at(nodes, b);
	return m->nexthop == n->nexthop && m->len == n->len &&
	       !memcmp(m->addr, n->addr, nodes->words * sizeof(__u32)) &&
	       fib_rib_equal(nodes, m->child[0], n->child[0]) &&
	       fib_rib_equal(nodes, m->child[1], n->child[1]);
}
