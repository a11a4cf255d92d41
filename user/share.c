// SPDX-License-Identifier: GPL-2.0-only
#include "share.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "values.h"

#define GROUP "vrxdp"

/* What `stats`, `status`, `top` and `router list` print from. */
static const enum state_map shown[] = {
	MAP_META,         MAP_PORT_RECS,     MAP_ROUTER_RECS, MAP_IFACE_RECS,   MAP_IFACES,
	MAP_GROUP_COUNTS, MAP_GROUP_MEMBERS, MAP_PORT_COUNTS, MAP_IFACE_COUNTS, MAP_ROUTER_COUNTS,
};

bool share_map_shown(enum state_map map)
{
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (shown[i] == map)
			return true;
	return false;
}

/*
 * /etc/group and nothing else: attach runs before the network is up, where a directory
 * service would keep it waiting, and a system group is a local one.
 */
static bool find_name(const char *name, gid_t *gid)
{
	FILE *f = fopen("/etc/group", "re");
	struct group *entry;
	bool found = false;

	while (f && !found && (entry = fgetgrent(f))) {
		found = !strcmp(entry->gr_name, name);
		if (found)
			*gid = entry->gr_gid;
	}
	if (f)
		fclose(f);
	return found;
}

/* Who attaches is root: its environment may name another group, by name or number. */
static bool find_group(gid_t *gid)
{
	const char *name = secure_getenv("VRXDP_GROUP");
	char err[128];
	__u32 number;

	if (!name || !*name)
		return find_name(GROUP, gid);
	if (parse_u32(name, 1, UINT_MAX - 1, &number, err, sizeof(err)))
		return find_name(name, gid);
	*gid = number;
	return true;
}

/*
 * Give @path this group and mode. What is narrower comes first, so that no mode is ever too
 * wide. The mark that vrxdp made a directory stays (bpffs_is_made()).
 */
static int set(const char *path, gid_t gid, mode_t mode)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	mode |= st.st_mode & S_ISVTX;
	if (st.st_gid != gid &&
	    (chmod(path, st.st_mode & (S_ISVTX | S_IRWXU)) || lchown(path, 0, gid)))
		return -errno;
	if ((st.st_gid != gid || (st.st_mode & 07777) != mode) && chmod(path, mode))
		return -errno;
	return 0;
}

/*
 * The bpffs that vrxdp mounted, and the directories that it made for it. Above the bpffs
 * the group passes through: whoever opens the directory that the bpffs lies in could hold
 * the lock that changing commands take on it.
 */
static int set_way(const struct state *st, gid_t gid, bool shared)
{
	struct bpffs_made made;
	char path[PATH_MAX];
	unsigned int i;
	char *end;
	int err;

	if (bpffs_found(st->dir, &made) || !made.mounted)
		return 0;
	err = set(st->dir, gid, shared ? 0750 : 0700);
	snprintf(path, sizeof(path), "%s", st->dir);
	for (i = 1; !err && i < made.dirs; i++) {
		for (end = path + strlen(path); end > path + 1 && end[-1] == '/';)
			*--end = '\0';
		end = strrchr(path, '/');
		if (!end || end == path)
			break;
		*end = '\0';
		err = set(path, gid, shared ? 0710 : 0700);
	}
	return err;
}

void share_state(const struct state *st)
{
	char path[PATH_MAX];
	gid_t gid = 0;
	bool shared = find_group(&gid);
	int i, err;

	err = set(state_pin(st, "maps", "", path), gid, shared ? 0750 : 0700);
	for (i = 0; !err && i < MAP_COUNT; i++)
		if (share_map_shown((enum state_map)i))
			err = set(state_pin(st, "maps", state_map_name((enum state_map)i), path),
				  gid, shared ? 0640 : 0600);
	if (!err)
		err = set_way(st, gid, shared);
	if (err)
		say_warning("%s: can't say who may read it: %s", st->dir, strerror(-err));
}
