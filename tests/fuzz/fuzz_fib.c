/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as changes of forwarding tables: two tables that share what they can, prefixes near
 * each other, commits that find no room, copies. What packets find is always what a search
 * from end to end finds in the routes of the last commit.
 */
#include <stdint.h>
#include <stdio.h>

#include "tests/lib/fib_gen.h"
#include "tests/lib/fib_reference.h"
#include "tests/fuzz/must.h"

#define TABLES 2
/* A search from end to end takes the square of the routes, at each commit: an input has seconds. */
#define ROUTES 160u
#define COMMITS 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at, *end;
};

static struct ref_table committed[TABLES], wanted[TABLES];

static uint8_t byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Few different bytes, so that prefixes meet. */
static struct fib_prefix read_prefix(struct input *in, bool ipv6)
{
	static const __u8 parts[8] = { 0, 1, 10, 0x7f, 0x80, 0xfe, 0xff, 0x20 };
	struct fib_prefix p = { .len = byte(in) % (ipv6 ? 129 : 33) };
	__u32 i, x = 0;

	for (i = 0; i * 8 < p.len; i++) {
		if (i % 2 == 0)
			x = byte(in);
		p.addr[i / 4] |= (__u32)parts[x & 7] << (24 - i % 4 * 8);
		if (x & 8)
			p.addr[i / 4] ^= (x >> 4 & 7) << (24 - i % 4 * 8);
		x >>= 4;
	}
	gen_cut(&p);
	return p;
}

static void check_at(const struct fib_table *t, const struct ref_table *ref, const __u32 addr[4])
{
	struct fib_prefix found;

	MUST(fib_table_lookup(t, addr) == ref_lookup(ref, addr, &found));
}

static void check(const struct fib_table *t, const struct ref_table *ref, bool ipv6)
{
	static const __u32 none[4];
	__u32 first[4], last[4], i;

	check_at(t, ref, none);
	for (i = 0; i < ref->n; i++) {
		ref_ends(&ref->route[i].prefix, ipv6, first, last);
		check_at(t, ref, first);
		check_at(t, ref, last);
		ref_step(first, ipv6, -1);
		ref_step(last, ipv6, 1);
		check_at(t, ref, first);
		check_at(t, ref, last);
	}
}

static void copy(struct ref_table *to, const struct ref_table *from)
{
	to->n = from->n;
	memcpy(to->route, from->route, from->n * sizeof(from->route[0]));
}

static void commit(struct fib_table *t, int which, bool ipv6)
{
	if (fib_table_commit(t))
		copy(&wanted[which], &committed[which]);
	else
		copy(&committed[which], &wanted[which]);
	MUST(fib_table_routes(t) == committed[which].n);
	check(t, &committed[which], ipv6);
}

static void many(struct fib_table *t, struct ref_table *ref, struct input *in, bool ipv6)
{
	struct fib_prefix p = read_prefix(in, ipv6);
	__u32 n = byte(in), step = byte(in), i, nexthop = byte(in) % 8;

	for (i = 0; i < n && ref->n < ROUTES; i++) {
		MUST(fib_table_set(t, &p, nexthop) == ref_set(ref, &p, nexthop));
		if (p.len)
			p.addr[(p.len - 1) / 32] += (1 + step % 4) << (31 - (p.len - 1) % 32);
		if (step & 128 && nexthop)
			nexthop = 1 + i % 250;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct fib_table *t[TABLES];
	__u64 root[TABLES];
	struct mem_chunks mem = { .there = 0 };
	struct fib_backend backend = mem_backend(&mem);
	struct fib_prefix p;
	struct fib_stats stats;
	bool ipv6 = byte(&in) & 1;
	struct fib *fib;
	int i, op, ops = 0, commits = 0;
	__u32 nexthop;

	if (fib_open(&fib, &backend))
		return 0;
	for (i = 0; i < TABLES; i++) {
		t[i] = fib_table_new(fib, ipv6, &root[i]);
		if (!t[i])
			abort();
		committed[i].n = wanted[i].n = 0;
	}
	while (in.at < in.end && ops++ < 300) {
		op = byte(&in);
		i = op >> 7;
		switch (op & 15) {
		case 0:
			mem.most = op & 64 ? mem.there : MEM_CHUNKS;
			break;
		case 1:
			MUST(!fib_settle(fib));
			break;
		case 2:
			fib_table_abort(t[i]);
			copy(&wanted[i], &committed[i]);
			break;
		case 3:
			MUST(!fib_table_copy(t[i], t[!i]));
			copy(&wanted[i], &wanted[!i]);
			break;
		case 4:
			fib_table_clear(t[i]);
			wanted[i].n = 0;
			break;
		case 5:
		case 6:
			if (commits++ < COMMITS)
				commit(t[i], i, ipv6);
			break;
		case 7:
			many(t[i], &wanted[i], &in, ipv6);
			break;
		case 8:
			if (!wanted[i].n)
				break;
			p = wanted[i].route[byte(&in) % wanted[i].n].prefix;
			MUST(!fib_table_set(t[i], &p, 0));
			MUST(!ref_set(&wanted[i], &p, 0));
			break;
		default:
			p = read_prefix(&in, ipv6);
			nexthop = byte(&in) % 5;
			MUST(fib_table_set(t[i], &p, nexthop) == ref_set(&wanted[i], &p, nexthop));
		}
	}
	mem.most = MEM_CHUNKS;
	for (i = 0; i < TABLES; i++) {
		commit(t[i], i, ipv6);
		fib_table_free(t[i]);
	}
	MUST(!fib_settle(fib));
	fib_stats(fib, &stats);
	MUST(!stats.chunks && !stats.bytes && !stats.route_bytes && !mem.there);
	fib_close(fib);
	return 0;
}
