/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of frames that routers send: vx_device on each interface's device. */
#ifndef DEVICE_TABLE_H
#define DEVICE_TABLE_H

#include "xdp_table.h"

static int device_table_wrong(const struct xdp_case *cases, size_t n, enum how how)
{
	struct device_programs p = device_programs(how == AT_VERDICT);
	struct place places[IFACES];
	int wrong;
	__u32 i;

	for (i = RED; i < IFACES; i++)
		places[i] = (struct place){ p.device, prog.dev[i], -1 };
	if (how == LIVE)
		captures_open();
	wrong = xdp_table_wrong(cases, n, how, places);
	if (how == LIVE)
		captures_close();
	programs_device_close(&p);
	return wrong;
}

#endif
