/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/stat.h>

#include "privilege.h"

/* The inode number of the first user namespace, fixed in the kernel: PROC_USER_INIT_INO */
#define FIRST_USER_NS 0xeffffffdu

static bool have(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(caps, cap, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

/* CAP_SYS_ADMIN contains what was split off it, for old programs' sake: capabilities(7) */
static bool have_part(cap_t caps, cap_value_t cap)
{
	return have(caps, cap) || have(caps, CAP_SYS_ADMIN);
}

static bool in_user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) == 0 && st.st_ino != FIRST_USER_NS;
}

int privilege_check(char *err, size_t err_len)
{
	bool net, bpf, sys;
	cap_t caps;

	if (in_user_namespace()) {
		snprintf(err, err_len,
			 "runs in a user namespace, where capabilities reach neither BPF nor "
			 "the host's devices; run vrxdp as root of the host");
		return -EPERM;
	}
	caps = cap_get_proc();
	if (!caps) {
		snprintf(err, err_len, "can't read its own capabilities: %m");
		return -EPERM;
	}
	net = have(caps, CAP_NET_ADMIN);
	bpf = have_part(caps, CAP_BPF);
	sys = have(caps, CAP_SYS_ADMIN);
	cap_free(caps);
	if (net && bpf && sys)
		return 0;
	snprintf(err, err_len, "no right to do this: missing%s%s%s; run vrxdp as root",
		 net ? "" : " CAP_NET_ADMIN", bpf ? "" : " CAP_BPF", sys ? "" : " CAP_SYS_ADMIN");
	return -EPERM;
}

bool privilege_tracing(void)
{
	cap_t caps = cap_get_proc();
	bool ret = caps && have_part(caps, CAP_PERFMON);

	cap_free(caps);
	return ret;
}
