/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_lab.h"

#include <sys/capability.h>

#include "bpffs.h"

static char err[512];

static int begin(void **state)
{
	(void)state;
	err[0] = '\0';
	return mkdir(scratch("d"), 0700);
}

/* How often is @dir a mount point here? */
static int mounts_at(const char *dir)
{
	char *text = output_of("grep -c ' %s ' /proc/self/mountinfo", dir);
	int count = atoi(text);

	free(text);
	return count;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void path_in(char *path, size_t len, const char *rest)
{
	snprintf(path, len, "%s%s", scratch("d"), rest);
}

static void directories_and_a_mount_come_and_go(void **state)
{
	struct bpffs_made made;
	char dir[128], parent[128];

	(void)state;
	path_in(parent, sizeof(parent), "/one");
	path_in(dir, sizeof(dir), "/one/two//three/");
	assert_int_equal(bpffs_is(dir), 0);
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(made.mounted, 1);
	assert_int_equal(made.dirs, 3);
	assert_int_equal(bpffs_is(dir), 1);
	assert_int_equal(bpffs_is(parent), 0);
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(parent), 0700);
	assert_int_equal(sh("findmnt -n -t bpf -N 1 %s", dir), 0);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_false(exists(parent));
	assert_true(exists(scratch("d")));
}

static void a_bpffs_that_is_there_is_used(void **state)
{
	struct bpffs_made made, again, below;
	char dir[128], inner[128];

	(void)state;
	path_in(dir, sizeof(dir), "/fs");
	path_in(inner, sizeof(inner), "/fs/one/two");
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(bpffs_ready(dir, &again, err, sizeof(err)), 0);
	assert_int_equal(again.mounted, 0);
	assert_int_equal(again.dirs, 0);
	assert_int_equal(mounts_at(dir), 1);
	assert_int_equal(bpffs_ready(inner, &below, err, sizeof(err)), 0);
	assert_int_equal(below.mounted, 0);
	assert_int_equal(below.dirs, 2);
	assert_int_equal(bpffs_undo(dir, &again), 0);
	assert_int_equal(bpffs_is(inner), 1);
	assert_int_equal(bpffs_undo(inner, &below), 0);
	assert_false(exists(inner));
	assert_int_equal(bpffs_is(dir), 1);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_false(exists(dir));
}

static void an_empty_directory_is_kept(void **state)
{
	struct bpffs_made made;
	const char *dir = scratch("d");

	(void)state;
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(made.mounted, 1);
	assert_int_equal(made.dirs, 0);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_true(exists(dir));
	assert_int_equal(mounts_at(dir), 0);
}

static void a_link_in_the_path_is_followed(void **state)
{
	struct bpffs_made made;
	char link[128], real[128], dir[128];

	(void)state;
	path_in(link, sizeof(link), "/link");
	path_in(real, sizeof(real), "/real");
	path_in(dir, sizeof(dir), "/link/bpf");
	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(made.dirs, 1);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_true(exists(link));
	assert_false(exists(dir));
}

static void what_others_put_there_stays(void **state)
{
	struct bpffs_made made;
	char dir[128], theirs[128];

	(void)state;
	path_in(dir, sizeof(dir), "/one/fs");
	path_in(theirs, sizeof(theirs), "/one/fs/theirs");
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(mkdir(theirs, 0700), 0);
	assert_int_equal(bpffs_undo(dir, &made), -ENOTEMPTY);
	assert_int_equal(bpffs_is(theirs), 1);
	assert_int_equal(rmdir(theirs), 0);

	path_in(theirs, sizeof(theirs), "/one/theirs");
	assert_int_equal(mkdir(theirs, 0700), 0);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_true(exists(theirs));
	assert_false(exists(dir));
}

/* What a command that was killed before or after the mount leaves. */
static void directories_without_a_mount_are_found_by_their_mark(void **state)
{
	struct bpffs_made made;
	char dir[128], parent[128], plain[128];

	(void)state;
	path_in(plain, sizeof(plain), "/plain");
	path_in(parent, sizeof(parent), "/plain/one");
	path_in(dir, sizeof(dir), "/plain/one/fs");
	assert_int_equal(mkdir(plain, 0700), 0);
	assert_int_equal(bpffs_mkdir(parent), 0);
	assert_int_equal(bpffs_found(dir, &made), 0);
	assert_int_equal(made.dirs, 1);
	assert_int_equal(bpffs_mkdir(dir), 0);
	assert_int_equal(bpffs_found(dir, &made), 0);
	assert_int_equal(made.dirs, 2);
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	assert_int_equal(made.dirs, 2);
	assert_int_equal(bpffs_found(dir, &made), 0);
	assert_int_equal(made.dirs + 10 * made.mounted, 12);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_false(exists(parent));
	assert_true(exists(plain));
	assert_int_equal(bpffs_found(dir, &made), 0);
	assert_int_equal(made.dirs, 0);
}

static void an_inhabited_bpffs_stays(void **state)
{
	struct bpffs_made made;
	char dir[128];
	int fd;

	(void)state;
	path_in(dir, sizeof(dir), "/fs");
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(bpffs_undo(dir, &made), -EBUSY);
	assert_int_equal(bpffs_is(dir), 1);
	close(fd);
	assert_int_equal(bpffs_undo(dir, &made), 0);
}

