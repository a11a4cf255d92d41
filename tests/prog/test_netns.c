/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <pthread.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <linux/types.h>

#include "link.h"

static struct netns a;

static int begin(void **state)
{
	(void)state;
	a = lab_netns("a");
	return 0;
}

static int clear(void **state)
{
	netns_close(&a);
	return lab_clear(state);
}

/* The inode number of the namespace that this thread is in. */
static __u32 here(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return (__u32)st.st_ino;
}

static void own_namespace_by_nothing(void **state)
{
	struct netns by_null, by_empty, by_path;

	(void)state;
	assert_int_equal(netns_open(NULL, &by_null), 0);
	assert_int_equal(netns_open("", &by_empty), 0);
	assert_int_equal(netns_open("/proc/self/ns/net", &by_path), 0);
	assert_int_equal(by_null.inum, here());
	assert_true(by_null.cookie != 0);
	assert_true(netns_same(&by_null, &by_empty));
	assert_true(netns_same(&by_null, &by_path));
	assert_false(netns_same(&by_null, &a));
	assert_true(fcntl(by_null.fd, F_GETFD) & FD_CLOEXEC);
	netns_close(&by_null);
	assert_int_equal(by_null.fd, -1);
	netns_close(&by_null);
	netns_close(&by_empty);
	netns_close(&by_path);
}

/* A process inside @ns, until it is killed. */
static pid_t inhabitant(const struct netns *ns)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* It doesn't outlive a test that failed. */
		child_check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
		child_check(setns(ns->fd, CLONE_NEWNET) == 0);
		/* Descriptors of the parent would keep namespaces alive. */
		child_check(dup2(ready[1], 3) == 3);
		close_range(4, ~0u, 0);
		child_check(write(3, "x", 1) == 1);
		close(3);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void remove_inhabitant(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void name_path_and_pid_are_one(void **state)
{
	struct netns by_path, by_pid;
	pid_t pid = inhabitant(&a);
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "/run/netns/%s", lab("a"));
	assert_int_equal(netns_open(text, &by_path), 0);
	snprintf(text, sizeof(text), "%d", pid);
	assert_int_equal(netns_open(text, &by_pid), 0);
	assert_true(netns_same(&a, &by_path));
	assert_true(netns_same(&a, &by_pid));
	assert_int_equal(by_pid.inum, a.inum);
	netns_close(&by_path);
	netns_close(&by_pid);
	remove_inhabitant(pid);
	assert_int_equal(netns_open(text, &by_pid), -ENOENT);
	assert_int_equal(by_pid.fd, -1);
}

/* In a mount namespace of its own, since the name says nothing of this run. */
static void digits_name_child(const void *arg)
{
	const char *dir = scratch("names");
	struct netns ns;

	(void)arg;
	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	child_check(mkdir(dir, 0700) == 0);
	child_check(mount("none", dir, "tmpfs", 0, NULL) == 0);
	child_check(sh("touch %s/1 && mount --bind /run/netns/%s %s/1 && "
		       "mount --rbind %s /run/netns",
		       dir, lab("a"), dir, dir) == 0);
	child_check(netns_open("1", &ns) == 0);
	child_check(netns_same(&ns, &a));
	child_check(netns_open("2147483646", &ns) == -ENOENT);
}

static void digits_are_a_name_before_a_pid(void **state)
{
	(void)state;
	in_child(digits_name_child, NULL);
}

