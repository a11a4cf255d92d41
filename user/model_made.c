// SPDX-License-Identifier: GPL-2.0-only
/* Routers whose namespace and veths attach makes: what they leave open, and what they can't have. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "made_names.h"
#include "model_checker.h"
#include "values.h"

void model_complete(struct model *m)
{
	char machine[40] = "";
	bool known = false;
	size_t i;

	for (i = 0; i < m->nifaces; i++) {
		struct vrxdp_iface_conf *conf = &m->ifaces[i].conf;
		const struct model_router *router = model_router(m, conf->router);

		if (!router || !router->conf.create)
			continue;
		if (!*conf->device)
			snprintf(conf->device, sizeof(conf->device), VRXDP_DEVICE_AUTO);
		if (conf->nmacs || !device_is_auto(conf))
			continue;
		if (!known)
			made_machine(machine, sizeof(machine));
		known = true;
		made_mac(machine, conf->router, conf->name, MADE_ROUTER_END, conf->macs[0]);
		conf->nmacs = 1;
	}
}

static int check_made(const struct checker *c, const struct model_iface *iface)
{
	const struct vrxdp_iface_conf *conf = &iface->conf;

	if (!made_name_valid(conf->name))
		return checker_fail(
			c, iface->file, iface->line,
			"interface %s/%s: the device that is made in the router gets this "
			"name: at most %d characters, and not lo, all or default",
			conf->router, conf->name, VRXDP_DEV_LEN - 1);
	return 0;
}

static int check_iface(const struct checker *c, const struct model_iface *iface)
{
	const struct vrxdp_iface_conf *conf = &iface->conf;
	const struct vrxdp_router_conf *router = &model_router(c->m, conf->router)->conf;

	if (made_wanted(router, conf))
		return check_made(c, iface);
	if (conf->naddresses)
		return checker_fail(
			c, iface->file, iface->line,
			"interface %s/%s: address: only interfaces that vrxdp makes get "
			"addresses (vrxdp router create, or create = yes and no device); "
			"set it in the router",
			conf->router, conf->name);
	if (!*conf->device)
		return checker_fail(c, iface->file, iface->line,
				    "interface %s/%s: no device; give the one that leads to the "
				    "router's stack, or auto",
				    conf->router, conf->name);
	if (router->guest && device_is_auto(conf))
		return checker_fail(c, iface->file, iface->line,
				    "interface %s/%s: device auto: a guest's devices can't be seen "
				    "from here; name its tap",
				    conf->router, conf->name);
	if (!conf->nmacs)
		return checker_fail(
			c, iface->file, iface->line,
			"interface %s/%s: no mac; give the router's MAC address on that "
			"port",
			conf->router, conf->name);
	return 0;
}

int checker_made(const struct checker *c)
{
	size_t i;
	int ret;

	for (i = 0; i < c->m->nifaces; i++) {
		ret = check_iface(c, &c->m->ifaces[i]);
		if (ret)
			return ret;
	}
	return 0;
}
