/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features of the kernel, tried one by one. What came before something that is tried
 * here, in the same part of the kernel and without an option of its own, is not: XDP
 * links (5.9) and redirects to many devices (5.14) are there where xdp.frags (5.18) is.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "privilege.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* The least program there is: returns @code. */
static int load(enum bpf_prog_type type, enum bpf_attach_type attach, __u32 flags, __s32 code)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = code },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach, .prog_flags = flags);

	return bpf_prog_load(type, "probe", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);
}

static int close_result(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int try_btf(void)
{
	return access("/sys/kernel/btf/vmlinux", R_OK) < 0 ? -errno : 0;
}

/* Values of eight bytes hold a program beside the device. */
static int try_devmap(void)
{
	return close_result(bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "probe", sizeof(__u32),
					   sizeof(struct bpf_devmap_val), 1, NULL));
}

static int try_frags(void)
{
	return close_result(load(BPF_PROG_TYPE_XDP, BPF_XDP, BPF_F_XDP_HAS_FRAGS, XDP_PASS));
}

static int try_devmap_frags(void)
{
	return close_result(load(BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, BPF_F_XDP_HAS_FRAGS, XDP_PASS));
}

static int try_cookie(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	__u64 cookie;
	socklen_t len = sizeof(cookie);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static const struct {
	const char *what;
	const char *since;
	int (*try)(void); /* 0 or a negative errno */
} features[] = {
	{ "BTF of itself in /sys/kernel/btf/vmlinux", "5.4 with CONFIG_DEBUG_INFO_BTF", try_btf },
	{ "device maps with programs", "5.8", try_devmap },
	{ "XDP programs for frames of several buffers (xdp.frags)", "5.18", try_frags },
	{ "device map programs for frames of several buffers", "5.18", try_devmap_frags },
	{ "cookies of network namespaces (SO_NETNS_COOKIE)", "5.14", try_cookie },
};

int kernel_check(char *err, size_t err_len)
{
	size_t i;
	int ret;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		ret = features[i].try();
		if (ret == 0)
			continue;
		if (ret == -EPERM || ret == -EACCES) {
			snprintf(err, err_len,
				 "the kernel forbids %s here (lockdown, or a container's filter)",
				 features[i].what);
			return -EPERM;
		}
		snprintf(err, err_len,
			 "this kernel lacks %s (Linux %s); boot Linux 6.1 or newer with BTF",
			 features[i].what, features[i].since);
		return -EOPNOTSUPP;
	}
	return 0;
}
