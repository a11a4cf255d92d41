/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frames: sends streams of frames on a device at a paced rate, and prints exactly
 * what it sent as JSON. The same seed gives the same frames.
 *
 *   frames [-n COUNT] [-s SEED] [-r PPS] [-l] DEV STREAM...
 *
 * SIGTERM ends it before COUNT. A frame that the kernel refuses is sent again until it is taken; with -l it is
 * lost, and counted as refused.
 *
 * STREAM is a list of key=value, with commas between:
 *   dst=MAC|random|group   src=MAC|random   vlan=N   tpid=8100|88a8   weight=N
 *   min=BYTES max=BYTES    length of the whole frame, tags included
 *   kind=seq|noise|hex     numbered frames (seq.h), any type and content, or hex=...
 * Each frame is of a stream drawn by weight.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "seq.h"

#define MAX_FRAME 65535u
#define MAX_STREAMS 64
#define RETRIES 100000 /* times 20 us: a receiver that is stuck for 2 s is a failure */

enum address { FIXED, RANDOM, GROUP };
enum kind { SEQ, NOISE, HEX };

struct stream {
	enum address dst_is, src_is;
	enum kind kind;
	__u8 dst[6], src[6];
	int vlan; /* -1: no tag */
	__u16 tpid;
	__u32 min, max, weight;
	__u8 *hex;
	__u64 sent, bytes;
};

static struct stream streams[MAX_STREAMS];
static unsigned int nstreams;
static __u64 rng_state, retries, refused;
static bool lossy;
static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static void die(const char *what, const char *text)
{
	fprintf(stderr, "frames: %s: %s\n", what, text);
	exit(2);
}

/* splitmix64 */
static __u64 rng(void)
{
	__u64 z = (rng_state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static __u32 number(const char *key, const char *text, int base, __u32 max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, base);
	if (errno || end == text || *end || n > max || *text == '-')
		die(key, text);
	return (__u32)n;
}

static void mac(const char *text, __u8 out[6])
{
	int n = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out[0], &out[1], &out[2],
		   &out[3], &out[4], &out[5], &n) != 6 ||
	    text[n])
		die("MAC", text);
}

static void hex(struct stream *s, const char *text)
{
	size_t i, len = strlen(text) / 2;

	s->kind = HEX;
	s->hex = malloc(len + 1);
	if (!s->hex || len < 14 || len > MAX_FRAME || strlen(text) % 2)
		die("hex", text);
	for (i = 0; i < len; i++)
		if (sscanf(text + 2 * i, "%2hhx", &s->hex[i]) != 1)
			die("hex", text);
	s->min = s->max = (__u32)len;
}

static void set(struct stream *s, const char *key, const char *value)
{
	if (!strcmp(key, "dst") || !strcmp(key, "src")) {
		bool dst = *key == 'd';
		enum address is = !strcmp(value, "random") ? RANDOM :
				  !strcmp(value, "group")  ? GROUP :
							     FIXED;

		if (is == FIXED)
			mac(value, dst ? s->dst : s->src);
		*(dst ? &s->dst_is : &s->src_is) = is;
	} else if (!strcmp(key, "vlan")) {
		s->vlan = (int)number(key, value, 10, 65535);
	} else if (!strcmp(key, "tpid")) {
		s->tpid = (__u16)number(key, value, 16, 65535);
	} else if (!strcmp(key, "min")) {
		s->min = number(key, value, 10, MAX_FRAME);
	} else if (!strcmp(key, "max")) {
		s->max = number(key, value, 10, MAX_FRAME);
	} else if (!strcmp(key, "weight")) {
		s->weight = number(key, value, 10, 1000000);
	} else if (!strcmp(key, "kind")) {
		s->kind = !strcmp(value, "noise") ? NOISE : SEQ;
	} else if (!strcmp(key, "hex")) {
		hex(s, value);
	} else {
		die("unknown key", key);
	}
}

