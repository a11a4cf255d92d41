/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From names to devices: where the device is, what kind it is, who has its far end.
 * Nothing is changed. Functions say their errors and return -1; what they open is
 * freed by resolved_close().
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "link.h"
#include "netns.h"
#include "state.h"

/*
 * What a frame may have beyond the MTU: an Ethernet header, and one tag of 802.1Q, which the kernel
 * lets go beyond it (net/core/dev.c, is_skb_forwardable()).
 */
#define FRAME_OVERHEAD 18u

struct resolved {
	struct vrxdp_device_rec device;
	struct link_info link;
	struct netns ns;
	struct vrxdp_device_rec peer; /* far end of a veth; ifindex 0: none, or out of reach */
	struct link_info peer_link;
	struct netns peer_ns;
	__u16 max_len; /* longest frame that both ends take, bytes */
	__u8 kind;     /* enum vrxdp_kind; of an interface */
};

void resolved_init(struct resolved *r);
void resolved_close(struct resolved *r);

/* A namespace that attach is to make, and isn't there, has the cookie 0. */
int resolve_router(const struct vrxdp_router_conf *conf, struct vrxdp_router_rec *rec);

/* @port's device by its name. */
int resolve_port(const struct vrxdp_port_conf *conf, struct resolved *r);

/* Nothing was said: attach is to make it. */
#define RESOLVE_ABSENT 1

/*
 * @conf's device by its name, looked for where vrxdp runs, in the port's namespace and in
 * the router's: the first that leads into the router. @port is the resolved port.
 * By resolve_auto() if its name is auto.
 */
int resolve_iface(const struct vrxdp_iface_conf *conf, const struct vrxdp_router_rec *router,
		  const struct resolved *port, struct resolved *r);

/*
 * The host end, where vrxdp runs or in the port's namespace, of a veth whose far end is in the
 * router's namespace: by the far end's name and RESOLVE_ABSENT if attach makes what isn't
 * there; else the only one, or the only one whose far end has a MAC address of the interface.
 */
int resolve_auto(const struct vrxdp_iface_conf *conf, const struct vrxdp_router_rec *router,
		 const struct resolved *port, struct resolved *r);

/*
 * The same device again, by identity; its far end isn't looked for. Quiet: returns 0, -ENOENT if its namespace is gone
 * or out of reach, -ENODEV if it isn't there any more.
 */
int resolve_again(const struct vrxdp_device_rec *rec, struct resolved *r);

/*
 * Find a veth's far end, wherever it is, and max_len. @spec: where it is likely to be, as
 * a namespace's name; may be NULL. A far end out of reach leaves peer.ifindex 0.
 */
void resolve_far_end(struct resolved *r, const char *spec);

/* Fill in *@rec: @link in @ns, which @spec leads to. */
void resolve_name_device(struct vrxdp_device_rec *rec, const char *spec, const struct netns *ns,
			 const struct link_info *link);

#endif
