/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pump: carries frames between two taps in two network namespaces, as a hypervisor
 * does between a guest's NIC and the host's tap.
 *
 *   pump NETNS-PATH TAP NETNS-PATH TAP [SNDBUF]
 *
 * With SNDBUF (bytes) the first tap has a send buffer, as QEMU gives it by default: the
 * tun driver then runs XDP programs in generic mode for what is written there.
 *
 * Prints "ready" when both are open, and runs until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "pump: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_tap(const char *netns, const char *dev)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int ns = open(netns, O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		die(netns);
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die(dev);
	return fd;
}

static void carry(int from, int to)
{
	static char frame[65536];
	int n;

	for (n = 0; n < 64; n++) {
		ssize_t len = read(from, frame, sizeof(frame));

		if (len < 0 && (errno == EAGAIN || errno == EIO || errno == EBADFD))
			return;
		if (len <= 0)
			die("read");
		/* A tap whose device is down takes nothing (EIO): a wire without a far end. */
		if (write(to, frame, (size_t)len) < 0 && errno != EIO && errno != EAGAIN &&
		    errno != EINVAL && errno != ENOMEM)
			die("write");
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };

	int sndbuf;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: pump NETNS-PATH TAP NETNS-PATH TAP [SNDBUF]\n");
		return 2;
	}
	fds[0].fd = open_tap(argv[1], argv[2]);
	fds[1].fd = open_tap(argv[3], argv[4]);
	sndbuf = argc == 6 ? atoi(argv[5]) : 0;
	if (sndbuf && ioctl(fds[0].fd, TUNSETSNDBUF, &sndbuf))
		die("TUNSETSNDBUF");
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			die("poll");
		if (fds[0].revents)
			carry(fds[0].fd, fds[1].fd);
		if (fds[1].revents)
			carry(fds[1].fd, fds[0].fd);
		/* POLLERR stays while a tap is down: don't spin. */
		if ((fds[0].revents | fds[1].revents) & POLLERR)
			usleep(1000);
	}
}
