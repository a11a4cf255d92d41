/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_checker.h"
#include "values.h"

/* What must be unique; parts that a check doesn't use are "" and 0. */
struct item {
	const char *a, *b, *c;
	size_t pos; /* of the object that has it, in the model's array */
};

static int compare_keys(const struct item *x, const struct item *y)
{
	int cmp = strcmp(x->a, y->a);

	if (!cmp)
		cmp = strcmp(x->b, y->b);
	if (!cmp)
		cmp = strcmp(x->c, y->c);
	return cmp;
}

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int cmp = compare_keys(x, y);

	return cmp ? cmp : (x->pos > y->pos) - (x->pos < y->pos);
}

/* Sorts. The earliest object whose key another one before it has; NULL: none. */
static const struct item *find_double(struct item *items, size_t n)
{
	const struct item *found = NULL;

	if (n)
		qsort(items, n, sizeof(*items), compare);
	for (size_t i = 1; i < n; i++) {
		if (!compare_keys(&items[i - 1], &items[i]) &&
		    (!found || items[i].pos < found->pos))
			found = &items[i];
	}
	return found;
}

int checker_fail(const struct checker *c, const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!line)
		return err_write(c->err, c->err_len, -EINVAL, "%s", text);
	return err_write(c->err, c->err_len, -EINVAL, "%s:%d: %s", file ? file : "?", line, text);
}

/* Where the other object of a pair is: " (line 3)", " (FILE:3)" or "". */
struct place {
	char text[160];
};

static struct place place(const char *file, int line, const char *here)
{
	struct place p = { "" };

	if (line && file && here && strcmp(file, here))
		snprintf(p.text, sizeof(p.text), " (%s:%d)", file, line);
	else if (line)
		snprintf(p.text, sizeof(p.text), " (line %d)", line);
	return p;
}

static int check_ports(const struct checker *c)
{
	const struct model *m = c->m;
	const struct item *again;
	char name[VRXDP_DEV_LEN * 4];
	size_t n = 0;

	for (size_t i = 0; i < m->nports; i++) {
		const struct model_port *port = &m->ports[i];
		const struct model_port *first = model_port(m, port->conf.name);

		if (first != port)
			return checker_fail(
				c, port->file, port->line,
				"port %s: the name is taken%s; names of ports are unique",
				port->conf.name, place(first->file, first->line, port->file).text);
		if (*port->conf.device)
			c->items[n++] =
				(struct item){ port->conf.device, port->conf.netns, "", .pos = i };
	}
	again = find_double(c->items, n);
	if (again) {
		const struct model_port *port = &m->ports[again->pos];
		const struct model_port *first = &m->ports[again[-1].pos];

		return checker_fail(
			c, port->file, port->line,
			"port %s: device %s is port %s already%s; a device is one port, detach the other first",
			port->conf.name, escape_text(again->a, name, sizeof(name)),
			first->conf.name, place(first->file, first->line, port->file).text);
	}
	return 0;
}

/* Two that share a namespace would share its end, too. */
static int check_namespaces(const struct checker *c)
{
	const struct model *m = c->m;
	const struct item *again;
	size_t n = 0;

	for (size_t i = 0; i < m->nrouters; i++)
		if (m->routers[i].conf.create)
			c->items[n++] = (struct item){ m->routers[i].conf.netns, "", "", .pos = i };
	again = find_double(c->items, n);
	if (again) {
		const struct model_router *router = &m->routers[again->pos];
		const struct model_router *first = &m->routers[again[-1].pos];

		return checker_fail(
			c, router->file, router->line,
			"router %s: netns %s is made for router %s already%s; give each its own",
			router->conf.name, again->a, first->conf.name,
			place(first->file, first->line, router->file).text);
	}
	return 0;
}

static int check_routers(const struct checker *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->nrouters; i++) {
		const struct model_router *router = &m->routers[i];
		const struct model_router *first = model_router(m, router->conf.name);

		if (first != router)
			return checker_fail(
				c, router->file, router->line,
				"router %s: the name is taken%s; names of routers are unique",
				router->conf.name,
				place(first->file, first->line, router->file).text);
	}
	return check_namespaces(c);
}

