// SPDX-License-Identifier: GPL-2.0-only
/*
 * What became of redirected frames. The kernel reports every flush of a bulk
 * (xdp_devmap_xmit) and every frame that it wouldn't take into one
 * (xdp_redirect_err), on the CPU that redirected: kernel/bpf/devmap.c, bq_xmit_all().
 *
 * While one build takes over from another, the tracers of both are attached. Each report is
 * counted once, since whoever comes first takes what it is about off the list.
 */
#include "kernel.h"

#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "account.h"
#include "demux.h"
#include "meta.h"
#include "vlan.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load. */
const volatile __u32 targets_id; /* of vx_targets */
const volatile __u32 copies_id;  /* of vx_copies */

/* struct net_device is followed by its driver's own, at the next multiple of this. */
#define NETDEV_ALIGN 32u

#define IFF_UP 1 /* <linux/if.h>, which doesn't go with the kernel's own types */

/* Other drivers keep other things behind struct net_device. */
static __always_inline bool is_veth(const struct net_device *dev)
{
	const char *text = BPF_CORE_READ(dev, rtnl_link_ops, kind);
	char kind[8] = {};

	if (!text || bpf_probe_read_kernel_str(kind, sizeof(kind), text) != sizeof("veth"))
		return false;
	return kind[0] == 'v' && kind[1] == 'e' && kind[2] == 't' && kind[3] == 'h';
}

/*
 * A veth's far end, NULL for other devices. It is the first thing in the driver's own
 * (drivers/net/veth.c, struct veth_priv), whose type isn't known where veth is a module
 * that is loaded later.
 */
static __always_inline const struct net_device *veth_peer(const struct net_device *dev)
{
	const struct net_device *peer = NULL;

	if (is_veth(dev))
		bpf_probe_read_kernel(&peer, sizeof(peer),
				      (const void *)dev + ((bpf_core_type_size(struct net_device) +
							    NETDEV_ALIGN - 1) &
							   ~(NETDEV_ALIGN - 1)));
	return peer;
}

static __always_inline enum vrxdp_reason refusal(int err)
{
	switch (-err) {
	case ENXIO:
		return VRXDP_DROP_NO_RECEIVER;
	case ENETDOWN:
		return VRXDP_DROP_DEVICE_DOWN;
	case EMSGSIZE:
		return VRXDP_DROP_MTU;
	case EOPNOTSUPP:
		return VRXDP_DROP_NO_XDP;
	default:
		return VRXDP_DROP_REDIRECT;
	}
}

/*
 * One flush, frame by frame. Runs of frames from and to the same are counted together.
 *
 * Verifiers before 6.7 follow bpf_loop()'s callback once, with the stack as it is at the call, and
 * remove the branches that aren't taken then. What starts with a value known to them, and changes
 * from frame to frame, is therefore in the map.
 */
struct flush {
	struct vrxdp_underway *underway;
	__u32 slot;
	__u32 frames; /* of the list, not looked at yet */
	int sent;     /* not looked at yet, accepted */
	int err;
	__u64 max_len; /* of the far end; read only where frames were dropped */
};

/* The run is in the map: the verifier would follow each of its values on the stack. */
static __always_inline void count_run(__u32 slot, struct vrxdp_underway *u)
{
	if (u->run.packets)
		account_accepted(slot, &u->run);
	u->run.packets = 0;
	u->run.bytes = 0;
	u->run.in_bytes = 0;
}

static __always_inline void accept(__u32 slot, struct vrxdp_underway *u,
				   const struct vrxdp_frame_underway *f)
{
	if (f->flags)
		return;
	if (f->from != u->run.from || f->to != u->run.to || f->in != u->run.in)
		count_run(slot, u);
	u->run.from = f->from;
	u->run.to = f->to;
	u->run.in = f->in;
	u->run.packets++;
	u->run.bytes += f->len;
	u->run.in_bytes += f->in_len;
}

