/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/state.bpf.c, vx_settle: an interface that leaves its group takes its share of what
 * that counted along, and leaves to the others what it sent.
 */
#include "prog_lab.h"
#include "shares.h"

/* What the group and its members have counted, and what the interface takes along. */
struct settle_case {
	const char *says;
	__u32 iface, in; /* a group of its */
	struct vrxdp_group_shared group;
	struct vrxdp_group_member member;
	struct change now[32];
};

#define BEFORE_N(i, event, n, len) BOTH(member[i][GROUP_OF_##i].before.event, n, len)
#define LEFT_N(g, event, n, len) BOTH(group[g].left.event, n, len)

static const struct settle_case cases[] = {
	{
		"what its group missed since it joined is its own loss, by reason",
		RED,
		G_UP,
		{ .wire = { .limited = { 10, 600 },
			    .oversize = { 3, 27000 },
			    .overrun = { 2, 120 },
			    .passed = { 7, 420 } } },
		{ .before = { .limited = { 4, 240 }, .oversize = { 1, 9000 } } },
		{ LOST_N(RED, 6, 360, GROUP_LIMIT), LOST_N(RED, 2, 18000, GROUP_SIZE),
		  LOST_N(RED, 2, 120, RING_FULL), BEFORE_N(RED, limited, 6, 360),
		  BEFORE_N(RED, oversize, 2, 18000), BEFORE_N(RED, overrun, 2, 120) },
	},
	{
		"so is what members sent that have left",
		BLUE,
		G_UP,
		{ .wire = { .limited = { 1, 60 } },
		  .left = { .limited = { 4, 240 }, .oversize = { 1, 5000 } } },
		{ .before = { .limited = { 2, 120 } } },
		{ LOST_N(BLUE, 3, 180, GROUP_LIMIT), LOST_N(BLUE, 1, 5000, GROUP_SIZE),
		  BEFORE_N(BLUE, limited, 3, 180), BEFORE_N(BLUE, oversize, 1, 5000) },
	},
	{
		"without a share nothing changes",
		GREEN,
		G_UP_100,
		{ .wire = { .limited = { 10, 600 },
			    .oversize = { 3, 27000 },
			    .overrun = { 2, 120 } } },
		{ .before = { .limited = { 10, 600 },
			      .oversize = { 3, 27000 },
			      .overrun = { 2, 120 } } },
		{ { 0, 0 } },
	},
	{
		"with less than it started from there is none",
		TEAL,
		G_UP_100,
		{ .wire = { .limited = { 10, 600 }, .oversize = { 4, 36000 } } },
		{ .before = { .limited = { 11, 660 }, .oversize = { 3, 27000 } } },
		{ LOST_N(TEAL, 1, 9000, GROUP_SIZE), BEFORE_N(TEAL, oversize, 1, 9000) },
	},
	{
		"what the kernel gave to a macvlan child is delivered",
		CHILD,
		G_UP,
		{ .wire = { .passed = { 7, 420 } } },
		{ .before = { .passed = { 2, 120 } } },
		{ DELIVERED_N(CHILD, 5, 300), BEFORE_N(CHILD, passed, 5, 300) },
	},
	{
		"so it is with a whole port",
		WHOLE,
		G_WHOLE,
		{ .wire = { .passed = { 9, 900 } } },
		{ .before.passed = { 0, 0 } },
		{ DELIVERED_N(WHOLE, 9, 900), BEFORE_N(WHOLE, passed, 9, 900) },
	},
};

/* As `vrxdp` does it: what the maps tell is the share. */
static void settle(__u32 iface, __u32 group)
{
	struct vrxdp_settle frame = { .member = { iface, group } };

	assert_int_equal(
		share_now(&prog.st, &frame.member, lab_ifaces[iface].delivery, &frame.share), 0);
	assert_int_equal(programs_settle(&prog.st, &frame), 0);
}

static void counted(__u32 iface, __u32 group, const struct vrxdp_group_shared *counts,
		    const struct vrxdp_group_member *member)
{
	const struct vrxdp_member_key key = { iface, group };

	assert_int_equal(state_put(&prog.st, MAP_GROUP_COUNTS, &group, counts), 0);
	assert_int_equal(state_put(&prog.st, MAP_GROUP_MEMBERS, &key, member), 0);
}

