/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fib_bench: what a forwarding table of XDP costs: ns for a lookup, bytes, time to build and to
 * change it; beside the other candidate of docs/fib.md.
 */
#include "tool.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "fib_maps.h"
#include "fib_poptrie_build.h"
#include "tests/lib/fib_bench.h"
#include "tests/lib/fib_bench.skel.h"
#include "tests/lib/fib_gen.h"

static const char usage[] =
	"usage: fib_bench [--ipv4 ROUTES] [--ipv6 ROUTES] [--nexthops N] [--seed N] [--rounds N]\n"
	"                 [--file FILE]\n"
	"Lookups in XDP, memory, and times to build and to change a table. ROUTES 0 leaves a\n"
	"family out. FILE has routes of one's own: lines of \"PREFIX NEXTHOP\", NEXTHOP a number.\n";

#define MAX_ROUNDS 1000
#define CHANGES 2000u
#define BATCHES 15u
#define PASSES 4 /* over the addresses in one run */

static unsigned int nroutes[2] = { 1100000, 230000 }, nexthops = 64, seed = 1, rounds = 31;
static const char *file;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A skeleton with its chunks and roots. */
struct side {
	struct fib_bench_bpf *skel;
	struct fib_maps maps;
	struct fib_backend backend;
	__u64 *roots;
	struct fib_bench_address *addresses;
};

static void *map_memory(const struct bpf_map *map, size_t bytes)
{
	void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return mem;
}

static void side_open(struct side *s)
{
	s->skel = fib_bench_bpf__open();
	if (!s->skel || bpf_map__set_max_entries(s->skel->maps.vx_fib_roots, 2) ||
	    fib_bench_bpf__load(s->skel))
		die("can't load the programs: %s", strerror(errno));
	if (fib_maps_init(&s->maps, bpf_map__fd(s->skel->maps.vx_fib_chunks),
			  bpf_map__fd(s->skel->maps.vx_fib_marks), &s->backend))
		die("mmap: %s", strerror(errno));
	s->roots = map_memory(s->skel->maps.vx_fib_roots, 4096);
	s->addresses =
		map_memory(s->skel->maps.addresses, FIB_BENCH_ADDRESSES * sizeof(*s->addresses));
}

struct table {
	struct fib_route *route;
	__u32 n;
	struct fib_table *t;
	double build, commit;
	size_t bytes;
};

static void read_file(struct table tables[2])
{
	char text[64], *slash;
	struct in6_addr a;
	struct fib_route r;
	unsigned int nh;
	struct table *t;
	FILE *f = fopen(file, "r");
	int ipv6;

	if (!f)
		die("%s: %s", file, strerror(errno));
	nroutes[0] = nroutes[1] = 0;
	while (fscanf(f, "%63s %u", text, &nh) == 2) {
		slash = strchr(text, '/');
		ipv6 = !!strchr(text, ':');
		if (!slash)
			die("%s: %s: expected ADDRESS/LENGTH", file, text);
		*slash++ = '\0';
		if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text, &a) != 1)
			die("%s: %s: expected an address", file, text);
		r.nexthop = nh;
		r.prefix = ipv6 ? fib_prefix6(&a, parse_uint("length", slash, 0, 128)) :
				  fib_prefix4(a.s6_addr32[0], parse_uint("length", slash, 0, 32));
		t = &tables[ipv6];
		if (!(t->n & (t->n + 1)))
			t->route = realloc(t->route, (t->n * 2 + 2) * sizeof(r));
		if (!t->route)
			die("no memory");
		t->route[t->n++] = r;
		nroutes[ipv6]++;
	}
	fclose(f);
}

static void build(struct fib *fib, struct table *t, bool ipv6, __u64 *root)
{
	struct fib_table_stats stats;
	double start, mid;
	__u32 i;
	int err = 0;

	if (!file) {
		t->n = nroutes[ipv6] + nroutes[ipv6] / 2;
		t->route = gen_routes(seed, ipv6, t->n, nexthops);
	}
	t->t = fib_table_new(fib, ipv6, root);
	if (!t->route || !t->t)
		die("no memory");
	start = now();
	for (i = 0; i < t->n && !err; i++) {
		err = fib_table_set(t->t, &t->route[i].prefix, t->route[i].nexthop);
		if (fib_table_routes(t->t) == nroutes[ipv6])
			break;
	}
	t->n = i < t->n ? i + 1 : i;
	mid = now();
	if (!err)
		err = fib_table_commit(t->t);
	if (err)
		die("%s", strerror(-err));
	t->commit = now() - mid;
	t->build = mid - start;
	fib_table_stats(t->t, &stats);
	t->bytes = stats.bytes;
	fib_settle(fib);
}

