/* SPDX-License-Identifier: GPL-2.0-only */
/* VRRP advertisements (RFC 3768, RFC 5798) as bodies of frames: members of struct frame_spec. */
#ifndef VRRP_FRAMES_H
#define VRRP_FRAMES_H

#include "frames.h"

/* 224.0.0.18 and ff02::12 */
#define MAC_VRRP_GROUP INIT(0x01, 0x00, 0x5e, 0x00, 0x00, 0x12)
#define MAC_VRRP_GROUP6 INIT(0x33, 0x33, 0x00, 0x00, 0x00, 0x12)

#define BODY(...)                                                                                  \
	.len = 90, .body = INIT(__VA_ARGS__), .body_len = sizeof((__u8[])INIT(__VA_ARGS__))
#define ADVERT(version, vrid, priority) (version) << 4 | 1, (vrid), (priority), 1, 0, 100

/* Header length in words, TTL, protocol. */
#define IPV4(ihl, ttl, protocol)                                                                   \
	0x40 | (ihl), 0xc0, 0, 40, 0, 0, 0, 0, (ttl), (protocol), 0, 0, 192, 0, 2, 1, 224, 0, 0, 18
#define IPV6(next, hops)                                                                           \
	0x60, 0, 0, 0, 0, 6, (next), (hops), 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, \
		0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12

#define IN_PROTOCOL(protocol, ...) .type = ETH_P_IP, BODY(IPV4(5, 255, protocol), __VA_ARGS__)
#define IN_IPV4(...) IN_PROTOCOL(112, __VA_ARGS__)
#define IN_IPV4_TTL(ttl, ...) .type = ETH_P_IP, BODY(IPV4(5, ttl, 112), __VA_ARGS__)
/* Behind a router alert (RFC 2113), which looks like no advertisement. */
#define IN_IPV4_OPTIONS(...) .type = ETH_P_IP, BODY(IPV4(6, 255, 112), 0x94, 4, 0, 0, __VA_ARGS__)
#define IN_NEXT_HEADER(next, ...) .type = ETH_P_IPV6, BODY(IPV6(next, 255), __VA_ARGS__)
#define IN_IPV6(...) IN_NEXT_HEADER(112, __VA_ARGS__)
#define IN_IPV6_HOPS(hops, ...) .type = ETH_P_IPV6, BODY(IPV6(112, hops), __VA_ARGS__)

#endif
