/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of frames that may move the MAC address of a virtual router. */
#ifndef VRRP_TABLE_H
#define VRRP_TABLE_H

#include "tags_lab.h"
#include "tc_table.h"
#include "vrrp_frames.h"

/* Where the frame comes from: @from is the interface, or else the port. */
enum origin { BY_ROUTER, BY_WIRE, BY_HOST, BY_RELAY };

struct vrrp_case {
	const char *says;
	struct frame_spec in;
	enum origin by;
	__u32 from;
	struct vrxdp_demux_key key;
	__u32 before, after; /* whose it is, 0: nobody's */
	int verdict;
	enum vrxdp_reason dropped; /* BY_ROUTER */
};

#define ENTRIES 64u

struct entry {
	struct vrxdp_demux_key key;
	__u32 iface;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct entry));
}

/* All of vx_demux, sorted. */
static size_t entries_read(struct entry *entries)
{
	int map = prog.st.map[MAP_DEMUX];
	struct vrxdp_demux_key *last = NULL;
	size_t n = 0;

	memset(entries, 0, ENTRIES * sizeof(*entries));
	while (n < ENTRIES && !bpf_map_get_next_key(map, last, &entries[n].key)) {
		assert_int_equal(bpf_map_lookup_elem(map, &entries[n].key, &entries[n].iface), 0);
		last = &entries[n++].key;
	}
	assert_true(n < ENTRIES);
	/* What next_key() wrote behind the last. */
	memset(&entries[n], 0, sizeof(*entries));
	qsort(entries, n, sizeof(*entries), compare);
	return n;
}

static void set_owner(const struct vrxdp_demux_key *key, __u32 iface)
{
	if (iface)
		assert_int_equal(state_put(&prog.st, MAP_DEMUX, key, &iface), 0);
	else
		assert_int_equal(state_delete(&prog.st, MAP_DEMUX, key), 0);
}

static __u32 owner(const struct vrxdp_demux_key *key)
{
	__u32 iface;

	return state_get(&prog.st, MAP_DEMUX, key, &iface) ? 0 : iface;
}

static struct {
	struct device_programs device;
	struct shared_programs shared[PORTS];
} programs;

static int run_case(const struct vrrp_case *c)
{
	const struct tc_case tc = { .says = c->says,
				    .in = c->in,
				    .program = c->by == BY_HOST ? EGRESS : INGRESS,
				    .at = c->from,
				    .mark = c->by == BY_RELAY ? RELAY_MARK : 0 };
	static __u8 frame[MAX_FRAME], out[MAX_FRAME];
	__u32 out_len, mark;

	if (c->by == BY_ROUTER)
		return run_xdp(programs.device.device, frame, frame_build(&c->in, frame),
			       prog.dev[c->from], out, &out_len, 1);
	return run_tc(&tc, &programs.shared[c->from], MAX_FRAME, out, &out_len, &mark);
}

/* The drops of its router, by @c's reason and in all. */
static __u64 drops(const struct vrrp_case *c, __u64 *all)
{
	struct vrxdp_router_counters counters;
	__u32 i;

	read_percpu(prog.st.map[MAP_ROUTER_COUNTS], ROUTER_OF(c->from), &counters,
		    sizeof(counters));
	for (i = 0, *all = 0; i < VRXDP_REASONS; i++)
		*all += counters.tx_drops[i];
	return counters.tx_drops[c->dropped];
}

static int case_wrong(const struct vrrp_case *c)
{
	static struct entry want[ENTRIES], got[ENTRIES];
	const __u32 lasting = owner(&c->key);
	__u64 dropped = 0, all = 0, all_now = 0;
	int verdict, wrong = 0;
	size_t nwant, ngot;

	/* Taken away, the entry says that nobody here has it. */
	if (c->before && !c->after)
		assert_int_equal(state_put(&prog.st, MAP_DEMUX, &c->key, &c->after), 0);
	else
		set_owner(&c->key, c->after);
	nwant = entries_read(want);
	set_owner(&c->key, c->before);
	if (c->by == BY_ROUTER)
		dropped = drops(c, &all);
	verdict = run_case(c);
	if (verdict != c->verdict) {
		print_error("  verdict %d, expected %d\n", verdict, c->verdict);
		wrong++;
	}
	if (owner(&c->key) != c->after) {
		print_error("  the owner is %s, expected %s\n", iface_names[owner(&c->key)],
			    iface_names[c->after]);
		wrong++;
	}
	ngot = entries_read(got);
	if (nwant != ngot || memcmp(want, got, ngot * sizeof(*got))) {
		print_error("  vx_demux has %zu entries, and others than the %zu expected\n", ngot,
			    nwant);
		wrong++;
	}
	if (c->by == BY_ROUTER && (drops(c, &all_now) - dropped != (c->dropped ? 1 : 0) ||
				   all_now - all != (c->dropped ? 1 : 0))) {
		print_error("  not dropped for that reason\n");
		wrong++;
	}
	/* Should it have become anybody's beside. */
	set_owner(&c->key, lasting);
	if (wrong)
		print_error("^ %s\n", c->says);
	return wrong;
}

static void programs_start(void)
{
	__u32 i;

	programs.device = device_programs(true);
	for (i = UP; i < PORTS; i++)
		programs.shared[i] = shared_programs(i, false);
}

static void programs_stop(void)
{
	__u32 i;

	programs_device_close(&programs.device);
	for (i = UP; i < PORTS; i++)
		programs_shared_close(&programs.shared[i]);
}

static int vrrp_table_wrong(const struct vrrp_case *cases, size_t n)
{
	int wrong = 0;
	size_t i;

	programs_start();
	for (i = 0; i < n; i++)
		wrong += case_wrong(&cases[i]);
	programs_stop();
	return wrong;
}

#endif