/* @n addresses in random prefixes of the table, or anywhere, again and again. */
static void make_addresses(struct fib_bench_address *a, const struct table *t, bool ipv6,
			   bool anywhere, __u32 n)
{
	struct fib_gen g = { seed + 77 };
	const struct fib_prefix *p;
	__u32 i, j, bits, r;

	for (i = 0; i < n; i++) {
		p = &t->route[gen_below(&g, t->n)].prefix;
		for (j = 0; j < 4; j++) {
			bits = p->len > j * 32 ? p->len - j * 32 : 0;
			r = gen_u32(&g);
			if (anywhere)
				r = j ? 0 : gen_parent4(&g) | r >> 16;
			else
				r = p->addr[j] | (bits < 32 ? r & ~0u >> bits : 0);
			if (ipv6)
				a[i].word[j] = htonl(r);
			else if (!j)
				a[i / 4].word[i % 4] = htonl(r);
		}
	}
	n = ipv6 ? n : n / 4;
	for (i = n; i < FIB_BENCH_ADDRESSES; i++)
		a[i] = a[i % n];
}

static __u64 host_sum(const struct table *t, const struct fib_bench_address *a, bool ipv6)
{
	__u32 i, j, addr[4] = { 0 };
	__u64 sum = 0;

	for (i = 0; i < FIB_BENCH_ADDRESSES; i++) {
		for (j = 0; ipv6 && j < 4; j++)
			addr[j] = ntohl(a[i].word[j]);
		if (!ipv6)
			addr[0] = ntohl(a[i / 4].word[i % 4]);
		sum += fib_table_lookup(t->t, addr);
	}
	return sum;
}

/* ns for a run. Other programs of the machine wait meanwhile, where that is allowed. */
static double run(const struct side *s, const struct bpf_program *prog, __u64 expect)
{
	static __u8 frame[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = FIB_BENCH_ADDRESSES * PASSES);
	struct sched_param first = { .sched_priority = 1 }, normal = { .sched_priority = 0 };
	int err;

	s->skel->bss->sum = 0;
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	if (err)
		die("BPF_PROG_TEST_RUN: %s", strerror(-err));
	if (expect && s->skel->bss->sum != expect * PASSES)
		die("%s: the lookups' sum is %llu instead of %llu", bpf_program__name(prog),
		    (unsigned long long)s->skel->bss->sum, (unsigned long long)expect * PASSES);
	return opts.duration;
}

static int by_value(const void *a, const void *b)
{
	const double *p = a, *q = b;

	return *p < *q ? -1 : *p > *q;
}

static double median(double *list, unsigned int n)
{
	qsort(list, n, sizeof(*list), by_value);
	return list[n / 2];
}

static void lookups(const struct side *s, const struct side *pop, const struct table *t, bool ipv6,
		    bool anywhere, __u32 n)
{
	static double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];
	const struct fib_bench_bpf *a = s->skel, *b = pop->skel;
	__u64 expect;
	double rest;
	unsigned int i;

	make_addresses(s->addresses, t, ipv6, anywhere, n);
	memcpy(pop->addresses, s->addresses, FIB_BENCH_ADDRESSES * sizeof(*s->addresses));
	expect = host_sum(t, s->addresses, ipv6);
	for (i = 0; i < rounds; i++) {
		rest = run(s, ipv6 ? a->progs.none6 : a->progs.none4, 0);
		ours[i] = run(s, ipv6 ? a->progs.ipv6 : a->progs.ipv4, expect) - rest;
		rest = run(pop, ipv6 ? b->progs.none6 : b->progs.none4, 0);
		theirs[i] = run(pop, ipv6 ? b->progs.poptrie6 : b->progs.poptrie4, expect) - rest;
	}
	printf("  lookup, %u addresses %s: median %.0f ns", n,
	       anywhere ? "anywhere" : "in random prefixes", median(ours, rounds));
	printf(" (%.0f to %.0f)", ours[0], ours[rounds - 1]);
	printf("; poptrie %.0f ns", median(theirs, rounds));
	printf(" (%.0f to %.0f)\n", theirs[0], theirs[rounds - 1]);
}

