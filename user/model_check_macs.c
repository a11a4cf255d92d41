// SPDX-License-Identifier: GPL-2.0-only
/* Addresses are unique on a port and VLAN, but for those of VRRP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "model_checker.h"
#include "values.h"
#include "vlans.h"

/* An address of an interface. */
struct address {
	const char *port;
	const __u8 *mac;
	size_t pos; /* of the interface, in the model's array */
};

static int compare_place(const struct address *x, const struct address *y)
{
	int cmp = strcmp(x->port, y->port);

	return cmp ? cmp : memcmp(x->mac, y->mac, 6);
}

static int compare(const void *a, const void *b)
{
	const struct address *x = a, *y = b;
	int cmp = compare_place(x, y);

	return cmp ? cmp : (x->pos > y->pos) - (x->pos < y->pos);
}

static const struct vrxdp_iface_conf *conf_of(const struct checker *c, const struct address *a)
{
	return &c->m->ifaces[a->pos].conf;
}

static void name_place(const struct vrxdp_iface_conf *conf, struct vrxdp_vlan vlan,
		       const __u8 mac[6], char *buf, size_t len)
{
	char text[18];

	format_mac(mac, text);
	if (vlan.outer)
		snprintf(buf, len, "MAC %s on port %s, VLAN %u.%u,", text, conf->port, vlan.outer,
			 vlan.vid);
	else if (vlan.vid == VRXDP_VID_TRUNK)
		snprintf(buf, len, "MAC %s on port %s, trunk,", text, conf->port);
	else if (vlan.vid)
		snprintf(buf, len, "MAC %s on port %s, VLAN %u,", text, conf->port, vlan.vid);
	else
		snprintf(buf, len, "MAC %s on port %s", text, conf->port);
}

/* The earliest interface with an address that one before it has on a VLAN of both. */
static int check_unique(const struct checker *c, const struct address *sorted, size_t n)
{
	const struct address *second = NULL, *before = NULL;
	struct vrxdp_vlan vlan = { 0 }, common;
	char what[96];
	size_t i, j;

	for (i = 1; i < n; i++)
		for (j = i; j-- && !compare_place(&sorted[j], &sorted[i]);) {
			if ((second && second->pos <= sorted[i].pos) ||
			    !vlans_overlap(&conf_of(c, &sorted[j])->vlans,
					   &conf_of(c, &sorted[i])->vlans, &common))
				continue;
			second = &sorted[i];
			before = &sorted[j];
			vlan = common;
		}
	if (!second)
		return 0;
	name_place(conf_of(c, second), vlan, second->mac, what, sizeof(what));
	return checker_fail_pair(c, second->pos, before->pos, what, "give each its own");
}

/* What moves between interfaces can't be one's own address as well. */
static int check_vrrp(const struct checker *c)
{
	const struct model *m = c->m;
	struct vrxdp_vlan vlan;
	char what[128], mac[18];
	unsigned int vrid;
	size_t i, j;
	int k;

	for (i = 0; i < m->nifaces; i++)
		for (k = 0; k < m->ifaces[i].conf.nmacs; k++) {
			vrid = vrid_of_mac(m->ifaces[i].conf.macs[k]);
			for (j = 0; vrid && j < m->nifaces; j++) {
				const struct vrxdp_iface_conf *other = &m->ifaces[j].conf;

				if (!vrids_have(other, vrid) ||
				    strcmp(other->port, m->ifaces[i].conf.port) ||
				    !vlans_overlap(&other->vlans, &m->ifaces[i].conf.vlans, &vlan))
					continue;
				snprintf(what, sizeof(what), "MAC %s is VRID %u, which",
					 format_mac(m->ifaces[i].conf.macs[k], mac), vrid);
				return checker_fail_pair(c, i, j, what,
							 "take it out of one of mac and vrrp");
			}
		}
	return 0;
}

/* Pairs of port and VLAN: each has a map of copies. */
struct pair {
	const char *port;
	struct vrxdp_vlan vlan;
};

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int cmp = strcmp(x->port, y->port);

	if (!cmp)
		cmp = (int)x->vlan.outer - (int)y->vlan.outer;
	return cmp ? cmp : (int)x->vlan.vid - (int)y->vlan.vid;
}

static int check_groups(const struct checker *c)
{
	const struct model *m = c->m;
	size_t i, n = 0, total = 0, distinct = 0;
	struct vrxdp_vlan vlan;
	struct pair *pairs;
	bool more;

	for (i = 0; i < m->nifaces; i++)
		total += vlans_count(&m->ifaces[i].conf.vlans);
	pairs = calloc(total + 1, sizeof(*pairs));
	if (!pairs)
		return err_write(c->err, c->err_len, -ENOMEM, "out of memory");
	for (i = 0; i < m->nifaces; i++)
		for (more = vlans_first(&m->ifaces[i].conf.vlans, &vlan); more;
		     more = vlans_next(&m->ifaces[i].conf.vlans, &vlan))
			pairs[n++] = (struct pair){ m->ifaces[i].conf.port, vlan };
	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (i = 0; i < n; i++)
		distinct += !i || compare_pairs(&pairs[i - 1], &pairs[i]);
	free(pairs);
	if (distinct <= VRXDP_MAX_GROUPS)
		return 0;
	return checker_fail(c, NULL, 0,
			    "%zu pairs of port and VLAN have interfaces; at most %u can (a trunk "
			    "is one)",
			    distinct, VRXDP_MAX_GROUPS);
}

int checker_macs(const struct checker *c)
{
	const struct model *m = c->m;
	struct address *sorted;
	size_t i, n = 0;
	int k, ret;

	sorted = calloc(m->nifaces * VRXDP_MAX_MACS + 1, sizeof(*sorted));
	if (!sorted)
		return err_write(c->err, c->err_len, -ENOMEM, "out of memory");
	for (i = 0; i < m->nifaces; i++)
		for (k = 0; k < m->ifaces[i].conf.nmacs; k++)
			sorted[n++] = (struct address){ m->ifaces[i].conf.port,
							m->ifaces[i].conf.macs[k], i };
	qsort(sorted, n, sizeof(*sorted), compare);
	ret = check_unique(c, sorted, n);
	free(sorted);
	if (!ret)
		ret = check_vrrp(c);
	return ret ? ret : check_groups(c);
}
