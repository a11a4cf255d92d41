/* SPDX-License-Identifier: GPL-2.0-only */
/* The full screen: when to look, what woke us, how to leave. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "top_keys.h"
#include "top_screen.h"
#include "top_source.h"
#include "top_view.h"

/* Rates come this soon after a start, seconds: nobody looks at zeros for a whole interval. */
#define FIRST_INTERVAL 0.25

struct live {
	const struct top_options *opt;
	const struct top_source *src;
	struct top_model model;
	struct top_canvas canvas;
	struct snapshot base; /* after a pause: rates start here */
	bool have_base;
	int signals;       /* signalfd */
	int fatal;         /* a signal to die of, 0: none */
	double last, next; /* looks, seconds of CLOCK_MONOTONIC */
	bool early;        /* the next one is sooner than the interval */
	unsigned long intervals;
	bool over, failed;
};

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void fail(struct live *v)
{
	v->failed = true;
	v->over = true;
}

static void out_of_memory(struct live *v)
{
	say_error("out of memory");
	fail(v);
}

static void draw(struct live *v, bool all)
{
	int rows, cols;

	screen_size(&rows, &cols);
	if (canvas_resize(&v->canvas, rows, cols)) {
		out_of_memory(v);
		return;
	}
	top_view(&v->model, &v->canvas);
	screen_show(&v->canvas, all);
}

static void look(struct live *v)
{
	struct snapshot snap = { 0 };

	if (v->src->take(v->src->arg, &snap)) {
		fail(v);
		return;
	}
	if (top_model_update(&v->model, &snap, v->have_base ? &v->base : NULL)) {
		snapshot_free(&snap);
		out_of_memory(v);
		return;
	}
	v->have_base = false;
	v->last = now_seconds();
}

/* A first look, or one after a pause: the next comes soon. */
static void start_over(struct live *v)
{
	v->last = now_seconds();
	v->early = v->model.delay > FIRST_INTERVAL;
	v->next = v->last + (v->early ? FIRST_INTERVAL : v->model.delay);
}

static void tick(struct live *v)
{
	double now;

	look(v);
	if (v->over)
		return;
	now = now_seconds();
	if (v->early) {
		v->next += v->model.delay - FIRST_INTERVAL;
		v->early = false;
	} else {
		v->next += v->model.delay;
		v->intervals++;
	}
	if (v->next < now)
		v->next = now + v->model.delay;
	if (v->opt->count && v->intervals >= v->opt->count)
		v->over = true;
}

/* The pause is no interval: what happened in it would be smeared over it. */
static void resume(struct live *v)
{
	snapshot_free(&v->base);
	if (v->src->take(v->src->arg, &v->base)) {
		fail(v);
		return;
	}
	v->have_base = true;
	start_over(v);
}

static void handle_keys(struct live *v)
{
	enum top_action action = TOP_STAY;
	bool all = false;
	int key;

	while (!v->over && action != TOP_QUIT && (key = screen_key()) != SCREEN_NO_KEY) {
		bool paused = v->model.paused;
		double delay = v->model.delay;

		action = top_key(&v->model, key);
		all |= action == TOP_REPAINT;
		if (paused && !v->model.paused)
			resume(v);
		else if (v->model.delay < delay || v->model.delay > delay) {
			v->next = v->last + v->model.delay;
			v->early = false;
		}
	}
	if (action == TOP_QUIT)
		v->over = true;
	else if (!v->over)
		draw(v, all);
}

static void handle_signals(struct live *v)
{
	struct signalfd_siginfo info;

	while (read(v->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGWINCH) {
			draw(v, false);
			continue;
		}
		/* Ctrl-C is a way to quit; the others end as if they had not been caught */
		if (info.ssi_signo != SIGINT)
			v->fatal = (int)info.ssi_signo;
		v->over = true;
	}
}

static int wait_ms(const struct live *v)
{
	double left = v->next - now_seconds();

	if (v->model.paused)
		return -1;
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void loop(struct live *v)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = v->signals, .events = POLLIN } };

	start_over(v);
	draw(v, true);
	while (!v->over) {
		if (poll(fds, 2, wait_ms(v)) < 0) {
			/* stopped and continued: ncurses has the terminal again */
			if (errno == EINTR)
				draw(v, true);
			continue;
		}
		if (fds[1].revents)
			handle_signals(v);
		if (fds[0].revents & POLLIN)
			handle_keys(v);
		else if (fds[0].revents)
			v->over = true; /* the terminal is gone */
		if (!v->over && !v->model.paused && now_seconds() >= v->next) {
			tick(v);
			if (!v->over)
				draw(v, false);
		}
	}
}

int top_live(const struct top_options *opt, const struct top_source *src)
{
	struct live v = { .opt = opt, .src = src };
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &old);
	v.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (v.signals < 0) {
		say_error("can't wait for signals: %s", strerror(errno));
		sigprocmask(SIG_SETMASK, &old, NULL);
		return EXIT_FAILED;
	}
	top_model_init(&v.model, opt->delay);
	look(&v);
	if (!v.failed && !screen_open()) {
		v.canvas.unicode = screen_unicode();
		loop(&v);
		screen_close();
	} else {
		v.failed = true;
	}
	top_model_free(&v.model);
	snapshot_free(&v.base);
	canvas_free(&v.canvas);
	close(v.signals);
	if (v.fatal)
		signal(v.fatal, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (v.fatal)
		raise(v.fatal);
	return v.failed ? EXIT_FAILED : EXIT_DONE;
}
