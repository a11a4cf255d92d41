/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>

#include "ethtool.h"

_Static_assert(sizeof(((struct ethtool_feature *)0)->name) == ETH_GSTRING_LEN,
	       "a feature's name is one of the kernel's strings");

/* The ioctls take names. So look the name up, ask, and look whether it still holds. */
#define RENAMES 8

static int name_of(int fd, __u32 ifindex, struct ifreq *req)
{
	if (ifindex == 0 || ifindex > INT_MAX)
		return -ENODEV;
	*req = (struct ifreq){ .ifr_ifindex = (int)ifindex };
	return ioctl(fd, SIOCGIFNAME, req) < 0 ? -errno : 0;
}

/* Returns what the ioctl returns (a flag mask for ETHTOOL_SFEATURES), or a negative errno. */
static int request(int fd, __u32 ifindex, void *command)
{
	struct ifreq before, after;
	int i, err, ret;

	for (i = 0; i < RENAMES; i++) {
		err = name_of(fd, ifindex, &before);
		if (err < 0)
			return err;
		before.ifr_data = command;
		ret = ioctl(fd, SIOCETHTOOL, &before);
		if (ret < 0)
			ret = -errno;
		err = name_of(fd, ifindex, &after);
		if (err < 0)
			return err;
		if (strcmp(before.ifr_name, after.ifr_name) == 0)
			return ret;
	}
	return -EAGAIN;
}

/* All features of a device. The names are the kernel's, the same for every device. */
struct features {
	__u32 count;
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *blocks; /* of 32 features each */
};

static void features_free(struct features *f)
{
	free(f->names);
	free(f->blocks);
	*f = (struct features){ 0 };
}

static int read_names(int fd, __u32 ifindex, struct features *f)
{
	/* struct ethtool_sset_info ends in an array: one number for one set asked. */
	union {
		struct ethtool_sset_info info;
		__u32 words[sizeof(struct ethtool_sset_info) / sizeof(__u32) + 1];
	} sset = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
	int ret = request(fd, ifindex, &sset);

	if (ret < 0)
		return ret;
	f->count = sset.info.sset_mask ?
			   sset.words[sizeof(struct ethtool_sset_info) / sizeof(__u32)] :
			   0;
	f->names = calloc(1, sizeof(*f->names) + (size_t)f->count * ETH_GSTRING_LEN);
	if (!f->names)
		return -ENOMEM;
	f->names->cmd = ETHTOOL_GSTRINGS;
	f->names->string_set = ETH_SS_FEATURES;
	f->names->len = f->count;
	return request(fd, ifindex, f->names);
}

static int read_blocks(int fd, __u32 ifindex, struct features *f)
{
	__u32 blocks = (f->count + 31) / 32;

	f->blocks = calloc(1, sizeof(*f->blocks) + blocks * sizeof(f->blocks->features[0]));
	if (!f->blocks)
		return -ENOMEM;
	f->blocks->cmd = ETHTOOL_GFEATURES;
	f->blocks->size = blocks;
	return request(fd, ifindex, f->blocks);
}

static int features_read(int fd, __u32 ifindex, struct features *f)
{
	int ret;

	*f = (struct features){ 0 };
	ret = read_names(fd, ifindex, f);
	if (ret >= 0)
		ret = read_blocks(fd, ifindex, f);
	if (ret < 0)
		features_free(f);
	return ret < 0 ? ret : 0;
}