static int check_names(const struct checker *c)
{
	const struct model *m = c->m;

	for (size_t i = 0; i < m->nifaces; i++) {
		const struct model_iface *iface = &m->ifaces[i];
		const struct vrxdp_iface_conf *conf = &iface->conf;
		const struct model_iface *first = model_iface(m, conf->router, conf->name);

		if (first != iface)
			return checker_fail(c, iface->file, iface->line,
					    "interface %s/%s: the name is taken%s; "
					    "names of a router's interfaces are unique",
					    conf->router, conf->name,
					    place(first->file, first->line, iface->file).text);
		if (!model_router(m, conf->router))
			return checker_fail(
				c, iface->file, iface->line,
				"interface %s/%s: there is no router %s; add [router %s]",
				conf->router, conf->name, conf->router, conf->router);
		if (!model_port(m, conf->port))
			return checker_fail(c, iface->file, iface->line,
					    "interface %s/%s: there is no port %s; add [port %s], "
					    "or name one that exists",
					    conf->router, conf->name, conf->port, conf->port);
	}
	return 0;
}

int checker_fail_pair(const struct checker *c, size_t second, size_t before, const char *what,
		      const char *todo)
{
	const struct model_iface *iface = &c->m->ifaces[second];
	const struct model_iface *first = &c->m->ifaces[before];

	return checker_fail(c, iface->file, iface->line,
			    "interface %s/%s: %s is interface %s/%s's already%s; %s",
			    iface->conf.router, iface->conf.name, what, first->conf.router,
			    first->conf.name, place(first->file, first->line, iface->file).text,
			    todo);
}

/*
 * A device may be found where vrxdp runs, or in the namespace of the port or of
 * the router. With all three equal, equal names are one device.
 */
static int check_devices(const struct checker *c)
{
	char what[VRXDP_DEV_LEN * 4 + 16], name[VRXDP_DEV_LEN * 4];
	const struct model *m = c->m;
	const struct item *again;
	size_t n = 0;

	for (size_t i = 0; i < m->nifaces; i++) {
		const struct vrxdp_iface_conf *conf = &m->ifaces[i].conf;

		if (*conf->device && strcmp(conf->device, VRXDP_DEVICE_AUTO))
			c->items[n++] = (struct item){ conf->device,
						       model_router(m, conf->router)->conf.netns,
						       model_port(m, conf->port)->conf.netns,
						       .pos = i };
	}
	again = find_double(c->items, n);
	if (!again)
		return 0;
	snprintf(what, sizeof(what), "device %s", escape_text(again->a, name, sizeof(name)));
	return checker_fail_pair(c, again->pos, again[-1].pos, what,
				 "a device belongs to one interface");
}

static int check_limits(const struct checker *c)
{
	const struct model *m = c->m;
	size_t routers = m->max_routers ? m->max_routers : VRXDP_LIMIT_ROUTERS;
	size_t ifaces = m->max_interfaces ? m->max_interfaces : VRXDP_LIMIT_INTERFACES;

	if (m->nports > VRXDP_MAX_PORTS)
		return checker_fail(c, NULL, 0, "there are %zu ports; at most %u can be attached",
				    m->nports, VRXDP_MAX_PORTS);
	if (m->nrouters > routers)
		return checker_fail(c, m->daemon_file, m->max_routers ? m->daemon_line : 0,
				    "there are %zu routers, and max-routers is %zu; "
				    "it can be up to %u",
				    m->nrouters, routers, VRXDP_LIMIT_ROUTERS);
	if (m->nifaces > ifaces)
		return checker_fail(c, m->daemon_file, m->max_interfaces ? m->daemon_line : 0,
				    "there are %zu interfaces, and max-interfaces is %zu; "
				    "it can be up to %u",
				    m->nifaces, ifaces, VRXDP_LIMIT_INTERFACES);
	return 0;
}

int model_check(const struct model *m, char *err, size_t err_len)
{
	struct checker c = { .m = m, .err = err, .err_len = err_len };
	int ret;

	c.items = calloc(m->nports + m->nrouters + m->nifaces + 1, sizeof(*c.items));
	if (!c.items)
		return err_write(err, err_len, -ENOMEM, "out of memory");
	ret = check_ports(&c);
	if (!ret)
		ret = check_routers(&c);
	if (!ret)
		ret = check_names(&c);
	if (!ret)
		ret = checker_made(&c);
	if (!ret)
		ret = checker_macs(&c);
	if (!ret)
		ret = check_devices(&c);
	if (!ret)
		ret = check_limits(&c);
	free(c.items);
	return ret;
}
