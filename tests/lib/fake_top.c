/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top over made-up numbers that move: to look at it, and to measure what it costs.
 * fake_top ROUTERS [PORTS [top's -b, -d SECONDS, -n COUNT]]
 * The first router is lost after FAKE_GONE looks, if that's set.
 */
#include <time.h>
#include <unistd.h>

#include "fake_snapshot.h"
#include "say.h"
#include "top_model.h"
#include "top_source.h"

struct world {
	struct snapshot sum; /* the counters so far */
	unsigned long looks, gone;
};

/* Up and down between 0 and 1, each router in a phase of its own. */
static double wave(double seconds, size_t i)
{
	double period = 6 + (double)(i % 17);
	double x = seconds / period + (double)(i * 7 % 31) / 31;

	x -= (double)(long)x;
	return x < 0.5 ? 2 * x : 2 - 2 * x;
}

static void send(struct snap_router *r, size_t i, double seconds, double dt)
{
	double size = 64 + (double)(i * 97 % 1400);
	double pps = 1.5e6 / (double)(1 + i) * (0.2 + wave(seconds, i));
	__u64 n = (__u64)(pps * dt), lost = 0;

	if (i % 5 == 3)
		return;
	if (i % 4 == 1)
		lost = n / 7;
	r->c.stack += n - lost;
	r->c.drops[i % 8 == 1 ? VRXDP_DROP_RING_FULL : VRXDP_DROP_NO_RECEIVER] += lost;
	r->c.rx_bytes += (__u64)((double)n * size);
	r->c.tx.packets += (n - lost) / 2;
	r->c.tx.bytes += (__u64)((double)((n - lost) / 2) * size);
	r->c.tx_drops[VRXDP_DROP_SOURCE_MAC] += i % 9 == 2 ? 3 : 0;
	r->c.punts[VRXDP_DROP_MTU] += i % 6 == 0 ? n / 1000 : 0;
	r->ifaces[0].c.rx.packets = r->c.stack;
	r->ifaces[0].c.rx.bytes = r->c.rx_bytes;
	r->ifaces[0].c.tx = r->c.tx;
	r->cpu_rx[i % FAKE_CPUS] += n;
	r->cpu_tx[(i + 1) % FAKE_CPUS] += (n - lost) / 2;
}

static void copy(const struct snapshot *from, struct snapshot *to)
{
	fake_snapshot(to, from->nports, from->nrouters);
	to->time_ns = from->time_ns;
	memcpy(to->ports, from->ports, from->nports * sizeof(*from->ports));
	for (size_t i = 0; i < from->nrouters; i++) {
		const struct snap_router *a = &from->routers[i];
		struct snap_router *b = &to->routers[i];

		b->c = a->c;
		memcpy(b->cpu_rx, a->cpu_rx, FAKE_CPUS * sizeof(*a->cpu_rx));
		memcpy(b->cpu_tx, a->cpu_tx, FAKE_CPUS * sizeof(*a->cpu_tx));
		b->ifaces[0] = a->ifaces[0];
	}
	fake_sums(to);
}

static int take(void *arg, struct snapshot *snap)
{
	struct world *w = arg;
	struct timespec ts;
	double dt;
	__u64 now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (__u64)ts.tv_sec * 1000000000 + (__u64)ts.tv_nsec;
	dt = w->sum.time_ns ? (double)(now - w->sum.time_ns) / 1e9 : 100;
	w->sum.time_ns = now;
	for (size_t i = 0; i < w->sum.nrouters; i++)
		send(&w->sum.routers[i], i, (double)now / 1e9, dt);
	for (size_t i = 0; i < w->sum.nports; i++) {
		struct snap_port *p = &w->sum.ports[i];
		__u64 n =
			(__u64)(2.5e6 / (double)(1 + i) * (0.5 + wave((double)now / 1e9, i)) * dt);

		p->c.rx.packets += n;
		p->c.rx.bytes += n * 200;
		p->c.tx.packets += n / 3;
		p->c.tx.bytes += n * 66;
		p->c.drops[VRXDP_DROP_MALFORMED] += i == 1;
	}
	if (w->gone && w->looks++ >= w->gone)
		return say_error("/run/vrxdp/bpf: nothing is attached there");
	copy(&w->sum, snap);
	return 0;
}

int main(int argc, char **argv)
{
	struct top_options top = { .delay = 1 };
	const char *gone = getenv("FAKE_GONE");
	struct world w = { .gone = gone ? strtoul(gone, NULL, 10) : 0 };
	struct top_source src = { .take = take, .arg = &w };
	bool batch = false;
	int opt, status;

	while ((opt = getopt(argc, argv, "bd:n:")) >= 0) {
		if (opt == 'b')
			batch = true;
		else if (opt == 'd')
			top_parse_delay(optarg, &top.delay);
		else if (opt == 'n')
			top.count = strtoul(optarg, NULL, 10);
		else
			return EXIT_USAGE;
	}
	say_command = "top";
	fake_snapshot(&w.sum, optind + 1 < argc ? strtoul(argv[optind + 1], NULL, 10) : 2,
		      optind < argc ? strtoul(argv[optind], NULL, 10) : 3);
	status = batch ? top_batch(&top, &src) : top_live(&top, &src);
	snapshot_free(&w.sum);
	return status;
}
