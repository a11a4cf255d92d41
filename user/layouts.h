/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps of whatever layout, by the types that the kernel keeps of them, and what is taken over
 * from those of one layout to another's. Functions say their errors and return -1.
 */
#ifndef LAYOUTS_H
#define LAYOUTS_H

#include <bpf/btf.h>
#include <linux/bpf.h>

#include "state.h"

/* The maps at a place; the descriptors are in st.map. Absent ones: -1. */
struct layout {
	struct state st; /* for its pins; not locked, its meta as far as both layouts have it */
	__u32 number;    /* the layout's */
	struct bpf_map_info info[MAP_COUNT];
	struct btf *btf[MAP_COUNT];
};

/*
 * Open the maps of @dir, those beside with @beside. Fails if there is one that this build
 * doesn't know, or one without types. layout_close() in any case.
 */
int layout_open(struct layout *l, const char *dir, bool beside);
void layout_close(struct layout *l);

/* The same for maps that @st has open, of this build's layout. */
int layout_of(struct layout *l, const struct state *st);

/* The layout and version of @dir's maps, or of those beside; -1: there are none. Quiet. */
int layout_peek(const char *dir, bool beside, __u32 *number, char version[VRXDP_NAME_LEN]);

/*
 * Say what to do, and return -1, if the maps of @st's directory have another layout than this
 * build's; for @changing also if an upgrade to a later one was cut off there.
 */
int layout_refuse(const struct state *st, bool changing);

/* Set meta.handover, where the layout has it. */
int layout_handover(const struct layout *l, enum vrxdp_handover to);

/* What is in @from and isn't a counter, into @to, which is empty. */
int layout_copy(const struct layout *from, const struct layout *to);

/*
 * What the maps of @from have counted, which nothing counts into any more, is added to those
 * of @to. Only what has a record in @w. Again: nothing more.
 */
int layout_carry(const struct layout *from, const struct layout *to, const struct world *w);

/*
 * Owners of VRRP addresses, which programs change: as they were, then what has changed since;
 * and stations that were heard since.
 */
struct owners {
	struct vrxdp_demux_key *keys;
	__u32 *ifaces;
	long n;
};
int owners_read(const struct layout *from, const struct layout *to, struct owners *o);
int owners_follow(const struct layout *from, const struct layout *to, const struct owners *were);
void owners_free(struct owners *o);

#endif
