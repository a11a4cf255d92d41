/* SPDX-License-Identifier: GPL-2.0-only */
/* What the maps are. */
#ifndef META_H
#define META_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vrxdp/records.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct vrxdp_meta);
	__uint(max_entries, 1);
} vx_meta SEC(".maps");

#endif
