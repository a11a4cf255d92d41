// SPDX-License-Identifier: GPL-2.0-only
/* What is in a table, and what it takes. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib_table.h"

static __always_inline const __u8 *vrxdp_fib_chunk_at(void *chunks, __u32 number)
{
	const struct fib_store *store = chunks;

	return number < store->chunks ? store->chunk[number].mem : NULL;
}
#include "vrxdp/fib_lookup.h"

__u32 fib_table_routes(const struct fib_table *table)
{
	return table->routes;
}

__u16 fib_table_exact(const struct fib_table *table, const struct fib_prefix *prefix)
{
	return fib_rib_exact(table->nodes, table->rib, prefix);
}

__u16 fib_table_longest(const struct fib_table *table, const __u32 addr[4],
			struct fib_prefix *found)
{
	return fib_rib_longest(table->nodes, table->rib, addr, found);
}

int fib_table_walk(const struct fib_table *table,
		   int (*each)(const struct fib_prefix *prefix, __u16 nexthop, void *arg),
		   void *arg)
{
	return fib_rib_walk(table->nodes, table->rib, each, arg);
}

__u32 fib_table_lookup(const struct fib_table *table, const __u32 addr[4])
{
	struct vrxdp_fib_key key = { (__u64)addr[0] << 32 | addr[1],
				     (__u64)addr[2] << 32 | addr[3] };
	__u64 root = __atomic_load_n(table->root, __ATOMIC_ACQUIRE);

	return vrxdp_fib_lookup(&table->fib->store, root, key, VRXDP_FIB_STEPS_IPV6);
}

/* Adds a block and what it refers to, each once: @seen has a bit for each unit of the store. */
static void weigh(const struct fib_store *store, __u32 value, bool shared, __u64 *seen,
		  struct fib_table_stats *stats)
{
	struct fib_run runs[FIB_MOST_RUNS];
	__u32 unit = value & VRXDP_FIB_UNIT_MASK, i, n;
	size_t bytes;

	if (!fib_is_ref(value) || seen[unit / 64] >> (unit & 63) & 1)
		return;
	seen[unit / 64] |= 1ull << (unit & 63);
	bytes = (size_t)fib_block_units(store, value) * VRXDP_FIB_UNIT;
	shared |= fib_store_owners(store, value) > 1;
	stats->bytes += bytes;
	stats->shared += shared ? bytes : 0;
	if (!(value & VRXDP_FIB_WIDE))
		return;
	n = fib_block_runs(store, value, runs);
	for (i = 0; i < n; i++)
		weigh(store, runs[i].value, shared, seen, stats);
}

int fib_table_stats(const struct fib_table *table, struct fib_table_stats *stats)
{
	const struct fib_store *store = &table->fib->store;
	const struct fib_top *top = table->top;
	const __u32 *values;
	__u64 *seen = calloc(store->chunks + 1, VRXDP_FIB_UNITS / 8);
	__u32 i;

	memset(stats, 0, sizeof(*stats));
	stats->routes = table->routes;
	if (!seen)
		return -ENOMEM;
	if (top) {
		stats->bytes = VRXDP_FIB_CHUNK;
		stats->shared = top->owners > 1 ? VRXDP_FIB_CHUNK : 0;
		values = (const void *)fib_block(store, top->value);
		for (i = 0; i < VRXDP_FIB_CHUNK / 4; i++)
			weigh(store, values[i], top->owners > 1, seen, stats);
	} else {
		weigh(store, table->first, false, seen, stats);
	}
	free(seen);
	return 0;
}

void fib_stats(const struct fib *fib, struct fib_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->tables = fib->tables;
	stats->chunks = fib->store.made;
	stats->blocks = fib->store.blocks;
	stats->bytes = (size_t)fib->store.units * VRXDP_FIB_UNIT;
	stats->route_bytes =
		fib_pool_bytes(&fib->nodes[0].pool) + fib_pool_bytes(&fib->nodes[1].pool);
}

struct fib_prefix fib_prefix4(__be32 addr, __u32 len)
{
	struct fib_prefix p = { { ntohl(addr) }, len };

	if (len < 32)
		p.addr[0] &= ~(~0u >> len);
	return p;
}

struct fib_prefix fib_prefix6(const struct in6_addr *addr, __u32 len)
{
	struct fib_prefix p = { { 0 }, len };
	__u32 i, bits;

	for (i = 0; i < 4; i++) {
		bits = len > i * 32 ? len - i * 32 : 0;
		p.addr[i] = ntohl(addr->s6_addr32[i]) & (bits < 32 ? ~(~0u >> bits) : ~0u);
	}
	return p;
}
