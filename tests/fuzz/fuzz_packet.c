/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a packet: bpf/packet.h reads nothing outside of it (the sanitizer tells), comes to
 * the same as one who reads RFC 791, RFC 8200 and the kernel byte by byte, and one hop more leaves
 * a header that is still right.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/packet.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct judgement drop(enum vrxdp_reason reason)
{
	return judge(PACKET_DROP, reason);
}

static struct judgement punt(enum vrxdp_reason reason)
{
	return judge(PACKET_PUNT, reason);
}

static struct judgement forward(void)
{
	return judge(PACKET_FORWARD, VRXDP_REASON_NONE);
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static bool all(const uint8_t *at, size_t len, uint8_t value)
{
	while (len--)
		if (*at++ != value)
			return false;
	return true;
}

/* The sum over a right header, its checksum included, is 0xffff (RFC 1071). */
static uint32_t header_sum(const uint8_t *ip)
{
	uint32_t sum = 0, i;

	for (i = 0; i < 20; i += 2)
		sum += word(ip + i);
	while (sum > 0xffff)
		sum = sum / 0x10000 + sum % 0x10000;
	return sum;
}

/* @ip has at least 20 of the frame's @room bytes. */
static struct judgement plain_ipv4(const uint8_t *ip, size_t room)
{
	const uint8_t *from = ip + 12, *to = ip + 16;
	uint32_t header = ip[0] % 16 * 4u, len = word(ip + 2);

	if (ip[0] / 16 != 4 || header < 20 || len < header || len > room)
		return drop(VRXDP_DROP_MALFORMED);
	if (header > 20)
		return punt(VRXDP_DROP_OPTIONS);
	if (header_sum(ip) != 0xffff)
		return drop(VRXDP_DROP_IP_CHECKSUM);
	if (to[0] >= 224 && to[0] < 240)
		return punt(VRXDP_DROP_GROUP);
	if ((from[0] >= 224 && from[0] < 240) || all(from, 4, 255))
		return drop(VRXDP_DROP_MARTIAN);
	if (all(to, 4, 255) || (all(from, 4, 0) && all(to, 4, 0)))
		return punt(VRXDP_DROP_LOCAL);
	if (from[0] == 0 || to[0] == 0 || from[0] == 127 || to[0] == 127)
		return drop(VRXDP_DROP_MARTIAN);
	return ip[8] < 2 ? punt(VRXDP_DROP_TTL) : forward();
}

static bool is_one(const uint8_t *address)
{
	return all(address, 15, 0) && address[15] == 1;
}

static bool on_link(const uint8_t *address)
{
	return address[0] == 0xfe && address[1] >= 0x80 && address[1] < 0xc0;
}

/* @ip has at least 40 of the frame's @room bytes. */
static struct judgement plain_ipv6(const uint8_t *ip, size_t room)
{
	const uint8_t *from = ip + 8, *to = ip + 24;

	if (ip[0] / 16 != 6)
		return drop(VRXDP_DROP_MALFORMED);
	if (is_one(from) || is_one(to) || from[0] == 255)
		return drop(VRXDP_DROP_MARTIAN);
	if (ip[6] == 0)
		return punt(VRXDP_DROP_OPTIONS);
	if (word(ip + 4) + 40 > room)
		return drop(VRXDP_DROP_MALFORMED);
	if (to[0] == 255)
		return punt(VRXDP_DROP_GROUP);
	if (on_link(from) || on_link(to))
		return punt(VRXDP_DROP_LINK_LOCAL);
	if (all(to, 16, 0))
		return punt(VRXDP_DROP_LOCAL);
	return ip[7] < 2 ? punt(VRXDP_DROP_TTL) : forward();
}

/* One hop: the TTL, the checksum, nothing else; and the checksum is right again. */
static void check_hop(const uint8_t *packet, size_t size)
{
	uint8_t *copy = malloc(size);

	MUST(copy);
	memcpy(copy, packet, size);
	ipv4_hop((void *)copy);
	MUST(copy[8] == packet[8] - 1);
	MUST(header_sum(copy) == 0xffff);
	copy[8] = packet[8];
	memcpy(copy + 10, packet + 10, 2);
	MUST(!memcmp(copy, packet, size));
	free(copy);
}

/* The same flow has the same hash, and nothing behind the ports changes it. */
static void check_hash(const uint8_t *packet, size_t size, const struct packet *p)
{
	size_t head = p->family == PACKET_IPV4 ? 20 : 40;
	uint8_t *copy = malloc(size);
	uint32_t hash;

	MUST(copy);
	memcpy(copy, packet, size);
	hash = flow_hash(copy, copy + size, p, 1, true);
	if (size > head + 4)
		memset(copy + head + 4, 0x55, size - head - 4);
	MUST(flow_hash(copy, copy + size, p, 1, true) == hash);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p = { 0 };
	struct judgement got, want;
	uint8_t *packet;
	size_t least;
	bool ipv6;

	if (!size)
		return 0;
	ipv6 = data[0] & 1;
	least = ipv6 ? 40 : 20;
	p.family = ipv6 ? PACKET_IPV6 : PACKET_IPV4;
	data++;
	size--;
	/* Just as long as the packet, so that a byte too much is seen. */
	packet = malloc(size ? size : 1);
	MUST(packet);
	memcpy(packet, data, size);
	got = ipv6 ? ipv6_judge(packet, packet + size, (__u32)size, &p) :
		     ipv4_judge(packet, packet + size, (__u32)size, &p);
	if (size < least)
		want = drop(VRXDP_DROP_MALFORMED);
	else
		want = ipv6 ? plain_ipv6(packet, size) : plain_ipv4(packet, size);
	MUST(got.fate == want.fate && got.reason == want.reason);
	MUST(!memcmp(packet, data, size));
	if (got.fate == PACKET_FORWARD) {
		MUST(p.len == (ipv6 ? word(packet + 4) + 40 : word(packet + 2)));
		if (!ipv6)
			check_hop(packet, size);
		check_hash(packet, size, &p);
	}
	/* More of the frame is in other buffers. */
	if (size < least) {
		got = ipv6 ? ipv6_judge(packet, packet + size, 100, &p) :
			     ipv4_judge(packet, packet + size, 100, &p);
		MUST(got.fate == PACKET_PUNT && got.reason == VRXDP_DROP_BUFFERS);
	}
	free(packet);
	return 0;
}