/* The first frame that a driver left tells why; those behind it went with it. */
static __always_inline void left_behind(const struct flush *flush, struct vrxdp_underway *u,
					const struct vrxdp_frame_underway *f)
{
	__u32 number = f->to;
	struct vrxdp_iface *iface = bpf_map_lookup_elem(&vx_ifaces, &number);
	/* From the port, a router behind a VLAN gets the frame without its tags. */
	__u64 len = f->len - (iface && number && !f->from ? iface->hidden : 0);

	if (flush->err)
		u->reason = refusal(flush->err);
	else if (u->reason == VRXDP_REASON_NONE)
		u->reason = len > flush->max_len ? VRXDP_DROP_MTU : VRXDP_DROP_RING_FULL;
	else if (u->reason == VRXDP_DROP_MTU)
		u->reason = VRXDP_DROP_BULK;
	account_lost(f, u->reason);
}

static long flush_frame(__u32 index, struct flush *flush)
{
	struct vrxdp_underway *u = flush->underway;
	struct vrxdp_frame_underway f;

	(void)index;
	if (!u || !flush->frames)
		return 1;
	flush->frames--;
	f = u->frame[u->head % VRXDP_UNDERWAY];
	u->head++;
	if (f.flags & VRXDP_UNDERWAY_SKIP)
		return 0;
	if (flush->sent > 0) {
		flush->sent--;
		accept(flush->slot, u, &f);
	} else {
		left_behind(flush, u, &f);
	}
	return 0;
}

/*
 * Which of the @flushed frames were in @u's list? A frame that finds the bulk full is in the
 * list already, but goes into the next one: alone it is what another tracer has left. If fewer
 * are in the list than were flushed, another build's programs redirected the first ones, or
 * the last ones if these maps are about to retire.
 */
static __always_inline __u32 flushed_of(const struct vrxdp_underway *u, __u32 flushed, int *sent)
{
	__u32 listed = u->tail - u->head, zero = 0;
	const struct vrxdp_meta *meta;

	if (listed == 1 && u->fresh && flushed == VRXDP_BULK)
		return 0;
	if (listed >= flushed)
		return flushed;
	meta = bpf_map_lookup_elem(&vx_meta, &zero);
	if (!meta || meta->handover != VRXDP_HANDOVER_RETIRING)
		*sent -= (int)(flushed - listed);
	return listed;
}

SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(vx_flushed, const struct net_device *from, const struct net_device *to, int sent,
	     int drops, int err)
{
	struct flush flush = { .sent = sent, .err = err, .max_len = ~0ULL };
	const struct net_device *peer;
	int slot;

	slot = device_slot(to->nd_net.net->ns.inum, (__u32)to->ifindex);
	if (slot < 0)
		return 0;
	flush.slot = (__u32)slot;
	flush.underway = bpf_map_lookup_elem(&vx_underway, &flush.slot);
	if (!flush.underway)
		return 0;
	peer = drops > 0 ? veth_peer(to) : NULL;
	/* veth_xdp_xmit(): what the far end takes. */
	if (peer && !err)
		flush.max_len = BPF_CORE_READ(peer, mtu) + BPF_CORE_READ(peer, hard_header_len) +
				VLAN_TAG_LEN;
	/* Before 6.3 a far end without NAPI is refused here, with the error of one that is down. */
	if (peer && err == -ENXIO && (BPF_CORE_READ(peer, flags) & IFF_UP))
		flush.err = -EOPNOTSUPP;
	flush.frames = flushed_of(flush.underway, (__u32)(sent + drops), &flush.sent);
	flush.underway->reason = VRXDP_REASON_NONE;
	bpf_loop((__u32)(sent + drops), flush_frame, &flush, 0);
	count_run(flush.slot, flush.underway);
	return 0;
}

SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(vx_refused, const struct net_device *dev, const struct bpf_prog *prog, const void *tgt,
	     int err, int map_type, __u32 map_id, __u32 index)
{
	struct vrxdp_frame_underway *f;
	struct vrxdp_underway *u;
	__u32 zero = 0;

	if (map_id == copies_id) {
		f = bpf_map_lookup_elem(&vx_relay_frame, &zero);
		if (!f)
			return 0;
		account_lost(f, refusal(err));
		__builtin_memset(f, 0, sizeof(*f));
		return 0;
	}
	if (map_id != targets_id)
		return 0;
	u = bpf_map_lookup_elem(&vx_underway, &index);
	if (!u || u->head == u->tail || !u->fresh)
		return 0;
	u->fresh = 0;
	u->tail--;
	account_lost(&u->frame[u->tail % VRXDP_UNDERWAY], refusal(err));
	return 0;
}
