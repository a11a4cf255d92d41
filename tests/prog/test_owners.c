/* SPDX-License-Identifier: GPL-2.0-only */
/* A new layout's maps: a virtual address belongs to whoever took it last, by either's programs. */
#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

#include "user/layouts.h"
#include "xdp_table.h"

#define NOBODY 0xffffffffu /* no entry */
#define ON_THE_WIRE 0u

struct owner_case {
	const char *says;
	__u32 was; /* when it was copied */
	__u32 is;  /* in the maps of before */
	__u32 now; /* in those that take over */
	__u32 then;
};

static const struct owner_case cases[] = {
	{ "what didn't change stays", RED, RED, RED, RED },
	{ "also what nobody has had", NOBODY, NOBODY, NOBODY, NOBODY },
	{ "a change in the maps of before follows", RED, BLUE, RED, BLUE },
	{ "so does the first that takes it", NOBODY, RED, NOBODY, RED },
	{ "one on the wire keeps others from sending from it", RED, ON_THE_WIRE, RED, ON_THE_WIRE },
	{ "until a router takes it from there", ON_THE_WIRE, RED, ON_THE_WIRE, RED },
	{ "a change in the new ones is newer", RED, BLUE, GREEN, GREEN },
	{ "also by the first that takes it", NOBODY, RED, BLUE, BLUE },
	{ "and by one on the wire", RED, BLUE, ON_THE_WIRE, ON_THE_WIRE },
	{ "what was taken away is away", RED, NOBODY, RED, NOBODY },
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct vrxdp_demux_key key_of(size_t i)
{
	return (struct vrxdp_demux_key){ .port = UP,
					 .mac = { 0x00, 0x00, 0x5e, 0x00, 0x01, (__u8)(100 + i) } };
}

static void put(int map, const struct vrxdp_demux_key *key, __u32 iface)
{
	if (iface == NOBODY)
		bpf_map_delete_elem(map, key);
	else
		assert_int_equal(bpf_map_update_elem(map, key, &iface, BPF_ANY), 0);
}

static void who_took_it_last_has_it(void **state)
{
	int before = prog.st.map[MAP_DEMUX], after, wrong = 0;
	struct vrxdp_demux_key key;
	struct layout from, to;
	struct owners were;
	__u32 iface;
	size_t i;

	(void)state;
	after = bpf_map_create(BPF_MAP_TYPE_HASH, "after", sizeof(key), sizeof(iface), 256, NULL);
	assert_true(after >= 0);
	assert_int_equal(layout_of(&from, &prog.st), 0);
	to = from;
	to.st.map[MAP_DEMUX] = after;
	for (i = 0; i < CASES; i++) {
		key = key_of(i);
		put(before, &key, cases[i].was);
		put(after, &key, cases[i].now);
	}
	assert_int_equal(owners_read(&from, &to, &were), 0);
	for (i = 0; i < CASES; i++) {
		key = key_of(i);
		put(before, &key, cases[i].is);
	}
	assert_int_equal(owners_follow(&from, &to, &were), 0);
	for (i = 0; i < CASES; i++) {
		key = key_of(i);
		if (bpf_map_lookup_elem(after, &key, &iface))
			iface = NOBODY;
		if (iface == cases[i].then)
			continue;
		print_error("%s: owner %u, expected %u\n", cases[i].says, iface, cases[i].then);
		wrong++;
	}
	for (i = 0; i < CASES; i++) {
		key = key_of(i);
		put(before, &key, NOBODY);
	}
	owners_free(&were);
	layout_close(&from);
	close(after);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_took_it_last_has_it),
	};

	return cmocka_run_group_tests(tests, prog_begin, prog_end);
}
