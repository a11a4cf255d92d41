// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "pending.h"
#include "programs.h"
#include "status.h"
#include "upgrade.h"
#include "values.h"
#include "vlans.h"

static void print_problems(const struct health *h, const char *indent)
{
	int i;

	for (i = 0; i < h->count; i++)
		printf("%s! %s\n", indent, h->problem[i]);
}

static void print_port(const struct world_port *p, const struct health *h)
{
	char device[4 * VRXDP_DEV_LEN];

	printf("port %s: device %s", p->rec.conf.name,
	       escape_text(p->rec.device.name, device, sizeof(device)));
	if (*p->rec.conf.netns)
		printf(" in netns %s", p->rec.conf.netns);
	printf(", %s, %s, from a %s\n", p->rec.mode == VRXDP_MODE_GENERIC ? "generic" : "native",
	       h->state, origin_name(p->rec.conf.origin));
	print_problems(h, "    ");
}

static const char *kind_name(__u8 kind)
{
	switch (kind) {
	case VRXDP_KIND_VETH:
		return "veth";
	case VRXDP_KIND_TAP:
		return "tap";
	case VRXDP_KIND_MACVLAN:
		return "macvlan";
	default:
		return "the whole port";
	}
}

static void print_iface(const struct world_iface *f, const struct health *h)
{
	char list[LIST_TEXT];

	printf("    %s: port %s, mac %s", f->rec.conf.name, f->rec.conf.port,
	       macs_format(&f->rec.conf, list, sizeof(list)));
	if (*vlans_summary(&f->rec.conf.vlans, list, 64))
		printf(", vlan %s", list);
	if (*vrids_format(&f->rec.conf, list, sizeof(list)))
		printf(", vrrp %s", list);
	printf(", device %s (%s), %s\n", escape_text(f->rec.device.name, list, sizeof(list)),
	       kind_name(f->rec.kind), h->state);
	print_problems(h, "        ");
}

static void print_router(const struct status *s, size_t number)
{
	const struct world_router *r = &s->world.routers[number];
	size_t i;

	if (r->rec.conf.guest)
		printf("router %s: guest, path stack", r->rec.conf.name);
	else
		printf("router %s: netns %s, path stack", r->rec.conf.name, r->rec.conf.netns);
	printf(", from a %s\n", origin_name(r->rec.conf.origin));
	print_problems(&s->routers[number], "    ");
	for (i = 0; i < s->world.nifaces; i++)
		if (!strcmp(s->world.ifaces[i].rec.conf.router, r->rec.conf.name))
			print_iface(&s->world.ifaces[i], &s->ifaces[i]);
}

void status_print_text(const struct status *s)
{
	const char *cause, *detail;
	char text[256];
	size_t i;

	if (pending_is(&s->st->meta.pending))
		printf("! %s\n", pending_text(&s->st->meta.pending, text, sizeof(text)));
	for (i = 0; i < s->world.nports; i++)
		print_port(&s->world.ports[i], &s->ports[i]);
	for (i = 0; i < s->world.nrouters; i++)
		print_router(s, i);
	for (i = 0; i < s->world.nrouters; i++) {
		cause = check_path(&s->world.routers[i], &detail);
		if (!cause)
			continue;
		printf("path fast: %s, so routers run on stack: %s\n", cause, detail);
		break;
	}
	printf("programs: vrxdp %.31s, build %016" PRIx64 "\n", s->st->meta.version,
	       (uint64_t)s->st->meta.build);
	if (upgrade_due(s->st))
		printf("    ! this vrxdp, %s, has others (build %016" PRIx64
		       "): vrxdp attach upgrades them, and no packet is lost\n",
		       VRXDP_VERSION, (uint64_t)programs_build());
	if (s->st->meta.tracing)
		printf("losses after a redirect: seen\n");
	else
		printf("losses after a redirect: can't be seen: %s\n", s->st->meta.tracing_why);
}
