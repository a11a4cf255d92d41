/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/trace.bpf.c: how a flush is counted. Bulks of frames of two lengths; and lists of frames
 * under way that are written by the test, flushed by a redirect of somebody else's.
 */
#include <sched.h>

#include "narrow.h"
#include "relay_lab.h"
#include "tests/lib/xdp_redirect.skel.h"

static void a_frame_above_the_far_ends_mtu_costs_those_behind_it_in_its_bulk(void **state)
{
	static const struct underway none;
	/* Each fourth bulk of 16 has a long frame in its place 10. */
	const struct frame_spec in = FRAME(MAC_RED, MAC_STRANGER, .len = LONGEST + 1);
	const struct change lost[] = {
		BY(port[UP].rx.packets, 64),   BY(port[UP].rx.bytes, LONGEST + 1 + 63 * 60),
		DELIVERED_N(RED, 58, 58 * 60), LOST_N(RED, 1, LONGEST + 1, MTU),
		LOST_N(RED, 5, 300, BULK),     { 0, 0 },
	};
	const struct change *changes[] = { lost };
	struct counts before;
	int port, link;

	(void)state;
	if (skip_untraced())
		skip();
	port = port_program(UP, false);
	link = attach_xdp(port, prog.up[UP], XDP_FLAGS_DRV_MODE);
	set_mtu(prog.far[RED], NARROW);
	counts_read(&prog.st, &before);
	run_mixed(&in, prog.wire[UP], 64, 64, 26, LONGEST + 1 - 60);
	set_mtu(prog.far[RED], JUMBO);
	close(link);
	close(port);
	assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	assert_int_equal(underway_wrong(&prog.st, &none), 0);
}

/* A refused frame leaves the list once, and those before it stay, whoever else traces. */
static void a_refusal_that_two_builds_trace_costs_no_other_frame(void **state)
{
	static const struct underway none;
	const struct frame_spec in = FRAME(MAC_RED, MAC_STRANGER, .len = LONGEST + 1);
	const struct change lost[] = {
		BY(port[UP].rx.packets, 64),
		BY(port[UP].rx.bytes, 16 * (LONGEST + 1) + 48 * 60),
		DELIVERED_N(RED, 48, 48 * 60),
		LOST_N(RED, 16, 16 * (LONGEST + 1), MTU),
		{ 0, 0 },
	};
	const struct change *changes[] = { lost };
	struct counts before;
	char path[PATH_MAX];
	int port, link, wrong;

	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(programs_trace(&prog.st, "_new"), 0);
	port = port_program(UP, false);
	link = attach_xdp(port, prog.up[UP], XDP_FLAGS_DRV_MODE);
	set_mtu(prog.dev[RED], NARROW);
	counts_read(&prog.st, &before);
	run_mixed(&in, prog.wire[UP], 64, 4, 2, LONGEST + 1 - 60);
	set_mtu(prog.dev[RED], JUMBO);
	close(link);
	close(port);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	unlink(state_pin(&prog.st, "links", "trace_refused_new", path));
	unlink(state_pin(&prog.st, "links", "trace_flushed_new", path));
	assert_int_equal(wrong, 0);
	assert_int_equal(underway_wrong(&prog.st, &none), 0);
}

static void so_does_one_that_comes_by_the_relay(void **state)
{
	const struct frame_spec in = FRAME(MAC_RED, MAC_STRANGER, .len = 60);
	const struct change lost[] = { LOST_N(RED, 5, 5 * 60, DEVICE_DOWN), { 0, 0 } };
	const struct change *changes[] = { lost };
	struct counts before;
	char path[PATH_MAX];
	int wrong;

	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(programs_trace(&prog.st, "_new"), 0);
	relay_start(false, false);
	set_down(prog.dev[RED]);
	counts_read(&prog.st, &before);
	run_mixed(&in, prog.relay_near, 5, 5, 5, 0);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	set_up(prog.dev[RED]);
	relay_stop();
	unlink(state_pin(&prog.st, "links", "trace_refused_new", path));
	unlink(state_pin(&prog.st, "links", "trace_flushed_new", path));
	assert_int_equal(wrong, 0);
}

