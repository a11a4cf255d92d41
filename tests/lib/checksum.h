/* SPDX-License-Identifier: GPL-2.0-only */
/* Are the checksums of an IP packet right? (RFC 791, 793, 768, 792, 4443) */
#ifndef TESTS_CHECKSUM_H
#define TESTS_CHECKSUM_H

#include <arpa/inet.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <string.h>

/* NONE: not a packet that has one here (a fragment, another protocol, cut short). */
enum checksum { CHECKSUM_NONE, CHECKSUM_GOOD, CHECKSUM_BAD };

static inline __u32 checksum_add(__u32 sum, const __u8 *p, __u32 len)
{
	__u32 i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (__u32)(p[i] << 8 | p[i + 1]);
	if (len & 1)
		sum += (__u32)p[len - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

static inline enum checksum checksum_fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

/* @addrs: source and destination, the first part of the pseudo header. */
static inline enum checksum checksum_l4(__u8 proto, const __u8 *addrs, __u32 addrs_len,
					const __u8 *p, __u32 len)
{
	__u32 sum = checksum_add(0, addrs, addrs_len) + proto + len;

	switch (proto) {
	case IPPROTO_TCP:
		if (len < 20)
			return CHECKSUM_NONE;
		break;
	case IPPROTO_UDP:
		if (len < 8 || (!p[6] && !p[7]))
			return CHECKSUM_NONE;
		break;
	case IPPROTO_ICMP:
		sum = 0;
		break;
	case IPPROTO_ICMPV6:
		break;
	default:
		return CHECKSUM_NONE;
	}
	return checksum_fold(checksum_add(sum, p, len));
}

static inline enum checksum checksum_ipv4(const __u8 *p, __u32 len)
{
	__u32 ihl, total;

	if (len < 20)
		return CHECKSUM_NONE;
	ihl = (p[0] & 15u) * 4;
	total = (__u32)(p[2] << 8 | p[3]);
	if (p[0] >> 4 != 4 || ihl < 20 || total < ihl || total > len)
		return CHECKSUM_NONE;
	if (checksum_fold(checksum_add(0, p, ihl)) == CHECKSUM_BAD)
		return CHECKSUM_BAD;
	if ((p[6] << 8 | p[7]) & 0x3fff)
		return CHECKSUM_NONE;
	return checksum_l4(p[9], p + 12, 8, p + ihl, total - ihl);
}

static inline enum checksum checksum_ipv6(const __u8 *p, __u32 len)
{
	__u32 payload;

	if (len < 40 || p[0] >> 4 != 6)
		return CHECKSUM_NONE;
	payload = (__u32)(p[4] << 8 | p[5]);
	if (payload + 40 > len)
		return CHECKSUM_NONE;
	return checksum_l4(p[6], p + 8, 32, p + 40, payload);
}

#endif
