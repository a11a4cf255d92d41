/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of an attach that waits to be confirmed, and of its process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pending.h"

#define SECOND 1000000000ULL

static struct vrxdp_pending mine(__u64 deadline)
{
	struct vrxdp_pending p = { .deadline = deadline, .pid = (__u32)getpid(), .seconds = 60 };

	p.start_time = pending_start_time(p.pid);
	return p;
}

static void a_process_is_known_by_its_start_whatever_its_name(void **state)
{
	__u64 start = pending_start_time((__u32)getpid());

	(void)state;
	assert_true(start > 0);
	prctl(PR_SET_NAME, "a) Z 1 (b) S 2");
	assert_int_equal(pending_start_time((__u32)getpid()), start);
	assert_true(pending_start_time(1) < start);
	assert_int_equal(pending_start_time(0), 0);
}

static void a_dead_process_watches_nothing_nor_does_another_with_its_number(void **state)
{
	struct vrxdp_pending p = mine(1);
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(0);
	assert_true(pending_watched(&p));
	p.start_time++;
	assert_false(pending_watched(&p));
	/* Not waited for: a zombie. */
	assert_int_equal(waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	assert_int_equal(pending_start_time((__u32)child), 0);
	waitpid(child, NULL, 0);
	p = (struct vrxdp_pending){ .pid = (__u32)child };
	assert_false(pending_watched(&p));
}

static void seconds_are_rounded_up_and_end_at_zero(void **state)
{
	struct vrxdp_pending p = mine(0);

	(void)state;
	assert_int_equal(pending_seconds_left(&p), 60);
	p.deadline = pending_clock() + 3000 * SECOND;
	assert_in_range(pending_seconds_left(&p), 2000, 3000);
	p.deadline = pending_clock() + SECOND * 999 + SECOND / 2;
	assert_in_range(pending_seconds_left(&p), 500, 1000);
	p.deadline = 1;
	assert_int_equal(pending_seconds_left(&p), 0);
}

static void each_state_has_its_sentence(void **state)
{
	struct vrxdp_pending p = mine(0);
	char text[256];

	(void)state;
	assert_false(pending_is(&(struct vrxdp_pending){ 0 }));
	assert_true(pending_is(&p));
	assert_string_equal(pending_text(&p, text, sizeof(text)),
			    "an attach with --confirm 60 is under way");
	p.deadline = pending_clock() + 60 * SECOND;
	assert_non_null(strstr(pending_text(&p, text, sizeof(text)), "unless vrxdp confirm"));
	p.deadline = 1;
	assert_non_null(strstr(pending_text(&p, text, sizeof(text)), "wasn't confirmed in 60 s"));
	p.start_time++;
	assert_non_null(strstr(pending_text(&p, text, sizeof(text)), "nothing will roll it back"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_known_by_its_start_whatever_its_name),
		cmocka_unit_test(a_dead_process_watches_nothing_nor_does_another_with_its_number),
		cmocka_unit_test(seconds_are_rounded_up_and_end_at_zero),
		cmocka_unit_test(each_state_has_its_sentence),
	};

	return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