static void unusable_paths_leave_all_as_it_was(void **state)
{
	static const struct {
		const char *below; /* the scratch directory; NULL: `dir` as it is */
		const char *dir;
		int ret;
		const char *text;
	} cases[] = {
		{ NULL, "run/vxk", -EINVAL, "absolute" },
		{ NULL, "", -EINVAL, "absolute" },
		{ NULL, "/", -ENOTEMPTY, "has files" },
		{ "/new/../new", NULL, -EINVAL, "without . and .." },
		{ "/./new", NULL, -EINVAL, "without . and .." },
		{ "/file", NULL, -ENOTDIR, "is a file" },
		{ "/file/new", NULL, -ENOTDIR, "is a file" },
		{ "/full", NULL, -ENOTEMPTY, "has files" },
		{ "/dangling", NULL, -ENOENT, "No such file" },
		{ NULL, "/proc/vxk/new", -ENOENT, "can't make the directory /proc/vxk" },
	};
	struct bpffs_made made;
	char dir[128];
	size_t i;
	int ret;

	(void)state;
	assert_int_equal(sh("cd %s && mkdir full && touch full/theirs file && ln -s new dangling",
			    scratch("d")),
			 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].below)
			path_in(dir, sizeof(dir), cases[i].below);
		else
			snprintf(dir, sizeof(dir), "%s", cases[i].dir);
		made = (struct bpffs_made){ 9, 9 };
		ret = bpffs_ready(dir, &made, err, sizeof(err));
		if (ret != cases[i].ret || strncmp(err, dir, strlen(dir)) != 0 ||
		    !strstr(err, cases[i].text) || strchr(err, '\n'))
			fail_msg("%s: %d, \"%s\"", dir, ret, err);
		assert_int_equal(made.mounted + made.dirs, 0);
		assert_int_equal(sh("test \"$(ls %s)\" = \"$(printf 'dangling\\nfile\\nfull')\"",
				    scratch("d")),
				 0);
	}
	/* A short buffer is cut, not overrun. */
	err[5] = '#';
	assert_int_equal(bpffs_ready("relative", &made, err, 5), -EINVAL);
	assert_string_equal(err, "rela");
}

static void refused_child(const void *arg)
{
	const unsigned long propagation = *(const unsigned long *)arg;
	struct bpffs_made made;
	char dir[128];

	path_in(dir, sizeof(dir), "/one/fs");
	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(mount(NULL, "/", NULL, MS_REC | propagation, NULL) == 0);
	child_check(bpffs_ready(dir, &made, err, sizeof(err)) == -EXDEV);
	child_check(strstr(err, "PID 1") && strncmp(err, dir, strlen(dir)) == 0);
	child_check(made.mounted == 0 && made.dirs == 0);
	child_check(mounts_at(dir) == 0);
	child_check(!exists(dir));

	/* One that is there already, but only here, is no better. */
	child_check(mount("bpf", scratch("d"), "bpf", 0, NULL) == 0);
	child_check(bpffs_ready(scratch("d"), &made, err, sizeof(err)) == -EXDEV);
	child_check(bpffs_is(scratch("d")) == 1);
}

static void a_bpffs_that_pid_1_does_not_see_is_refused(void **state)
{
	const unsigned long propagations[] = { MS_PRIVATE, MS_SLAVE };

	(void)state;
	in_child(refused_child, &propagations[0]);
	in_child(refused_child, &propagations[1]);
	assert_true(exists(scratch("d")));
	assert_int_equal(mounts_at(scratch("d")), 0);
}

