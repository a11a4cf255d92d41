/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking up a router's tables. */
#ifndef TABLES_H
#define TABLES_H

#include "fib.h"
#include "maps.h"
#include "packet.h"

static __always_inline const struct vrxdp_nexthop *nexthop_of(__u32 entry)
{
	return bpf_map_lookup_elem(&vx_nexthops, &entry);
}

/* The entry in vx_nexthops that a number stands for; entry 0 has no route. */
static __always_inline __u32 nexthop_entry(__u32 number)
{
	__u32 *entry = bpf_map_lookup_elem(&vx_nexthop_numbers, &number);

	return entry ? *(volatile __u32 *)entry : 0;
}

/* The entry in vx_nexthops of the route to an address. */
static __always_inline __u32 route_lookup(const struct vrxdp_fast *fast, enum packet_family family,
					  struct vrxdp_fib_key key)
{
	__u32 number;

	if (family == PACKET_IPV4)
		number = vrxdp_fib_lookup(&vx_fib_chunks, *(volatile __u64 *)&fast->root[0], key,
					  VRXDP_FIB_STEPS_IPV4);
	else
		number = vrxdp_fib_lookup(&vx_fib_chunks, *(volatile __u64 *)&fast->root[1], key,
					  VRXDP_FIB_STEPS_IPV6);
	return nexthop_entry(*(volatile __u32 *)&fast->nexthops + number);
}

#endif
