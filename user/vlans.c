// SPDX-License-Identifier: GPL-2.0-only
#include "vlans.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

#define SHOWN 80
#define VID_MAX 4094u /* IEEE 802.1Q table 9-2: 0 and 4095 are reserved */
#define TAG_LEN 4u

static bool listed(const struct vrxdp_vlans *v, unsigned int vid)
{
	return vid < VRXDP_VIDS && (v->listed[vid / 8] >> (vid % 8) & 1);
}

static void list(struct vrxdp_vlans *v, unsigned int vid)
{
	v->listed[vid / 8] |= (__u8)(1u << (vid % 8));
}

/* One VID: @text up to its end. */
static int parse_vid(const char *text, __u32 *vid, char *err, size_t err_len)
{
	return parse_u32(text, 1, VID_MAX, vid, err, err_len);
}

/* VID or FIRST-LAST, of a list. */
static int parse_item(char *item, struct vrxdp_vlans *v, char *err, size_t err_len)
{
	char *dash = strchr(item, '-');
	__u32 first, last;

	if (dash)
		*dash = '\0';
	if (parse_vid(item, &first, err, err_len))
		return -EINVAL;
	last = first;
	if (dash && parse_vid(dash + 1, &last, err, err_len))
		return -EINVAL;
	if (last < first)
		return err_write(err, err_len, -EINVAL, "%u-%u: the range ends before it begins",
				 first, last);
	for (; first <= last; first++) {
		if (listed(v, first))
			return err_write(err, err_len, -EINVAL,
					 "%u is in the list twice; give it once", first);
		list(v, first);
	}
	return 0;
}

static int parse_list(char *text, struct vrxdp_vlans *v, char *err, size_t err_len)
{
	char *item, *rest = text;

	v->tags = VRXDP_TAGS_LIST;
	while ((item = strsep(&rest, ","))) {
		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = '\0';
		if (parse_item(item, v, err, err_len))
			return -EINVAL;
	}
	return 0;
}

static int parse_stacked(char *text, struct vrxdp_vlans *v, char *err, size_t err_len)
{
	char *dot = strchr(text, '.');
	__u32 outer, vid;

	*dot = '\0';
	if (parse_vid(text, &outer, err, err_len) || parse_vid(dot + 1, &vid, err, err_len))
		return -EINVAL;
	v->tags = VRXDP_TAGS_STACKED;
	v->one = (struct vrxdp_vlan){ .outer = (__u16)outer, .vid = (__u16)vid };
	return 0;
}

