// SPDX-License-Identifier: GPL-2.0-only
#include "confirm_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include "apply.h"
#include "pending.h"
#include "say.h"

/* Lines for stdout and stderr go to the system's log: nobody reads the terminal any more. */
static ssize_t log_lines(void *cookie, const char *text, size_t len)
{
	int priority = cookie ? LOG_ERR : LOG_NOTICE;
	size_t start = 0, i;

	for (i = 0; i < len; i++) {
		if (text[i] != '\n')
			continue;
		if (i > start)
			syslog(priority, "%.*s", (int)(i - start), text + start);
		start = i + 1;
	}
	if (start < len)
		syslog(priority, "%.*s", (int)(len - start), text + start);
	return (ssize_t)len;
}

static void log_instead(FILE **stream, void *cookie)
{
	cookie_io_functions_t functions = { .write = log_lines };
	FILE *log = fopencookie(cookie, "w", functions);

	if (!log)
		return;
	setvbuf(log, NULL, _IOLBF, 0);
	*stream = log;
}

/* The kernel must not choose this process when memory runs out. Needs CAP_SYS_RESOURCE. */
static void spare_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "-1000", 5) < 0)
		errno = 0; /* then it takes its chance with the others */
	close(fd);
}

/* Whoever started the attach may go: session, terminal, pipes. Returns @told's new number. */
static int leave(int told)
{
	const int kept = 3;
	int null;

	if (told != kept) {
		dup2(told, kept);
		close(told);
	}
	closefrom(kept + 1);
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	} else {
		close_range(STDIN_FILENO, STDERR_FILENO, 0);
	}
	setsid();
	if (chdir("/"))
		syslog(LOG_WARNING, "stays in its directory: %m");
	prctl(PR_SET_NAME, "vrxdp-confirm");
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	say_command = "confirm";
	openlog("vrxdp", LOG_PID, LOG_DAEMON);
	log_instead(&stdout, NULL);
	log_instead(&stderr, &stderr);
	spare_from_oom();
	return kept;
}

/* Is the state's attach that waits the one of this process? */
static bool mine(const struct vrxdp_pending *p, __u64 start_time)
{
	return p->pid == (__u32)getpid() && p->start_time == start_time;
}

static bool still_waited_for(const char *dir, __u64 start_time)
{
	struct state st;
	bool is;

	if (state_exists(dir) != 1)
		return false;
	/* What can't be read now is looked at again when it is time. */
	if (state_open_read(&st, dir))
		return true;
	is = mine(&st.meta.pending, start_time);
	state_close(&st);
	return is;
}

/* Returns when it is time; ends the process when nothing is to be done any more. */
static void wait_until(const char *dir, __u64 deadline, __u64 start_time)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(deadline / 1000000000ULL),
					       .tv_nsec = (long)(deadline % 1000000000ULL) } };
	struct signalfd_siginfo info;
	__u64 now, left_ms;
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fds[0].fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	fds[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	timerfd_settime(fds[0].fd, TFD_TIMER_ABSTIME, &at, NULL);
	while ((now = pending_clock()) < deadline) {
		/* Should there be no timer: poll()'s own stands still in suspend. */
		left_ms = (deadline - now) / 1000000 + 1;
		if (poll(fds, 2, left_ms > 10000 ? 10000 : (int)left_ms) < 0 && errno != EINTR)
			sleep(1);
		if (!(fds[1].revents & POLLIN))
			continue;
		/* A confirm says so by SIGTERM; others' SIGTERM, at logout, changes nothing. */
		if (read(fds[1].fd, &info, sizeof(info)) > 0 && !still_waited_for(dir, start_time))
			_exit(EXIT_DONE);
	}
	close(fds[0].fd);
	close(fds[1].fd);
}

/* Locked and open; or -1: there is nothing to roll back any more. */
static int open_to_roll_back(struct state *st, const char *dir, __u64 start_time)
{
	for (;;) {
		if (state_exists(dir) != 1)
			return -1;
		state_init(st, dir);
		/* Each try waits some seconds, and says who is in the way. */
		if (!state_lock(st))
			break;
		state_close(st);
		sleep(1);
	}
	if (state_exists(dir) == 1 && !state_open_locked(st) && mine(&st->meta.pending, start_time))
		return 0;
	state_close(st);
	return -1;
}

static int roll_back(const char *dir, const struct world *before, bool first, __u64 start_time)
{
	struct state st;
	int ret;

	if (open_to_roll_back(&st, dir, start_time))
		return 0;
	ret = first ? apply_remove_all(&st, false) : apply_roll_back(&st, before);
	/* It goes with the state, if that goes. */
	if (st.map[MAP_META] >= 0) {
		memset(&st.meta.pending, 0, sizeof(st.meta.pending));
		ret |= state_save_meta(&st);
	}
	if (ret)
		say_error("%s: the attach wasn't confirmed, and not all of it could be rolled back",
			  dir);
	else
		printf("%s: the attach wasn't confirmed: rolled back\n", dir);
	state_close(&st);
	return ret;
}

void confirm_watch(const char *dir, const struct world *before, bool first, __u32 seconds, int told)
{
	__u64 start_time, deadline;
	char path[PATH_MAX];
	ssize_t got;
	int ret;

	/* Before the working directory changes. */
	if (realpath(dir, path))
		dir = path;
	told = leave(told);
	start_time = pending_start_time((__u32)getpid());
	do
		got = read(told, &deadline, sizeof(deadline));
	while (got < 0 && errno == EINTR);
	close(told);
	if (got == sizeof(deadline)) {
		if (!deadline)
			_exit(EXIT_DONE);
		wait_until(dir, deadline, start_time);
		printf("%s: an attach wasn't confirmed in %u s: rolling back\n", dir, seconds);
	} else {
		printf("%s: an attach with --confirm was killed: rolling back\n", dir);
	}
	ret = roll_back(dir, before, first, start_time);
	fflush(stdout);
	_exit(ret ? EXIT_FAILED : EXIT_DONE);
}
