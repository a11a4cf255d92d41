/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames through programs: BPF_PROG_TEST_RUN, where a redirect is only announced, and
 * with live frames, where it happens. What arrives is read back with its VLAN tag.
 */
#ifndef PROG_RUN_H
#define PROG_RUN_H

#include "prog_lab.h"
#include "tests/lib/mixed.skel.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

/* Live frames must fit into one page with its head and tail room. */
#define MAX_LIVE 3000u
#define ARRIVAL_MS 2000

/* Run @fd on the frame as received by @ingress (0: no device). Returns the verdict. */
__attribute__((unused)) static int run_xdp(int fd, const __u8 *in, __u32 len, __u32 ingress,
					   __u8 *out, __u32 *out_len, __u32 times)
{
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = len, .data_out = out,
		    .data_size_out = MAX_FRAME, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .repeat = (int)times);
	int err = bpf_prog_test_run_opts(fd, &opts);

	if (err)
		fail_msg("BPF_PROG_TEST_RUN: %s", strerror(-err));
	*out_len = opts.data_size_out;
	return (int)opts.retval;
}

/* The same for @times live frames, in batches of @batch. */
__attribute__((unused)) static void run_live(int fd, const __u8 *in, __u32 len, __u32 ingress,
					     __u32 times, __u32 batch)
{
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = (int)times, .batch_size = batch,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int err = bpf_prog_test_run_opts(fd, &opts);

	if (err)
		fail_msg("BPF_PROG_TEST_RUN, live frames: %s", strerror(-err));
}

/* Let @ifindex's peer meet @times frames, of which the one @whole of @every is not cut. */
__attribute__((unused)) static void run_mixed(const struct frame_spec *in, __u32 ifindex,
					      __u32 times, __u32 every, __u32 whole, __u32 cut)
{
	struct mixed_bpf *skel = mixed_bpf__open();
	static __u8 frame[MAX_FRAME];

	assert_non_null(skel);
	skel->rodata->every = every;
	skel->rodata->whole = whole;
	skel->rodata->cut = cut;
	assert_int_equal(mixed_bpf__load(skel), 0);
	run_live(bpf_program__fd(skel->progs.mixed), frame, frame_build(in, frame), ifindex, times,
		 times);
	mixed_bpf__destroy(skel);
}

/* A packet socket that sees what @ifindex receives. */
static int capture_open(__u32 ifindex)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_ALL),
				   .sll_ifindex = (int)ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sll, sizeof(sll)), 0);
	return fd;
}

/* The tag that the kernel took out of the frame goes back to where it was. */
static __u32 put_tag_back(__u8 *buf, __u32 len, const struct msghdr *msg)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (!c || c->cmsg_type != PACKET_AUXDATA)
		return len;
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
		return len;
	memmove(buf + 16, buf + 12, len - 12);
	put16(put16(buf + 12, aux.tp_vlan_tpid), aux.tp_vlan_tci);
	return len + 4;
}

/* The next frame, waiting up to @ms. Returns its length, 0: none. */
static __u32 capture_next(int fd, __u8 *buf, int ms)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { buf, MAX_FRAME - 4 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t len;

	poll(&p, 1, ms);
	len = recvmsg(fd, &msg, 0);
	return len <= 0 ? 0 : put_tag_back(buf, (__u32)len, &msg);
}

/* Everywhere that a frame may come out. */
static int at_up[PORTS], at_wire[PORTS], at_far[IFACES], at_relay_near, at_relay_far;

static void each_capture(void (*f)(int *fd, __u32 ifindex, const char *where, void *arg), void *arg)
{
	__u32 i;

	for (i = UP; i < PORTS; i++) {
		f(&at_up[i], prog.up[i], "the host behind a port", arg);
		f(&at_wire[i], prog.wire[i], "the wire of a port", arg);
	}
	for (i = RED; i < IFACES; i++)
		if (has_device(i))
			f(&at_far[i], prog.far[i], iface_names[i], arg);
	f(&at_relay_near, prog.relay_near, "the near end of the relay", arg);
	f(&at_relay_far, prog.relay_far, "the far end of the relay", arg);
}

static void open_one(int *fd, __u32 ifindex, const char *where, void *arg)
{
	(void)where;
	(void)arg;
	*fd = capture_open(ifindex);
}

static void close_one(int *fd, __u32 ifindex, const char *where, void *arg)
{
	(void)ifindex;
	(void)where;
	(void)arg;
	close(*fd);
}

static void empty_one(int *fd, __u32 ifindex, const char *where, void *arg)
{
	static __u8 buf[MAX_FRAME];
	int *wrong = arg;
	__u32 len;

	(void)ifindex;
	while ((len = capture_next(*fd, buf, 0))) {
		print_error("  a frame of %u bytes too much at: %s\n", len, where);
		*wrong += 1;
	}
}

__attribute__((unused)) static void captures_open(void)
{
	each_capture(open_one, NULL);
}

__attribute__((unused)) static void captures_close(void)
{
	each_capture(close_one, NULL);
}

/* Frames that nobody has read yet: said, removed and counted. */
__attribute__((unused)) static int captures_left(void)
{
	int wrong = 0;

	each_capture(empty_one, &wrong);
	return wrong;
}

/* Are the bytes of a frame as expected? 0 or 1. */
static int frame_wrong_bytes(const char *where, const __u8 *got, __u32 len, const __u8 *want,
			     __u32 want_len)
{
	__u32 i;

	if (len == want_len && !memcmp(got, want, len))
		return 0;
	print_error("  %s: %u bytes, expected %u;", where, len, want_len);
	for (i = 0; i < 26 && i < len; i++)
		print_error(" %02x", got[i]);
	print_error("\n    expected");
	for (i = 0; i < 26 && i < want_len; i++)
		print_error(" %02x", want[i]);
	print_error("\n");
	return 1;
}

/* Is @got what @spec says, byte for byte? 0 or 1. */
static int frame_wrong(const char *where, const __u8 *got, __u32 len, const struct frame_spec *spec)
{
	static __u8 want[MAX_FRAME];

	return frame_wrong_bytes(where, got, len, want, frame_build(spec, want));
}

/* Does the next frame at @fd look like @spec? 0 or 1. */
__attribute__((unused)) static int arrival_wrong(const char *where, int fd,
						 const struct frame_spec *spec)
{
	static __u8 got[MAX_FRAME];
	__u32 len = capture_next(fd, got, ARRIVAL_MS);

	return frame_wrong(where, got, len, spec);
}

#endif