static void parse_stream(char *text)
{
	struct stream *s = &streams[nstreams++];
	char *save = NULL, *part;

	if (nstreams > MAX_STREAMS)
		die("too many streams", text);
	*s = (struct stream){ .vlan = -1, .tpid = 0x8100, .min = 60, .max = 60, .weight = 1 };
	memcpy(s->src, "\x02\x00\x00\x00\x00\xfe", 6);
	for (part = strtok_r(text, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		char *value = strchr(part, '=');

		if (!value)
			die("not key=value", part);
		*value++ = '\0';
		set(s, part, value);
	}
	if (s->min < 14 || s->max < s->min || !s->weight)
		die("min, max or weight", "out of range");
}

static void random_mac(__u8 out[6], enum address is)
{
	__u64 r = rng();

	if (is == RANDOM) {
		memcpy(out, &r, 6);
		out[0] = RANDOM_MAC_FIRST;
		return;
	}
	switch (r % 3) {
	case 0:
		memset(out, 0xff, 6);
		break;
	case 1:
		memcpy(out, "\x01\x00\x5e\x00\x00", 5);
		break;
	default:
		memcpy(out, "\x33\x33\x00\x00\x00", 5);
	}
	if (r % 3)
		out[5] = (__u8)(1 + (r >> 8) % 8);
}

static __u32 put(__u8 *frame, __u32 at, const void *bytes, __u32 len)
{
	memcpy(frame + at, bytes, len);
	return at + len;
}

/* A frame of stream @s, whose number is @id. Returns its length. */
static __u32 build(struct stream *s, __u32 id, __u8 *frame)
{
	static const __u16 types[] = { 0x0800, 0x86dd, 0x0806, 0x8847, 0x88cc, 0x0000, 0xffff };
	__u32 len = s->min + (__u32)(rng() % (s->max - s->min + 1)), at, i;
	__be16 tag[2] = { htons(s->tpid), htons((__u16)s->vlan) };
	__be16 type = htons(SEQ_ETHERTYPE);
	struct seq_header head = { htonl(SEQ_MAGIC), htonl(id), htobe64(s->sent) };

	if (s->kind == HEX) {
		memcpy(frame, s->hex, len);
		return len;
	}
	if (s->dst_is != FIXED)
		random_mac(s->dst, s->dst_is);
	if (s->src_is != FIXED)
		random_mac(s->src, s->src_is);
	at = put(frame, 0, s->dst, 6);
	at = put(frame, at, s->src, 6);
	if (s->vlan >= 0)
		at = put(frame, at, tag, 4);
	if (s->kind == NOISE) {
		__u64 r = rng();

		type = htons(r % 8 < 7 ? types[r % 8] : (__u16)(r >> 16));
		/* Noise isn't numbered, and has no tags but those that it was given. */
		if (type == htons(SEQ_ETHERTYPE) || type == htons(0x8100) || type == htons(0x88a8))
			type = 0;
	}
	at = put(frame, at, &type, 2);
	if (s->kind == NOISE) {
		for (i = at; i < len; i++)
			frame[i] = (__u8)rng();
		return len;
	}
	at = put(frame, at, &head, sizeof(head));
	for (i = at; i < len; i++)
		frame[i] = SEQ_FILL(id, s->sent, i - at);
	return len;
}

static struct stream *draw(void)
{
	__u64 total = 0, r;
	unsigned int i;

	if (nstreams == 1)
		return streams;
	for (i = 0; i < nstreams; i++)
		total += streams[i].weight;
	r = rng() % total;
	for (i = 0; r >= streams[i].weight; i++)
		r -= streams[i].weight;
	return &streams[i];
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Wait for the time of frame @n; after a pause at most 32 frames catch up at once. */
static void pace(__u64 n, double pps, double *start)
{
	double due = *start + (double)n / pps, t = now();

	if (t > due + 32 / pps)
		*start += t - due - 32 / pps;
	while (now() < due)
		if (due - now() > 200e-6)
			usleep(100);
}

/* The kernel refuses a frame while the veth's ring is full: wait, and try again. */
static bool send_frame(int fd, const __u8 *frame, __u32 len)
{
	int tries;

	for (tries = 0; send(fd, frame, len, 0) < 0; tries++, retries++) {
		if (errno == ENOBUFS && lossy) {
			refused++;
			return false;
		}
		if ((errno != ENOBUFS && errno != EAGAIN) || tries == RETRIES)
			die("send", strerror(errno));
		usleep(20);
	}
	return true;
}

static int open_device(const char *dev)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	sll.sll_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || !sll.sll_ifindex || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die(dev, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	static __u8 frame[MAX_FRAME];
	__u64 count = 1, n, sent = 0, bytes = 0;
	double pps = 50000, start;
	unsigned int i;
	int opt, fd;

	signal(SIGTERM, on_term);
	while ((opt = getopt(argc, argv, "n:s:r:l")) != -1) {
		if (opt == 'n')
			count = number("-n", optarg, 10, UINT32_MAX);
		else if (opt == 's')
			rng_state = number("-s", optarg, 10, UINT32_MAX);
		else if (opt == 'r')
			pps = number("-r", optarg, 10, 10000000);
		else if (opt == 'l')
			lossy = true;
		else
			return 2;
	}
	if (argc - optind < 2)
		die("usage", "frames [-n COUNT] [-s SEED] [-r PPS] [-l] DEV STREAM...");
	fd = open_device(argv[optind]);
	for (i = (unsigned int)optind + 1; i < (unsigned int)argc; i++)
		parse_stream(argv[i]);
	start = now();
	for (n = 0; n < count && !stopped; n++) {
		struct stream *s = draw();
		__u32 len = build(s, (__u32)(s - streams), frame);

		pace(n, pps, &start);
		if (!send_frame(fd, frame, len))
			continue;
		s->sent++;
		s->bytes += len;
		sent++;
		bytes += len;
	}
	printf("{\"sent\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"retries\": %" PRIu64
	       ", \"refused\": %" PRIu64 ", \"streams\": [",
	       (uint64_t)sent, (uint64_t)bytes, (uint64_t)retries, (uint64_t)refused);
	for (i = 0; i < nstreams; i++)
		printf("%s{\"sent\": %" PRIu64 ", \"bytes\": %" PRIu64 "}", i ? ", " : "",
		       (uint64_t)streams[i].sent, (uint64_t)streams[i].bytes);
	printf("]}\n");
	return 0;
}
