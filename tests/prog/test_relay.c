/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/shared.bpf.c, the programs of the relay's two ends: what they take, and what they
 * refuse. Where the frames arrive is test_copy.c's part.
 */
#include "bpf/relay.h"
#include "relay_lab.h"
#include "xdp_table.h"

enum { FAR, NEAR };

static const struct xdp_case cases[] = {
	{
		"far: a group frame is copied",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER),
		.at = FAR,
		.verdict = XDP_REDIRECT,
	},
	{
		"far: so is one in a VLAN",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100))),
		.at = FAR,
		.verdict = XDP_REDIRECT,
	},
	{
		"far: one in a VLAN without a group is not",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(101))),
		.at = FAR,
		.verdict = XDP_DROP,
	},
	{
		"far: one with an 802.1ad tag is not",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1AD(PRIORITY))),
		.at = FAR,
		.verdict = XDP_DROP,
	},
	{
		"far: one of several buffers is missed by everybody",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, .len = JUMBO),
		.at = FAR,
		.verdict = XDP_DROP,
		.now = { GROUP(G_UP, oversize, JUMBO) },
	},
	{
		"far: in a VLAN by those of the VLAN, as long as it is on the wire",
		.in = FRAME(MAC_BROADCAST, MAC_STRANGER, TAGS(DOT1Q(100)), .len = JUMBO + 4),
		.at = FAR,
		.verdict = XDP_DROP,
		.now = { GROUP(G_UP_100, oversize, JUMBO + 4) },
	},
	{
		"far: a frame for a router goes to it, of several buffers as well",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(100)), .len = JUMBO),
		.at = FAR,
		.verdict = XDP_REDIRECT,
	},
	{
		"far: in another VLAN it is for nobody",
		.in = FRAME(MAC_GREEN, MAC_STRANGER, TAGS(DOT1Q(101))),
		.at = FAR,
		.verdict = XDP_DROP,
	},
	{
		"far: with an 802.1ad tag, too",
		.in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1AD(PRIORITY))),
		.at = FAR,
		.verdict = XDP_DROP,
	},
	{
		"far: a frame for a router whose device is gone is lost to it",
		.in = FRAME(MAC_GONE, MAC_STRANGER, .len = 123),
		.at = FAR,
		.verdict = XDP_DROP,
		.now = { LOST(GONE, 123, DEVICE_GONE) },
	},

	{
		"near: a frame for the host goes on to it",
		.in = FRAME(MAC_UP, MAC_RED),
		.at = NEAR,
		.verdict = XDP_PASS,
	},
	{
		"near: in a VLAN with its tag",
		.in = FRAME(MAC_CHILD, MAC_RED, TAGS(DOT1Q(100))),
		.at = NEAR,
		.verdict = XDP_PASS,
	},
	{
		"near: without an address it is no copy for the host",
		.in = FRAME(MAC_NOBODY, MAC_RED),
		.at = NEAR,
		.verdict = XDP_PASS,
	},
	{
		"near: of that type it isn't, either, if it has an address",
		.in = FRAME(MAC_CHILD, MAC_RED, .type = RELAY_ETHERTYPE),
		.at = NEAR,
		.verdict = XDP_PASS,
	},
	{
		"near: a group frame is copied",
		.in = FRAME(MAC_IPV6_GROUP, MAC_RED),
		.at = NEAR,
		.verdict = XDP_REDIRECT,
	},
	{
		"near: so is one in a VLAN",
		.in = FRAME(MAC_IPV6_GROUP, MAC_GREEN, TAGS(DOT1Q(100))),
		.at = NEAR,
		.verdict = XDP_REDIRECT,
	},
	{
		"near: without a group it is not",
		.in = FRAME(MAC_IPV6_GROUP, MAC_PINK, TAGS(DOT1Q(200))),
		.at = NEAR,
		.verdict = XDP_DROP,
	},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static void both_ends_take_what_is_theirs(void **state)
{
	struct place places[2];

	(void)state;
	relay_start(true, false);
	places[FAR] = (struct place){ relay.shared.far, prog.relay_far, -1 };
	places[NEAR] = (struct place){ relay.shared.near, prog.relay_near, -1 };
	assert_int_equal(xdp_table_wrong(cases, CASES, AT_VERDICT, places), 0);
	relay_stop();
}

