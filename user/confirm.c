// SPDX-License-Identifier: GPL-2.0-only
#include "confirm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <signal.h>
#include <unistd.h>

#include "confirm_watch.h"
#include "pending.h"
#include "say.h"

/* What the watcher is told: when to roll back, CLOCK_BOOTTIME ns; or this: not at all. */
#define CALL_OFF 0

static int tell(struct confirm *c, __u64 deadline)
{
	ssize_t wrote = write(c->tell, &deadline, sizeof(deadline));

	close(c->tell);
	c->tell = -1;
	return wrote == sizeof(deadline) ? 0 : -1;
}

static int set_pending(struct state *st, const struct vrxdp_pending *p)
{
	st->meta.pending = *p;
	return state_save_meta(st);
}

int confirm_begin(struct confirm *c, struct state *st, __u32 seconds, bool first)
{
	struct vrxdp_pending pending = { .seconds = seconds };
	int ends[2];

	*c = (struct confirm){ .seconds = seconds, .first = first, .tell = -1 };
	if (world_load(st, &c->before))
		return -1;
	if (pipe2(ends, O_CLOEXEC)) {
		world_free(&c->before);
		return say_error("--confirm: can't make a pipe: %s", strerror(errno));
	}
	/* What is buffered would be printed twice. */
	fflush(NULL);
	c->watcher = fork();
	if (!c->watcher)
		confirm_watch(st->dir, &c->before, first, seconds, ends[0]);
	close(ends[0]);
	c->tell = ends[1];
	if (c->watcher < 0) {
		say_error("--confirm: can't start a process: %s", strerror(errno));
		goto fail;
	}
	pending.pid = (__u32)c->watcher;
	pending.start_time = pending_start_time(pending.pid);
	if (!pending.start_time) {
		say_error("--confirm: its process has ended, or /proc isn't mounted");
		goto fail;
	}
	if (!set_pending(st, &pending))
		return 0;
fail:
	tell(c, CALL_OFF);
	world_free(&c->before);
	return -1;
}

int confirm_end(struct confirm *c, struct state *st, int result)
{
	static const struct vrxdp_pending none;
	struct vrxdp_pending pending = st->meta.pending;
	char text[256];

	if (result == APPLY_FAILED)
		goto call_off;
	pending.deadline = pending_clock() + c->seconds * 1000000000ULL;
	/* In this order: killed in between, this process is rolled back at once. */
	if (set_pending(st, &pending))
		goto fail;
	if (tell(c, pending.deadline)) {
		say_error("--confirm: its process, PID %u, was killed: rolled back", pending.pid);
		goto fail;
	}
	puts(pending_text(&pending, text, sizeof(text)));
	world_free(&c->before);
	return result;
fail:
	result = APPLY_FAILED;
	if (!c->first)
		apply_roll_back(st, &c->before);
call_off:
	set_pending(st, &none);
	if (c->tell >= 0)
		tell(c, CALL_OFF);
	world_free(&c->before);
	return result;
}

int confirm_cancel(struct state *st)
{
	static const struct vrxdp_pending none;
	struct vrxdp_pending was = st->meta.pending;
	int fd;

	if (!pending_is(&was))
		return 0;
	if (set_pending(st, &none))
		return -1;
	/* It looks, finds nothing to wait for, and ends. The descriptor comes before the look. */
	fd = pidfd_open((pid_t)was.pid, 0);
	if (fd >= 0) {
		if (pending_start_time(was.pid) == was.start_time)
			pidfd_send_signal(fd, SIGTERM, NULL, 0);
		close(fd);
	}
	return 0;
}