static void what_is_no_namespace_is_refused(void **state)
{
	static const struct {
		const char *spec;
		int ret;
	} cases[] = {
		{ "vxk-no-such-name", -ENOENT },
		{ "99999999999999999999", -ENOENT },
		{ "0", -ENOENT },
		{ "12x", -ENOENT },
		{ "self", -ENOENT },
		{ "..", -EINVAL },
		{ ".", -EINVAL },
		{ "/proc/self/ns/uts", -EINVAL },
		{ "/proc/self/ns/user", -EINVAL },
		{ "/proc/self/status", -EINVAL },
		{ "/dev/null", -EINVAL },
		{ "/", -EINVAL },
		{ "/no/such/file", -ENOENT },
		{ "/proc/self/status/x", -ENOTDIR },
	};
	struct netns ns;
	char *longest;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ns.fd = 99;
		if (netns_open(cases[i].spec, &ns) != cases[i].ret || ns.fd != -1)
			fail_msg("%s: not %d", cases[i].spec, cases[i].ret);
	}

	/* Nobody writes to this FIFO. */
	assert_int_equal(mkfifo(scratch("fifo"), 0600), 0);
	assert_int_equal(netns_open(scratch("fifo"), &ns), -EINVAL);

	longest = malloc(10000);
	assert_non_null(longest);
	memset(longest, '7', 9999);
	longest[9999] = '\0';
	assert_int_equal(netns_open(longest, &ns), -ENAMETOOLONG);
	free(longest);
}

static void enter_and_leave(void **state)
{
	__u32 home = here();
	int back, again;

	(void)state;
	assert_int_equal(netns_enter(&a, &back), 0);
	assert_true(back >= 0);
	assert_int_equal(here(), a.inum);
	assert_int_equal(netns_enter(&a, &again), 0);
	assert_int_equal(again, -1);
	errno = ERANGE;
	netns_leave(again);
	assert_int_equal(here(), a.inum);
	netns_leave(back);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(here(), home);
}

static void leave_child(const void *arg)
{
	(void)arg;
	child_check(freopen("/dev/null", "w", stderr) != NULL);
	netns_leave(open("/dev/null", O_RDONLY));
}

