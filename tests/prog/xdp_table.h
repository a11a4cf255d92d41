/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of XDP cases. Each is run three times: with programs that wait for the flush
 * (the frame is under way after a redirect, and counted nowhere), with programs that count
 * at the verdict, and with a live frame through real devices, which is flushed.
 */
#ifndef XDP_TABLE_H
#define XDP_TABLE_H

#include "prog_run.h"

#define CHANGES 16

struct xdp_case {
	const char *says;
	struct frame_spec in, out; /* no out: untouched */
	__u32 at;                  /* the port or the interface that receives the frame */
	int verdict;
	struct change now[CHANGES]; /* counted at the verdict */
	struct underway under;
	struct change then[CHANGES]; /* counted once the frame is flushed */
	void (*before)(void), (*after)(void);
};

/* A frame of @length on its way to interface @i, or from it to the wire or the relay. */
#define UNDER_TO(i, length)                                                                        \
	INIT(VRXDP_SLOT_IFACE + (i), { .to = (__u16)(i), .len = (__u16)(length) })
#define UNDER_TO_WIRE(i, length)                                                                   \
	INIT(VRXDP_SLOT_PORT + lab_ifaces[i].port, { .from = (i), .len = (__u16)(length) })
#define UNDER_TO_RELAY(i, length, flags_)                                                          \
	INIT(VRXDP_SLOT_RELAY + lab_ifaces[i].port,                                                \
	     { .from = (i), .len = (__u16)(length), .flags = (flags_) })
#define UNDER_BETWEEN(i, j, length)                                                                \
	INIT(VRXDP_SLOT_IFACE + (j), { .from = (i), .to = (j), .len = (__u16)(length) })

enum how { TRACED, AT_VERDICT, LIVE };
static const char *const how_names[] = { "traced", "at the verdict", "live" };

/* Where cases are run: the program, and the device that the frame comes from. */
struct place {
	int fd;
	__u32 ingress;
	int host; /* the capture where a passed frame arrives */
};

static const struct frame_spec *out_of(const struct xdp_case *c)
{
	static const struct frame_spec none;

	return memcmp(&c->out, &none, sizeof(none)) ? &c->out : &c->in;
}

static int capture_of(__u32 slot)
{
	if (slot >= VRXDP_SLOT_IFACE)
		return at_far[slot - VRXDP_SLOT_IFACE];
	return slot >= VRXDP_SLOT_RELAY ? at_relay_near : at_wire[slot - VRXDP_SLOT_PORT];
}

static int verdict_wrong(const struct xdp_case *c, const struct place *place, const __u8 *in,
			 __u32 len)
{
	static __u8 out[MAX_FRAME];
	__u32 out_len;
	int verdict = run_xdp(place->fd, in, len, place->ingress, out, &out_len, 1);

	if (verdict != c->verdict) {
		print_error("  verdict %d, expected %d\n", verdict, c->verdict);
		return 1;
	}
	return verdict == XDP_DROP ? 0 : frame_wrong("the frame", out, out_len, out_of(c));
}

static int live_wrong(const struct xdp_case *c, const struct place *place, const __u8 *in,
		      __u32 len)
{
	int wrong = 0;

	run_live(place->fd, in, len, place->ingress, 1, 1);
	if (c->verdict == XDP_REDIRECT)
		wrong += arrival_wrong("arrived", capture_of(c->under.slot), out_of(c));
	else if (c->verdict == XDP_PASS)
		wrong += arrival_wrong("arrived at the host", place->host, out_of(c));
	return wrong + captures_left();
}

/* Run one case. Returns how many things are wrong, all of which were said. */
static int xdp_case_wrong(const struct xdp_case *c, enum how how, const struct place *place)
{
	static const struct underway none;
	const struct change *changes[2] = { c->now, c->then };
	static __u8 in[MAX_FRAME];
	struct counts before;
	__u32 len = frame_build(&c->in, in);
	int wrong;

	if (how == LIVE && len > MAX_LIVE)
		return 0;
	if (c->before)
		c->before();
	counts_read(&prog.st, &before);
	wrong = how == LIVE ? live_wrong(c, place, in, len) : verdict_wrong(c, place, in, len);
	wrong += counts_wrong(&prog.st, &before, changes, how == TRACED ? 1 : 2);
	wrong += underway_wrong(&prog.st, how == TRACED ? &c->under : &none);
	if (c->after)
		c->after();
	if (wrong)
		print_error("^ %s (%s, %u bytes)\n", c->says, how_names[how], len);
	return wrong;
}

__attribute__((unused)) static int xdp_table_wrong(const struct xdp_case *cases, size_t n,
						   enum how how, const struct place *places)
{
	int wrong = 0;
	size_t i;

	for (i = 0; i < n; i++)
		wrong += xdp_case_wrong(&cases[i], how, &places[cases[i].at]);
	return wrong;
}

#endif
