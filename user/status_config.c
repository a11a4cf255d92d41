// SPDX-License-Identifier: GPL-2.0-only
/* What is attached as a config file, from which attach makes the same again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "status.h"
#include "vlans.h"

/* Exactly what parse_pps() takes for the same number. */
static void print_pps(FILE *out, __u64 pps)
{
	static const struct {
		__u64 factor;
		const char *unit;
	} units[] = { { 1000000, "Mpps" }, { 1000, "kpps" }, { 1, "pps" } };
	size_t i = 0;

	while (pps % units[i].factor)
		i++;
	fprintf(out, "group-limit = %" PRIu64 "%s\n", (uint64_t)(pps / units[i].factor),
		units[i].unit);
}

static void print_section(FILE *out, const char *kind, const char *name, const char *more,
			  __u8 origin)
{
	fprintf(out, "\n[%s %s%s%s]%s\n", kind, name, *more ? "/" : "", more,
		origin == VRXDP_FROM_COMMAND ? " ; by a command" : "");
}

static void print_text(FILE *out, const char *key, const char *text)
{
	if (*text)
		fprintf(out, "%s = %s\n", key, text);
}

static void print_port(FILE *out, const struct vrxdp_port_conf *conf)
{
	static const char *const modes[] = { [VRXDP_MODE_AUTO] = "auto",
					     [VRXDP_MODE_NATIVE] = "native",
					     [VRXDP_MODE_GENERIC] = "generic" };

	print_section(out, "port", conf->name, "", conf->origin);
	print_text(out, "device", conf->device);
	print_text(out, "netns", conf->netns);
	print_text(out, "mode", modes[conf->mode]);
	print_pps(out, conf->group_pps);
}

static void print_router(FILE *out, const struct vrxdp_router_conf *conf)
{
	print_section(out, "router", conf->name, "", conf->origin);
	print_text(out, "netns", conf->netns);
	if (conf->guest)
		print_text(out, "guest", "yes");
	if (conf->create)
		print_text(out, "create", "yes");
	print_text(out, "path", conf->path == VRXDP_PATH_STACK ? "stack" : "fast");
}

static void print_iface(FILE *out, const struct vrxdp_iface_conf *conf)
{
	static char text[VLANS_TEXT];
	_Static_assert(VLANS_TEXT >= LIST_TEXT, "one buffer for all lists");

	print_section(out, "interface", conf->router, conf->name, conf->origin);
	print_text(out, "port", conf->port);
	print_text(out, "mac", macs_format(conf, text, sizeof(text)));
	print_text(out, "vlan", vlans_summary(&conf->vlans, text, sizeof(text)));
	print_text(out, "vrrp", vrids_format(conf, text, sizeof(text)));
	print_text(out, "device", conf->device);
	print_text(out, "address", addresses_format(conf, text, sizeof(text)));
}

void status_write_config(FILE *out, const struct world *w, const struct vrxdp_meta *meta)
{
	size_t i, j;

	fprintf(out, "; what vrxdp has attached: vrxdp attach -c makes the same of it\n");
	if (meta->max_routers != VRXDP_DEFAULT_ROUTERS ||
	    meta->max_interfaces != VRXDP_DEFAULT_INTERFACES)
		fprintf(out, "\n[daemon]\nmax-routers = %u\nmax-interfaces = %u\n",
			meta->max_routers, meta->max_interfaces);
	for (i = 0; i < w->nports; i++)
		print_port(out, &w->ports[i].rec.conf);
	for (i = 0; i < w->nrouters; i++) {
		const struct vrxdp_router_conf *router = &w->routers[i].rec.conf;

		print_router(out, router);
		for (j = 0; j < w->nifaces; j++) {
			const struct vrxdp_iface_conf *conf = &w->ifaces[j].rec.conf;

			/* What a killed command left may have lost its port. */
			if (!strcmp(conf->router, router->name) && world_port(w, conf->port))
				print_iface(out, conf);
		}
	}
}