static void feature_at(const struct features *f, __u32 i, struct ethtool_feature *out)
{
	const struct ethtool_get_features_block *b = &f->blocks->features[i / 32];
	__u32 bit = 1u << (i % 32);

	memcpy(out->name, f->names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
	out->name[ETH_GSTRING_LEN - 1] = '\0';
	out->active = b->active & bit;
	out->wanted = b->requested & bit;
	out->changeable = (b->available & bit) && !(b->never_changed & bit);
	/* Of a fixed feature the kernel keeps no wish. */
	if (!out->changeable)
		out->wanted = out->active;
}

/* @at, if not NULL, is the feature's number. */
static int find(int fd, __u32 ifindex, const char *name, struct ethtool_feature *out, __u32 *at,
		__u32 *count)
{
	struct features f;
	__u32 i;
	int ret = features_read(fd, ifindex, &f);

	if (ret < 0)
		return ret;
	ret = -ENOENT;
	for (i = 0; ret < 0 && i < f.count; i++) {
		feature_at(&f, i, out);
		if (out->name[0] && strcmp(out->name, name) == 0) {
			*at = i;
			*count = f.count;
			ret = 0;
		}
	}
	features_free(&f);
	return ret;
}

int ethtool_feature_get(const struct netns *ns, __u32 ifindex, const char *feature,
			struct ethtool_feature *out)
{
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;
	__u32 at, count;

	if (fd < 0)
		return fd;
	ret = find(fd, ifindex, feature, out, &at, &count);
	close(fd);
	return ret;
}

int ethtool_feature_each(const struct netns *ns, __u32 ifindex,
			 int (*cb)(const struct ethtool_feature *f, void *arg), void *arg)
{
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;
	struct ethtool_feature one;
	struct features f;
	__u32 i;

	if (fd < 0)
		return fd;
	ret = features_read(fd, ifindex, &f);
	close(fd);
	if (ret < 0)
		return ret;
	for (i = 0; ret == 0 && i < f.count; i++) {
		feature_at(&f, i, &one);
		if (one.name[0])
			ret = cb(&one, arg);
	}
	features_free(&f);
	return ret;
}

static int want(int fd, __u32 ifindex, __u32 at, __u32 count, bool on)
{
	__u32 blocks = (count + 31) / 32;
	struct ethtool_sfeatures *set;
	int ret;

	set = calloc(1, sizeof(*set) + blocks * sizeof(set->features[0]));
	if (!set)
		return -ENOMEM;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = blocks;
	set->features[at / 32].valid = 1u << (at % 32);
	set->features[at / 32].requested = on ? 1u << (at % 32) : 0;
	ret = request(fd, ifindex, set);
	free(set);
	/* What the flags say (wished, unsupported) the caller reads back. */
	return ret < 0 ? ret : 0;
}

int ethtool_feature_want(const struct netns *ns, __u32 ifindex, const char *feature, bool on)
{
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;
	struct ethtool_feature f;
	__u32 at, count;

	if (fd < 0)
		return fd;
	ret = find(fd, ifindex, feature, &f, &at, &count);
	/* Wished for while a program forbade it: the kernel looks again only when asked. */
	if (ret == 0 && (f.wanted != on || f.active != on))
		ret = want(fd, ifindex, at, count, on);
	if (ret == 0)
		ret = find(fd, ifindex, feature, &f, &at, &count);
	if (ret == 0 && f.wanted != on)
		ret = -EOPNOTSUPP;
	close(fd);
	return ret;
}

int ethtool_feature_set(const struct netns *ns, __u32 ifindex, const char *feature, bool on)
{
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;
	struct ethtool_feature before, after;
	__u32 at, count;

	if (fd < 0)
		return fd;
	ret = find(fd, ifindex, feature, &before, &at, &count);
	if (ret < 0 || (before.active == on && before.wanted == on))
		goto out;
	ret = want(fd, ifindex, at, count, on);
	if (ret < 0)
		goto out;
	ret = find(fd, ifindex, feature, &after, &at, &count);
	if (ret < 0 || after.active == on)
		goto out;
	if (after.wanted != before.wanted)
		want(fd, ifindex, at, count, before.wanted);
	ret = -EOPNOTSUPP;
out:
	close(fd);
	return ret;
}

int ethtool_queues(const struct netns *ns, __u32 ifindex, __u32 *used, __u32 *max)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;

	if (fd < 0)
		return fd;
	ret = request(fd, ifindex, &channels);
	close(fd);
	if (ret < 0)
		return ret;
	*used = channels.combined_count;
	*max = channels.max_combined;
	return 0;
}

int ethtool_driver(const struct netns *ns, __u32 ifindex, char *name, size_t name_len,
		   char *version, size_t version_len)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;

	if (fd < 0)
		return fd;
	ret = request(fd, ifindex, &info);
	close(fd);
	if (ret < 0)
		return ret;
	if (name)
		snprintf(name, name_len, "%.*s", (int)sizeof(info.driver), info.driver);
	if (version)
		snprintf(version, version_len, "%.*s", (int)sizeof(info.version), info.version);
	return 0;
}

bool ethtool_is_vf(const struct netns *ns, __u32 ifindex)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int fd = netns_socket(ns, AF_UNIX, SOCK_DGRAM, 0), ret;
	char path[64 + sizeof(info.bus_info)];

	if (fd < 0)
		return false;
	ret = request(fd, ifindex, &info);
	close(fd);
	info.bus_info[sizeof(info.bus_info) - 1] = '\0';
	if (ret < 0 || !info.bus_info[0] || strchr(info.bus_info, '/'))
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/physfn", info.bus_info);
	return access(path, F_OK) == 0;
}
