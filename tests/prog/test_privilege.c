/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/types.h>

#include "privilege.h"

static char err[512];

static void root_may_and_this_kernel_can(void **state)
{
	(void)state;
	assert_int_equal(privilege_check(err, sizeof(err)), 0);
	assert_int_equal(kernel_check(err, sizeof(err)), 0);
	assert_true(privilege_tracing());
}

/* Which capabilities are dropped, and what must be said. */
struct drop {
	int count;
	cap_value_t caps[4];
	int ret;
	const char *text;
	bool tracing;
};

static void drop_child(const void *arg)
{
	const struct drop *d = arg;
	cap_t caps = cap_get_proc();

	child_check(caps && cap_set_flag(caps, CAP_EFFECTIVE, d->count, d->caps, CAP_CLEAR) == 0 &&
		    cap_set_proc(caps) == 0);
	cap_free(caps);
	child_check(privilege_check(err, sizeof(err)) == d->ret);
	if (d->ret) {
		fprintf(stderr, "%s", strcmp(err, d->text) ? err : "");
		child_check(strcmp(err, d->text) == 0);
	}
	child_check(privilege_tracing() == d->tracing);
}

static void what_is_missing_is_named(void **state)
{
	static const struct drop cases[] = {
		{ 1,
		  { CAP_NET_ADMIN },
		  -EPERM,
		  "no right to do this: missing CAP_NET_ADMIN; run vrxdp as root",
		  true },
		{ 1,
		  { CAP_SYS_ADMIN },
		  -EPERM,
		  "no right to do this: missing CAP_SYS_ADMIN; run vrxdp as root",
		  true },
		{ 3,
		  { CAP_NET_ADMIN, CAP_BPF, CAP_SYS_ADMIN },
		  -EPERM,
		  "no right to do this: missing CAP_NET_ADMIN CAP_BPF CAP_SYS_ADMIN; "
		  "run vrxdp as root",
		  true },
		/* CAP_SYS_ADMIN contains both. */
		{ 2, { CAP_BPF, CAP_PERFMON }, 0, NULL, true },
		{ 2,
		  { CAP_PERFMON, CAP_SYS_ADMIN },
		  -EPERM,
		  "no right to do this: missing CAP_SYS_ADMIN; run vrxdp as root",
		  false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		in_child(drop_child, &cases[i]);
}

static void user_namespace_child(const void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(77);
	child_check(privilege_check(err, sizeof(err)) == -EPERM);
	child_check(strstr(err, "user namespace"));
}

static void a_user_namespace_is_not_enough(void **state)
{
	(void)state;
	if (sh("unshare -U true") != 0) {
		print_message("no user namespaces here\n");
		skip();
	}
	in_child(user_namespace_child, NULL);
}

static void no_btf_child(const void *arg)
{
	(void)arg;
	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	child_check(mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL) == 0);
	child_check(kernel_check(err, sizeof(err)) == -EOPNOTSUPP);
	child_check(strstr(err, "lacks BTF"));
}

static void a_kernel_without_btf_is_named(void **state)
{
	(void)state;
	in_child(no_btf_child, NULL);
}

/* A kernel that answers a command of bpf(2) with an error. */
struct pretence {
	__u32 command;
	int error;
	int ret;
	const char *text;
};

static void pretend_child(const void *arg)
{
	const struct pretence *p = arg;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, p->command, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (__u32)p->error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	child_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	child_check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
	child_check(kernel_check(err, sizeof(err)) == p->ret);
	fprintf(stderr, "%s", strstr(err, p->text) ? "" : err);
	child_check(strstr(err, p->text));
}

static void what_a_kernel_lacks_or_forbids_is_named(void **state)
{
	static const struct pretence cases[] = {
		{ BPF_MAP_CREATE, EINVAL, -EOPNOTSUPP, "lacks device maps with programs" },
		{ BPF_PROG_LOAD, EINVAL, -EOPNOTSUPP, "lacks XDP programs for frames" },
		{ BPF_PROG_LOAD, EPERM, -EPERM, "forbids XDP programs for frames" },
	};
	size_t i;

	(void)state;
	err[0] = '\0';
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		in_child(pretend_child, &cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_may_and_this_kernel_can),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_user_namespace_is_not_enough),
		cmocka_unit_test(a_kernel_without_btf_is_named),
		cmocka_unit_test(what_a_kernel_lacks_or_forbids_is_named),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