/* Copies that vx_copy takes out of a bulk keep their place in the list until the flush. */
static void copies_that_were_dropped_do_not_shift_the_others(void **state)
{
	static const struct underway none;
	const struct frame_spec in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 1001);
	const struct change copied[] = {
		DELIVERED_N(RED, 64, 21 * 1001 + 43 * 60),
		DELIVERED_N(BLUE, 43, 43 * 60),
		LOST_N(BLUE, 21, 21 * 1001, MTU),
		{ 0, 0 },
	};
	const struct change *changes[] = { copied };
	struct counts before;

	(void)state;
	if (skip_untraced())
		skip();
	relay_start(false, false);
	counts_read(&prog.st, &before);
	run_mixed(&in, prog.relay_near, 64, 3, 1, 1001 - 60);
	assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	assert_int_equal(underway_wrong(&prog.st, &none), 0);
	relay_stop();
}

/* Frames under way to the device of interface @to, and a flush of as many others. */
struct flush_case {
	const char *says;
	__u32 to;
	__u32 count;
	struct vrxdp_frame_underway frames[4];
	bool lost; /* the far end refuses all for their length */
	struct change now[24];
};

static const struct flush_case cases[] = {
	{
		"accepted frames count for who sent and who receives them, in any order",
		.to = BLUE,
		.count = 4,
		.frames = { { RED, BLUE, 100, 0 },
			    { 0, BLUE, 200, 0 },
			    { 0, BLUE, 300, 0 },
			    { RED, BLUE, 400, 0 } },
		.now = { SENT_N(RED, 2, 500), DELIVERED_N(BLUE, 4, 1000) },
	},
	{
		"those on their way to a relay count later, and those taken out nowhere",
		.to = BLUE,
		.count = 3,
		.frames = { { RED, 0, 100, VRXDP_UNDERWAY_VIA },
			    { RED, BLUE, 100, VRXDP_UNDERWAY_SKIP },
			    { 0, BLUE, 100, 0 } },
		.now = { DELIVERED(BLUE, 100) },
	},
	{
		"what was forwarded counts at both ends, each with its own length",
		.to = BLUE,
		.count = 3,
		.frames = { { TEAL, BLUE, 100, 0, RED, 104 },
			    { TEAL, BLUE, 200, 0, RED, 204 },
			    { TEAL, BLUE, 300, 0, GREEN, 300 } },
		.now = { SENT_N(TEAL, 3, 600), DELIVERED_N(BLUE, 3, 600), RECEIVED(RED, 2, 308),
			 BY(router[ROUTER_OF(RED)].fast, 2), RECEIVED(GREEN, 1, 300),
			 BY(router[ROUTER_OF(GREEN)].fast, 1) },
	},
	{
		"if the first that is left could have been taken, the ring was full",
		.to = RED,
		.count = 2,
		.frames = { { 0, RED, LONGEST, 0 }, { 0, RED, LONGEST + 1, 0 } },
		.lost = true,
		.now = { LOST(RED, LONGEST, RING_FULL), LOST(RED, LONGEST + 1, RING_FULL) },
	},
	{
		"if it couldn't, those behind it went with it",
		.to = RED,
		.count = 3,
		.frames = { { BLUE, RED, LONGEST + 1, 0 },
			    { 0, RED, LONGEST + 1, 0 },
			    { BLUE, RED, 60, 0 } },
		.lost = true,
		.now = { TX_LOST(BLUE, MTU), LOST(RED, LONGEST + 1, MTU), TX_LOST(BLUE, BULK),
			 LOST(RED, LONGEST + 1, BULK), LOST(RED, 60, BULK) },
	},
	{
		"what couldn't be forwarded is dropped by who received it",
		.to = RED,
		.count = 2,
		.frames = { { TEAL, RED, LONGEST, 0, BLUE, 104 }, { TEAL, RED, 60, 0, BLUE, 60 } },
		.lost = true,
		.now = { LOST(RED, LONGEST, RING_FULL), LOST(RED, 60, RING_FULL),
			 LOST_N(BLUE, 2, 164, RING_FULL) },
	},
	{
		"a tag that was taken off is no part of that",
		.to = GREEN,
		.count = 1,
		.frames = { { 0, GREEN, LONGEST + 4, 0 } },
		.lost = true,
		.now = { LOST(GREEN, LONGEST + 4, RING_FULL) },
	},
	{
		"without it the frame is too long all the same",
		.to = GREEN,
		.count = 1,
		.frames = { { 0, GREEN, LONGEST + 5, 0 } },
		.lost = true,
		.now = { LOST(GREEN, LONGEST + 5, MTU) },
	},
	{
		"a group frame that is lost on its way to a relay is lost to its sender",
		.to = RED,
		.count = 2,
		.frames = { { GREEN, 0, 64, VRXDP_UNDERWAY_VIA },
			    { GREEN, 0, 64, VRXDP_UNDERWAY_SKIP } },
		.lost = true,
		.now = { TX_LOST(GREEN, RING_FULL) },
	},
};

