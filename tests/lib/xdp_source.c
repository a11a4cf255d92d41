/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xdp_source: UDP frames into a device at a steady rate, made by an XDP program
 * in BPF_PROG_RUN's live-frame mode. On a veth they arrive at its far end.
 */
#include "tool.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>

#include <bpf/bpf.h>

#include "xdp_source.h"
#include "tests/lib/xdp_source.skel.h"

#define FRAME_MAX 3000 /* a live frame is one page, less headroom and trailer */
#define PREFIXES 64

struct prefix {
	__u32 addr; /* host byte order */
	unsigned int len;
};

struct options {
	const char *device;
	struct source_mac macs[SOURCE_MACS];
	unsigned int nr_macs;
	struct prefix prefixes[PREFIXES];
	unsigned int nr_prefixes;
	__u8 src_mac[ETH_ALEN];
	struct in_addr saddr;
	unsigned int size; /* with FCS */
	unsigned int vlan;
	unsigned int batch;
	unsigned int seed;
	int cpu;
	double pps, seconds;
};

static const char usage[] =
	"usage: xdp_source --dev DEV --to MAC [--to MAC...] [--prefix ADDR/LEN...]\n"
	"  --dev DEV          send into this device; on a veth the far end receives\n"
	"  --to MAC           destination; several take turns (up to 256)\n"
	"  --prefix ADDR/LEN  where the 4096 random destinations lie (198.18.0.0/15)\n"
	"  --from MAC         source MAC address (02:00:00:00:00:01)\n"
	"  --source ADDR      source IPv4 address (192.0.2.1)\n"
	"  --size BYTES       frame size, FCS counted (64)\n"
	"  --vlan ID          with an 802.1Q tag\n"
	"  --pps RATE         frames a second; 0: as many as it can (0)\n"
	"  --seconds S        how long (until a signal)\n"
	"  --cpu N            run on this CPU\n"
	"  --batch N          frames per bulk of the kernel's (64)\n"
	"  --seed N           of the random destinations (1)\n"
	"Prints one JSON object: intended = sent + skipped frames, rejected of sent ones.\n";

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void parse_prefix(struct options *o, const char *text)
{
	char addr[INET_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	struct prefix *p = &o->prefixes[o->nr_prefixes];
	struct in_addr in;

	if (o->nr_prefixes == PREFIXES)
		die("--prefix: more than %d", PREFIXES);
	if (!slash || slash - text >= (long)sizeof(addr))
		die("--prefix %s: expected ADDR/LEN", text);
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (inet_pton(AF_INET, addr, &in) != 1)
		die("--prefix %s: not an IPv4 prefix", text);
	p->addr = ntohl(in.s_addr);
	p->len = parse_uint("--prefix", slash + 1, 1, 32);
	o->nr_prefixes++;
}

static void parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "dev", required_argument, NULL, 'd' },
		{ "to", required_argument, NULL, 't' },
		{ "prefix", required_argument, NULL, 'p' },
		{ "from", required_argument, NULL, 'f' },
		{ "source", required_argument, NULL, 'a' },
		{ "size", required_argument, NULL, 's' },
		{ "vlan", required_argument, NULL, 'v' },
		{ "pps", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 'S' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "batch", required_argument, NULL, 'b' },
		{ "seed", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o->device = optarg;
			break;
		case 't':
			if (o->nr_macs == SOURCE_MACS)
				die("--to: more than %d", SOURCE_MACS);
			parse_mac("--to", optarg, o->macs[o->nr_macs++].addr);
			break;
		case 'p':
			parse_prefix(o, optarg);
			break;
		case 'f':
			parse_mac("--from", optarg, o->src_mac);
			break;
		case 'a':
			if (inet_pton(AF_INET, optarg, &o->saddr) != 1)
				die("--source %s: not an IPv4 address", optarg);
			break;
		case 's':
			o->size = parse_uint("--size", optarg, 64, FRAME_MAX);
			break;
		case 'v':
			o->vlan = parse_uint("--vlan", optarg, 1, 4094);
			break;
		case 'r':
			o->pps = parse_number("--pps", optarg);
			break;
		case 'S':
			o->seconds = parse_number("--seconds", optarg);
			break;
		case 'c':
			o->cpu = (int)parse_uint("--cpu", optarg, 0, CPU_SETSIZE - 1);
			break;
		case 'b':
			o->batch = parse_uint("--batch", optarg, 1, 256);
			break;
		case 'e':
			o->seed = parse_uint("--seed", optarg, 0, 1u << 31);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind < argc || !o->device || !o->nr_macs) {
		fputs(usage, stderr);
		exit(2);
	}
	if (!o->nr_prefixes)
		parse_prefix(o, "198.18.0.0/15");
}

/* Sum of 16-bit words as they lie in memory. */
static __u32 add_words(__u32 sum, const void *data, size_t len)
{
	__u16 word;

	for (size_t i = 0; i + 1 < len; i += 2) {
		memcpy(&word, (const char *)data + i, 2);
		sum += word;
	}
	return sum;
}