static int settle_wrong(const struct settle_case *c)
{
	static const struct change none[] = { { 0, 0 } };
	const struct change *changes[] = { c->now }, *nothing[] = { none };
	struct counts before;
	int wrong;

	counted(c->iface, c->in, &c->group, &c->member);
	counts_read(&prog.st, &before);
	settle(c->iface, c->in);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	/* A command that is killed and repeated doesn't count twice. */
	counts_read(&prog.st, &before);
	settle(c->iface, c->in);
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

static void check_share(__u32 iface, __u64 limited, __u64 oversize)
{
	struct shares shares;
	struct vrxdp_group_counts share;

	assert_int_equal(shares_read(&prog.st, IFACES, &shares), 0);
	share = shares.of[iface];
	shares_free(&shares);
	assert_int_equal(share.limited.packets, limited);
	assert_int_equal(share.oversize.packets, oversize);
}

static void what_it_sent_stays_with_the_others_and_is_never_its_own_loss(void **state)
{
	const struct vrxdp_group_shared group = { .wire.limited = { 10, 600 } };
	const struct vrxdp_group_member sender = { .sent = { .limited = { 5, 300 },
							     .oversize = { 2, 8000 } } };
	const struct vrxdp_group_member other = { .sent.limited = { 1, 60 } };
	const struct change left[] = { LOST_N(GREEN, 11, 660, GROUP_LIMIT),
				       LEFT_N(G_UP_100, limited, 5, 300),
				       LEFT_N(G_UP_100, oversize, 2, 8000),
				       { 0, 0 } };
	const struct change *changes[] = { left };
	struct counts before, after;
	__u32 i;

	(void)state;
	counted(GREEN, G_UP_100, &group, &sender);
	counted(TEAL, G_UP_100, &group, &other);
	check_share(GREEN, 11, 0);
	check_share(TEAL, 15, 2);
	counts_read(&prog.st, &before);
	settle(GREEN, G_UP_100);
	/* It is nobody's concern how that is kept. */
	counts_read(&prog.st, &after);
	memcpy(before.member[GREEN], after.member[GREEN], sizeof(before.member[GREEN]));
	assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	check_share(TEAL, 15, 2);
	/* Until its entry is free the share is read again. */
	for (i = 0; i < 2; i++) {
		check_share(GREEN, 0, 0);
		settle(GREEN, G_UP_100);
	}
	check_share(TEAL, 15, 2);
}

static void an_interface_has_a_share_of_each_of_its_groups(void **state)
{
	const struct vrxdp_group_shared one = { .wire.limited = { 10, 600 } };
	const struct vrxdp_group_shared other = { .wire = { .limited = { 2, 120 },
							    .oversize = { 3, 27000 } } };
	const struct vrxdp_group_member first = { .before.limited = { 4, 240 },
						  .sent.limited = { 5, 300 } };
	const struct vrxdp_group_member second = { .before.oversize = { 1, 9000 } };
	const struct change left_one[] = { LOST_N(AWAY, 6, 360, GROUP_LIMIT),
					   BOTH(member[AWAY][G_UP_102].before.limited, 11, 660),
					   LEFT_N(G_UP_102, limited, 5, 300),
					   { 0, 0 } };
	const struct change *changes[] = { left_one };
	struct counts before;

	(void)state;
	counted(AWAY, G_UP_102, &one, &first);
	counted(AWAY, G_UP_200, &other, &second);
	/* What it sent to the one is no part of what the other missed. */
	check_share(AWAY, 6 + 2, 2);
	counts_read(&prog.st, &before);
	before.member[AWAY][G_UP_102].sent.limited = (struct vrxdp_count){ 0, 0 };
	settle(AWAY, G_UP_102);
	assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	check_share(AWAY, 2, 2);
	settle(AWAY, G_UP_200);
	check_share(AWAY, 0, 0);
}

/* The verdict for a frame of @len bytes of that interface. */
static __u32 verdict(__u32 iface, __u32 len)
{
	struct vrxdp_settle frame = { .member = { iface, G_UP_100 }, .share.limited = { 1, 60 } };
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
	const struct vrxdp_group_member fresh = { 0 };
	const struct vrxdp_group_shared zeroes = { 0 };
	const struct vrxdp_iface free_entry = { 0 };
	__u32 pink = PINK, len = sizeof(struct vrxdp_settle);
	struct counts before;

	(void)state;
	counted(PINK, G_UP_100, &zeroes, &fresh);
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &free_entry), 0);
	counts_read(&prog.st, &before);
	assert_int_equal(verdict(PINK, len), XDP_ABORTED);
	assert_int_equal(verdict(0, len), XDP_ABORTED);
	assert_int_equal(verdict(IFACES + 1, len), XDP_ABORTED);
	assert_int_equal(verdict(~0u, len), XDP_ABORTED);
	/* Of another group. */
	assert_int_equal(verdict(RED, len), XDP_ABORTED);
	assert_int_equal(state_put(&prog.st, MAP_IFACES, &pink, &lab_ifaces[PINK]), 0);
	assert_int_equal(verdict(PINK, len - 1), XDP_ABORTED);
	assert_int_equal(counts_wrong(&prog.st, &before, nothing, 1), 0);
	assert_int_equal(verdict(PINK, len), XDP_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_takes_its_share_of_the_groups_counts),
		cmocka_unit_test(what_it_sent_stays_with_the_others_and_is_never_its_own_loss),
		cmocka_unit_test(an_interface_has_a_share_of_each_of_its_groups),
		cmocka_unit_test(there_is_nothing_to_settle_for_nobody),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
