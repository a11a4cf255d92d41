/* SPDX-License-Identifier: GPL-2.0-only */
/* The test frames that `frames` sends and `count` recognises, and how `sink` sums up. */
#ifndef TESTS_SEQ_H
#define TESTS_SEQ_H

#include <linux/types.h>

#define SEQ_ETHERTYPE 0x88b5 /* IEEE 802: local experimental */
#define SEQ_MAGIC 0x76727864u

/* Follows the Ethernet header and its tags; everything in network byte order. */
struct seq_header {
	__be32 magic;
	__be32 stream;
	__be64 seq;
} __attribute__((packed));

/* The byte at @i behind the header of frame @seq: a frame that is cut or mixed shows. */
#define SEQ_FILL(stream, seq, i) ((__u8)((stream)*31u + (__u32)(seq)*7u + (__u32)(i)))

/* Random unicast addresses start with this byte; all of them count as one address. */
#define RANDOM_MAC_FIRST 0x06

/* What `sink` counts by. No tag: vlan is NO_VLAN. */
#define NO_VLAN 0xffff
struct sink_key {
	__u8 dst[6];
	__u8 src[6];
	__u16 vlan;
	__u16 pad;
};

struct sink_count {
	__u64 packets;
	__u64 bytes;
};

#endif