int vlans_parse(const char *text, struct vrxdp_vlans *v, char *err, size_t err_len)
{
	char copy[VLANS_TEXT], shown[SHOWN];
	__u32 vid;

	memset(v, 0, sizeof(*v));
	if (!strcmp(text, "trunk")) {
		v->tags = VRXDP_TAGS_TRUNK;
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return err_write(err, err_len, -EINVAL, "\"%s\" is too long; give trunk",
				 shorten_text(text, shown, sizeof(shown)));
	strcpy(copy, text);
	if (strchr(copy, '.') && strpbrk(copy, ",-"))
		return err_write(err, err_len, -EINVAL,
				 "\"%s\": a list has 802.1Q VLANs only; give stacked tags an "
				 "interface of their own",
				 shorten_text(text, shown, sizeof(shown)));
	if (strchr(copy, '.'))
		return parse_stacked(copy, v, err, err_len);
	if (strpbrk(copy, ",-"))
		return parse_list(copy, v, err, err_len);
	if (parse_vid(copy, &vid, err, err_len))
		return -EINVAL;
	v->tags = VRXDP_TAGS_ACCESS;
	v->one.vid = (__u16)vid;
	return 0;
}

bool vlans_first(const struct vrxdp_vlans *v, struct vrxdp_vlan *vlan)
{
	switch (v->tags) {
	case VRXDP_TAGS_LIST:
		*vlan = (struct vrxdp_vlan){ 0 };
		return vlans_next(v, vlan);
	case VRXDP_TAGS_TRUNK:
		*vlan = (struct vrxdp_vlan){ .vid = VRXDP_VID_TRUNK };
		return true;
	default:
		*vlan = v->one;
		return true;
	}
}

bool vlans_next(const struct vrxdp_vlans *v, struct vrxdp_vlan *vlan)
{
	if (v->tags != VRXDP_TAGS_LIST)
		return false;
	while (++vlan->vid <= VID_MAX)
		if (listed(v, vlan->vid))
			return true;
	return false;
}

size_t vlans_count(const struct vrxdp_vlans *v)
{
	struct vrxdp_vlan vlan;
	size_t n = 0;
	bool more;

	for (more = vlans_first(v, &vlan); more; more = vlans_next(v, &vlan))
		n++;
	return n;
}

bool vlans_have(const struct vrxdp_vlans *v, struct vrxdp_vlan vlan)
{
	switch (v->tags) {
	case VRXDP_TAGS_LIST:
		return !vlan.outer && listed(v, vlan.vid);
	case VRXDP_TAGS_TRUNK:
		return !vlan.outer && vlan.vid;
	default:
		return v->one.outer == vlan.outer && v->one.vid == vlan.vid;
	}
}

bool vlans_overlap(const struct vrxdp_vlans *a, const struct vrxdp_vlans *b,
		   struct vrxdp_vlan *vlan)
{
	bool more;

	if (a->tags == VRXDP_TAGS_TRUNK)
		return vlans_first(b, vlan) && vlans_have(a, *vlan);
	for (more = vlans_first(a, vlan); more; more = vlans_next(a, vlan))
		if (vlans_have(b, *vlan))
			return true;
	return false;
}

bool vlans_equal(const struct vrxdp_vlans *a, const struct vrxdp_vlans *b)
{
	return a->tags == b->tags && a->one.outer == b->one.outer && a->one.vid == b->one.vid &&
	       !memcmp(a->listed, b->listed, sizeof(a->listed));
}

bool vlans_pass_tagged(const struct vrxdp_vlans *v)
{
	return v->tags == VRXDP_TAGS_LIST || v->tags == VRXDP_TAGS_TRUNK;
}

__u8 vlans_hidden(const struct vrxdp_vlans *v)
{
	return v->tags == VRXDP_TAGS_ACCESS  ? TAG_LEN :
	       v->tags == VRXDP_TAGS_STACKED ? 2 * TAG_LEN :
					       0;
}

__u8 vlans_beyond(const struct vrxdp_vlans *v)
{
	return v->tags == VRXDP_TAGS_STACKED ? TAG_LEN : 0;
}

/* The VIDs of a list, with runs of three and more as ranges if @ranges. False: cut. */
static bool format_list(const struct vrxdp_vlans *v, char *buf, size_t len, bool ranges)
{
	unsigned int vid, last;
	char item[24]; /* ",FIRST-LAST" */
	size_t at = 0;

	*buf = '\0';
	for (vid = 1; vid <= VID_MAX; vid = last + 1) {
		last = vid;
		if (!listed(v, vid))
			continue;
		while (ranges && listed(v, last + 1))
			last++;
		if (last < vid + 2)
			last = vid;
		if (last > vid)
			snprintf(item, sizeof(item), "%s%u-%u", at ? "," : "", vid, last);
		else
			snprintf(item, sizeof(item), "%s%u", at ? "," : "", vid);
		if (at + strlen(item) >= len)
			return false;
		strcpy(buf + at, item);
		at += strlen(item);
	}
	return true;
}

char *vlans_format(const struct vrxdp_vlans *v, char *buf, size_t len)
{
	struct vrxdp_vlan only;

	switch (v->tags) {
	case VRXDP_TAGS_ACCESS:
		snprintf(buf, len, "%u", v->one.vid);
		break;
	case VRXDP_TAGS_STACKED:
		snprintf(buf, len, "%u.%u", v->one.outer, v->one.vid);
		break;
	case VRXDP_TAGS_LIST:
		format_list(v, buf, len, false);
		/* A single VID would read as one that is taken off. */
		if (vlans_count(v) == 1 && vlans_first(v, &only))
			snprintf(buf, len, "%u-%u", only.vid, only.vid);
		break;
	case VRXDP_TAGS_TRUNK:
		snprintf(buf, len, "trunk");
		break;
	default:
		*buf = '\0';
	}
	return buf;
}

char *vlans_summary(const struct vrxdp_vlans *v, char *buf, size_t len)
{
	size_t at;

	/* A list of one is written so that it doesn't read as a VLAN that is taken off. */
	if (v->tags != VRXDP_TAGS_LIST || vlans_count(v) == 1)
		return vlans_format(v, buf, len);
	if (format_list(v, buf, len, true))
		return buf;
	at = strlen(buf);
	while (at && at + sizeof(",...") > len)
		at--;
	/* Whole items only. */
	while (at && buf[at] && buf[at] != ',')
		at--;
	snprintf(buf + at, len - at, at ? ",..." : "...");
	return buf;
}
