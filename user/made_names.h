/* SPDX-License-Identifier: GPL-2.0-only */
/* How what vrxdp makes for a router is named and addressed: the same after each boot. */
#ifndef MADE_NAMES_H
#define MADE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "vrxdp/records.h"

/*
 * The host end of the veth of @router's interface @iface: "vr-red-wan" where that fits and
 * reads in one way only, else "vr-" and a hash.
 */
void made_host_name(const char *router, const char *iface, char name[VRXDP_DEV_LEN]);

/* Whose address it is. */
enum made_end { MADE_ROUTER_END, MADE_HOST_END };

/*
 * A locally administered unicast address: a hash of the machine's id, router and interface.
 * Without the machine's id, two hosts with one config on one LAN would have the same addresses.
 */
void made_mac(const char *machine, const char *router, const char *iface, enum made_end end,
	      __u8 mac[6]);

/* machine-id(5), "" where there is none. Returns @buf, which has at least 33 bytes. */
char *made_machine(char *buf, size_t len);

/* Can the router's end have the interface's name? */
bool made_name_valid(const char *iface);

/* Does attach make the way to the interface, if it isn't there? */
bool made_wanted(const struct vrxdp_router_conf *router, const struct vrxdp_iface_conf *iface);

/* Is the device to be found by the router's namespace? */
bool device_is_auto(const struct vrxdp_iface_conf *iface);

#endif
