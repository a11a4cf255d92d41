/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that take others' places while frames pass: each in one step, so that every frame
 * meets the old one or the new one, and no device notices. All is collected first, with what
 * is needed for the way back; then nothing but the switching itself can fail.
 */
#ifndef SWITCH_H
#define SWITCH_H

#include <bpf/libbpf.h>

#include "netns.h"
#include "state.h"

struct switch_item;

/* Maps of copies of one of vx_group_wire and vx_group_all. */
struct switch_groups {
	__u32 *index;
	int *now, *before;
	size_t n, room;
};

struct switchboard {
	struct switch_item *items;
	size_t n, room;
	struct switch_groups groups[2];
	int outer[2]; /* vx_group_wire, vx_group_all */
};

void switch_init(struct switchboard *b, const struct state *st);
void switch_free(struct switchboard *b);

/*
 * Collect. What isn't there any more is left out: to attach it anew is `attach -c`'s work.
 * @prog stays the caller's. -1: said.
 */
int switch_link(struct switchboard *b, const struct state *st, const char *pin, int prog);
int switch_filter(struct switchboard *b, const struct netns *ns, __u32 ifindex,
		  enum bpf_tc_attach_point point, int prog);
/* The program of an entry of vx_copies. */
int switch_copy(struct switchboard *b, const struct state *st, __u32 slot, const struct netns *ns,
		int prog);
/* Map @fd of copies, which becomes the board's, for the group of @index. */
int switch_group(struct switchboard *b, enum state_map outer, __u32 index, int fd);

/* Do it. -1: said, and nothing is switched. */
int switch_over(struct switchboard *b);
/* All the way back after switch_over(). */
void switch_back(struct switchboard *b);

#endif