/* One route after the other gets another next hop, goes, or comes again; each is committed. */
static void changes(struct fib *fib, const struct table *t)
{
	static double times[CHANGES];
	struct fib_gen g = { seed + 5 };
	const struct fib_route *r;
	double start;
	int err = 0;
	__u32 i, batch;

	for (i = 0; i < CHANGES && !err; i++) {
		r = &t->route[gen_below(&g, t->n)];
		start = now();
		err = fib_table_set(t->t, &r->prefix, gen_below(&g, 2) ? r->nexthop + 1 : 0);
		err = err == -ENOENT ? fib_table_set(t->t, &r->prefix, r->nexthop) : err;
		err = err ? err : fib_table_commit(t->t);
		times[i] = now() - start;
	}
	start = now();
	fib_settle(fib);
	printf("  one change, committed: median %.1f us", median(times, CHANGES) * 1e6);
	printf(", 99th percentile %.1f us; %u of them settled in %.1f ms\n",
	       times[CHANGES / 100 * 99] * 1e6, CHANGES, (now() - start) * 1e3);
	for (batch = 0; batch < BATCHES && !err; batch++) {
		start = now();
		for (i = 0; i < 1000 && !err; i++) {
			r = &t->route[gen_below(&g, t->n)];
			err = fib_table_set(t->t, &r->prefix, 1 + gen_below(&g, nexthops));
		}
		err = err ? err : fib_table_commit(t->t);
		times[batch] = now() - start;
		fib_settle(fib);
	}
	printf("  1000 changes, committed at once: median %.1f ms\n", median(times, BATCHES) * 1e3);
	if (err)
		die("%s", strerror(-err));
}

static void measure(bool ipv6, struct side *s, struct fib *fib, struct table *t)
{
	struct side pop;
	struct fib_stats stats;
	struct poptrie *p;

	build(fib, t, ipv6, &s->roots[ipv6]);
	fib_stats(fib, &stats);
	printf("%s, %u routes, next hops 1 to %u:\n", ipv6 ? "IPv6" : "IPv4",
	       fib_table_routes(t->t), nexthops);
	printf("  routes taken in %.2f s, blocks built in %.2f s\n", t->build, t->commit);
	side_open(&pop);
	p = poptrie_make(t->t);
	poptrie_store(p, &pop.backend);
	printf("  %.2f MB (%.1f bytes for a route); poptrie %.2f MB. Chunks %u, routes' nodes %.1f MB\n",
	       (double)t->bytes / 1e6, (double)t->bytes / fib_table_routes(t->t),
	       (double)poptrie_bytes(p) / 1e6, stats.chunks, (double)stats.route_bytes / 1e6);
	printf("  goals: %s\n", ipv6 ? "50 ns, 16 MB" : "25 ns, 8 MB");
	lookups(s, &pop, t, ipv6, false, 4096);
	lookups(s, &pop, t, ipv6, false, FIB_BENCH_ADDRESSES);
	if (!ipv6)
		lookups(s, &pop, t, ipv6, true, FIB_BENCH_ADDRESSES);
	changes(fib, t);
	free(p->node);
	free(p->leaf);
	free(p);
	fib_bench_bpf__destroy(pop.skel);
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "ipv4", required_argument, NULL, '4' },
		{ "ipv6", required_argument, NULL, '6' },
		{ "nexthops", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '4')
			nroutes[0] = parse_uint("--ipv4", optarg, 0, 4000000);
		else if (c == '6')
			nroutes[1] = parse_uint("--ipv6", optarg, 0, 4000000);
		else if (c == 'n')
			nexthops = parse_uint("--nexthops", optarg, 1, VRXDP_FIB_MAX_NEXTHOP - 1);
		else if (c == 's')
			seed = parse_uint("--seed", optarg, 0, 1000000000);
		else if (c == 'r')
			rounds = parse_uint("--rounds", optarg, 1, MAX_ROUNDS);
		else if (c == 'f')
			file = optarg;
		else {
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	struct table tables[2] = { 0 };
	struct side s;
	struct fib *fib;
	int ipv6, err;

	tool_name = "fib_bench";
	options(argc, argv);
	if (file)
		read_file(tables);
	setvbuf(stdout, NULL, _IOLBF, 0);
	side_open(&s);
	err = fib_open(&fib, &s.backend);
	if (err)
		die("%s", strerror(-err));
	for (ipv6 = 0; ipv6 < 2; ipv6++)
		if (nroutes[ipv6])
			measure(ipv6, &s, fib, &tables[ipv6]);
	for (ipv6 = 0; ipv6 < 2; ipv6++) {
		fib_table_free(tables[ipv6].t);
		free(tables[ipv6].route);
	}
	fib_settle(fib);
	fib_close(fib);
	fib_maps_close(&s.maps);
	fib_bench_bpf__destroy(s.skel);
	return 0;
}
