/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines for logs, and when they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "say.h"
#include "tests/lib/fake_snapshot.h"
#include "top_batch.h"
#include "top_source.h"

static void lines_are_a_time_a_name_and_pairs(void **state)
{
	struct snapshot before, now;
	struct rates rates;
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	fake_snapshot(&before, 1, 1);
	fake_snapshot(&now, 1, 1);
	now.time_ns = 2000000000;
	now.routers[0].c.stack = 3;
	now.routers[0].c.rx_bytes = 300;
	now.routers[0].c.tx_drops[VRXDP_DROP_MTU] = 1;
	now.routers[0].c.punts[VRXDP_DROP_VLAN] = 2;
	now.ports[0].c.tx = (struct vrxdp_count){ 10, 640 };
	strcpy(now.ports[0].rec.device.name, "\x1b[0m");
	fake_sums(&now);
	assert_int_equal(rates_between(&before, &now, &rates), 0);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	batch_lines(out, "T", &now, &rates);
	fclose(out);
	assert_string_equal(text, "T port up0 device=\\x1b[0m mode=native rx_pps=0.0 rx_bps=0 "
				  "tx_pps=5.0 tx_bps=2560 drops=0 drop_reason=-\n"
				  "T router r0000 path=stack rx_pps=1.5 rx_bps=1200 "
				  "tx_pps=0.0 tx_bps=0 drops=1 drop_reason=mtu punts=2 "
				  "punt_reason=vlan\n"
				  "T total all seconds=2.000 ports=1 routers=1 rx_pps=1.5 "
				  "rx_bps=1200 tx_pps=0.0 tx_bps=0 drops=1 port_drops=0 punts=2\n");
	free(text);
	rates_free(&rates);
	snapshot_free(&before);
	snapshot_free(&now);
}

static void times_carry_their_offset(void **state)
{
	const struct timespec ts = { .tv_sec = 1700000000, .tv_nsec = 987654321 };
	char text[32];

	(void)state;
	setenv("TZ", "EAST-5:30", 1);
	tzset();
	assert_string_equal(batch_time(&ts, text), "2023-11-15T03:43:20.987+05:30");
	setenv("TZ", "WEST3:30", 1);
	tzset();
	assert_string_equal(batch_time(&ts, text), "2023-11-14T18:43:20.987-03:30");
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(batch_time(&ts, text), "2023-11-14T22:13:20.987+00:00");
}

/* The end of a pipe that top writes to; it's closed while top is at work. -1: none. */
static int reader = -1;

/* What a source has given so far; it fails after @most. */
struct feed {
	int given, most;
};

static int take(void *arg, struct snapshot *snap)
{
	struct feed *f = arg;

	if (f->given == f->most)
		return say_error("the state is gone");
	if (++f->given == 2 && reader >= 0)
		close(reader);
	fake_snapshot(snap, 1, 2);
	snap->time_ns = (__u64)f->given * 100000000;
	return 0;
}

/* Run top -b in a child whose stdout is @out; its status, and stderr in @said. */
static int run_batch(int out, int most, unsigned long count, double delay, char *said)
{
	int err[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(err), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct top_options opt = { .delay = delay, .count = count };
		struct feed feed = { .most = most };
		struct top_source src = { .take = take, .arg = &feed };

		dup2(out, STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		say_command = "top";
		status = top_batch(&opt, &src);
		/* what main() does at the end */
		if (status == EXIT_DONE && (ferror(stdout) || fflush(stdout)))
			status = 99;
		_exit(status);
	}
	if (reader >= 0)
		close(reader);
	close(err[1]);
	n = read(err[0], said, 255);
	said[n > 0 ? n : 0] = '\0';
	close(err[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void count_intervals_give_so_many_blocks(void **state)
{
	char name[] = "/tmp/test_top_batch.XXXXXX", text[8192], said[256];
	int fd = mkstemp(name), totals = 0, routers = 0;
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(run_batch(fd, 100, 3, 0.1, said), EXIT_DONE);
	assert_string_equal(said, "");
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	for (char *at = text; (at = strstr(at, " total all ")); at++)
		totals++;
	for (char *at = text; (at = strstr(at, " router r000")); at++)
		routers++;
	assert_int_equal(totals, 3);
	assert_int_equal(routers, 6);
	close(fd);
}

static void a_state_that_goes_ends_it_with_an_error(void **state)
{
	char said[256];
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	assert_int_equal(run_batch(fd, 2, 0, 0.1, said), EXIT_FAILED);
	assert_string_equal(said, "vrxdp top: the state is gone\n");
	assert_int_equal(run_batch(fd, 0, 0, 0.1, said), EXIT_FAILED);
	assert_string_equal(said, "vrxdp top: the state is gone\n");
	close(fd);
}

static void a_reader_that_went_ends_it_quietly_and_at_once(void **state)
{
	char said[256];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	alarm(20);
	assert_int_equal(run_batch(fds[1], 100, 0, 3600, said), EXIT_DONE);
	alarm(0);
	assert_string_equal(said, "");
	close(fds[1]);
}

static void a_reader_that_goes_in_between_is_no_error(void **state)
{
	char said[256];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	reader = fds[0];
	assert_int_equal(run_batch(fds[1], 100, 3, 0.1, said), EXIT_DONE);
	reader = -1;
	assert_string_equal(said, "");
	close(fds[1]);
}

static void a_full_disk_is_an_error(void **state)
{
	char said[256];
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(run_batch(fd, 100, 3, 0.1, said), EXIT_FAILED);
	assert_string_equal(said, "vrxdp top: standard output: No space left on device\n");
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_a_time_a_name_and_pairs),
		cmocka_unit_test(times_carry_their_offset),
		cmocka_unit_test(count_intervals_give_so_many_blocks),
		cmocka_unit_test(a_state_that_goes_ends_it_with_an_error),
		cmocka_unit_test(a_reader_that_went_ends_it_quietly_and_at_once),
		cmocka_unit_test(a_reader_that_goes_in_between_is_no_error),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("top_batch", tests, NULL, NULL);
}
