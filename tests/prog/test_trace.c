/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/trace.bpf.c: what becomes of frames behind the verdict. Live frames, real devices,
 * and whatever can go wrong with them; nothing may stay under way.
 */
#include <fcntl.h>
#include <linux/if_tun.h>

#include "narrow.h"
#include "prog_run.h"

#define TAP_ROOM 100

struct loss_case {
	const char *says;
	struct frame_spec in;
	__u32 from; /* the router that sends it, 0: it is from the wire */
	__u32 times;
	const int *arrives; /* where those arrive that aren't lost, NULL: nowhere */
	__u32 arrivals;
	struct change now[24];
	void (*before)(void), (*after)(void);
};

static void device_down(void)
{
	set_down(prog.dev[RED]);
}

static void device_up(void)
{
	set_up(prog.dev[RED]);
}

static void far_down(void)
{
	set_down(prog.far[RED]);
}

static void far_up(void)
{
	set_up(prog.far[RED]);
}

static void wire_down(void)
{
	set_down(prog.wire[UP]);
}

static void wire_up(void)
{
	set_up(prog.wire[UP]);
}

static void relay_down(void)
{
	set_down(prog.relay_near);
}

static void relay_up(void)
{
	set_up(prog.relay_near);
}

static void far_without_xdp(void)
{
	assert_int_equal(ethtool_feature_set(&prog.ns, prog.far[RED], "rx-gro", false), 0);
}

static void far_with_xdp(void)
{
	assert_int_equal(ethtool_feature_set(&prog.ns, prog.far[RED], "rx-gro", true), 0);
}

static void device_narrow(void)
{
	set_mtu(prog.dev[RED], NARROW);
}

static void device_wide(void)
{
	set_mtu(prog.dev[RED], JUMBO);
}

static void far_narrow(void)
{
	set_mtu(prog.far[RED], NARROW);
}

static void far_wide(void)
{
	set_mtu(prog.far[RED], JUMBO);
}

/* A veth's program and slot go with it, and the slot is empty then. */
static void delete_device(void)
{
	__u32 dev, far;

	make_veth("devgone", "fargone", &dev, &far);
	fill_slot(VRXDP_SLOT_IFACE + GONE, dev);
	assert_int_equal(link_del(&prog.ns, dev), 0);
}

/* BLUE's device becomes a tap with room for so many frames. */
static int tap = -1;
static __u32 tap_index;

static void tap_make(void)
{
	struct ifreq ifr = { .ifr_name = "tap", .ifr_flags = IFF_TAP | IFF_NO_PI };
	struct link_info link;

	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(tap >= 0);
	assert_int_equal(ioctl(tap, TUNSETIFF, &ifr), 0);
	assert_int_equal(ioctl(tap, TUNSETPERSIST, 1), 0);
	assert_int_equal(link_by_name(&prog.ns, "tap", &link), 0);
	tap_index = link.ifindex;
	set_queue(tap_index, TAP_ROOM);
	set_up(tap_index);
	fill_slot(VRXDP_SLOT_IFACE + BLUE, tap_index);
}

static void tap_remove(void)
{
	if (tap >= 0)
		close(tap);
	tap = -1;
	assert_int_equal(link_del(&prog.ns, tap_index), 0);
	fill_slot(VRXDP_SLOT_IFACE + BLUE, prog.dev[BLUE]);
}

static void tap_unread(void)
{
	tap_make();
	close(tap);
	tap = -1;
}

