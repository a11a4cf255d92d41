/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/shared.bpf.c, the tc programs: group frames of a port are copied into the relay,
 * what a relay brings is counted, and what leaves by the port is checked.
 */
#include <linux/pkt_cls.h>

#include "bpf/relay.h"
#include "prog_run.h"

enum program { INGRESS, EGRESS, INJECT, EMIT, GATE };

struct tc_case {
	const char *says;
	struct frame_spec in;
	enum program program;
	__u32 at; /* the port; 0: UP */
	__u32 mark, marked;
	__u32 segments, wire_len; /* of a super-frame */
	int verdict;
	bool copied; /* one arrives at the relay's far end */
	struct change now[16];
	void (*before)(void), (*after)(void);
};

static void relay_down(void)
{
	set_down(prog.relay_near);
}

static void relay_up(void)
{
	set_up(prog.relay_near);
}

static const struct tc_case cases[] = {
	{
		"a group frame from the wire is copied into the relay, and goes on to the host",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 70),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { GROUP(G_UP, passed, 70) },
	},
	{
		"a bridge group's frame is not",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0f), MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"but that of IS-IS is",
		.in = FRAME(MAC_BRIDGE_GROUP(0x14), MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { GROUP(G_UP, passed, 60) },
	},
	{
		"where the kernel serves everybody it is only counted",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_WHOLE, passed, 60) },
	},
	{
		"frames that were merged count one by one",
		.in = FRAME(MAC_IPV4_GROUP, MAC_STRANGER, .len = 600),
		.at = WHOLE_PORT,
		.segments = 3,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP_N(G_WHOLE, passed, 3, 600) },
	},
	{
		"on a port without a group it goes on to the host",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = OTHER,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"above the group limit all interfaces with a device miss it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 60), GROUP(G_UP, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"they miss it as well if the relay doesn't take it",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = 80),
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 80), GROUP(G_UP, overrun, 80) },
		.before = relay_down,
		.after = relay_up,
	},
	{
		"what the port received for a router is no business of tc",
		.in = FRAME(MAC_CHILD, MAC_STRANGER),
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a mark of somebody else's stays",
		.in = FRAME(MAC_STRANGER2, MAC_STRANGER),
		.mark = 7,
		.marked = 7,
		.verdict = TC_ACT_UNSPEC,
	},

	{
		"a frame that the relay brought for the host loses its mark",
		.in = FRAME(MAC_UP, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"one for a macvlan child counts as delivered",
		.in = FRAME(MAC_CHILD, MAC_RED, .len = 90),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
		.now = { DELIVERED(CHILD, 90) },
	},
	{
		"one for an interface with a device doesn't: the kernel has no way to it",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a router's group frame counts for those that the kernel serves, and isn't copied again",
		.in = FRAME(MAC_BROADCAST, MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP, passed, 60) },
	},
	{
		"a bridge group's frame loses its mark, too",
		.in = FRAME(MAC_BRIDGE_GROUP(0), MAC_RED),
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},

	{
		"what the host sends to the wire goes there",
		.in = FRAME(MAC_STRANGER, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends to a router goes into the relay instead",
		.in = FRAME(MAC_RED, MAC_UP, .len = 100),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"what it sends to a macvlan child is the kernel's to deliver",
		.in = FRAME(MAC_CHILD, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what it sends to a group goes to the wire and into the relay",
		.in = FRAME(MAC_IPV6_GROUP, MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
	},
	{
		"above the group limit only to the wire",
		.in = FRAME(MAC_IPV6_GROUP, MAC_UP, .len = 300),
		.program = EGRESS,
		.segments = 3,
		.wire_len = 328,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP_N(G_UP, limited, 3, 328) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"what it sends to a bridge group only to the wire",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0e), MAC_UP),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a macvlan child's frame to the wire counts as sent",
		.in = FRAME(MAC_STRANGER, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60) },
	},
	{
		"its super-frame counts as the frames and bytes that it becomes",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, .len = 3000),
		.program = EGRESS,
		.segments = 3,
		.wire_len = 3108,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT_N(CHILD, 3, 3108) },
	},
	{
		"its frame to a router with a device goes into the relay, and counts there",
		.in = FRAME(MAC_BLUE, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"if the relay doesn't take it, it is lost to the sender",
		.in = FRAME(MAC_BLUE, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.now = { TX_LOST(CHILD, RING_FULL) },
		.before = relay_down,
		.after = relay_up,
	},
	{
		"its group frame counts as sent once, whoever gets a copy",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { SENT(CHILD, 60) },
	},
	{
		"nor does the group limit change that",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60), GROUP(G_UP, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"a bridge group's frame never leaves it",
		.in = FRAME(MAC_BRIDGE_GROUP(0x0f), MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, RESERVED_GROUP) },
	},
	{
		"that of IS-IS does",
		.in = FRAME(MAC_BRIDGE_GROUP(0x14), MAC_CHILD),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.copied = true,
		.now = { SENT(CHILD, 60) },
	},
	{
		"nobody sends by the port with the address of a router that has a device",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"not even to another router",
		.in = FRAME(MAC_BLUE, MAC_RED),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"or to a group",
		.in = FRAME(MAC_BROADCAST, MAC_BLUE),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"on another port, or in another VLAN, that address is nobody's",
		.in = FRAME(MAC_STRANGER, MAC_GREEN),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a whole port's router sends with its address",
		.in = FRAME(MAC_STRANGER, MAC_WHOLE),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(WHOLE, 60) },
	},
	{
		"and with no other",
		.in = FRAME(MAC_STRANGER, MAC_STRANGER2),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, SOURCE_MAC) },
	},

	/* A packet socket's frames have their tag where it is on the wire. */
	{
		"a tag inside the frame leads into its VLAN like one beside it",
		.in = FRAME(MAC_TEAL, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"and not out of it",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a mere priority stays without a VLAN",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_STOLEN,
		.copied = true,
	},
	{
		"a router's address is forged there as well",
		.in = FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { PORT_DROP(UP, SOURCE_MAC) },
	},
	{
		"a group's frame is copied there",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { GROUP(G_UP_100, limited, 60) },
		.before = spend_copies,
		.after = restore_copies,
	},
	{
		"and nowhere else",
		.in = FRAME(MAC_BROADCAST, MAC_UP, TAGS(DOT1Q(101))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a tag behind a mere priority tag is none of ours",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1Q(PRIORITY), DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"nor is it in what a macvlan child sends",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(PRIORITY), DOT1AD(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"an 802.1ad tag is none of ours",
		.in = FRAME(MAC_RED, MAC_UP, TAGS(DOT1AD(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"a macvlan child without a VLAN can't send into one",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"nor into a service VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_CHILD, TAGS(DOT1AD(5))),
		.program = EGRESS,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(CHILD, VLAN) },
	},
	{
		"nor does a whole port's router",
		.in = FRAME(MAC_STRANGER, MAC_WHOLE, TAGS(DOT1Q(100))),
		.program = EGRESS,
		.at = WHOLE_PORT,
		.verdict = TC_ACT_SHOT,
		.now = { TX_LOST(WHOLE, VLAN) },
	},
	{
		"it may give its frames a priority",
		.in = FRAME(MAC_STRANGER, MAC_CHILD, TAGS(DOT1Q(PRIORITY))),
		.program = EGRESS,
		.verdict = TC_ACT_UNSPEC,
		.now = { SENT(CHILD, 60) },
	},

	{
		"what the relay brings is marked and put into the port's ingress",
		.in = FRAME(MAC_UP, MAC_RED),
		.program = INJECT,
		.marked = RELAY_MARK,
		.verdict = TC_ACT_REDIRECT,
	},
	{
		"so is what leaves by it, for the port's egress",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EMIT,
		.marked = RELAY_MARK,
		.verdict = TC_ACT_REDIRECT,
	},
	{
		"which lets it pass, and takes the mark",
		.in = FRAME(MAC_STRANGER, MAC_RED),
		.program = EGRESS,
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what these programs put into the relay passes its gate, and loses its mark",
		.in = FRAME(MAC_RED, MAC_UP),
		.program = GATE,
		.mark = RELAY_MARK,
		.verdict = TC_ACT_UNSPEC,
	},
	{
		"what the host says by itself doesn't",
		.in = FRAME(MAC_BROADCAST, MAC_UP),
		.program = GATE,
		.verdict = TC_ACT_SHOT,
	},
	{
		"nor with a mark of somebody else's",
		.in = FRAME(MAC_BROADCAST, MAC_UP),
		.program = GATE,
		.mark = 1,
		.marked = 1,
		.verdict = TC_ACT_SHOT,
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static int program_of(const struct shared_programs *p, enum program which)
{
	const int fds[] = { p->ingress, p->egress, p->inject, p->emit, p->gate };

	return fds[which];
}

/* Run the case's program on its frame, of which @len bytes are there. */
static int run_tc(const struct tc_case *c, const struct shared_programs *p, __u32 len, __u8 *out,
		  __u32 *out_len, __u32 *mark)
{
	static __u8 in[MAX_FRAME];
	__u32 frame = frame_build(&c->in, in);
	struct __sk_buff ctx = { .mark = c->mark,
				 .gso_segs = c->segments,
				 .wire_len = c->wire_len,
				 .ifindex = prog.up[c->at ?: UP] };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = len < frame ? len : frame, .data_out = out,
		    .data_size_out = MAX_FRAME, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .ctx_out = &ctx, .ctx_size_out = sizeof(ctx), .repeat = 1);
	int err = bpf_prog_test_run_opts(program_of(p, c->program), &opts);

	if (err)
		fail_msg("%s: BPF_PROG_TEST_RUN: %s", c->says, strerror(-err));
	*out_len = opts.data_size_out;
	*mark = ctx.mark;
	return (int)opts.retval;
}

static int case_wrong(const struct tc_case *c, const struct shared_programs *p)
{
	static const struct underway none;
	const struct change *changes[] = { c->now };
	static __u8 out[MAX_FRAME];
	struct counts before;
	__u32 out_len, mark;
	int verdict, wrong;

	if (c->before)
		c->before();
	counts_read(&prog.st, &before);
	verdict = run_tc(c, p, MAX_FRAME, out, &out_len, &mark);
	wrong = counts_wrong(&prog.st, &before, changes, 1);
	wrong += underway_wrong(&prog.st, &none);
	wrong += frame_wrong("the frame", out, out_len, &c->in);
	if (verdict != c->verdict) {
		print_error("  verdict %d, expected %d\n", verdict, c->verdict);
		wrong++;
	}
	if (mark != c->marked) {
		print_error("  mark %#x, expected %#x\n", mark, c->marked);
		wrong++;
	}
	if (c->copied)
		wrong += arrival_wrong("the copy", at_relay_far, &c->in);
	wrong += captures_left();
	if (c->after)
		c->after();
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

static void tc_copies_counts_and_checks(void **state)
{
	struct shared_programs up, whole, other;
	int wrong = 0;
	size_t i;

	(void)state;
	up = shared_programs(UP, false);
	other = shared_programs(OTHER, false);
	whole = shared_programs(WHOLE_PORT, false);
	captures_open();
	for (i = 0; i < CASES; i++)
		wrong += case_wrong(&cases[i], cases[i].at == WHOLE_PORT ? &whole :
					       cases[i].at == OTHER      ? &other :
									   &up);
	captures_close();
	programs_shared_close(&up);
	programs_shared_close(&other);
	programs_shared_close(&whole);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tc_copies_counts_and_checks),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
