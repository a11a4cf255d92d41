/* SPDX-License-Identifier: GPL-2.0-only */
/* The laboratory's host with VLAN devices, as it were: tests/lib/beside.bpf.c. */
#ifndef BESIDE_LAB_H
#define BESIDE_LAB_H

#include "relay_lab.h"
#include "tests/lib/beside.skel.h"

/* What the host sends has its outermost tag beside it. */
static struct beside_bpf *put_tags_beside(void)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)prog.up[UP],
			    .attach_point = BPF_TC_EGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);
	struct beside_bpf *skel = beside_bpf__open_and_load();

	assert_non_null(skel);
	opts.prog_fd = bpf_program__fd(skel->progs.beside);
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
	return skel;
}

#endif
