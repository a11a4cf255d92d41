/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's features (`ethtool -k`) and driver, by the ioctl interface, under the
 * kernel's own names. What ethtool groups, the kernel doesn't:
 *
 *   tx-checksumming   tx-checksum-ip-generic, -ipv4, -ipv6, -sctp, -fcoe-crc
 *   TSO               tx-tcp-segmentation, tx-tcp6-segmentation,
 *                     tx-tcp-ecn-segmentation, tx-tcp-mangleid-segmentation
 *   UDP segmentation  tx-udp-segmentation
 *   GSO, SG           tx-generic-segmentation, tx-scatter-gather
 *   GRO, LRO          rx-gro, rx-lro
 *   VLAN              rx-vlan-hw-parse, tx-vlan-hw-insert, and -stag- for 802.1ad
 *
 * A feature has two values. "wanted" is what somebody asked for and stays; "active" is
 * what the kernel makes of it, given the features that it needs: checksum offload off
 * takes scatter-gather, TSO and GSO out of active, and leaves them wanted. So, to put
 * back: remember `wanted` of just those features that are set, before the first change,
 * and ethtool_feature_want() it; what depends on them returns by itself, in any order.
 * An XDP program on a veth takes TSO from the peer while it is there: remember before
 * attaching, put back after detaching, then `ethtool -k` is the same as before.
 *
 * @ns NULL: the calling thread's. Return 0 or a negative errno, never print. -ENODEV: no
 * such device; -ENOENT: this kernel has no such feature. Devices are given by ifindex, so
 * a rename changes nothing; -EAGAIN: it was renamed just then, again and again.
 */
#ifndef ETHTOOL_H
#define ETHTOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "netns.h"

struct ethtool_feature {
	char name[32];
	bool active;
	bool wanted;
	bool changeable; /* false: "[fixed]" */
};

int ethtool_feature_get(const struct netns *ns, __u32 ifindex, const char *feature,
			struct ethtool_feature *out);

/*
 * Call @cb for each feature that this kernel knows, from one reading taken before the
 * first call. Returns 0, @cb's first non-zero value, or a negative errno.
 */
int ethtool_feature_each(const struct netns *ns, __u32 ifindex,
			 int (*cb)(const struct ethtool_feature *f, void *arg), void *arg);

/*
 * Set wanted, and see to it that active follows: -EOPNOTSUPP if the kernel kept the old
 * value (fixed, or it needs a feature that is off); then wanted is what it was.
 * 0 without touching the device if active and wanted are @on already.
 */
int ethtool_feature_set(const struct netns *ns, __u32 ifindex, const char *feature, bool on);

/* Set wanted only, to put back what was; -EOPNOTSUPP if that didn't take. */
int ethtool_feature_want(const struct netns *ns, __u32 ifindex, const char *feature, bool on);

/* Queue pairs: "combined" channels. Those in use include what the driver keeps for XDP. */
int ethtool_queues(const struct netns *ns, __u32 ifindex, __u32 *used, __u32 *max);

/* The driver's name ("veth", "igb") and version ("" if it has none); either may be NULL. */
int ethtool_driver(const struct netns *ns, __u32 ifindex, char *name, size_t name_len,
		   char *version, size_t version_len);

/* Is it a virtual function on PCI? No, where sysfs can't tell. */
bool ethtool_is_vf(const struct netns *ns, __u32 ifindex);

#endif
