/* SPDX-License-Identifier: GPL-2.0-only */
/* The VLANs of an interface: `vlan = 100 | 100,200 | 100-199 | 200.100 | trunk`. */
#ifndef VLANS_H
#define VLANS_H

#include <stdbool.h>
#include <stddef.h>

#include "vrxdp/records.h"

/* Room for the longest text that vlans_format() writes: 4094 VIDs and their commas. */
#define VLANS_TEXT 20480

/*
 * Parse what the key `vlan` says. Returns 0, or -EINVAL (-ERANGE) with one line in @err, as
 * the parsers of values.h do.
 */
int vlans_parse(const char *text, struct vrxdp_vlans *v, char *err, size_t err_len);

/* The same text again, a list in rising order without ranges; "" without VLAN. Returns @buf. */
char *vlans_format(const struct vrxdp_vlans *v, char *buf, size_t len);

/* For people: at most @len - 1 characters, "100,200-299,…" where it is longer. Returns @buf. */
char *vlans_summary(const struct vrxdp_vlans *v, char *buf, size_t len);

/*
 * Each VLAN that has an entry of its own in the data path's maps: once {0, 0} without VLAN,
 * and once {0, VRXDP_VID_TRUNK} for a trunk.
 *
 *	for (more = vlans_first(v, &vlan); more; more = vlans_next(v, &vlan))
 */
bool vlans_first(const struct vrxdp_vlans *v, struct vrxdp_vlan *vlan);
bool vlans_next(const struct vrxdp_vlans *v, struct vrxdp_vlan *vlan);

/* How many vlans_first() and vlans_next() give. */
size_t vlans_count(const struct vrxdp_vlans *v);

/* Do frames of @vlan belong to it? A trunk has all 802.1Q VLANs. */
bool vlans_have(const struct vrxdp_vlans *v, struct vrxdp_vlan vlan);

/* Is there a VLAN that both have? *@vlan is one of them. */
bool vlans_overlap(const struct vrxdp_vlans *a, const struct vrxdp_vlans *b,
		   struct vrxdp_vlan *vlan);

bool vlans_equal(const struct vrxdp_vlans *a, const struct vrxdp_vlans *b);

/* Does the router see its frames' tags? */
bool vlans_pass_tagged(const struct vrxdp_vlans *v);

/* Bytes of the tags that the router doesn't see. */
__u8 vlans_hidden(const struct vrxdp_vlans *v);

/* How many of them a port's MTU must have room for: all but one tag. */
__u8 vlans_beyond(const struct vrxdp_vlans *v);

#endif