static void a_failed_return_aborts(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		leave_child(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void sockets_are_of_the_namespace(void **state)
{
	__u32 home = here();
	__u64 cookie = 0;
	socklen_t len = sizeof(cookie);
	int fd = netns_socket(&a, AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, 71 /* SO_NETNS_COOKIE */, &cookie, &len), 0);
	assert_true(cookie == a.cookie);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(here(), home);
	close(fd);
	assert_int_equal(netns_socket(&a, 12345, SOCK_DGRAM, 0), -EAFNOSUPPORT);
	assert_int_equal(here(), home);
}

static void unprivileged_child(const void *arg)
{
	cap_t none = cap_init();
	struct netns ns;
	__u32 home = here();

	(void)arg;
	child_check(none && cap_set_proc(none) == 0);
	cap_free(none);
	child_check(netns_open(NULL, &ns) == 0);
	netns_close(&ns);
	child_check(netns_socket(&a, AF_INET, SOCK_DGRAM, 0) == -EPERM);
	child_check(here() == home);
}

static void entering_needs_the_right(void **state)
{
	(void)state;
	in_child(unprivileged_child, NULL);
}

/* Is it found, and is it the one? */
static bool found(const char *spec, __u64 cookie, __u32 inum)
{
	struct netns ns;
	bool same;

	if (netns_find(spec, cookie, inum, &ns) < 0)
		return false;
	same = ns.cookie == cookie && ns.inum != 0;
	netns_close(&ns);
	return same;
}

static void found_by_cookie_under_any_name(void **state)
{
	struct netns own;

	(void)state;
	assert_int_equal(netns_open(NULL, &own), 0);
	assert_true(found(lab("a"), a.cookie, a.inum));
	assert_true(found(NULL, a.cookie, a.inum));
	assert_true(found("", a.cookie, 0));
	assert_true(found("vxk-no-such-name", a.cookie, a.inum));
	assert_true(found(lab("a"), own.cookie, own.inum));
	assert_false(found(lab("a"), 0x7fffffffffffffff, 0));
	assert_false(found(NULL, 0x7fffffffffffffff, a.inum));
	netns_close(&own);
}

static void found_where_only_a_mount_holds_it(void **state)
{
	const char *dir = scratch("with blank\\");

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(
		sh("touch '%s/ns' && mount --bind /run/netns/%s '%s/ns'", dir, lab("a"), dir), 0);
	assert_int_equal(sh("ip netns del %s", lab("a")), 0);
	netns_close(&a);
	assert_true(found(lab("a"), a.cookie, a.inum));
	assert_true(found(lab("a"), a.cookie, 0));
	assert_int_equal(sh("umount '%s/ns'", dir), 0);
	assert_false(found(lab("a"), a.cookie, a.inum));
}

static void found_where_only_a_process_is_in_it(void **state)
{
	pid_t pid = inhabitant(&a);

	(void)state;
	assert_int_equal(sh("ip netns del %s", lab("a")), 0);
	netns_close(&a);
	assert_true(found(NULL, a.cookie, a.inum));
	assert_true(found(NULL, a.cookie, 0));
	remove_inhabitant(pid);
	assert_false(found(NULL, a.cookie, a.inum));
}

static int stop[2], started[2];

static void *sit_there(void *arg)
{
	char byte;

	(void)arg;
	if (setns(a.fd, CLONE_NEWNET) == 0 && write(started[1], "x", 1) == 1 &&
	    read(stop[0], &byte, 1) < 0)
		abort();
	return NULL;
}

static void found_where_only_a_thread_is_in_it(void **state)
{
	pthread_t thread;
	char byte;

	(void)state;
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	assert_int_equal(pipe2(started, O_CLOEXEC), 0);
	assert_int_equal(pthread_create(&thread, NULL, sit_there, NULL), 0);
	assert_int_equal(read(started[0], &byte, 1), 1);
	assert_int_equal(sh("ip netns del %s", lab("a")), 0);
	netns_close(&a);
	assert_true(found(NULL, a.cookie, a.inum));
	close(stop[1]);
	pthread_join(thread, NULL);
	close(stop[0]);
	close(started[0]);
	close(started[1]);
	assert_false(found(NULL, a.cookie, a.inum));
}

static void found_by_another_namespaces_id(void **state)
{
	struct netns b = lab_netns("b"), out;
	struct link_info l;

	(void)state;
	assert_int_equal(
		sh("ip -n %s link add x type veth peer name y netns %s", lab("a"), lab("b")), 0);
	assert_int_equal(link_by_name(&a, "x", &l), 0);
	assert_true(l.link_nsid >= 0);
	assert_int_equal(netns_by_nsid(&a, l.link_nsid, NULL, &out), 0);
	assert_true(netns_same(&out, &b));
	netns_close(&out);
	assert_int_equal(netns_by_nsid(&a, l.link_nsid, lab("b"), &out), 0);
	assert_true(netns_same(&out, &b));
	netns_close(&out);
	assert_int_equal(netns_by_nsid(&a, l.link_nsid, lab("a"), &out), 0);
	assert_true(netns_same(&out, &b));
	netns_close(&out);
	assert_int_equal(netns_by_nsid(&a, l.link_nsid + 1000, NULL, &out), -ENOENT);
	assert_int_equal(out.fd, -1);
	assert_int_equal(netns_by_nsid(&a, -1, NULL, &out), -ENOENT);
	netns_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_namespace_by_nothing, begin, clear),
		cmocka_unit_test_setup_teardown(name_path_and_pid_are_one, begin, clear),
		cmocka_unit_test_setup_teardown(digits_are_a_name_before_a_pid, begin, clear),
		cmocka_unit_test_setup_teardown(what_is_no_namespace_is_refused, begin, clear),
		cmocka_unit_test_setup_teardown(enter_and_leave, begin, clear),
		cmocka_unit_test_setup_teardown(a_failed_return_aborts, begin, clear),
		cmocka_unit_test_setup_teardown(sockets_are_of_the_namespace, begin, clear),
		cmocka_unit_test_setup_teardown(entering_needs_the_right, begin, clear),
		cmocka_unit_test_setup_teardown(found_by_cookie_under_any_name, begin, clear),
		cmocka_unit_test_setup_teardown(found_where_only_a_mount_holds_it, begin, clear),
		cmocka_unit_test_setup_teardown(found_where_only_a_process_is_in_it, begin, clear),
		cmocka_unit_test_setup_teardown(found_where_only_a_thread_is_in_it, begin, clear),
		cmocka_unit_test_setup_teardown(found_by_another_namespaces_id, begin, clear),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
