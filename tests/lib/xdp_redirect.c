/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xdp_redirect: every frame from one device to another, unchanged, by XDP or tc.
 * Attached as long as the process lives.
 */
#include "tool.h"

#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/lib/xdp_redirect.skel.h"

static const char usage[] =
	"usage: xdp_redirect FROM TO       redirect what arrives on FROM to TO, by XDP\n"
	"       xdp_redirect --tc FROM TO  by tc at FROM's ingress (makes a clsact qdisc)\n"
	"       xdp_redirect DEV           an XDP program that passes everything\n"
	"Prints \"ready\" when attached; ends at a signal or when stdin does.\n";

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static unsigned int index_of(const char *device)
{
	unsigned int ifindex = if_nametoindex(device);

	if (!ifindex)
		die("%s: %s", device, strerror(errno));
	return ifindex;
}

static void wait_for_end(void)
{
	char line[64];

	puts("ready");
	fflush(stdout);
	while (!stop && read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
}

static void by_tc(struct xdp_redirect_bpf *skel, const char *from)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)index_of(from),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(skel->progs.tc_forward));
	int err = bpf_tc_hook_create(&hook);

	hook.attach_point = BPF_TC_INGRESS;
	if (!err)
		err = bpf_tc_attach(&hook, &opts);
	if (err)
		die("attach to %s: %s", from, strerror(-err));
	wait_for_end();
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}

static void by_xdp(struct xdp_redirect_bpf *skel, const char *from, __u32 to)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int prog = bpf_program__fd(to ? skel->progs.forward : skel->progs.pass);
	__u32 key = 0;
	int fd;

	if (to && bpf_map_update_elem(bpf_map__fd(skel->maps.to), &key, &to, 0))
		die("redirect to ifindex %u: %s", to, strerror(errno));
	fd = bpf_link_create(prog, (int)index_of(from), BPF_XDP, &opts);
	if (fd < 0)
		die("attach to %s: %s", from, strerror(-fd));
	wait_for_end();
	close(fd);
}

int main(int argc, char **argv)
{
	/* No SA_RESTART: a signal must end the read. */
	struct sigaction action = { .sa_handler = on_signal };
	bool tc = argc > 1 && !strcmp(argv[1], "--tc");
	struct xdp_redirect_bpf *skel;
	const char *from, *to;

	tool_name = "xdp_redirect";
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (tc ? argc != 4 : argc != 2 && argc != 3) {
		fputs(usage, stderr);
		return 2;
	}
	from = argv[tc ? 2 : 1];
	to = argv[tc ? 3 : 2];
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	skel = xdp_redirect_bpf__open();
	if (!skel)
		die("open program: %s", strerror(errno));
	skel->rodata->target = tc ? index_of(to) : 0;
	if (xdp_redirect_bpf__load(skel))
		die("load program: %s", strerror(errno));
	if (tc)
		by_tc(skel, from);
	else
		by_xdp(skel, from, to ? index_of(to) : 0);
	xdp_redirect_bpf__destroy(skel);
	return 0;
}
