/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * top on a pseudo-terminal: what it leaves behind, however it ends. The terminal type
 * is xterm, whose page is the alternate screen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "say.h"
#include "tests/lib/fake_snapshot.h"
#include "top_source.h"

#define PATIENCE_MS 10000
#define PAGE_ON "\x1b[?1049h"
#define PAGE_OFF "\x1b[?1049l"
#define CURSOR_ON "\x1b[?25h"
#define NO_TERMINAL 77

/* Looks that succeed before the state is gone. */
static int looks;

/* stderr is the terminal as well, as it is for people. */
static bool said_on_tty;

/* A running top. */
static struct {
	pid_t pid;
	int tty;   /* our side */
	int slave; /* its side, to see how it's set */
	int err;
	struct termios before;
	char out[1 << 20];
	size_t len;
	char said[512];
} t;

static int take(void *arg, struct snapshot *snap)
{
	static int given;

	(void)arg;
	if (given++ == looks)
		return say_error("nothing is attached any more");
	fake_snapshot(snap, 2, 30);
	snap->time_ns = (__u64)given * 1000000000;
	return 0;
}

static void start(const char *term, int most, double delay, unsigned long count)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	int err[2];

	memset(&t, 0, sizeof(t));
	looks = most;
	assert_int_equal(pipe(err), 0);
	assert_int_equal(openpty(&t.tty, &t.slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(t.slave, &t.before), 0);
	t.pid = fork();
	assert_true(t.pid >= 0);
	if (!t.pid) {
		struct top_options opt = { .delay = delay, .count = count };
		struct top_source src = { .take = take };

		close(t.tty);
		if (login_tty(t.slave))
			_exit(NO_TERMINAL);
		if (!said_on_tty)
			dup2(err[1], STDERR_FILENO);
		setenv("TERM", term, 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		say_command = "top";
		_exit(top_live(&opt, &src));
	}
	close(err[1]);
	t.err = err[0];
}

/* Read what comes until @text did, or for @ms. */
static bool shown(const char *text, int ms)
{
	struct pollfd fd = { .fd = t.tty, .events = POLLIN };

	while (!text || !memmem(t.out, t.len, text, strlen(text))) {
		ssize_t n;

		if (poll(&fd, 1, ms) <= 0)
			return false;
		n = read(t.tty, t.out + t.len, sizeof(t.out) - t.len);
		if (n <= 0)
			return false;
		t.len += (size_t)n;
	}
	return true;
}

static void wait_for(const char *text)
{
	if (!shown(text, PATIENCE_MS))
		fail_msg("\"%s\" doesn't come", text);
}

/* Forget what was shown so far. */
static void forget(void)
{
	shown(NULL, 50);
	t.len = 0;
}

static void press(const char *keys)
{
	assert_int_equal(write(t.tty, keys, strlen(keys)), strlen(keys));
}

/* Wait for the end; 128 + signal, or the status. */
static int end(void)
{
	struct pollfd fd = { .fd = t.err, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;
	int status;

	while (n > 0 && len < sizeof(t.said) - 1) {
		shown(NULL, 0);
		if (poll(&fd, 1, 50) > 0) {
			n = read(t.err, t.said + len, sizeof(t.said) - 1 - len);
			len += n > 0 ? (size_t)n : 0;
		}
	}
	shown(NULL, 50);
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void assert_clean(const char *said)
{
	struct termios after;
	const char *off = memmem(t.out, t.len, PAGE_OFF, strlen(PAGE_OFF));

	assert_string_equal(t.said, said);
	assert_non_null(off);
	assert_non_null(memmem(t.out, t.len, CURSOR_ON, strlen(CURSOR_ON)));
	/* nothing is drawn on the user's own screen */
	assert_null(memmem(off, (size_t)(t.out + t.len - off), "r00", 3));
	assert_int_equal(tcgetattr(t.slave, &after), 0);
	assert_int_equal(after.c_iflag, t.before.c_iflag);
	assert_int_equal(after.c_oflag, t.before.c_oflag);
	assert_int_equal(after.c_cflag, t.before.c_cflag);
	assert_int_equal(after.c_lflag, t.before.c_lflag);
	assert_memory_equal(after.c_cc, t.before.c_cc, sizeof(after.c_cc));
	close(t.tty);
	close(t.slave);
	close(t.err);
}

static void q_ends_it_well(void **state)
{
	(void)state;
	start("xterm", -1, 1, 0);
	wait_for(PAGE_ON);
	wait_for("r0003");
	press("q");
	assert_int_equal(end(), EXIT_DONE);
	assert_clean("");
}

static void ctrl_c_ends_it_well(void **state)
{
	(void)state;
	start("xterm", -1, 1, 0);
	wait_for("r0003");
	press("\x03");
	assert_int_equal(end(), EXIT_DONE);
	assert_clean("");
}

static void signals_clean_up_and_kill(void **state)
{
	static const int signals[] = { SIGTERM, SIGHUP };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		start("xterm", -1, 1, 0);
		wait_for("r0003");
		kill(t.pid, signals[i]);
		assert_int_equal(end(), 128 + signals[i]);
		assert_clean("");
	}
}

static void a_state_that_goes_is_told_on_the_users_screen(void **state)
{
	(void)state;
	start("xterm", 2, 0.1, 0);
	assert_int_equal(end(), EXIT_FAILED);
	assert_clean("vrxdp top: nothing is attached any more\n");
}

static void what_is_said_comes_after_the_page(void **state)
{
	const char said[] = "nothing is attached any more";
	const char *at;

	(void)state;
	said_on_tty = true;
	start("xterm", 2, 0.1, 0);
	said_on_tty = false;
	wait_for(said);
	at = memmem(t.out, t.len, said, strlen(said));
	assert_null(memmem(at, (size_t)(t.out + t.len - at), PAGE_OFF, strlen(PAGE_OFF)));
	assert_int_equal(end(), EXIT_FAILED);
	assert_clean("");
}

static void without_a_state_the_screen_is_left_alone(void **state)
{
	(void)state;
	start("xterm", 0, 1, 0);
	assert_int_equal(end(), EXIT_FAILED);
	assert_string_equal(t.said, "vrxdp top: nothing is attached any more\n");
	assert_int_equal(t.len, 0);
}

static void count_intervals_end_it(void **state)
{
	(void)state;
	start("xterm", -1, 0.1, 3);
	assert_int_equal(end(), EXIT_DONE);
	assert_clean("");
}

static void terminals_that_will_not_do_are_named(void **state)
{
	static const struct {
		const char *term, *said;
	} cases[] = {
		{ "", "vrxdp top: TERM is not set; set it to the terminal's type, or use -b\n" },
		{ "none-such", "vrxdp top: TERM=none-such: this terminal type is not known here; "
			       "set another (xterm, vt100), or use -b\n" },
		{ "dumb", "vrxdp top: TERM=dumb: this terminal can't place its cursor; use -b\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start(cases[i].term, -1, 1, 0);
		assert_int_equal(end(), EXIT_FAILED);
		assert_string_equal(t.said, cases[i].said);
	}
}

static void a_new_size_is_drawn_at_once(void **state)
{
	static const unsigned short sizes[][2] = { { 5, 20 }, { 1, 1 },   { 60, 200 }, { 8, 40 },
						   { 7, 39 }, { 30, 90 }, { 2, 300 },  { 300, 2 } };

	(void)state;
	start("xterm", -1, 3600, 0);
	wait_for("r0003");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct winsize size = { .ws_row = sizes[i][0], .ws_col = sizes[i][1] };

		forget();
		assert_int_equal(ioctl(t.tty, TIOCSWINSZ, &size), 0);
		if (size.ws_row < 8 && size.ws_col > 20)
			wait_for("too small");
		else if (size.ws_row == 60)
			wait_for("r0029");
	}
	press("q");
	assert_int_equal(end(), EXIT_DONE);
	assert_clean("");
}

static void keys_act_before_the_interval_is_over(void **state)
{
	(void)state;
	start("xterm", -1, 3600, 0);
	wait_for("r0003");
	forget();
	press("/");
	press("r0017");
	wait_for("1 of 30");
	press("\n\n");
	wait_for("INTERFACE");
	forget();
	press("\x1b");
	wait_for("HISTORY");
	press("\x1b[B?");
	wait_for("Ethernet bytes without FCS");
	press("q");
	assert_int_equal(end(), EXIT_DONE);
	assert_clean("");
}

/* Seconds that ended children worked. */
static double children_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void a_pause_stops_looking_and_rests(void **state)
{
	double before = children_seconds();

	(void)state;
	/* two looks happen at once, and the third one would fail */
	start("xterm", 2, 1.5, 0);
	wait_for("r0003");
	press("p");
	wait_for("PAUSED");
	shown(NULL, 2000);
	press("q");
	assert_int_equal(end(), EXIT_DONE);
	assert_true(children_seconds() - before < 0.5);
	assert_clean("");
}

static void a_terminal_that_is_hung_up_ends_it(void **state)
{
	int status;

	(void)state;
	start("xterm", -1, 3600, 0);
	wait_for("r0003");
	close(t.slave);
	close(t.tty);
	alarm(PATIENCE_MS / 1000);
	assert_int_equal(waitpid(t.pid, &status, 0), t.pid);
	alarm(0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
	close(t.err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(q_ends_it_well),
		cmocka_unit_test(ctrl_c_ends_it_well),
		cmocka_unit_test(signals_clean_up_and_kill),
		cmocka_unit_test(a_state_that_goes_is_told_on_the_users_screen),
		cmocka_unit_test(what_is_said_comes_after_the_page),
		cmocka_unit_test(without_a_state_the_screen_is_left_alone),
		cmocka_unit_test(count_intervals_end_it),
		cmocka_unit_test(terminals_that_will_not_do_are_named),
		cmocka_unit_test(a_new_size_is_drawn_at_once),
		cmocka_unit_test(keys_act_before_the_interval_is_over),
		cmocka_unit_test(a_pause_stops_looking_and_rests),
		cmocka_unit_test(a_terminal_that_is_hung_up_ends_it),
	};

	return cmocka_run_group_tests_name("top_live", tests, NULL, NULL);
}
