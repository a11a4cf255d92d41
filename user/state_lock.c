// SPDX-License-Identifier: GPL-2.0-only
/* Commands that change what is attached come one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "say.h"
#include "state.h"

#define LOCK_WAIT_MS 10000

char *state_lock_place(const struct state *st, char *buf)
{
	char *slash;

	snprintf(buf, PATH_MAX, "%s", st->dir);
	slash = strrchr(buf, '/');
	while (slash && slash > buf && !slash[1]) {
		*slash = 0;
		slash = strrchr(buf, '/');
	}
	if (slash)
		slash[slash == buf] = 0;
	return buf;
}

/* The process that has the lock; 0: can't be told. proc_locks(5), "1: FLOCK  ADVISORY  WRITE PID …" */
static unsigned int holder(int fd)
{
	unsigned int pid, found = 0, major_nr, minor_nr;
	unsigned long long inode;
	struct stat mine;
	char line[256];
	FILE *f;

	if (fstat(fd, &mine))
		return 0;
	f = fopen("/proc/locks", "re");
	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d: FLOCK %*s %*s %u %x:%x:%llu", &pid, &major_nr, &minor_nr,
			   &inode) == 4 &&
		    inode == mine.st_ino && major_nr == major(mine.st_dev) &&
		    minor_nr == minor(mine.st_dev))
			found = pid;
	if (f)
		fclose(f);
	return found;
}

static int say_locked(const struct state *st)
{
	unsigned int pid = holder(st->lock_fd);

	if (!pid)
		return say_error("%s: another command is changing it; try again", st->dir);
	return say_error("%s: another command, PID %u, is changing it; try again when it has ended",
			 st->dir, pid);
}

static int wait_for_lock(const struct state *st)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int waited;

	for (waited = 0; flock(st->lock_fd, LOCK_EX | LOCK_NB); waited += 20) {
		if (errno != EWOULDBLOCK)
			return say_error("%s: can't lock: %s", st->dir, strerror(errno));
		if (waited >= LOCK_WAIT_MS)
			return say_locked(st);
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Whoever holds the lock finishes: half a change is worse than a late answer to Ctrl-C. */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int state_lock(struct state *st)
{
	struct stat locked, there;
	char place[PATH_MAX];

	state_lock_place(st, place);
	for (;;) {
		st->lock_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (st->lock_fd < 0 && errno == ENOENT)
			return say_error("%s: nothing is attached; see vrxdp attach", st->dir);
		if (st->lock_fd < 0)
			return say_error("%s: %s", place, strerror(errno));
		if (wait_for_lock(st))
			return -1;
		/* Whoever had the lock may have removed the directory. */
		if (!fstat(st->lock_fd, &locked) && !stat(place, &there) &&
		    locked.st_ino == there.st_ino && locked.st_dev == there.st_dev) {
			hold_signals();
			return 0;
		}
		close(st->lock_fd);
	}
}
