/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of frames that go through the whole laboratory: where each one enters, where it
 * arrives, byte for byte and nowhere else, and what is counted on the way.
 */
#ifndef COPY_TABLE_H
#define COPY_TABLE_H

#include "relay_lab.h"

/* Where a frame enters, as if it had come from there. */
enum entry {
	BY_PORT,   /* from the wire */
	BY_ROUTER, /* from the router whose address is its source */
	BY_HOST,   /* sent by the host */
	BY_WIRE,   /* sent by the far end of the wire: the attached program meets it */
	BY_FAR,    /* out of the relay's far end */
	BY_NEAR,   /* out of its near end */
};

struct arrival {
	const int *at; /* NULL: none */
	struct frame_spec frame;
};

struct copy_case {
	const char *says;
	struct frame_spec in;
	enum entry by;
	__u32 from;                /* BY_ROUTER: the interface */
	struct arrival arrives[6]; /* nothing else does */
	struct change now[32];
	void (*before)(void), (*after)(void);
	bool by_tracing; /* else the loss isn't seen */
};

#define AT_ROUTER(i, ...) INIT(&at_far[i], __VA_ARGS__)
#define AT_WIRE(...) INIT(&at_wire[UP], __VA_ARGS__)
#define AT_HOST(...) INIT(&at_up[UP], __VA_ARGS__)

/* As a packet socket of @ifindex sends it. */
static void send_by(__u32 ifindex, const __u8 *frame, __u32 len)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ssize_t sent;

	assert_true(fd >= 0);
	sent = sendto(fd, frame, len, 0, (struct sockaddr *)&sll, sizeof(sll));
	/* What tc drops, the sender is told. */
	assert_true(sent == len || (sent < 0 && errno == ENOBUFS));
	close(fd);
}

static void enter(const struct copy_case *c, int port)
{
	static __u8 in[MAX_FRAME];
	__u32 len = frame_build(&c->in, in);

	switch (c->by) {
	case BY_PORT:
		run_live(port, in, len, prog.up[UP], 1, 1);
		break;
	case BY_ROUTER:
		run_live(relay.device.device, in, len, prog.dev[c->from], 1, 1);
		break;
	case BY_HOST:
		send_by(prog.up[UP], in, len);
		break;
	case BY_WIRE:
		send_by(prog.wire[UP], in, len);
		break;
	/* Clones of live frames themselves are garbled before Linux 6.4: over the pair. */
	case BY_FAR:
		run_mixed(&c->in, prog.relay_near, 1, 1, 0, 0);
		break;
	case BY_NEAR:
		run_mixed(&c->in, prog.relay_far, 1, 1, 0, 0);
		break;
	}
}

/* Run one case; @port is the port's program. Returns how many things are wrong, all said. */
__attribute__((unused)) static int copy_case_wrong(const struct copy_case *c, int port)
{
	static const struct underway none;
	const struct change *changes[] = { c->now };
	static __u8 passing[MAX_FRAME];
	struct counts before;
	int wrong = 0;
	size_t i;

	if (c->before)
		c->before();
	counts_read(&prog.st, &before);
	enter(c, port);
	for (i = 0; i < 6 && c->arrives[i].at; i++)
		wrong += arrival_wrong("arrived", *c->arrives[i].at, &c->arrives[i].frame);
	/* What is on its way to the host passes here, and to a wire in generic mode. */
	while (capture_next(at_relay_near, passing, 0) || capture_next(at_relay_far, passing, 0))
		;
	wrong += captures_left();
	wrong += counts_wrong(&prog.st, &before, changes, 1);
	wrong += underway_wrong(&prog.st, &none);
	if (c->after)
		c->after();
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

#endif
