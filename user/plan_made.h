/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of a plan that concern what attach makes for routers, and what goes with them. */
#ifndef PLAN_MADE_H
#define PLAN_MADE_H

#include "plan.h"

/* Does the device that @old had still lead into @router? Then *@dev is that. Quiet. */
bool plan_same_device(const struct world_iface *old, const struct plan_router *router,
		      struct resolved *dev);

/* There is nothing in the router's namespace yet: plan to make @f's veth. -1: said. */
int plan_make_veth(const struct state *st, struct plan_iface *f, const struct world_iface *old);

/* A veth that is there already, and isn't vrxdp's, must have @conf's MAC address. -1: said. */
int plan_adopt_veth(const struct vrxdp_iface_conf *conf, const struct resolved *dev);

/*
 * Refuse to remove made namespaces that processes (unless @force), ports or other routers are
 * in. -1: said.
 */
int plan_refuse(const struct state *st, const struct world *have, const struct plan *plan,
		bool force);

/* Those that processes are in are only forgotten when their routers go, with a warning. */
int plan_leave(struct state *st, const struct world *have, const struct plan *plan);

#endif