/* Each makes a mount namespace that sees something else at that place than PID 1. */
static void leave_mounts(void)
{
	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

static void refuses(const char *dir)
{
	struct bpffs_made made;

	child_check(bpffs_is(dir) == 1);
	child_check(bpffs_ready(dir, &made, err, sizeof(err)) == -EXDEV);
}

static void another_bpffs_child(const void *dir)
{
	leave_mounts();
	child_check(mount("bpf", dir, "bpf", 0, NULL) == 0);
	refuses(dir);
}

static void another_directory_child(const void *dir)
{
	char one[128], two[128];

	path_in(one, sizeof(one), "/one");
	path_in(two, sizeof(two), "/two");
	child_check(strcmp(dir, scratch("d")) == 0);
	leave_mounts();
	child_check(mount(one, two, NULL, MS_BIND, NULL) == 0);
	refuses(two);
}

static void uncovered_child(const void *dir)
{
	leave_mounts();
	child_check(umount(scratch("d")) == 0);
	refuses(dir);
}

static void what_pid_1_sees_in_that_place_counts(void **state)
{
	const char *dir = scratch("d");
	struct bpffs_made made, below;
	char path[128];

	(void)state;
	assert_int_equal(bpffs_ready(dir, &made, err, sizeof(err)), 0);
	in_child(another_bpffs_child, dir);
	path_in(path, sizeof(path), "/one");
	assert_int_equal(bpffs_ready(path, &below, err, sizeof(err)), 0);
	path_in(path, sizeof(path), "/two");
	assert_int_equal(bpffs_ready(path, &below, err, sizeof(err)), 0);
	in_child(another_directory_child, dir);
	assert_int_equal(umount(dir), 0);

	path_in(path, sizeof(path), "/fs");
	assert_int_equal(bpffs_ready(path, &made, err, sizeof(err)), 0);
	assert_int_equal(mount("none", dir, "tmpfs", 0, NULL), 0);
	in_child(uncovered_child, path);
	assert_int_equal(umount(dir), 0);
	assert_int_equal(bpffs_undo(path, &made), 0);
}

static void shared_child(const void *arg)
{
	struct bpffs_made made;

	child_check(unshare(CLONE_NEWNS) == 0);
	child_check(bpffs_ready(arg, &made, err, sizeof(err)) == 0);
	child_check(made.mounted == 1);
}

static void a_mount_that_reaches_pid_1_is_fine(void **state)
{
	const struct bpffs_made made = { .mounted = 1, .dirs = 1 };
	const char *base = scratch("d");
	char dir[128];

	(void)state;
	path_in(dir, sizeof(dir), "/fs");
	assert_int_equal(mount("none", base, "tmpfs", 0, NULL), 0);
	assert_int_equal(mount(NULL, base, NULL, MS_SHARED, NULL), 0);
	in_child(shared_child, dir);
	assert_int_equal(bpffs_is(dir), 1);
	assert_int_equal(bpffs_undo(dir, &made), 0);
	assert_int_equal(umount(base), 0);
}

static void unprivileged_child(const void *arg)
{
	const cap_value_t sys_admin = CAP_SYS_ADMIN;
	cap_t caps = cap_get_proc();
	struct bpffs_made made;

	child_check(caps && cap_set_flag(caps, CAP_EFFECTIVE, 1, &sys_admin, CAP_CLEAR) == 0 &&
		    cap_set_flag(caps, CAP_PERMITTED, 1, &sys_admin, CAP_CLEAR) == 0 &&
		    cap_set_proc(caps) == 0);
	cap_free(caps);
	child_check(bpffs_ready(arg, &made, err, sizeof(err)) == -EPERM);
	child_check(strstr(err, "no right to mount"));
	child_check(!exists(arg));
}

static void no_right_to_mount_is_said(void **state)
{
	char dir[128];

	(void)state;
	path_in(dir, sizeof(dir), "/fs");
	in_child(unprivileged_child, dir);
}

static void two_at_once_mount_once(void **state)
{
	struct bpffs_made made = { .mounted = 1 };
	const char *dir = scratch("d");
	int round, i, mounted, status;
	pid_t pids[4];

	(void)state;
	for (round = 0; round < 20; round++) {
		int go[2];

		assert_int_equal(pipe2(go, O_CLOEXEC), 0);
		for (i = 0; i < 4; i++) {
			pids[i] = fork();
			assert_true(pids[i] >= 0);
			if (pids[i] == 0) {
				char byte;

				close(go[1]);
				child_check(read(go[0], &byte, 1) == 0);
				if (bpffs_ready(dir, &made, err, sizeof(err)) < 0)
					_exit(9);
				_exit(made.mounted);
			}
		}
		close(go[0]);
		close(go[1]);
		for (i = 0, mounted = 0; i < 4; i++) {
			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			mounted += WEXITSTATUS(status);
		}
		assert_int_equal(mounts_at(dir), 1);
		assert_int_equal(mounted, 1);
		assert_int_equal(bpffs_undo(dir, &made), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(directories_and_a_mount_come_and_go, begin,
						lab_clear),
		cmocka_unit_test_setup_teardown(a_bpffs_that_is_there_is_used, begin, lab_clear),
		cmocka_unit_test_setup_teardown(an_empty_directory_is_kept, begin, lab_clear),
		cmocka_unit_test_setup_teardown(a_link_in_the_path_is_followed, begin, lab_clear),
		cmocka_unit_test_setup_teardown(what_others_put_there_stays, begin, lab_clear),
		cmocka_unit_test_setup_teardown(directories_without_a_mount_are_found_by_their_mark,
						begin, lab_clear),
		cmocka_unit_test_setup_teardown(an_inhabited_bpffs_stays, begin, lab_clear),
		cmocka_unit_test_setup_teardown(unusable_paths_leave_all_as_it_was, begin,
						lab_clear),
		cmocka_unit_test_setup_teardown(a_bpffs_that_pid_1_does_not_see_is_refused, begin,
						lab_clear),
		cmocka_unit_test_setup_teardown(what_pid_1_sees_in_that_place_counts, begin,
						lab_clear),
		cmocka_unit_test_setup_teardown(a_mount_that_reaches_pid_1_is_fine, begin,
						lab_clear),
		cmocka_unit_test_setup_teardown(no_right_to_mount_is_said, begin, lab_clear),
		cmocka_unit_test_setup_teardown(two_at_once_mount_once, begin, lab_clear),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests(tests, lab_begin, lab_end);
}
