/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"
#include "top_batch.h"
#include "top_source.h"
#include "values.h"

char *batch_time(const struct timespec *ts, char *buf)
{
	struct tm tm;
	char stamp[24];
	long minutes;

	localtime_r(&ts->tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	minutes = labs(tm.tm_gmtoff) / 60;
	snprintf(buf, 32, "%.19s.%03d%c%02d:%02d", stamp, (int)(ts->tv_nsec / 1000000) % 1000,
		 tm.tm_gmtoff < 0 ? '-' : '+', (int)(minutes / 60) % 100, (int)(minutes % 60));
	return buf;
}

static const char *reason_or_dash(unsigned int reason)
{
	const char *name = reason ? reason_name(reason) : NULL;

	return name ? name : reason ? "other" : "-";
}

static void put_rates(FILE *out, const struct rate *rx, const struct rate *tx)
{
	fprintf(out, " rx_pps=%.1f rx_bps=%.0f tx_pps=%.1f tx_bps=%.0f", rx->packets, rx->bits,
		tx->packets, tx->bits);
}

void batch_lines(FILE *out, const char *when, const struct snapshot *now, const struct rates *r)
{
	const struct total_rates *t = &r->total;

	for (size_t i = 0; i < now->nports; i++) {
		const struct snap_port *p = &now->ports[i];
		char device[VRXDP_DEV_LEN * 4 + 1];

		fprintf(out, "%s port %s device=%s mode=%s", when, p->rec.conf.name,
			escape_text(p->rec.device.name, device, sizeof(device)), snap_port_mode(p));
		put_rates(out, &r->ports[i].rx, &r->ports[i].tx);
		fprintf(out, " drops=%llu drop_reason=%s\n", r->ports[i].drops,
			reason_or_dash(r->ports[i].drop_reason));
	}
	for (size_t i = 0; i < now->nrouters; i++) {
		const struct router_rates *n = &r->routers[i];

		fprintf(out, "%s router %s path=%s", when, now->routers[i].rec.conf.name,
			snap_router_path(&now->routers[i]));
		put_rates(out, &n->rx, &n->tx);
		fprintf(out, " drops=%llu drop_reason=%s punts=%llu punt_reason=%s\n", n->drops,
			reason_or_dash(n->drop_reason), n->punts, reason_or_dash(n->punt_reason));
	}
	fprintf(out, "%s total all seconds=%.3f ports=%zu routers=%zu", when, r->seconds,
		now->nports, now->nrouters);
	put_rates(out, &t->rx, &t->tx);
	fprintf(out, " drops=%llu port_drops=%llu punts=%llu\n", t->drops, t->port_drops, t->punts);
}

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Sleep until @when, or return false as soon as nobody reads stdout any more. */
static bool wait_until(double when)
{
	struct pollfd fd = { .fd = STDOUT_FILENO };
	double left;

	while ((left = when - now_seconds()) > 0)
		if (poll(&fd, 1, (int)(left * 1000) + 1) > 0 && fd.revents)
			return false;
	return true;
}

/* Returns 1 to end well, 0 to go on, -1 after saying what is wrong. */
static int print_interval(const struct snapshot *before, const struct snapshot *now)
{
	struct timespec ts;
	struct rates rates;
	char when[32];

	if (rates_between(before, now, &rates))
		return say_error("out of memory");
	clock_gettime(CLOCK_REALTIME, &ts);
	errno = 0;
	batch_lines(stdout, batch_time(&ts, when), now, &rates);
	rates_free(&rates);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (errno == EPIPE)
		return 1;
	return say_error("standard output: %s", strerror(errno));
}

int top_batch(const struct top_options *opt, const struct top_source *src)
{
	struct snapshot before = { 0 }, now = { 0 };
	double next = now_seconds() + opt->delay;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	ret = src->take(src->arg, &before);
	for (unsigned long i = 0; !ret && (!opt->count || i < opt->count); i++) {
		if (!wait_until(next)) {
			ret = 1;
			break;
		}
		ret = src->take(src->arg, &now);
		if (ret)
			break;
		ret = print_interval(&before, &now);
		snapshot_free(&before);
		before = now;
		memset(&now, 0, sizeof(now));
		next += opt->delay;
		if (next < now_seconds())
			next = now_seconds() + opt->delay;
	}
	snapshot_free(&before);
	if (ret > 0) {
		/* a reader that has enough is no error */
		__fpurge(stdout);
		clearerr(stdout);
	}
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}