/* This CPU, from now on: lists are per CPU. */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void under_way(__u32 slot, const struct vrxdp_frame_underway *frames, __u32 count)
{
	struct vrxdp_underway *all = calloc((size_t)cpus(), sizeof(*all));
	struct vrxdp_underway *here;

	assert_non_null(all);
	here = &all[sched_getcpu()];
	here->tail = count;
	memcpy(here->frame, frames, count * sizeof(*frames));
	assert_int_equal(state_put(&prog.st, MAP_UNDERWAY, &slot, all), 0);
	free(all);
}

/* Redirect @count frames to @ifindex, all of one length, and flush. */
static void redirect_others(__u32 ifindex, __u32 len, __u32 count)
{
	const struct frame_spec in = FRAME(MAC_STRANGER2, MAC_STRANGER, .len = len);
	struct xdp_redirect_bpf *skel = xdp_redirect_bpf__open_and_load();
	static __u8 frame[MAX_FRAME];
	__u32 zero = 0;

	assert_non_null(skel);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(skel->maps.to), &zero, &ifindex, 0), 0);
	run_live(bpf_program__fd(skel->progs.forward), frame, frame_build(&in, frame), prog.up[UP],
		 count, count);
	xdp_redirect_bpf__destroy(skel);
}

static int case_wrong(const struct flush_case *c)
{
	static const struct underway none;
	const struct change *changes[] = { c->now };
	struct counts before;
	int wrong;

	if (c->lost)
		set_mtu(prog.far[c->to], NARROW);
	under_way(VRXDP_SLOT_IFACE + c->to, c->frames, c->count);
	counts_read(&prog.st, &before);
	redirect_others(prog.dev[c->to], c->lost ? LONGEST + 1 : 60, c->count);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	wrong += underway_wrong(&prog.st, &none);
	if (c->lost)
		set_mtu(prog.far[c->to], JUMBO);
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

static void a_flush_counts_what_was_under_way_in_order(void **state)
{
	int wrong = 0;
	size_t i;

	(void)state;
	if (skip_untraced())
		skip();
	stay_here();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		wrong += case_wrong(&cases[i]);
	assert_int_equal(wrong, 0);
}

static void what_others_redirect_counts_for_nobody(void **state)
{
	static const struct change none[] = { { 0, 0 } };
	const struct change *nothing[] = { none };
	/* Slot 0 has the number that the others' map uses; it is no port here. */
	const struct vrxdp_frame_underway ours = { .from = RED, .len = 60 };
	struct vrxdp_frame_underway left;
	struct counts before;

	(void)state;
	if (skip_untraced())
		skip();
	stay_here();
	under_way(0, &ours, 1);
	counts_read(&prog.st, &before);
	redirect_others(prog.dev[RED], 60, 20);
	redirect_others(prog.wire[UP], 60, 20);
	set_down(prog.dev[RED]);
	redirect_others(prog.dev[RED], 60, 20);
	set_up(prog.dev[RED]);
	assert_int_equal(counts_wrong(&prog.st, &before, nothing, 1), 0);
	assert_int_equal(underway_take(&prog.st, 0, &left), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_above_the_far_ends_mtu_costs_those_behind_it_in_its_bulk),
		cmocka_unit_test(a_refusal_that_two_builds_trace_costs_no_other_frame),
		cmocka_unit_test(so_does_one_that_comes_by_the_relay),
		cmocka_unit_test(copies_that_were_dropped_do_not_shift_the_others),
		cmocka_unit_test(a_flush_counts_what_was_under_way_in_order),
		cmocka_unit_test(what_others_redirect_counts_for_nobody),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
