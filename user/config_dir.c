/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory of config files, as in /etc/vrxdp. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "values.h"

#define MAIN_FILE "vrxdp.conf"
#define PARTS "conf.d"

const char *config_dir(void)
{
	const char *dir = getenv("VRXDP_ETC");

	return dir && *dir ? dir : "/etc/vrxdp";
}

/* Editors and packagers leave others beside them: a~, .a.conf.swp, a.conf.dpkg-old. */
static int is_part(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return *entry->d_name != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

/* Bytewise: the order is the same whatever the user's locale is. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_parts(const char *dir, struct model *m, int *files, char *err, size_t err_len)
{
	struct dirent **parts = NULL;
	char path[PATH_MAX];
	int n, i, ret = 0;

	if (snprintf(path, sizeof(path), "%s/%s", dir, PARTS) >= (int)sizeof(path))
		return err_write(err, err_len, -ENAMETOOLONG, "%.200s...: the path is too long",
				 dir);
	n = scandir(path, &parts, is_part, by_bytes);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return err_write(err, err_len, -errno, "%s: can't read the directory: %s", path,
				 strerror(errno));
	for (i = 0; i < n && !ret; i++) {
		if (snprintf(path, sizeof(path), "%s/%s/%s", dir, PARTS, parts[i]->d_name) >=
		    (int)sizeof(path))
			ret = err_write(err, err_len, -ENAMETOOLONG,
					"%.200s...: the path is too long", dir);
		else
			ret = config_read(path, m, err, err_len);
		*files += 1;
	}
	for (i = 0; i < n; i++)
		free(parts[i]);
	free(parts);
	return ret;
}

int config_read_dir(const char *dir, struct model *m, char *err, size_t err_len)
{
	char path[PATH_MAX];
	struct stat there;
	int files = 0, ret;

	if (snprintf(path, sizeof(path), "%s/%s", dir, MAIN_FILE) >= (int)sizeof(path))
		return err_write(err, err_len, -ENAMETOOLONG, "%.200s...: the path is too long",
				 dir);
	/* A link that leads nowhere is there, and an error: somebody wants it read. */
	if (!lstat(path, &there) || errno != ENOENT) {
		files++;
		ret = config_read(path, m, err, err_len);
		if (ret)
			return ret;
	}
	ret = read_parts(dir, m, &files, err, err_len);
	if (!ret && !files)
		ret = err_write(err, err_len, -ENODATA,
				"%s: has no " MAIN_FILE " and no " PARTS
				"/*.conf; write one, or give -c FILE or devices",
				dir);
	return ret;
}
