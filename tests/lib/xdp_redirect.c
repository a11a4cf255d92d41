/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xdp_redirect: every frame from one device to another, by XDP, unchanged.
 * Attached as long as the process lives.
 */
#include "tool.h"

#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/lib/xdp_redirect.skel.h"

static const char usage[] =
	"usage: xdp_redirect FROM TO    redirect what arrives on FROM to TO\n"
	"       xdp_redirect DEV        pass what arrives on DEV: an XDP program that does nothing\n"
	"Prints \"ready\" when attached; ends at a signal or when stdin does.\n";

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_link_create_opts, link, .flags = XDP_FLAGS_DRV_MODE);
	struct xdp_redirect_bpf *skel;
	__u32 key = 0, ifindex;
	char line[64];
	int fd, prog;

	tool_name = "xdp_redirect";
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc < 2 || argc > 3) {
		fputs(usage, stderr);
		return 2;
	}
	skel = xdp_redirect_bpf__open_and_load();
	if (!skel)
		die("load program: %s", strerror(errno));
	prog = bpf_program__fd(skel->progs.pass);
	if (argc == 3) {
		prog = bpf_program__fd(skel->progs.forward);
		ifindex = if_nametoindex(argv[2]);
		if (!ifindex)
			die("%s: %s", argv[2], strerror(errno));
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.to), &key, &ifindex, 0))
			die("redirect to %s: %s", argv[2], strerror(errno));
	}
	fd = bpf_link_create(prog, (int)if_nametoindex(argv[1]), BPF_XDP, &link);
	if (fd < 0)
		die("attach to %s: %s", argv[1], strerror(-fd));
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
	close(fd);
	xdp_redirect_bpf__destroy(skel);
	return 0;
}
