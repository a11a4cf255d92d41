/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The laboratory with all forms of VLANs, several MAC addresses, VRIDs and an address on the
 * host's side: see prog_lab.h. Beside what that tells,
 *
 *   LIST      also has MAC_LIST2, and lists VRID 51
 *   TRUNK     lists VRID 51
 *   STACKED   lists VRID 7
 *   INNER     also has the MAC address of VRID 119, for good: it lists none
 *   OWNER     lists VRIDs 51 and 52
 *   RIVAL     also has MAC_RIVAL2, and lists VRID 51
 *   WHOLE     lists VRID 9
 *   MAC_BRIDGE is behind port up on the host's side.
 */
#ifndef TAGS_LAB_H
#define TAGS_LAB_H

#include "prog_lab.h"

#define MAC_LIST2 MAC_OF_ROUTER(0x21)
#define MAC_RIVAL2 MAC_OF_ROUTER(0x22)
#define MAC_BRIDGE INIT(0x02, 0, 0, 0, 0x0b, 1)
/* RFC 5798, 7.3 */
#define MAC_VRRP(vrid) INIT(0x00, 0x00, 0x5e, 0x00, 0x01, (vrid))
#define MAC_VRRP6(vrid) INIT(0x00, 0x00, 0x5e, 0x00, 0x02, (vrid))
#define STATIC_VRID 119

static const struct {
	__u32 iface;
	__u8 vrid;
} lab_vrids[] = {
	{ LIST, 51 },  { TRUNK, 51 }, { STACKED, 7 }, { OWNER, 51 },
	{ OWNER, 52 }, { RIVAL, 51 }, { WHOLE, 9 },
};

static void fill_vrids(void)
{
	struct vrxdp_vrids vrids[IFACES] = { 0 };
	size_t k;

	for (k = 0; k < sizeof(lab_vrids) / sizeof(lab_vrids[0]); k++) {
		__u32 i = lab_vrids[k].iface;
		__u8 vrid = lab_vrids[k].vrid;

		vrids[i].bits[vrid / 8] |= (__u8)(1 << vrid % 8);
		vrids[i].room = 1 << 20;
		assert_int_equal(state_put(&prog.st, MAP_VRIDS, &i, &vrids[i]), 0);
	}
}

static void fill_host_mac(void)
{
	struct vrxdp_host_mac key = { .port = UP, .mac = MAC_BRIDGE };
	__u8 yes = 1;

	assert_int_equal(state_put(&prog.st, MAP_HOST_MACS, &key, &yes), 0);
}

/* Group fixture; its end is prog_end(). */
static int tags_begin(void **state)
{
	const __u8 list2[] = MAC_LIST2, rival2[] = MAC_RIVAL2, of_vrid[] = MAC_VRRP(STATIC_VRID);
	int ret;

	prog.tags = true;
	ret = prog_begin(state);
	if (ret)
		return ret;
	lead_all_to(LIST, list2);
	lead_all_to(RIVAL, rival2);
	lead_all_to(INNER, of_vrid);
	fill_vrids();
	fill_host_mac();
	return 0;
}

#endif
