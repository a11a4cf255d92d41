/* SPDX-License-Identifier: GPL-2.0-only */
/* Config files as files: several, missing, endless and big ones. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

static char err[400];
static struct model m;

static int empty_model(void **state)
{
	(void)state;
	model_free(&m);
	return 0;
}

static void several_files_make_one_model(void **state)
{
	static const char one[] = "[daemon]\n[port a]", two[] = "[router red]\nnetns=red",
			  three[] = "\n[port a]", four[] = "[daemon]";

	(void)state;
	assert_int_equal(config_parse(one, strlen(one), "1", &m, err, sizeof(err)), 0);
	assert_int_equal(config_parse(two, strlen(two), "2", &m, err, sizeof(err)), 0);
	assert_string_equal(m.ports[0].file, "1");
	assert_string_equal(m.routers[0].file, "2");
	assert_int_equal(config_parse(three, strlen(three), "3", &m, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "3:2: [port a]: the section is in 1:2 already; merge the two");
	assert_int_equal(config_parse(four, strlen(four), "4", &m, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "4:1: [daemon]: the section is in 1:1 already; merge the two");
}

static void with_file(const char *text, size_t len, void (*test)(const char *path, const char *dir))
{
	char dir[] = "/tmp/vrxdp-test-XXXXXX", path[64];
	int fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/c", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	test(path, dir);
	unlink(path);
	rmdir(dir);
}

static void read_good(const char *path, const char *dir)
{
	char want[256];

	assert_int_equal(config_read(path, &m, err, sizeof(err)), 0);
	assert_int_equal(m.nports, 1);
	assert_string_equal(m.file, path);

	assert_int_equal(config_read(dir, &m, err, sizeof(err)), -EISDIR);
	snprintf(want, sizeof(want), "%s: it is a directory; name the config file", dir);
	assert_string_equal(err, want);

	snprintf(want, sizeof(want), "%s/none", dir);
	assert_int_equal(config_read(want, &m, err, sizeof(err)), -ENOENT);
	strcat(want, ": can't read the config: No such file or directory; check the path");
	assert_string_equal(err, want);
}

static void read_bad(const char *path, const char *dir)
{
	char want[256];

	(void)dir;
	model_free(&m);
	assert_int_equal(config_read(path, &m, err, sizeof(err)), -EINVAL);
	snprintf(want, sizeof(want), "%s:2: mode: \"x\" is unknown; give auto, native or generic",
		 path);
	assert_string_equal(err, want);
}

static void files_are_read_and_named(void **state)
{
	(void)state;
	with_file("[port a]\n", 9, read_good);
	with_file("[port a]\nmode=x\n", 16, read_bad);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void drop(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(remove(path), 0);
}

static void a_directory_is_read_in_the_order_of_bytes(void **state)
{
	char dir[] = "/tmp/vrxdp-test-XXXXXX", parts[64], want[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(config_read_dir(dir, &m, err, sizeof(err)), -ENODATA);
	assert_memory_equal(err, dir, strlen(dir));
	snprintf(parts, sizeof(parts), "%s/conf.d", dir);
	assert_int_equal(mkdir(parts, 0700), 0);
	put(parts, "b.conf", "[port b]");
	put(parts, "C.conf", "[port c]");
	put(parts, ".a.conf", "nonsense");
	put(parts, "a.conf~", "nonsense");
	assert_int_equal(config_read_dir(dir, &m, err, sizeof(err)), 0);
	assert_int_equal(m.nports, 2);
	assert_string_equal(m.ports[0].conf.name, "c");
	assert_string_equal(m.ports[1].conf.name, "b");
	model_free(&m);
	put(dir, "vrxdp.conf", "[port b]");
	assert_int_equal(config_read_dir(dir, &m, err, sizeof(err)), -EINVAL);
	snprintf(want, sizeof(want),
		 "%s/b.conf:1: [port b]: the section is in %s/vrxdp.conf:1 already; merge the two",
		 parts, dir);
	assert_string_equal(err, want);
	drop(parts, "b.conf");
	drop(parts, "C.conf");
	drop(parts, ".a.conf");
	drop(parts, "a.conf~");
	drop(dir, "conf.d");
	drop(dir, "vrxdp.conf");
	drop(dir, "");
}

static void a_file_without_end_is_refused(void **state)
{
	(void)state;
	assert_int_equal(config_read("/dev/zero", &m, err, sizeof(err)), -EFBIG);
	assert_string_equal(err,
			    "/dev/zero: can't read the config: File too large; check the path");
}

static void read_big(const char *path, const char *dir)
{
	(void)dir;
	assert_int_equal(config_read(path, &m, err, sizeof(err)), 0);
	assert_int_equal(m.nrouters, 4096);
	assert_int_equal(m.nifaces, 8192);
	assert_int_equal(model_check(&m, err, sizeof(err)), 0);
}

static void thousands_of_routers_are_read_and_checked_in_a_moment(void **state)
{
	struct timespec t0, t1;
	size_t len = 0;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	for (unsigned int i = 0; i < 4096; i++) {
		fprintf(f, "[router r%u]\nnetns = r%u\n", i, i);
		for (unsigned int p = 0; p < 2; p++)
			fprintf(f,
				"[interface r%u/if%u]\nport = up%u\ndevice = v%ui%u\n"
				"mac = 02:00:00:%02x:%02x:%02x ; its own\n",
				i, p, p, i, p, p, i >> 8, i & 255);
	}
	fprintf(f, "[port up0]\n[port up1]\n[daemon]\nmax-routers = 4096\nmax-interfaces = 8192\n");
	fclose(f);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	with_file(text, len, read_big);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	free(text);
	assert_true((double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9 < 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_model)
	static const struct CMUnitTest tests[] = {
		TEST(several_files_make_one_model),
		TEST(files_are_read_and_named),
		TEST(a_directory_is_read_in_the_order_of_bytes),
		TEST(a_file_without_end_is_refused),
		TEST(thousands_of_routers_are_read_and_checked_in_a_moment),
	};

	return cmocka_run_group_tests_name("config files", tests, NULL, NULL);
}
