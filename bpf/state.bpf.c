// SPDX-License-Identifier: GPL-2.0-only
/*
 * All maps: those that packets meet, and the commands' records. Loading this
 * makes them. Its program does in the kernel, whole, what must not be half done.
 */
#include <stddef.h>

#include "account.h"
#include "fib.h"
#include "group.h"
#include "meta.h"

char LICENSE[] SEC("license") = "GPL";

#define RECORDS(name, value_type)                                                                  \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__type(key, __u32);                                                                \
		__type(value, value_type);                                                         \
		__uint(max_entries, SIZED_LATER);                                                  \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
	} name SEC(".maps")

RECORDS(vx_port_recs, struct vrxdp_port_rec);
RECORDS(vx_router_recs, struct vrxdp_router_rec);
RECORDS(vx_iface_recs, struct vrxdp_iface_rec);
RECORDS(vx_undo_recs, struct vrxdp_undo_rec);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct vrxdp_carry_key);
	__type(value, struct vrxdp_carry);
	__uint(max_entries, SIZED_LATER);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} vx_carry SEC(".maps");

static __always_inline void settle_drops(__u32 iface, const struct vrxdp_count *share,
					 enum vrxdp_reason reason)
{
	struct vrxdp_iface_counters *i = bpf_map_lookup_elem(&vx_iface_counts, &iface);
	struct vrxdp_router_counters *r = router_counters(iface);

	if (!i || !r)
		return;
	count_add(&i->rx, share->packets, share->bytes);
	r->rx_bytes += share->bytes;
	r->drops[reason] += share->packets;
}

static __always_inline void raise(struct vrxdp_count *count, const struct vrxdp_count *by)
{
	count->packets += by->packets;
	count->bytes += by->bytes;
}

/*
 * An interface leaves a group: give it its share of the group's counts, and leave what it
 * sent to the group. Run by BPF_PROG_TEST_RUN on a frame that is a struct vrxdp_settle: no
 * packet, but done as a whole, with softirqs off, as the counters want it. XDP_PASS: done.
 */
SEC("xdp")
int vx_settle(struct xdp_md *ctx)
{
	struct vrxdp_settle *settle = (void *)(long)ctx->data;
	struct vrxdp_group_member *member;
	struct vrxdp_group_counts *share;
	struct vrxdp_group_shared *shared;
	struct vrxdp_iface *iface;
	__u32 key, group;

	if ((void *)(settle + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	key = settle->member.iface;
	share = &settle->share;
	iface = bpf_map_lookup_elem(&vx_ifaces, &key);
	member = bpf_map_lookup_elem(&vx_group_members, &settle->member);
	if (!iface || !member || !iface->delivery)
		return XDP_ABORTED;
	settle_drops(key, &share->limited, VRXDP_DROP_GROUP_LIMIT);
	settle_drops(key, &share->oversize, VRXDP_DROP_GROUP_SIZE);
	settle_drops(key, &share->overrun, VRXDP_DROP_RING_FULL);
	account_delivered(key, share->passed.packets, share->passed.bytes);
	raise(&member->before.limited, &share->limited);
	raise(&member->before.oversize, &share->oversize);
	raise(&member->before.overrun, &share->overrun);
	raise(&member->before.passed, &share->passed);
	/* The others go on missing what it sent. */
	group = settle->member.group;
	shared = bpf_map_lookup_elem(&vx_group_counts, &group);
	if (!shared)
		return XDP_ABORTED;
	raise(&shared->left.limited, &member->sent.limited);
	raise(&shared->left.oversize, &member->sent.oversize);
	/* What it sent is still none of its own losses, if this is repeated. */
	raise(&member->before.limited, &member->sent.limited);
	raise(&member->before.oversize, &member->sent.oversize);
	__builtin_memset(&member->sent, 0, sizeof(member->sent));
	return XDP_PASS;
}

/* Counters are structs of __u64 and nothing else. */
#define CARRY_ROOM(type)                                                                           \
	_Static_assert(sizeof(type) / sizeof(__u64) <= VRXDP_CARRY_NUMBERS, "room in vrxdp_carry")
CARRY_ROOM(struct vrxdp_port_counters);
CARRY_ROOM(struct vrxdp_router_counters);
CARRY_ROOM(struct vrxdp_group_shared);
CARRY_ROOM(struct vrxdp_group_member);

/* As packets count: shared ones with atomic operations. Returns 1, or 0 without @to. */
static __always_inline int carry_add(void *to, const __u64 *numbers, const __u32 size, bool shared)
{
	__u64 *count = to;
	__u32 i;

	if (!count)
		return 0;
	for (i = 0; i < size / sizeof(*count); i++) {
		if (shared)
			__sync_fetch_and_add(&count[i], numbers[i]);
		else
			count[i] += numbers[i];
	}
	return 1;
}

static __always_inline int carry_to(const struct vrxdp_carry_key *key, const __u64 *numbers)
{
	struct vrxdp_member_key member = { .iface = key->index, .group = key->group };
	struct vrxdp_group_member *m;
	__u32 index = key->index;

	switch (key->kind) {
	case VRXDP_CARRY_PORT:
		return carry_add(bpf_map_lookup_elem(&vx_port_counts, &index), numbers,
				 sizeof(struct vrxdp_port_counters), false);
	case VRXDP_CARRY_IFACE:
		return carry_add(bpf_map_lookup_elem(&vx_iface_counts, &index), numbers,
				 sizeof(struct vrxdp_iface_counters), false);
	case VRXDP_CARRY_ROUTER:
		return carry_add(bpf_map_lookup_elem(&vx_router_counts, &index), numbers,
				 sizeof(struct vrxdp_router_counters), false);
	case VRXDP_CARRY_GROUP:
		return carry_add(bpf_map_lookup_elem(&vx_group_counts, &index), numbers,
				 sizeof(struct vrxdp_group_shared), true);
	case VRXDP_CARRY_MEMBER:
		m = bpf_map_lookup_elem(&vx_group_members, &member);
		return m ? carry_add(&m->sent,
				     numbers + offsetof(struct vrxdp_group_member, sent) /
						       sizeof(__u64),
				     sizeof(m->sent), true) :
			   0;
	default:
		return 0;
	}
}

/*
 * Add an entry of vx_carry to the counters, once: whoever is killed can try again. Run by
 * BPF_PROG_TEST_RUN on a frame that is its key, with softirqs off. XDP_PASS: done.
 */
SEC("xdp")
int vx_carry_over(struct xdp_md *ctx)
{
	struct vrxdp_carry_key *frame = (void *)(long)ctx->data;
	struct vrxdp_carry_key key;
	struct vrxdp_carry *carry;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	key = *frame;
	carry = bpf_map_lookup_elem(&vx_carry, &key);
	if (!carry)
		return XDP_ABORTED;
	if (!carry->done && !carry_to(&key, carry->numbers))
		return XDP_ABORTED;
	carry->done = 1;
	return XDP_PASS;
}
