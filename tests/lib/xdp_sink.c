/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xdp_sink: counts the frames of xdp_source that arrive on a device, by source
 * or destination MAC address, and drops them.
 */
#include "tool.h"

#include <getopt.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "xdp_sink.h"
#include "tests/lib/xdp_sink.skel.h"

static const char usage[] =
	"usage: xdp_sink --dev DEV [--by source|destination] [--pass] [--seconds S] [--cpu N] [-i]\n"
	"  --dev DEV     attach to this device (native XDP)\n"
	"  --by WHICH    count by source or destination MAC address (source)\n"
	"  --pass        other frames go to the kernel (they are dropped)\n"
	"  --seconds S   end after S seconds (at a signal)\n"
	"  --cpu N       run on this CPU; the device's packets follow their own NAPI\n"
	"  -i            print the counts at once and after each line on stdin; end with it\n"
	"Prints the counts since the start as one line of JSON, last at the end.\n";

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* In one system call: what is measured shares the CPUs with this. */
static void read_counts(int map, struct sink_count *all)
{
	__u32 done = SINK_SLOTS + 1, out;
	static __u32 keys[SINK_SLOTS + 1];
	LIBBPF_OPTS(bpf_map_batch_opts, opts);

	if (bpf_map_lookup_batch(map, NULL, &out, keys, all, &done, &opts) && errno != ENOENT)
		die("read counts: %s", strerror(errno));
	if (done != SINK_SLOTS + 1)
		die("read counts: %u of %u", done, SINK_SLOTS + 1);
}

/* Over the CPUs. An address that differs between them clashes as within one. */
static struct sink_count add_up(const struct sink_count *cpu, int cpus)
{
	struct sink_count sum = { 0 };

	for (; cpus--; cpu++) {
		if (!cpu->packets)
			continue;
		sum.clashes += cpu->clashes;
		if (sum.packets && (sum.hi != cpu->hi || sum.lo != cpu->lo))
			sum.clashes++;
		sum.hi = cpu->hi;
		sum.lo = cpu->lo;
		sum.packets += cpu->packets;
		sum.bytes += cpu->bytes;
	}
	return sum;
}

static void print_counts(int map)
{
	int cpus = libbpf_num_possible_cpus();
	struct sink_count *all, total = { 0 };
	const char *comma = "";
	__u64 time;

	if (cpus < 0)
		die("number of CPUs: %s", strerror(-cpus));
	all = calloc((size_t)cpus * (SINK_SLOTS + 1), sizeof(*all));
	if (!all)
		die("out of memory");
	read_counts(map, all);
	time = now_ns();
	printf("{\"time_ns\": %llu, \"macs\": {", time);
	for (__u32 slot = 0; slot < SINK_SLOTS; slot++) {
		struct sink_count sum = add_up(&all[slot * (__u32)cpus], cpus);
		const __u8 *hi = (__u8 *)&sum.hi, *lo = (__u8 *)&sum.lo;

		if (!sum.packets)
			continue;
		printf("%s\"%02x:%02x:%02x:%02x:%02x:%02x\": {\"packets\": %llu, \"bytes\": %llu}",
		       comma, hi[0], hi[1], lo[0], lo[1], lo[2], lo[3], sum.packets, sum.bytes);
		comma = ", ";
		total.packets += sum.packets;
		total.bytes += sum.bytes;
		total.clashes += sum.clashes;
	}
	printf("}, \"packets\": %llu, \"bytes\": %llu, \"clashes\": %llu, \"other\": %llu}\n",
	       total.packets, total.bytes, total.clashes,
	       add_up(&all[SINK_OTHER * (__u32)cpus], cpus).packets);
	fflush(stdout);
	free(all);
}

/* Until the time is over, a signal comes or, interactive, stdin ends. */
static void serve(int map, double seconds, bool interactive)
{
	__u64 end = now_ns() + (__u64)(seconds * 1e9);
	struct pollfd in = { .fd = interactive ? STDIN_FILENO : -1, .events = POLLIN };

	if (interactive)
		print_counts(map);
	while (!stop && (seconds <= 0 || now_ns() < end)) {
		int wait = seconds <= 0 ? -1 : (int)((end - now_ns()) / 1000000) + 1;
		char line[64];

		if (poll(&in, 1, wait) <= 0)
			continue;
		if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
			break;
		print_counts(map);
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "dev", required_argument, NULL, 'd' },
		{ "by", required_argument, NULL, 'b' },
		{ "pass", no_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 'S' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	LIBBPF_OPTS(bpf_link_create_opts, link, .flags = XDP_FLAGS_DRV_MODE);
	struct sigaction action = { .sa_handler = on_signal };
	bool by_source = true, pass = false, interactive = false;
	const char *device = NULL;
	struct xdp_sink_bpf *skel;
	double seconds = 0;
	int opt, fd;

	tool_name = "xdp_sink";
	while ((opt = getopt_long(argc, argv, "i", longs, NULL)) != -1) {
		switch (opt) {
		case 'd':
			device = optarg;
			break;
		case 'b':
			by_source = !strcmp(optarg, "source");
			if (!by_source && strcmp(optarg, "destination"))
				die("--by %s: expected source or destination", optarg);
			break;
		case 'p':
			pass = true;
			break;
		case 'S':
			seconds = parse_number("--seconds", optarg);
			break;
		case 'c':
			pin_to_cpu((int)parse_uint("--cpu", optarg, 0, CPU_SETSIZE - 1));
			break;
		case 'i':
			interactive = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!device || optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	skel = xdp_sink_bpf__open();
	if (!skel)
		die("open program: %s", strerror(errno));
	skel->rodata->by_source = by_source;
	skel->rodata->pass_others = pass;
	if (xdp_sink_bpf__load(skel))
		die("load program: %s", strerror(errno));
	fd = bpf_link_create(bpf_program__fd(skel->progs.sink), (int)if_nametoindex(device),
			     BPF_XDP, &link);
	if (fd < 0)
		die("attach to %s: %s", device, strerror(-fd));
	serve(bpf_map__fd(skel->maps.counts), seconds, interactive);
	close(fd);
	print_counts(bpf_map__fd(skel->maps.counts));
	xdp_sink_bpf__destroy(skel);
	return 0;
}