static __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static void fill_dest(const struct options *o, struct source_dest *dest, __u16 ip_len)
{
	const struct prefix *p = &o->prefixes[(unsigned int)rand() % o->nr_prefixes];
	__u32 host = p->len == 32 ? 0 : ~0u >> p->len, sum;
	__be16 udp_len = htons((__u16)(ip_len - sizeof(struct iphdr)));
	__be16 proto = htons(IPPROTO_UDP), dport = htons(SOURCE_PORT);
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(ip_len),
		.ttl = SOURCE_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = o->saddr.s_addr,
	};

	dest->daddr = htonl((p->addr & ~host) | ((__u32)rand() & host));
	dest->port = htons((__u16)(1024 + rand() % 60000));
	ip.daddr = dest->daddr;
	dest->ip_check = fold(add_words(0, &ip, sizeof(ip)));

	/* Pseudo-header and header; the payload is zeros. */
	sum = add_words(0, &ip.saddr, 8);
	sum = add_words(sum, &proto, 2);
	sum = add_words(sum, &dest->port, 2);
	sum = add_words(sum, &dport, 2);
	sum = add_words(sum, &udp_len, 2);
	sum = add_words(sum, &udp_len, 2);
	dest->udp_check = fold(sum) ? fold(sum) : 0xffff;
}

static struct xdp_source_bpf *load(const struct options *o)
{
	struct xdp_source_bpf *skel = xdp_source_bpf__open();
	__u16 ip_len;

	if (!skel)
		die("open program: %s", strerror(errno));
	ip_len = (__u16)(o->size - ETH_FCS_LEN - ETH_HLEN - (o->vlan ? 4 : 0));
	srand(o->seed);
	for (int i = 0; i < SOURCE_DESTS; i++)
		fill_dest(o, &skel->bss->dests[i], ip_len);
	memcpy(skel->bss->macs, o->macs, sizeof(o->macs));
	memcpy(skel->bss->src_mac, o->src_mac, ETH_ALEN);
	skel->rodata->nr_macs = o->nr_macs;
	skel->rodata->saddr = o->saddr.s_addr;
	skel->rodata->ip_len = ip_len;
	skel->rodata->vlan = (__u16)o->vlan;
	skel->rodata->interval = o->pps > 0 ? (__u64)(65536e9 / o->pps) : 0;
	if (xdp_source_bpf__load(skel))
		die("load program: %s", strerror(errno));
	return skel;
}

/* Frames that the device refused: a veth counts a full or missing receiver here. */
static __u64 tx_dropped(const char *device)
{
	unsigned long long dropped = 0;
	char line[512], name[64];
	FILE *f = fopen("/proc/thread-self/net/dev", "re");

	if (!f)
		die("/proc/thread-self/net/dev: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %63[^:]: %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", name,
			   &dropped) == 2 &&
		    !strcmp(name, device))
			break;
		else
			dropped = 0;
	fclose(f);
	return dropped;
}

static void send_frames(const struct options *o, int prog, unsigned int ifindex)
{
	static __u8 frame[FRAME_MAX];
	struct xdp_md ctx = {
		.data_end = o->size - ETH_FCS_LEN,
		.ingress_ifindex = ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = ctx.data_end,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1 << 30,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = o->batch);
	struct itimerval timer = {
		.it_value.tv_sec = (time_t)o->seconds,
		.it_value.tv_usec = (suseconds_t)((o->seconds - (double)(time_t)o->seconds) * 1e6),
		.it_interval.tv_usec = 10000, /* again, should the first miss the system call */
	};
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (o->seconds > 0)
		setitimer(ITIMER_REAL, &timer, NULL);
	while (!stop) {
		int err = bpf_prog_test_run_opts(prog, &run);

		if (err && err != -EINTR)
			die("BPF_PROG_RUN on %s: %s", o->device, strerror(-err));
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.src_mac = { 2, 0, 0, 0, 0, 1 },
		.size = 64,
		.batch = 64,
		.seed = 1,
		.cpu = -1,
		.saddr.s_addr = htonl(0xc0000201),
	};
	struct xdp_source_bpf *skel;
	unsigned int ifindex;
	__u64 dropped, begin, nsec;

	tool_name = "xdp_source";
	parse_options(&o, argc, argv);
	ifindex = if_nametoindex(o.device);
	if (!ifindex)
		die("%s: %s", o.device, strerror(errno));
	pin_to_cpu(o.cpu);
	skel = load(&o);

	dropped = tx_dropped(o.device);
	begin = now_ns();
	send_frames(&o, bpf_program__fd(skel->progs.source), ifindex);
	nsec = now_ns() - begin;
	dropped = tx_dropped(o.device) - dropped;

	printf("{\"time_ns\": %llu, \"duration_ns\": %llu, \"size\": %u, "
	       "\"intended\": %llu, \"skipped\": %llu, \"sent\": %llu, \"rejected\": %llu}\n",
	       begin, nsec, o.size, skel->bss->sent + skel->bss->skipped, skel->bss->skipped,
	       skel->bss->sent, dropped);
	xdp_source_bpf__destroy(skel);
	return 0;
}
