/* SPDX-License-Identifier: GPL-2.0-only */
/* What is finite: the room in front of a frame, what may be under way, copies a second. */
#include "xdp_table.h"

/*
 * Repeated, BPF_PROG_TEST_RUN runs the program on what it left of the frame, so that one tag
 * after another uses up the room in front of it.
 */
static void without_room_for_a_tag_a_frame_is_dropped(void **state)
{
	struct device_programs p = device_programs(true);
	const struct frame_spec in = FRAME(MAC_STRANGER, MAC_GREEN);
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	struct counts before;
	__u32 len = frame_build(&in, frame), out_len, tags, bytes = 0, i;
	int verdict;

	(void)state;
	counts_read(&prog.st, &before);
	verdict = run_xdp(p.device, frame, len, prog.dev[GREEN], out, &out_len, 100);
	programs_device_close(&p);
	tags = (out_len - len) / 4;
	assert_int_equal(verdict, XDP_DROP);
	assert_in_range(tags, 1, 99);
	for (i = 1; i <= tags; i++)
		bytes += len + 4 * i;
	{
		const struct change sent[] = { SENT_N(GREEN, tags, bytes),
					       BY(port[UP].tx.packets, tags),
					       BY(port[UP].tx.bytes, bytes),
					       TX_LOST_N(GREEN, 100 - tags, HEADROOM),
					       { 0 } };
		const struct change *changes[] = { sent };

		assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	}
}

/* Frames that are never flushed: the oldest count as accepted, and nothing else is lost. */
static void what_is_lost_sight_of_counts_as_accepted(void **state)
{
	const __u32 kept = VRXDP_UNDERWAY, more = 5;
	const struct frame_spec in = FRAME(MAC_BLUE, MAC_RED);
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	struct vrxdp_frame_underway last;
	struct device_programs p;
	struct counts before;
	__u32 out_len;

	(void)state;
	if (skip_untraced())
		skip();
	p = device_programs(false);
	counts_read(&prog.st, &before);
	run_xdp(p.device, frame, frame_build(&in, frame), prog.dev[RED], out, &out_len,
		kept + more);
	programs_device_close(&p);
	{
		const struct change accepted[] = { SENT_N(RED, more, 60 * more),
						   DELIVERED_N(BLUE, more, 60 * more),
						   { 0 } };
		const struct change *changes[] = { accepted };

		assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
	}
	assert_int_equal(underway_take(&prog.st, VRXDP_SLOT_IFACE + BLUE, &last), kept);
}

/* One copy is worth a second, and ten may be made ahead of time. */
static void copies_are_limited_by_rate_and_burst(void **state)
{
	struct vrxdp_port port = lab_ports[UP];
	const struct frame_spec in = FRAME(MAC_BROADCAST, MAC_RED);
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	struct device_programs p = device_programs(true);
	const struct change limited[] = { OTHERS_N(RED, limited, 5, 300),
					  SENT_N(RED, 5, 300),
					  BY(port[UP].tx.packets, 5),
					  BY(port[UP].tx.bytes, 300),
					  { 0 } };
	const struct change *changes[] = { limited };
	struct counts before;
	__u32 out_len;

	(void)state;
	port.copy_ns = 1000000000;
	port.burst_ns = 10 * port.copy_ns;
	port_write(UP, &port);
	counts_read(&prog.st, &before);
	/* Three others and the host: each frame takes four seconds, so three frames go. */
	run_xdp(p.device, frame, frame_build(&in, frame), prog.dev[RED], out, &out_len, 8);
	restore_copies();
	programs_device_close(&p);
	assert_int_equal(counts_wrong(&prog.st, &before, changes, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_room_for_a_tag_a_frame_is_dropped),
		cmocka_unit_test(what_is_lost_sight_of_counts_as_accepted),
		cmocka_unit_test(copies_are_limited_by_rate_and_burst),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
