/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the kernel's interfaces share: commands as a second opinion, and
 * namespaces of their own, /run/netns/vxkPID-NAME, which a later run removes if this one
 * was killed. Scratch directories are /tmp/vxkPID-NAME, removed likewise.
 */
#ifndef KERNEL_LAB_H
#define KERNEL_LAB_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "netns.h"

#define NETNS_DIR "/run/netns"
#define SCRATCH_DIR "/tmp"
#define LAB_PREFIX "vxk"

/* The PID that names this run's things: children don't change it. */
static pid_t lab_pid;

/* Run a shell command; its exit status. Its words stay out of the tests' report. */
__attribute__((format(printf, 1, 2), unused)) static int sh(const char *fmt, ...)
{
	char command[1024], line[1100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "{ %s; } >/dev/null 2>&1", command);
	return WEXITSTATUS(system(line));
}

/* What a shell command prints; the caller frees. */
__attribute__((format(printf, 1, 2), unused)) static char *output_of(const char *fmt, ...)
{
	char command[1024], *text = NULL;
	size_t room = 0;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	f = popen(command, "r");
	assert_non_null(f);
	if (getdelim(&text, &room, '\0', f) < 0) {
		free(text);
		text = strdup("");
	}
	pclose(f);
	assert_non_null(text);
	return text;
}

/* "vxkPID-@name"; from a few buffers, so that several fit into one call. */
__attribute__((unused)) static const char *lab(const char *name)
{
	static char names[8][64];
	static unsigned int turn;
	char *text = names[turn++ % 8];

	snprintf(text, sizeof(names[0]), LAB_PREFIX "%d-%s", lab_pid, name);
	return text;
}

/* The scratch path of that name. */
__attribute__((unused)) static const char *scratch(const char *name)
{
	static char paths[8][80];
	static unsigned int turn;
	char *text = paths[turn++ % 8];

	snprintf(text, sizeof(paths[0]), SCRATCH_DIR "/%s", lab(name));
	return text;
}

/* Remove what runs left in @dir: of processes that are gone, and of this one if @own. */
static void lab_sweep_dir(const char *dir, bool own)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	char end;
	pid_t pid;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (sscanf(entry->d_name, LAB_PREFIX "%d%c", &pid, &end) != 2 || end != '-')
			continue;
		if (pid == lab_pid ? !own : kill(pid, 0) == 0 || errno != ESRCH)
			continue;
		if (strcmp(dir, NETNS_DIR) == 0)
			sh("ip netns del '%s'", entry->d_name);
		else
			sh("find '%s/%s' -xdev -depth -exec umount -l {} ';'; "
			   "rm -rf --one-file-system '%s/%s'",
			   dir, entry->d_name, dir, entry->d_name);
	}
	closedir(d);
}

static int lab_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

/* Open descriptors when the tests began. */
static int lab_fds_before;

/* Group fixtures. */
__attribute__((unused)) static int lab_begin(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		fprintf(stderr, "these tests need root\n");
		exit(1);
	}
	lab_pid = getpid();
	lab_sweep_dir(NETNS_DIR, false);
	lab_sweep_dir(SCRATCH_DIR, false);
	lab_fds_before = lab_fds();
	return 0;
}

__attribute__((unused)) static int lab_end(void **state)
{
	(void)state;
	lab_sweep_dir(NETNS_DIR, true);
	lab_sweep_dir(SCRATCH_DIR, true);
	return 0;
}

/* The last test of each program. */
__attribute__((unused)) static void no_descriptor_is_left_open(void **state)
{
	(void)state;
	assert_int_equal(lab_fds(), lab_fds_before);
}

/* After each test: nothing of it stays. */
__attribute__((unused)) static int lab_clear(void **state)
{
	(void)state;
	lab_sweep_dir(NETNS_DIR, true);
	lab_sweep_dir(SCRATCH_DIR, true);
	return 0;
}

/* Make the namespace vxkPID-@name, and open it. */
__attribute__((unused)) static struct netns lab_netns(const char *name)
{
	struct netns ns;

	assert_int_equal(sh("ip netns add %s", lab(name)), 0);
	assert_int_equal(netns_open(lab(name), &ns), 0);
	return ns;
}

/*
 * Run @f(@arg) in a child of its own, for what can't be undone; the child's assertions
 * end it. Fails the test unless the child returns from @f.
 */
__attribute__((unused)) static void in_child(void (*f)(const void *arg), const void *arg)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		f(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child: like assert_true(), but without the parent's jump buffer. */
#define child_check(c)                                                                             \
	do {                                                                                       \
		if (!(c)) {                                                                        \
			fprintf(stderr, "%s:%d: in a child: %s\n", __FILE__, __LINE__, #c);        \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#endif
