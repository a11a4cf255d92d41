// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "options.h"
#include "privilege.h"
#include "say.h"
#include "session.h"
#include "status.h"

/* Without root: what was attached, and the devices that are in sight. */
static void look_outside(struct status *s)
{
	size_t i;

	say_warning("not run as root: whether programs and far ends are in place, and devices of "
		    "other namespaces, was not looked at");
	for (i = 0; i < s->world.nports; i++)
		check_seen(&s->world.ports[i].rec.device, &s->ports[i]);
	for (i = 0; i < s->world.nrouters; i++)
		s->routers[i].state = "unknown";
	for (i = 0; i < s->world.nifaces; i++)
		check_seen(&s->world.ifaces[i].rec.device, &s->ifaces[i]);
}

static int look(struct status *s)
{
	struct filters seen = { 0 };
	size_t i;

	if (world_load(s->st, &s->world))
		return -1;
	s->ports = calloc(s->world.nports + 1, sizeof(*s->ports));
	s->routers = calloc(s->world.nrouters + 1, sizeof(*s->routers));
	s->ifaces = calloc(s->world.nifaces + 1, sizeof(*s->ifaces));
	if (!s->ports || !s->routers || !s->ifaces)
		return say_error("no memory");
	if (s->seen_only) {
		look_outside(s);
		return 0;
	}
	for (i = 0; i < s->world.nports; i++)
		check_port(s->st, &s->world, &s->world.ports[i], &s->ports[i]);
	for (i = 0; i < s->world.nrouters; i++)
		check_router(&s->world.routers[i], &s->routers[i]);
	for (i = 0; i < s->world.nifaces; i++)
		check_iface(s->st, &s->world.ifaces[i], &seen, &s->ifaces[i]);
	filters_free(&seen);
	return 0;
}

static int print_config(const struct state *st)
{
	struct world w;

	if (world_load(st, &w))
		return -1;
	status_write_config(stdout, &w, &st->meta);
	world_free(&w);
	return 0;
}

enum { OPT_CONFIG = OPT_OWN };

static const struct command_option options[] = {
	{ 'j', "json", NULL, .help = "for programs: keys are fixed, see docs/json.md" },
	{ OPT_CONFIG, "config", NULL,
	  .help = "what is attached as a config file, from which vrxdp attach -c makes the same; what came "
		  "from commands is in it" },
	{ 0 },
};

static int run(int argc, char **argv, const struct globals *globals)
{
	struct globals g = *globals;
	struct status s = { 0 };
	bool json = false, config = false;
	char err[512];
	struct state st;
	int opt, status, ret;

	while ((opt = options_next(argc, argv, &cmd_status, &g, &status)) >= 0)
		*(opt == OPT_CONFIG ? &config : &json) = true;
	if (opt == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return say_usage("%s: status takes no operands", argv[optind]);
	if (json && config)
		return say_usage(
			"--config: a config file has no form for --json; give one of the two");
	if (session_netns(&g) || state_open_read(&st, g.bpffs))
		return EXIT_FAILED;
	if (config) {
		ret = print_config(&st);
		state_close(&st);
		return ret ? EXIT_FAILED : EXIT_DONE;
	}
	s.st = &st;
	s.seen_only = privilege_check(err, sizeof(err)) != 0;
	ret = look(&s);
	if (!ret && json)
		status_print_json(&s);
	else if (!ret)
		status_print_text(&s);
	free(s.ports);
	free(s.routers);
	free(s.ifaces);
	world_free(&s.world);
	state_close(&st);
	return ret ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_status = {
	.name = "status",
	.synopsis = "status [-j|--json] [--config]",
	.summary = "ports, routers, interfaces: where they are, how they run, what is wrong",
	.options = options,
	.notes = "Problems that vrxdp attach -c can repair are named with the device concerned.\n\n"
		 "Without root, as a member of the group vrxdp, it says what was attached; devices "
		 "of other namespaces are \"unknown\", and what would need root isn't checked.",
	.run = run,
};
