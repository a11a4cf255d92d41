/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaching and detaching one port or one interface. Order matters: what must be
 * undone is recorded first, frames are steered last, and the other way round on detach.
 * Functions say their errors and return -1; a failed attach is undone by the detach.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <bpf/libbpf.h>

#include "resolve.h"
#include "state.h"

/* @p->id and @p->rec.conf are given; the rest of the record is filled in and stored. */
int port_attach(struct state *st, struct world_port *p, const struct resolved *dev);
/* What its device must be like, of which some may have been changed since. @p->rec.mode is set. */
int port_prepare(struct state *st, const struct world_port *p, const struct resolved *dev);
/* The same for a port that is attached, which also sees to it that its driver has the program. */
int port_refresh(struct state *st, const struct world_port *p, const struct resolved *dev);
/*
 * Its interfaces must be gone. With @again its record stays, and with that its number and its
 * counters, whatever happens until it is attached again.
 */
int port_detach(struct state *st, struct world_port *p, bool again);

/* May @mac be the port's own? That of a whole port is in the config: its link is its owner's to change. */
bool port_may_have(const struct state *st, const struct vrxdp_port *hot, const __u8 mac[6]);

/* @f->id and @f->rec.conf, router and port are given. @expected as in group_join(). */
int iface_attach(struct state *st, struct world_iface *f, struct world_port *port,
		 const struct resolved *port_dev, const struct resolved *dev, __u32 expected);

/*
 * Can an attached interface become like @to by iface_change()? Its port, its device and the
 * tags that its router doesn't see stay the same.
 */
bool iface_can_change(const struct vrxdp_iface_conf *from, const struct vrxdp_iface_conf *to);
/* Other addresses, VRIDs or VLANs of a list, without losing a frame to those that stay. */
int iface_change(struct state *st, struct world_iface *f, const struct world_iface *before,
		 const struct world_port *port, const struct resolved *port_dev,
		 const struct resolved *dev, __u32 expected);

/*
 * A device that is in a bridge: the bridge reaches the router by the port, or not at all, so
 * that no frame arrives twice. Does nothing for other devices.
 */
int iface_gate(struct state *st, const struct world_iface *f, const struct resolved *dev);

/* What packets meet of it. */
struct vrxdp_iface iface_hot_of(const struct world_iface *f, __u16 max_len);
/*
 * A veth whose far end is down doesn't notice that this gets GRO, and would take no redirected
 * frame when it comes up (Linux 6.3 and later: drivers/net/veth.c, veth_set_features() and
 * veth_open()): set it down and up, unless it would lose addresses by that.
 */
int iface_wake(const struct world_iface *f, const struct resolved *dev);

/* Is @hot what packets should meet of it? */
bool iface_hot(const struct world_iface *f, const struct vrxdp_iface *hot);

/*
 * In two halves: after the first no more frames are steered to it; after a grace period
 * (wait_for_packets()) the second forgets it; @again as above.
 */
int iface_stop(struct state *st, const struct world_iface *f);
/* @keep_made: a veth that vrxdp made stays, with a record that tells of it. */
int iface_forget(struct state *st, const struct world_iface *f, bool again, bool keep_made);

/* What a port that routers share needs: tc, and with @relay the pair of veths. */
int shared_ensure(struct state *st, struct world_port *p, const struct resolved *dev, bool relay);
int shared_drop(struct state *st, struct world_port *p);
/* Is all of that still there, and up? @dev is the port's. Quiet. */
bool shared_whole(const struct state *st, const struct world_port *p, const struct resolved *dev);

/*
 * Addresses on the host's side of @p (user/host_macs.c), made to be as they are now; @w has
 * the routers', which aren't among them. host_macs_whole() tells whether they are. Quiet.
 */
int host_macs_set(struct state *st, const struct world *w, const struct world_port *p);
int host_macs_clear(struct state *st, __u32 port);
bool host_macs_whole(const struct state *st, const struct world *w, const struct world_port *p,
		     const struct resolved *dev);

/* Delete what the device is known by, unless @slot isn't it any more. */
int device_forget(const struct state *st, const struct vrxdp_device_rec *dev, __u32 slot);

/* Wait until no CPU is in a program that ran before the call (RCU). */
void wait_for_packets(void);

/* Attach an XDP program and pin the link, @what for messages. */
int xdp_attach(const struct state *st, int prog, const struct netns *ns,
	       const struct link_info *link, bool generic, const char *pin, const char *what);
void xdp_detach(const struct state *st, const char *pin);

/* Another program for the pinned link, in place. */
int xdp_replace(const struct state *st, int prog, const char *pin, const char *what);

/* Is the pinned link still on @ifindex? 1, 0: its device is gone; -1: no such pin. */
int xdp_attached(const struct state *st, const char *pin, __u32 ifindex);

/* vrxdp's tc program on a device's clsact qdisc. 0 or a negative errno; quiet. */
int tc_filter_set(int prog, const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point);
void tc_filter_del(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point);
/* The id of its program. 0 or a negative errno: -ENOENT, there is none. */
int tc_filter_get(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point, __u32 *id);
bool tc_filter_has(const struct netns *ns, __u32 ifindex, enum bpf_tc_attach_point point);

/* Let @slot redirect to @ifindex of @ns. */
int target_set(const struct state *st, enum state_map map, __u32 slot, __u32 ifindex,
	       const struct netns *ns, int prog);
/* The same for a map of slots, or of copies; 0 or a negative errno, quiet. */
int copy_set(int map, __u32 slot, __u32 ifindex, const struct netns *ns, int prog);
/* The ifindex by which frames leave a port: its own, or its relay's near end. */
__u32 port_target(const struct vrxdp_port_rec *rec);

/* The ifindex that @slot redirects to, 0: none. */
__u32 target_get(const struct state *st, __u32 slot);

#endif
