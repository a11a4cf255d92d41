// SPDX-License-Identifier: GPL-2.0-only
/* device = auto: the host end of a veth, found from the router's namespace. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists.h"
#include "made_names.h"
#include "resolve.h"
#include "say.h"
#include "values.h"

/* Where a host end may be, and what the router's namespace calls that place. */
struct place {
	const struct netns *ns;
	const char *spec;
	int nsid;
};

/* A veth in the router's namespace whose other end is at one of the places. */
struct candidate {
	struct link_info inner;
	const struct place *place;
};

struct search {
	const struct vrxdp_iface_conf *conf;
	const char *name; /* that the inner end must have; NULL: any */
	struct place places[2];
	size_t nplaces;
	struct candidate *list;
	size_t count, room;
	bool taken; /* there is a device of the name that leads elsewhere */
};

static int collect(const struct link_info *l, void *arg)
{
	struct search *s = arg;
	struct candidate *more;

	if (s->name && strcmp(l->name, s->name))
		return 0;
	s->taken = true;
	if (strcmp(l->kind, "veth") || l->link_nsid < 0)
		return 0;
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 8;
		more = reallocarray(s->list, s->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->list = more;
	}
	s->list[s->count++] = (struct candidate){ *l, NULL };
	return 0;
}

/* A place that has no number in @router has no veth into it either. */
static void add_place(struct search *s, const struct netns *router, const struct netns *ns,
		      const char *spec)
{
	struct place *p = &s->places[s->nplaces];

	*p = (struct place){ .ns = ns, .spec = spec };
	if (!netns_nsid(router, ns, &p->nsid))
		s->nplaces++;
}

/* "vr-red-lan, vr-red-wan and 3 more" */
static void name_all(const struct search *s, char *text, size_t len)
{
	char name[4 * VRXDP_DEV_LEN];
	struct link_info link;
	size_t i, at = 0;

	*text = '\0';
	for (i = 0; i < s->count && i < 3 && at < len; i++) {
		if (link_by_index(s->list[i].place->ns, s->list[i].inner.link, &link))
			continue;
		at += (size_t)snprintf(text + at, len - at, "%s%s", at ? ", " : "",
				       escape_text(link.name, name, sizeof(name)));
	}
	if (s->count > 3 && at < len)
		snprintf(text + at, len - at, " and %zu more", s->count - 3);
}

/* Keep those whose other end is at one of the places. */
static void keep_reachable(struct search *s)
{
	size_t i, j, n = 0;

	for (i = 0; i < s->count; i++) {
		for (j = 0; j < s->nplaces && s->places[j].nsid != s->list[i].inner.link_nsid; j++)
			;
		if (j == s->nplaces)
			continue;
		s->list[n] = s->list[i];
		s->list[n++].place = &s->places[j];
	}
	s->count = n;
}

/* The only one, or the only one whose far end has an address of the interface. */
static const struct candidate *choose(const struct search *s, const char *netns)
{
	const struct vrxdp_iface_conf *conf = s->conf;
	const struct candidate *found = NULL;
	size_t i, matches = 0;
	char names[256];

	if (s->count == 1)
		return s->list;
	for (i = 0; i < s->count; i++)
		if (macs_have(conf, s->list[i].inner.mac)) {
			found = &s->list[i];
			matches++;
		}
	if (matches == 1)
		return found;
	name_all(s, names, sizeof(names));
	if (!s->count)
		say_error("interface %s/%s: device auto: no veth leads into netns %s from where "
			  "vrxdp runs or from the port's namespace; make one, or name the device",
			  conf->router, conf->name, netns);
	else
		say_error("interface %s/%s: device auto: several lead into netns %s (%s), and the "
			  "far ends of %s have the interface's MAC address; name the device",
			  conf->router, conf->name, netns, names, matches ? "several" : "none");
	return NULL;
}

static int take(const struct search *s, const struct candidate *c,
		const struct vrxdp_router_rec *router, struct resolved *r)
{
	int err = netns_again(c->place->ns, &r->ns);

	if (!err)
		err = link_by_index(&r->ns, c->inner.link, &r->link);
	if (err) {
		resolved_close(r);
		return say_error("interface %s/%s: device auto: %s", s->conf->router, s->conf->name,
				 strerror(-err));
	}
	resolve_name_device(&r->device, c->place->spec, &r->ns, &r->link);
	resolve_far_end(r, router->conf.netns);
	r->kind = VRXDP_KIND_VETH;
	if (r->peer.ifindex == c->inner.ifindex && r->peer.netns_cookie == router->netns_cookie)
		return 0;
	resolved_close(r);
	return say_error("interface %s/%s: device auto: it changed meanwhile; try again",
			 s->conf->router, s->conf->name);
}

static int find(struct search *s, const struct vrxdp_router_rec *router, struct resolved *r)
{
	char name[4 * VRXDP_NAME_LEN];
	const struct candidate *c;

	if (s->name && !s->count && s->taken)
		return say_error("interface %s/%s: netns %s has a device %s already, which is no "
				 "veth from here; rename one of the two",
				 s->conf->router, s->conf->name, router->conf.netns,
				 escape_text(s->name, name, sizeof(name)));
	if (s->name && !s->count)
		return RESOLVE_ABSENT;
	c = choose(s, router->conf.netns);
	return c ? take(s, c, router, r) : -1;
}

int resolve_auto(const struct vrxdp_iface_conf *conf, const struct vrxdp_router_rec *router,
		 const struct resolved *port, struct resolved *r)
{
	bool made = made_wanted(&router->conf, conf);
	struct search s = { .conf = conf, .name = made ? conf->name : NULL };
	struct netns own, inside;
	int err, ret = -1;

	resolved_init(r);
	if (made && !router->netns_cookie)
		return RESOLVE_ABSENT;
	if (netns_find(router->conf.netns, router->netns_cookie, router->netns_inum, &inside))
		return say_error("interface %s/%s: device auto: netns %s of the router is gone; "
				 "vrxdp attach -c makes or finds it again",
				 conf->router, conf->name, router->conf.netns);
	err = netns_open("", &own);
	if (err)
		own.fd = -1;
	/* A listing gives numbers to the namespaces that it tells of, so it comes first. */
	if (!err)
		err = link_each(&inside, collect, &s);
	if (err) {
		say_error("interface %s/%s: device auto: can't list the devices of netns %s: %s",
			  conf->router, conf->name, router->conf.netns, strerror(-err));
	} else {
		add_place(&s, &inside, &own, "");
		if (!netns_same(&own, &port->ns))
			add_place(&s, &inside, &port->ns, port->device.netns);
		keep_reachable(&s);
		ret = find(&s, router, r);
	}
	free(s.list);
	netns_close(&own);
	netns_close(&inside);
	return ret;
}
