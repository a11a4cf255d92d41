/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sink: receives with XDP on a device, which never loses a frame by itself, and prints
 * what came as JSON when it gets SIGTERM. With -w it is slow: WORK rounds a frame.
 *
 *   sink DEV [-w WORK]
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seq.h"
#include "tests/lib/sink.skel.h"

static int fail(const char *what, int err)
{
	fprintf(stderr, "sink: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return 1;
}

static void print_mac(const char *name, const __u8 m[6])
{
	printf("\"%s\": \"%02x:%02x:%02x:%02x:%02x:%02x\", ", name, m[0], m[1], m[2], m[3], m[4],
	       m[5]);
}

/* Returns 0, or a negative errno. */
static int print_flows(int map)
{
	int ncpus = libbpf_num_possible_cpus(), cpu, err;
	struct sink_key key = {}, *prev = NULL;
	struct sink_count total = {}, *counts;
	const char *comma = "";

	if (ncpus < 0)
		return ncpus;
	counts = calloc((size_t)ncpus, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	printf("{\"flows\": [");
	while (!(err = bpf_map_get_next_key(map, prev, &key))) {
		struct sink_count sum = {};

		prev = &key;
		err = bpf_map_lookup_elem(map, &key, counts);
		if (err)
			goto out;
		for (cpu = 0; cpu < ncpus; cpu++) {
			sum.packets += counts[cpu].packets;
			sum.bytes += counts[cpu].bytes;
		}
		total.packets += sum.packets;
		total.bytes += sum.bytes;
		printf("%s{", comma);
		print_mac("dst", key.dst);
		print_mac("src", key.src);
		if (key.vlan == NO_VLAN)
			printf("\"vlan\": null, ");
		else
			printf("\"vlan\": %u, ", key.vlan);
		printf("\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 "}", (uint64_t)sum.packets,
		       (uint64_t)sum.bytes);
		comma = ", ";
	}
	if (err == -ENOENT)
		err = 0;
	printf("], \"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n", (uint64_t)total.packets,
	       (uint64_t)total.bytes);
out:
	free(counts);
	return err;
}

int main(int argc, char **argv)
{
	struct sink_bpf *skel;
	struct bpf_link *link;
	sigset_t stop;
	int opt, sig, ifindex, err;
	__u32 work = 0;

	while ((opt = getopt(argc, argv, "w:")) != -1) {
		if (opt != 'w')
			return 2;
		work = (__u32)strtoul(optarg, NULL, 10);
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: sink DEV [-w WORK]\n");
		return 2;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	ifindex = (int)if_nametoindex(argv[optind]);
	if (!ifindex)
		return fail(argv[optind], errno);
	skel = sink_bpf__open();
	if (!skel)
		return fail("open", errno);
	skel->rodata->work = work;
	err = sink_bpf__load(skel);
	if (err)
		return fail("load", err);
	link = bpf_program__attach_xdp(skel->progs.sink, ifindex);
	if (!link)
		return fail(argv[optind], errno);
	puts("ready");
	fflush(stdout);
	sigwait(&stop, &sig);
	err = print_flows(bpf_map__fd(skel->maps.flows));
	bpf_link__destroy(link);
	sink_bpf__destroy(skel);
	return err ? fail("flows", err) : 0;
}
