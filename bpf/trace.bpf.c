// SPDX-License-Identifier: GPL-2.0-only
/*
 * What became of redirected frames. The kernel reports every flush of a bulk
 * (xdp_devmap_xmit) and every frame that it wouldn't take into one
 * (xdp_redirect_err), on the CPU that redirected: kernel/bpf/devmap.c, bq_xmit_all().
 */
#include "kernel.h"

#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "account.h"
#include "demux.h"
#include "vlan.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before load. */
const volatile __u32 targets_id;	/* of vx_targets */
const volatile __u32 copies_id;		/* of vx_copies */

/* struct net_device is followed by its driver's own, at the next multiple of this. */
#define NETDEV_ALIGN 32u

static __always_inline bool far_end_refuses(const struct net_device *dev, __u64 len)
{
	const struct net_device *peer;
	const struct veth_priv *priv;

	if (!bpf_core_type_exists(struct veth_priv))
		return false;
	priv = (const void *)dev + ((bpf_core_type_size(struct net_device) + NETDEV_ALIGN - 1) &
				    ~(NETDEV_ALIGN - 1));
	peer = BPF_CORE_READ(priv, peer);
	/* drivers/net/veth.c, veth_xdp_xmit() */
	return peer && len > BPF_CORE_READ(peer, mtu) + BPF_CORE_READ(peer, hard_header_len) +
				     VLAN_TAG_LEN;
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

/* The first frame that a driver left tells why; those behind it went with it. */
static __always_inline enum vrxdp_reason left_behind(const struct net_device *to, __u32 slot,
					    const struct vrxdp_frame_underway *f, int err)
{
	__u32 number = slot - VRXDP_SLOT_IFACE;
	struct vrxdp_iface *iface;
	__u64 len = f->len;

	if (err)
		return refusal(err);
	if (slot >= VRXDP_SLOT_IFACE) {
		iface = bpf_map_lookup_elem(&vx_ifaces, &number);
		if (iface && iface->vlan && f->to)
			len -= VLAN_TAG_LEN;
	}
	return far_end_refuses(to, len) ? VRXDP_DROP_MTU : VRXDP_DROP_RING_FULL;
}

SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(vx_flushed, const struct net_device *from, const struct net_device *to, int sent,
	     int drops, int err)
{
	enum vrxdp_reason reason = VRXDP_REASON_NONE;
	struct vrxdp_frame_underway f;
	struct vrxdp_underway *u;
	int frames = sent + drops;
	__u32 key;
	int slot;
	int i;

	slot = device_slot(to->nd_net.net->ns.inum, (__u32)to->ifindex);
	if (slot < 0)
		return 0;
	key = (__u32)slot;
	u = bpf_map_lookup_elem(&vx_underway, &key);
	if (!u)
		return 0;
	for (i = 0; i < (int)VRXDP_UNDERWAY; i++) {
		if (u->head == u->tail || !frames)
			break;
		f = u->frame[u->head % VRXDP_UNDERWAY];
		u->head++;
		frames--;
		if (f.flags & VRXDP_UNDERWAY_SKIP)
			continue;
		if (sent) {
			sent--;
			account_accepted(key, &f);
			continue;
		}
		if (reason == VRXDP_REASON_NONE)
			reason = left_behind(to, key, &f, err);
		else if (reason == VRXDP_DROP_MTU && !err)
			reason = VRXDP_DROP_BULK;
		account_lost(&f, reason);
	}
	return 0;
}

SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(vx_refused, const struct net_device *dev, const struct bpf_prog *prog, const void *tgt,
	     int err, int map_type, __u32 map_id, __u32 index)
{
	struct vrxdp_underway *u;
	__u32 zero = 0, *len;

	if (map_id == copies_id) {
		len = bpf_map_lookup_elem(&vx_relay_len, &zero);
		if (len && index > VRXDP_SLOT_IFACE)
			account_drop(index - VRXDP_SLOT_IFACE, *len, refusal(err));
		return 0;
	}
	if (map_id != targets_id)
		return 0;
	u = bpf_map_lookup_elem(&vx_underway, &index);
	if (!u || u->head == u->tail)
		return 0;
	u->tail--;
	account_lost(&u->frame[u->tail % VRXDP_UNDERWAY], refusal(err));
	return 0;
}
