/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What attach makes for routers with create = yes: a namespace, and a veth for each interface.
 * Each is in the journal before it is there; what existed before isn't, and is never removed.
 * Functions say their errors and return -1.
 */
#ifndef MADE_H
#define MADE_H

#include <stdbool.h>

#include "host.h"
#include "resolve.h"
#include "state.h"

struct owner made_router_owner(__u32 router);
struct owner made_iface_owner(__u32 iface);

/* Is nothing known by this name in /run/netns? Quiet. */
bool made_netns_absent(const char *name);

/* Did vrxdp make @r's namespace, and has it kept its name since? */
bool made_netns_is(const struct state *st, const struct world_router *r);
/* Did vrxdp make the veth of the interface with this number? */
bool made_veth_is(const struct state *st, __u32 iface);

/* Make @r's namespace; completes and stores its record. @r->id is given. */
int made_netns(struct state *st, struct world_router *r);

/*
 * Remove the namespaces that were made for @r, but for the one with the cookie @keep (0: none);
 * what isn't vrxdp's any more is only forgotten. @leave: forget all, remove none.
 */
int made_netns_undo(struct state *st, __u32 router, __u64 keep, bool leave);

/*
 * Make the veth of @f, whose other end is in @router's namespace; stores a record with its
 * device, with which it can be taken back.
 */
int made_veth(struct state *st, struct world_iface *f, const struct vrxdp_router_rec *router,
	      __u32 mtu);

/* The router's end gets the first MAC address of @conf. */
int made_set_mac(const struct vrxdp_iface_conf *conf, const struct resolved *dev);
/* The one again that it had when @dev was resolved. */
void made_put_mac_back(const struct resolved *dev);
int made_up(const struct vrxdp_iface_conf *conf, const struct resolved *dev);
/* It gets the addresses of @conf instead of those of @before (NULL: none). */
int made_set_addresses(const struct vrxdp_iface_conf *conf, const struct vrxdp_iface_conf *before,
		       const struct resolved *dev);

/* For host_undo(): 0, a negative errno, -EUCLEAN: it isn't what was made. */
int made_veth_undo(const struct netns *ns, const struct vrxdp_undo_rec *rec);

#endif