/* The far end notes what it redirects, since the report of a refusal doesn't tell. */
static void what_the_far_end_redirects_is_noted(void **state)
{
	const struct frame_spec in = FRAME(MAC_BLUE, MAC_CHILD, .len = 777);
	const struct vrxdp_frame_underway want = { .from = CHILD, .to = BLUE, .len = 777 };
	struct vrxdp_frame_underway *all = calloc((size_t)cpus(), sizeof(*all));
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	__u32 out_len, zero = 0, noted = 0;
	int i;

	(void)state;
	assert_non_null(all);
	relay_start(true, false);
	assert_int_equal(state_put(&prog.st, MAP_RELAY_FRAME, &zero, all), 0);
	run_xdp(relay.shared.far, frame, frame_build(&in, frame), prog.relay_far, out, &out_len, 1);
	assert_int_equal(state_get(&prog.st, MAP_RELAY_FRAME, &zero, all), 0);
	relay_stop();
	for (i = 0; i < cpus(); i++)
		noted += all[i].len != 0 && memcmp(&all[i], &want, sizeof(want)) == 0;
	free(all);
	assert_int_equal(noted, 1);
}

static void a_tagged_frame_cut_at_any_byte_is_never_miscounted(void **state)
{
	struct xdp_case c = { .says = "far: a frame that ends inside its tag is for nobody",
			      .in = FRAME(MAC_RED, MAC_STRANGER, TAGS(DOT1Q(PRIORITY))) };
	struct place far;
	int wrong = 0;

	(void)state;
	relay_start(true, false);
	far = (struct place){ relay.shared.far, prog.relay_far, -1 };
	for (c.in.len = ETH_HLEN; c.in.len <= SHORTEST; c.in.len++) {
		c.verdict = c.in.len < 18 ? XDP_DROP : XDP_REDIRECT;
		wrong += xdp_case_wrong(&c, AT_VERDICT, &far);
	}
	relay_stop();
	assert_int_equal(wrong, 0);
}

/* The header of a copy for the host, and behind it @len bytes of the frame. */
static __u32 host_copy(__u8 *buf, __u32 len)
{
	const struct frame_spec in = FRAME(MAC_BROADCAST, MAC_RED, .len = len);

	memset(buf, 0, 2 * ETH_ALEN);
	put16(buf + 2 * ETH_ALEN, RELAY_ETHERTYPE);
	return ETH_HLEN + frame_build(&in, buf + ETH_HLEN);
}

static void a_copy_for_the_host_loses_its_header(void **state)
{
	static __u8 in[MAX_FRAME], out[MAX_FRAME];
	__u32 len, out_len, whole;

	(void)state;
	relay_start(true, false);
	for (len = ETH_HLEN; len <= SHORTEST; len++) {
		whole = host_copy(in, len);
		assert_int_equal(run_xdp(relay.shared.near, in, whole, prog.relay_near, out,
					 &out_len, 1),
				 XDP_PASS);
		assert_int_equal(out_len, len);
		assert_memory_equal(out, in + ETH_HLEN, len);
		/* Cut, it would be no frame. */
		assert_int_equal(run_xdp(relay.shared.near, in, len < 28 ? len : 27,
					 prog.relay_near, out, &out_len, 1),
				 XDP_DROP);
	}
	relay_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_take_what_is_theirs),
		cmocka_unit_test(what_the_far_end_redirects_is_noted),
		cmocka_unit_test(a_tagged_frame_cut_at_any_byte_is_never_miscounted),
		cmocka_unit_test(a_copy_for_the_host_loses_its_header),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
