/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf/state.bpf.c, vx_settle: an interface that leaves its group takes its share along. */
#include "prog_lab.h"

struct settle_case {
	const char *says;
	__u32 iface;
	struct vrxdp_group_counts group;
	struct vrxdp_group_seen seen;
	struct change now[24];
};

static const struct settle_case cases[] = {
	{ "what its group missed since it joined is its own loss, by reason",
	  RED,
	  { { 10, 600 }, { 3, 27000 }, { 2, 120 }, { 7, 420 } },
	  { { { 4, 240 }, { 1, 9000 }, { 0, 0 }, { 1, 60 } } },
	  { LOST_N(RED, 6, 360, GROUP_LIMIT), LOST_N(RED, 2, 18000, GROUP_SIZE),
	    LOST_N(RED, 2, 120, RING_FULL), NOT_MINE_N(RED, limited, 6, 360),
	    NOT_MINE_N(RED, oversize, 2, 18000), NOT_MINE_N(RED, overrun, 2, 120) } },
	{ "another one's share of the same is its own",
	  BLUE,
	  { { 10, 600 }, { 3, 27000 }, { 2, 120 }, { 7, 420 } },
	  { { { 10, 600 }, { 3, 27000 }, { 1, 60 }, { 7, 420 } } },
	  { LOST_N(BLUE, 1, 60, RING_FULL), NOT_MINE_N(BLUE, overrun, 1, 60) } },
	{ "without a share nothing changes",
	  GREEN,
	  { { 10, 600 }, { 3, 27000 }, { 2, 120 }, { 7, 420 } },
	  { { { 10, 600 }, { 3, 27000 }, { 2, 120 }, { 0, 0 } } },
	  { { 0, 0 } } },
	{ "what the kernel gave to a macvlan child is delivered, and no more",
	  CHILD,
	  { { 10, 600 }, { 3, 27000 }, { 2, 120 }, { 7, 420 } },
	  { { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 2, 120 } } },
	  { DELIVERED_N(CHILD, 5, 300), NOT_MINE_N(CHILD, passed, 5, 300) } },
	{ "so it is with a whole port",
	  WHOLE,
	  { { 1, 60 }, { 1, 60 }, { 1, 60 }, { 9, 900 } },
	  { { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } } },
	  { DELIVERED_N(WHOLE, 9, 900), NOT_MINE_N(WHOLE, passed, 9, 900) } },
};

static int settle_wrong(const struct settle_case *c)
{
	static const struct change none[] = { { 0, 0 } };
	const struct change *changes[] = { c->now }, *nothing[] = { none };
	__u32 group = lab_ifaces[c->iface].group;
	struct counts before;
	int wrong;

	assert_int_equal(state_put(&prog.st, MAP_GROUP_COUNTS, &group, &c->group), 0);
	assert_int_equal(state_put(&prog.st, MAP_GROUP_SEEN, &c->iface, &c->seen), 0);
	counts_read(&prog.st, &before);
	assert_int_equal(programs_settle(&prog.st, c->iface), 0);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	/* A command that is killed and repeated doesn't count twice. */
	counts_read(&prog.st, &before);
	assert_int_equal(programs_settle(&prog.st, c->iface), 0);
	wrong += counts_wrong(&prog.st, &before, nothing, 1);
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

static void an_interface_takes_its_share_of_the_groups_counts(void **state)
{
	int wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		wrong += settle_wrong(&cases[i]);
	assert_int_equal(wrong, 0);
}

/* The verdict for the interface's number; @len bytes of the frame are there. */
static __u32 settle(__u32 number, __u32 len)
{
	struct {
		__u32 number;
		__u8 pad[ETH_ZLEN];
	} frame = { .number = number };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &frame, .data_size_in = len, .repeat = 1);
	char path[PATH_MAX];
	int fd = bpf_obj_get(state_pin(&prog.st, "progs", "settle", path));

	assert_true(fd >= 0);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	close(fd);
	return opts.retval;
}

static void there_is_nothing_to_settle_for_nobody(void **state)
{
	static const struct change none[] = { { 0, 0 } };
	const struct change *nothing[] = { none };
	const struct vrxdp_iface free_entry = { 0 };
	__u32 pink = PINK;
	struct counts before;

	(void)state;
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &free_entry), 0);
	counts_read(&prog.st, &before);
	assert_int_equal(settle(PINK, 64), XDP_ABORTED);
	assert_int_equal(settle(0, 64), XDP_ABORTED);
	assert_int_equal(settle(IFACES + 1, 64), XDP_ABORTED);
	assert_int_equal(settle(~0u, 64), XDP_ABORTED);
	assert_int_equal(counts_wrong(&prog.st, &before, nothing, 1), 0);
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &lab_ifaces[PINK]), 0);
	assert_int_equal(settle(PINK, ETH_HLEN), XDP_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_takes_its_share_of_the_groups_counts),
		cmocka_unit_test(there_is_nothing_to_settle_for_nobody),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
