// SPDX-License-Identifier: GPL-2.0-only
/*
 * All maps: those that packets meet, and the commands' records. Loading this
 * makes them. Its program does in the kernel, whole, what must not be half done.
 */
#include "account.h"
#include "group.h"
#include "vrxdp/records.h"

char LICENSE[] SEC("license") = "GPL";

#define RECORDS(name, value_type)                                                                  \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
		__uint(max_entries, SIZED_LATER);                                                  \
	} name SEC(".maps")

RECORDS(vx_port_recs, struct vrxdp_port_rec);
RECORDS(vx_router_recs, struct vrxdp_router_rec);
RECORDS(vx_iface_recs, struct vrxdp_iface_rec);
RECORDS(vx_undo_recs, struct vrxdp_undo_rec);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_meta);
	__uint(max_entries, 1);
} vx_meta SEC(".maps");

/* Move what @count gained over @seen; the caller has taken the interface out of its group. */
static __always_inline struct vrxdp_count take_share(const struct vrxdp_count *count,
					    struct vrxdp_count *seen)
{
	struct vrxdp_count share = { count->packets - seen->packets, count->bytes - seen->bytes };

	count_add(seen, share.packets, share.bytes);
	return share;
}

static __always_inline void settle_drops(__u32 iface, struct vrxdp_count share, enum vrxdp_reason reason)
{
	struct vrxdp_iface_counters *i = bpf_map_lookup_elem(&vx_iface_counts, &iface);
	struct vrxdp_router_counters *r = router_counters(iface);

	if (!i || !r)
		return;
	count_add(&i->rx, share.packets, share.bytes);
	r->rx_bytes += share.bytes;
	r->drops[reason] += share.packets;
}

/*
 * Give an interface that leaves its group its share of the group's counts. Run by
 * BPF_PROG_TEST_RUN on a frame that holds the interface's number: no packet, but
 * softirqs are off, as the counters want it. XDP_PASS: done.
 */
SEC("xdp")
int vx_settle(struct xdp_md *ctx)
{
	__u32 *number = (void *)(long)ctx->data;
	struct vrxdp_group_counts *counts;
	struct vrxdp_group_seen *seen;
	struct vrxdp_count passed;
	struct vrxdp_iface *iface;
	__u32 group, key;

	if ((void *)(number + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	key = *number;
	iface = bpf_map_lookup_elem(&vx_ifaces, &key);
	seen = bpf_map_lookup_elem(&vx_group_seen, &key);
	if (!iface || !seen || !iface->delivery)
		return XDP_ABORTED;
	group = iface->group;
	counts = bpf_map_lookup_elem(&vx_group_counts, &group);
	if (!counts)
		return XDP_ABORTED;
	if (iface->delivery == VRXDP_REDIRECT) {
		settle_drops(key, take_share(&counts->limited, &seen->not_mine.limited),
			     VRXDP_DROP_GROUP_LIMIT);
		settle_drops(key, take_share(&counts->oversize, &seen->not_mine.oversize),
			     VRXDP_DROP_GROUP_SIZE);
		settle_drops(key, take_share(&counts->overrun, &seen->not_mine.overrun),
			     VRXDP_DROP_RING_FULL);
	} else {
		passed = take_share(&counts->passed, &seen->not_mine.passed);
		account_delivered(key, passed.packets, passed.bytes);
	}
	return XDP_PASS;
}
