// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "command.h"
#include "confirm.h"
#include "migrate.h"
#include "options.h"
#include "say.h"
#include "session.h"

/* A port by its label, or else by its device. */
static const struct world_port *find(const struct world *w, const char *name)
{
	const struct world_port *p = world_port(w, name), *found = NULL;
	size_t i;

	if (p)
		return p;
	for (i = 0; i < w->nports; i++) {
		if (strcmp(w->ports[i].rec.conf.device, name))
			continue;
		if (found) {
			say_error(
				"%s: several ports have a device of this name; give the label: %s or "
				"%s",
				name, found->rec.conf.name, w->ports[i].rec.conf.name);
			return NULL;
		}
		found = &w->ports[i];
	}
	if (!found)
		say_error("%s: isn't attached; vrxdp status shows what is", name);
	return found;
}

/* Everything but these ports and the interfaces on them. */
static int rest(const struct world *have, char **names, int n, struct model *m)
{
	const struct world_port *p;
	struct world left = *have;
	bool *gone;
	size_t i, j = 0;
	int k, ret = -1;

	left.ports = calloc(have->nports + 1, sizeof(*left.ports));
	left.ifaces = calloc(have->nifaces + 1, sizeof(*left.ifaces));
	gone = calloc(have->nports + 1, sizeof(*gone));
	if (!left.ports || !left.ifaces || !gone) {
		say_error("no memory");
		goto out;
	}
	for (k = 0; k < n; k++) {
		p = find(have, names[k]);
		if (!p)
			goto out;
		gone[p - have->ports] = true;
	}
	left.nports = 0;
	for (i = 0; i < have->nports; i++)
		if (!gone[i])
			left.ports[left.nports++] = have->ports[i];
	for (i = 0; i < have->nifaces; i++)
		if (world_port(&left, have->ifaces[i].rec.conf.port))
			left.ifaces[j++] = have->ifaces[i];
	left.nifaces = j;
	ret = model_add_world(m, &left, false);
out:
	free(left.ports);
	free(left.ifaces);
	free(gone);
	return ret;
}

static int detach(struct state *st, char **names, int n)
{
	struct model m = { 0 };
	struct world have;
	int ret = -1;

	if (world_load(st, &have))
		return -1;
	if (!rest(&have, names, n, &m)) {
		/* Routers keep their totals; with none, nothing is left to keep the state for. */
		if (!m.nports && !m.nrouters)
			ret = apply_remove_all(st, false);
		else
			ret = apply(st, &m, PLAN_CHANGE);
	}
	model_free(&m);
	world_free(&have);
	return ret;
}

enum { OPT_ALL = OPT_OWN };

static const struct command_operand operands[] = {
	{ "DEV...",
	  "a port's label or device: its interfaces go with it; routers and their totals stay",
	  WORD_PORT },
	{ 0 },
};

static const struct command_option options[] = {
	{ OPT_ALL, "all", NULL, .help = "everything, and the state" },
	{ 0 },
};

static int run(int argc, char **argv, const struct globals *globals)
{
	struct globals g = *globals;
	bool all = false;
	struct state st;
	int opt, status, ret;

	while ((opt = options_next(argc, argv, &cmd_detach, &g, &status)) >= 0)
		all = true;
	if (opt == OPTIONS_EXIT)
		return status;
	if (all && optind < argc)
		return say_usage("%s: give devices or --all, not both", argv[optind]);
	if (!all && optind == argc)
		return say_usage("give the ports to detach, or --all");
	if (session_begin(&g))
		return EXIT_FAILED;
	if (all && (ret = state_clear_remains(g.bpffs))) {
		if (ret > 0)
			puts("removed what a killed command had left");
		return ret > 0 ? EXIT_DONE : EXIT_FAILED;
	}
	/* With nothing left there is nothing to roll back to. */
	if (all && migrate_due(g.bpffs))
		ret = migrate_to_remove(&st, g.bpffs);
	else
		ret = all ? state_open_any(&st, g.bpffs) : state_open_write(&st, g.bpffs);
	if (ret)
		return EXIT_FAILED;
	if (all)
		ret = confirm_cancel(&st) || apply_remove_all(&st, false);
	else
		ret = detach(&st, argv + optind, argc - optind);
	state_close(&st);
	return ret ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_detach = {
	.name = "detach",
	.synopsis = "detach DEV... | --all",
	.summary = "detach ports; the host is as it was before",
	.operands = operands,
	.options = options,
	.notes =
		"What vrxdp changed is put back, unless somebody else has changed it since: that "
		"is left, and named. Of routers, what vrxdp router create or create = yes made goes: "
		"veths with their port, namespaces with --all unless processes are in them. Nothing "
		"else is touched.",
	.run = run,
};
