// SPDX-License-Identifier: GPL-2.0-only
#include "group.h"

int group_limit(struct state *st, __u32 port, __u64 copies_per_second, __u32 members)
{
	struct vrxdp_port hot;
	__u64 burst = 4ULL * (members + GROUP_OTHER_MEMBERS);

	if (state_get(st, MAP_PORTS, &port, &hot))
		return 0;
	/* At least 10 ms' worth: frames arrive in batches. */
	if (burst < copies_per_second / 100)
		burst = copies_per_second / 100;
	hot.copy_ns = copies_per_second ? 1000000000ULL / copies_per_second : 0;
	if (copies_per_second && !hot.copy_ns)
		hot.copy_ns = 1;
	hot.burst_ns = burst * hot.copy_ns;
	return state_put(st, MAP_PORTS, &port, &hot);
}
