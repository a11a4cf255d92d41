/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that take less than the data path was told. */
#ifndef NARROW_H
#define NARROW_H

#include <sys/ioctl.h>

#include "prog_lab.h"

/* Not below IPv6's 1280: the kernel would set it up anew afterwards, and that speaks. */
#define NARROW 1300
#define LONGEST (NARROW + 18) /* with room for a tag: drivers/net/veth.c */

static void set_number(__u32 ifindex, unsigned long request, int value)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	assert_true(fd >= 0);
	assert_non_null(if_indextoname(ifindex, ifr.ifr_name));
	if (request == SIOCSIFMTU)
		ifr.ifr_mtu = value;
	else
		ifr.ifr_qlen = value;
	assert_int_equal(ioctl(fd, request, &ifr), 0);
	close(fd);
}

__attribute__((unused)) static void set_mtu(__u32 ifindex, int mtu)
{
	set_number(ifindex, SIOCSIFMTU, mtu);
}

__attribute__((unused)) static void set_queue(__u32 ifindex, int frames)
{
	set_number(ifindex, SIOCSIFTXQLEN, frames);
}

#endif
