// SPDX-License-Identifier: GPL-2.0-only
#include "pending.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NSEC 1000000000ULL

__u64 pending_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (__u64)now.tv_sec * NSEC + (__u64)now.tv_nsec;
}

__u64 pending_start_time(__u32 pid)
{
	char path[32], text[1024], *rest;
	unsigned long long ticks = 0;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	/* proc(5): the name, in parentheses, may hold any; then fields 3 to 22. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1,
			    " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			    "%*s %*s %*s %llu",
			    &ticks) != 1)
		return 0;
	/* A dead one that nobody has waited for does nothing any more. */
	return rest[1] == ' ' && (rest[2] == 'Z' || rest[2] == 'X') ? 0 : ticks;
}

bool pending_watched(const struct vrxdp_pending *p)
{
	__u64 start = pending_start_time(p->pid);

	if (start)
		return start == p->start_time;
	/* /proc mounted with hidepid: another user's process is only known to be there. */
	return p->pid && kill((pid_t)p->pid, 0) && errno == EPERM;
}

__u32 pending_seconds_left(const struct vrxdp_pending *p)
{
	__u64 now = pending_clock();

	if (!p->deadline)
		return p->seconds;
	return now >= p->deadline ? 0 : (__u32)((p->deadline - now + NSEC - 1) / NSEC);
}

char *pending_text(const struct vrxdp_pending *p, char *buf, size_t len)
{
	__u32 left = pending_seconds_left(p);
	time_t when = time(NULL) + left;
	struct tm tm;
	char at[32];

	localtime_r(&when, &tm);
	strftime(at, sizeof(at), "%H:%M:%S", &tm);
	if (!pending_watched(p))
		snprintf(buf, len,
			 "an attach isn't confirmed, and nothing will roll it back: PID %u, which "
			 "was to, is gone; vrxdp confirm keeps what is attached",
			 p->pid);
	else if (!p->deadline)
		snprintf(buf, len, "an attach with --confirm %u is under way", p->seconds);
	else if (!left)
		snprintf(buf, len, "an attach wasn't confirmed in %u s: PID %u rolls it back",
			 p->seconds, p->pid);
	else
		snprintf(buf, len,
			 "an attach isn't confirmed: PID %u rolls it back in %u s, at %s, unless "
			 "vrxdp confirm comes first",
			 p->pid, left, at);
	return buf;
}