static const struct loss_case cases[] = {
	{
		"frames that are accepted count as delivered",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = 100),
		.times = 40,
		.arrives = &at_far[RED],
		.arrivals = 40,
		.now = { BY(port[UP].rx.packets, 40), BY(port[UP].rx.bytes, 4000),
			 DELIVERED_N(RED, 40, 4000) },
	},
	{
		"what a full ring can't take is lost for that, frame by frame",
		.in = FRAME(MAC_BLUE, MAC_STRANGER),
		.times = TAP_ROOM + 50,
		.arrives = &tap,
		.arrivals = TAP_ROOM,
		.now = { BY(port[UP].rx.packets, 150), BY(port[UP].rx.bytes, 9000),
			 DELIVERED_N(BLUE, 100, 6000), LOST_N(BLUE, 50, 3000, RING_FULL) },
		.before = tap_make,
		.after = tap_remove,
	},
	{
		"whatever their length",
		.in = FRAME(MAC_BLUE, MAC_STRANGER, .len = 1000),
		.times = TAP_ROOM + 50,
		.arrives = &tap,
		.arrivals = TAP_ROOM,
		.now = { BY(port[UP].rx.packets, 150), BY(port[UP].rx.bytes, 150000),
			 DELIVERED_N(BLUE, 100, 100000), LOST_N(BLUE, 50, 50000, RING_FULL) },
		.before = tap_make,
		.after = tap_remove,
	},
	{
		"what a neighbour's full ring can't take is lost to both",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.from = RED,
		.times = TAP_ROOM + 50,
		.arrives = &tap,
		.arrivals = TAP_ROOM,
		.now = { SENT_N(RED, 100, 6000), DELIVERED_N(BLUE, 100, 6000),
			 TX_LOST_N(RED, 50, RING_FULL), LOST_N(BLUE, 50, 3000, RING_FULL) },
		.before = tap_make,
		.after = tap_remove,
	},
	{
		"a tap without a reader is no receiver",
		.in = FRAME(MAC_BLUE, MAC_STRANGER),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 1200),
			 LOST_N(BLUE, 20, 1200, NO_RECEIVER) },
		.before = tap_unread,
		.after = tap_remove,
	},
	{
		"nor is a veth whose far end is down",
		.in = FRAME(MAC_RED, MAC_STRANGER),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 1200),
			 LOST_N(RED, 20, 1200, NO_RECEIVER) },
		.before = far_down,
		.after = far_up,
	},
	{
		"a veth whose far end has neither GRO nor a program takes no XDP frames",
		.in = FRAME(MAC_RED, MAC_STRANGER),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 1200),
			 LOST_N(RED, 20, 1200, NO_XDP) },
		.before = far_without_xdp,
		.after = far_with_xdp,
	},
	{
		"a device that is down takes nothing",
		.in = FRAME(MAC_RED, MAC_STRANGER),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 1200),
			 LOST_N(RED, 20, 1200, DEVICE_DOWN) },
		.before = device_down,
		.after = device_up,
	},
	{
		"a device that was deleted is gone",
		.in = FRAME(MAC_GONE, MAC_STRANGER),
		.times = 3,
		.now = { BY(port[UP].rx.packets, 3), BY(port[UP].rx.bytes, 180),
			 LOST_N(GONE, 3, 180, DEVICE_GONE) },
		.before = delete_device,
	},
	{
		"a frame above the device's MTU is lost for that",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = LONGEST + 1),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 20 * (LONGEST + 1)),
			 LOST_N(RED, 20, 20 * (LONGEST + 1), MTU) },
		.before = device_narrow,
		.after = device_wide,
	},
	{
		"one above its far end's takes the rest of its bulk along: 16, then 4",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = LONGEST + 1),
		.times = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 20 * (LONGEST + 1)),
			 LOST_N(RED, 2, 2 * (LONGEST + 1), MTU),
			 LOST_N(RED, 18, 18 * (LONGEST + 1), BULK) },
		.before = far_narrow,
		.after = far_wide,
	},
	{
		"the longest that the far end takes is delivered",
		.in = FRAME(MAC_RED, MAC_STRANGER, .len = LONGEST),
		.times = 20,
		.arrives = &at_far[RED],
		.arrivals = 20,
		.now = { BY(port[UP].rx.packets, 20), BY(port[UP].rx.bytes, 20 * LONGEST),
			 DELIVERED_N(RED, 20, 20 * LONGEST) },
		.before = far_narrow,
		.after = far_wide,
	},
	{
		"to a wire that is down a router has sent nothing",
		.in = FRAME(MAC_STRANGER, MAC_GREEN),
		.from = GREEN,
		.times = 20,
		.now = { TX_LOST_N(GREEN, 20, NO_RECEIVER) },
		.before = wire_down,
		.after = wire_up,
	},
	{
		"nor to a neighbour whose far end is down",
		.in = FRAME(MAC_RED, MAC_BLUE),
		.from = BLUE,
		.times = 20,
		.now = { TX_LOST_N(BLUE, 20, NO_RECEIVER), LOST_N(RED, 20, 1200, NO_RECEIVER) },
		.before = far_down,
		.after = far_up,
	},
	{
		"nor a group frame to a relay that is down",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.from = RED,
		.times = 20,
		.now = { TX_LOST_N(RED, 20, NO_RECEIVER) },
		.before = relay_down,
		.after = relay_up,
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

/* A tap is read, everything else captured. */
static __u32 next_arrival(const int *at, __u8 *buf, int ms)
{
	ssize_t len;

	if (at != &tap)
		return capture_next(*at, buf, ms);
	len = read(tap, buf, MAX_FRAME);
	return len < 0 ? 0 : (__u32)len;
}

static int arrivals_wrong(const struct loss_case *c)
{
	static __u8 got[MAX_FRAME];
	int wrong = 0;
	__u32 i, len;

	for (i = 0; i < c->arrivals && !wrong; i++) {
		len = next_arrival(c->arrives, got, ARRIVAL_MS);
		wrong = frame_wrong("arrived", got, len, &c->in);
	}
	if (c->arrives && next_arrival(c->arrives, got, 0)) {
		print_error("  more than %u arrived\n", c->arrivals);
		wrong++;
	}
	return wrong + captures_left();
}

static int case_wrong(const struct loss_case *c, int port, int device)
{
	static const struct underway none;
	const struct change *changes[] = { c->now };
	static __u8 in[MAX_FRAME];
	__u32 len = frame_build(&c->in, in);
	struct counts before;
	int wrong;

	if (c->before)
		c->before();
	counts_read(&prog.st, &before);
	run_live(c->from ? device : port, in, len, c->from ? prog.dev[c->from] : prog.up[UP],
		 c->times, c->times);
	wrong = arrivals_wrong(c);
	wrong += counts_wrong(&prog.st, &before, changes, 1);
	wrong += underway_wrong(&prog.st, &none);
	if (c->after)
		c->after();
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

static int cases_wrong(void)
{
	struct device_programs p;
	int port, wrong = 0;
	size_t i;

	port = port_program(UP, false);
	p = device_programs(false);
	captures_open();
	for (i = 0; i < CASES; i++)
		wrong += case_wrong(&cases[i], port, p.device);
	captures_close();
	programs_device_close(&p);
	close(port);
	return wrong;
}

static void a_loss_behind_the_verdict_has_its_reason(void **state)
{
	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(cases_wrong(), 0);
}

static void tracers_of_two_builds_count_it_once(void **state)
{
	char path[PATH_MAX];
	int wrong;

	(void)state;
	if (skip_untraced())
		skip();
	assert_int_equal(programs_trace(&prog.st, "_new"), 0);
	wrong = cases_wrong();
	unlink(state_pin(&prog.st, "links", "trace_refused_new", path));
	unlink(state_pin(&prog.st, "links", "trace_flushed_new", path));
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loss_behind_the_verdict_has_its_reason),
		cmocka_unit_test(tracers_of_two_builds_count_it_once),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
