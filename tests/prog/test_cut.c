/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that end anywhere: what a port receives, and what a router sends. */
#include "xdp_table.h"

/*
 * A frame, its verdict and its counters at each length from an Ethernet header's (the
 * kernel lets nothing shorter in) to the whole: below @whole it ends inside its headers,
 * and passes.
 */
static const struct {
	const char *says;
	struct frame_spec in, out;
	__u32 iface, whole, pop;
} received[] = {
	{
		"an untagged frame is delivered at any length",
		FRAME(MAC_RED, MAC_STRANGER),
		FRAME(MAC_RED, MAC_STRANGER),
		RED,
		14,
		0,
	},
	{
		"a tagged frame is delivered if its tag and a type are there",
		FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100))),
		FRAME(MAC_GREEN, MAC_STRANGER),
		GREEN,
		18,
		4,
	},
	{
		"a priority-tagged frame is delivered if its tag and a type are there",
		FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))),
		RED,
		18,
		0,
	},
	{
		"a frame with two tags is delivered if the outer one and a type are there",
		FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100), DOT1Q(7))),
		FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(7))),
		GREEN,
		18,
		4,
	},
	{
		"an 802.1ad frame passes at any length",
		FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1AD(100))),
		FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1AD(100))),
		0,
		SHORTEST + 1,
		0,
	},
	{
		"a frame for nobody passes at any length",
		FRAME(MAC_STRANGER2, MAC_STRANGER, TAGS(DOT1Q(100))),
		FRAME(MAC_STRANGER2, MAC_STRANGER, TAGS(DOT1Q(100))),
		0,
		SHORTEST + 1,
		0,
	},
};

static int received_wrong(size_t i, __u32 len, enum how how, const struct place *place)
{
	struct xdp_case passed = { .says = received[i].says,
				   .in = received[i].in,
				   .verdict = XDP_PASS,
				   .now = { PORT_RX(UP, len) } };
	struct xdp_case delivered = { .says = received[i].says,
				      .in = received[i].in,
				      .out = received[i].out,
				      .verdict = XDP_REDIRECT,
				      .now = { PORT_RX(UP, len) },
				      .under = UNDER_TO(received[i].iface, len),
				      .then = { DELIVERED(received[i].iface, len) } };

	passed.in.len = delivered.in.len = len;
	delivered.out.len = len - received[i].pop;
	return xdp_case_wrong(len < received[i].whole ? &passed : &delivered, how, place);
}

static void a_received_frame_cut_at_any_byte_is_never_miscounted(void **state)
{
	struct place place = { .ingress = prog.up[UP] };
	int wrong = 0, how;
	__u32 len;
	size_t i;

	(void)state;
	for (how = prog.traced ? TRACED : AT_VERDICT; how < LIVE; how++) {
		place.fd = port_program(UP, how == AT_VERDICT);
		for (i = 0; i < sizeof(received) / sizeof(received[0]); i++)
			for (len = ETH_HLEN; len <= SHORTEST; len++)
				wrong += received_wrong(i, len, (enum how)how, &place);
		close(place.fd);
	}
	assert_int_equal(wrong, 0);
}

static int sent_wrong(__u32 from, const struct frame_spec *in, __u32 len, __u32 whole, enum how how,
		      const struct place *place)
{
	__u32 wire = len + lab_ifaces[from].hidden;
	struct xdp_case malformed = { .says = "a frame that ends inside its tag is malformed",
				      .in = *in,
				      .verdict = XDP_DROP,
				      .now = { TX_LOST(from, MALFORMED) } };
	struct xdp_case sent = { .says = "what has all of its headers is sent",
				 .in = *in,
				 .out = *in,
				 .verdict = XDP_REDIRECT,
				 .under = UNDER_TO_WIRE((__u16)from, wire),
				 .then = { SENT(from, wire), PORT_TX(UP, wire) } };

	malformed.in.len = sent.in.len = len;
	sent.out.len = wire;
	if (lab_ifaces[from].hidden) {
		sent.out.tag[1] = sent.out.tag[0];
		sent.out.tag[0] = (struct frame_tag)DOT1Q(lab_ifaces[from].vlan.vid);
	}
	return xdp_case_wrong(len < whole ? &malformed : &sent, how, place);
}

static void a_sent_frame_cut_at_any_byte_is_never_miscounted(void **state)
{
	static const struct {
		struct frame_spec in;
		__u32 from, whole;
	} sent_frames[] = {
		{ FRAME(MAC_STRANGER, MAC_RED), RED, 14 },
		{ FRAME(MAC_STRANGER, MAC_RED, TAGS(DOT1Q(PRIORITY))), RED, 18 },
		{ FRAME(MAC_STRANGER, MAC_GREEN), GREEN, 14 },
		{ FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1Q(7))), GREEN, 18 },
		{ FRAME(MAC_STRANGER, MAC_GREEN, TAGS(DOT1AD(7))), GREEN, 18 },
	};
	int wrong = 0, how;
	__u32 len;
	size_t i;

	(void)state;
	for (how = prog.traced ? TRACED : AT_VERDICT; how < LIVE; how++) {
		struct device_programs p = device_programs(how == AT_VERDICT);

		for (i = 0; i < sizeof(sent_frames) / sizeof(sent_frames[0]); i++) {
			struct place place = { p.device, prog.dev[sent_frames[i].from], -1 };

			for (len = ETH_HLEN; len <= SHORTEST; len++)
				wrong += sent_wrong(sent_frames[i].from, &sent_frames[i].in, len,
						    sent_frames[i].whole, (enum how)how, &place);
		}
		programs_device_close(&p);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_received_frame_cut_at_any_byte_is_never_miscounted),
		cmocka_unit_test(a_sent_frame_cut_at_any_byte_is_never_miscounted),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
