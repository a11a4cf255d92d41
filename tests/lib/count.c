/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count: receives on a device as a packet socket does, promiscuously, and prints what
 * came as JSON when it gets SIGTERM: frames and bytes by addresses and VLAN, whether
 * numbered frames (seq.h) came whole, once and in order, and whether the checksums of
 * IP packets are right as they are in the frame.
 *
 *   count DEV
 *
 * "lost" in the output are frames that this program was too slow for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "seq.h"

#define BLOCK_SIZE (1u << 20)
#define BLOCKS 64u
#define MAX_FLOWS 8192u /* power of two */
#define MAX_STREAMS 64u

struct flow {
	struct sink_key key;
	struct sink_count count;
};

static struct flow flows[MAX_FLOWS];
static struct sink_count total;
static __u64 good, bad, unfinished;  /* checksums */
static __u64 corrupt, missing, late; /* numbered frames */
static __u64 next_seq[MAX_STREAMS];
static volatile sig_atomic_t stopped;

static void die(const char *what)
{
	fprintf(stderr, "count: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static void add_flow(const struct sink_key *key, __u32 len)
{
	__u32 h = 2166136261u, i;
	const __u8 *bytes = (const __u8 *)key;

	for (i = 0; i < sizeof(*key); i++)
		h = (h ^ bytes[i]) * 16777619u;
	for (i = 0; i < MAX_FLOWS; i++) {
		struct flow *f = &flows[(h + i) % MAX_FLOWS];

		if (f->count.packets && memcmp(&f->key, key, sizeof(*key)))
			continue;
		f->key = *key;
		f->count.packets++;
		f->count.bytes += len;
		return;
	}
	errno = ENOSPC;
	die("flows");
}

/* @p is behind the EtherType. */
static void check_seq(const __u8 *p, __u32 len)
{
	struct seq_header head;
	__u32 i, stream;
	__u64 seq;

	if (len < sizeof(head))
		return;
	memcpy(&head, p, sizeof(head));
	stream = ntohl(head.stream);
	seq = be64toh(head.seq);
	if (ntohl(head.magic) != SEQ_MAGIC || stream >= MAX_STREAMS) {
		corrupt++;
		return;
	}
	for (i = sizeof(head); i < len; i++) {
		if (p[i] != SEQ_FILL(stream, seq, i - sizeof(head))) {
			corrupt++;
			return;
		}
	}
	if (seq < next_seq[stream]) {
		late++;
		return;
	}
	missing += seq - next_seq[stream];
	next_seq[stream] = seq + 1;
}

/* @frame as it is in the buffer: a first tag is in @vlan, not in the bytes. */
static void receive(const __u8 *frame, __u32 len, __u16 vlan, bool partial)
{
	struct sink_key key = { .vlan = vlan };
	__be16 type;

	memcpy(key.dst, frame, 12);
	if (key.dst[0] == RANDOM_MAC_FIRST)
		memset(key.dst + 1, 0, 5);
	if (key.src[0] == RANDOM_MAC_FIRST)
		memset(key.src + 1, 0, 5);
	total.packets++;
	total.bytes += len + (vlan == NO_VLAN ? 0 : 4);
	add_flow(&key, len + (vlan == NO_VLAN ? 0 : 4));
	if (len < ETH_HLEN)
		return;
	memcpy(&type, frame + 12, 2);
	frame += ETH_HLEN;
	len -= ETH_HLEN;
	if (type == htons(SEQ_ETHERTYPE)) {
		check_seq(frame, len);
		return;
	}
	switch (type == htons(ETH_P_IP)   ? checksum_ipv4(frame, len) :
		type == htons(ETH_P_IPV6) ? checksum_ipv6(frame, len) :
					    CHECKSUM_NONE) {
	case CHECKSUM_GOOD:
		good++;
		break;
	case CHECKSUM_BAD:
		/* Left to hardware, or merged by GRO after it was checked. */
		*(partial ? &unfinished : &bad) += 1;
		break;
	case CHECKSUM_NONE:
		break;
	}
}

static void read_block(struct tpacket_block_desc *block)
{
	__u8 *at = (__u8 *)block + block->hdr.bh1.offset_to_first_pkt;
	__u32 i;

	for (i = 0; i < block->hdr.bh1.num_pkts; i++) {
		struct tpacket3_hdr *h = (struct tpacket3_hdr *)at;
		bool tagged = h->tp_status & TP_STATUS_VLAN_VALID;

		receive(at + h->tp_mac, h->tp_len, tagged ? h->hv1.tp_vlan_tci & 0xfff : NO_VLAN,
			h->tp_status & TP_STATUS_CSUMNOTREADY);
		at += h->tp_next_offset;
	}
}

static int open_device(const char *dev, __u8 **ring)
{
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = 1u << 17,
		.tp_frame_nr = BLOCKS * (BLOCK_SIZE >> 17),
		.tp_retire_blk_tov = 20,
	};
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq mreq = { .mr_type = PACKET_MR_PROMISC };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V3, one = 1;

	sll.sll_ifindex = mreq.mr_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || !sll.sll_ifindex ||
	    setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		die(dev);
	*ring = mmap(NULL, (size_t)BLOCK_SIZE * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*ring == MAP_FAILED ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die(dev);
	return fd;
}

static void print(int fd)
{
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t len = sizeof(stats);
	const char *comma = "";
	__u32 i;

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		die("statistics");
	printf("{\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"lost\": %u, ",
	       (uint64_t)total.packets, (uint64_t)total.bytes, stats.tp_drops);
	printf("\"checksums\": {\"good\": %" PRIu64 ", \"bad\": %" PRIu64
	       ", \"unfinished\": %" PRIu64 "}, ",
	       (uint64_t)good, (uint64_t)bad, (uint64_t)unfinished);
	printf("\"corrupt\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"late\": %" PRIu64
	       ", \"flows\": [",
	       (uint64_t)corrupt, (uint64_t)missing, (uint64_t)late);
	for (i = 0; i < MAX_FLOWS; i++) {
		const struct flow *f = &flows[i];
		const __u8 *d = f->key.dst, *s = f->key.src;

		if (!f->count.packets)
			continue;
		printf("%s{\"dst\": \"%02x:%02x:%02x:%02x:%02x:%02x\", ", comma, d[0], d[1], d[2],
		       d[3], d[4], d[5]);
		printf("\"src\": \"%02x:%02x:%02x:%02x:%02x:%02x\", ", s[0], s[1], s[2], s[3], s[4],
		       s[5]);
		if (f->key.vlan == NO_VLAN)
			printf("\"vlan\": null, ");
		else
			printf("\"vlan\": %u, ", f->key.vlan);
		printf("\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 "}",
		       (uint64_t)f->count.packets, (uint64_t)f->count.bytes);
		comma = ", ";
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_term };
	struct pollfd pfd = { .events = POLLIN };
	__u32 n = 0;
	__u8 *ring;

	if (argc != 2) {
		fprintf(stderr, "usage: count DEV\n");
		return 2;
	}
	sigaction(SIGTERM, &act, NULL);
	pfd.fd = open_device(argv[1], &ring);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct tpacket_block_desc *block = (void *)(ring + (size_t)n * BLOCK_SIZE);

		if (__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		    TP_STATUS_USER) {
			read_block(block);
			__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL,
					 __ATOMIC_RELEASE);
			n = (n + 1) % BLOCKS;
			continue;
		}
		/* A block is handed over 20 ms after its first frame at the latest. */
		if (stopped && poll(&pfd, 1, 60) == 0)
			break;
		poll(&pfd, 1, 50);
	}
	print(pfd.fd);
	return 0;
}
