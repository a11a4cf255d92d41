/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of frames for the tc programs of bpf/shared.bpf.c, by BPF_PROG_TEST_RUN. */
#ifndef TC_TABLE_H
#define TC_TABLE_H

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

__attribute__((unused)) static void relay_down(void)
{
	set_down(prog.relay_near);
}

__attribute__((unused)) static void relay_up(void)
{
	set_up(prog.relay_near);
}

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

/* Run one case. Returns how many things are wrong, all of which were said. */
static int tc_case_wrong(const struct tc_case *c, const struct shared_programs *p)
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

/* Run a table with the programs of each port. */
__attribute__((unused)) static int tc_table_wrong(const struct tc_case *cases, size_t n)
{
	struct shared_programs p[PORTS];
	int wrong = 0;
	size_t i;

	for (i = UP; i < PORTS; i++)
		p[i] = shared_programs((__u32)i, false);
	captures_open();
	for (i = 0; i < n; i++)
		wrong += tc_case_wrong(&cases[i], &p[cases[i].at ?: UP]);
	captures_close();
	for (i = UP; i < PORTS; i++)
		programs_shared_close(&p[i]);
	return wrong;
}

#endif
