// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "command.h"
#include "config.h"
#include "iface_json.h"
#include "lists.h"
#include "options.h"
#include "say.h"
#include "session.h"
#include "values.h"
#include "vlans.h"

/*
 * Changes: everything that is attached, edited by @edit, applied. @edit returns -1, or EXIT_USAGE,
 * after it said what is wrong. Returns the exit status.
 */
typedef int edit_fn(struct model *m, int argc, char **argv, const struct globals *g);

static int change(const struct globals *g, edit_fn *edit, int argc, char **argv)
{
	struct model m = { 0 };
	struct state st;
	struct world have;
	char err[512];
	int ret = -1;

	if (state_open_write(&st, g->bpffs))
		return EXIT_FAILED;
	if (world_load(&st, &have)) {
		state_close(&st);
		return EXIT_FAILED;
	}
	if (!model_add_world(&m, &have, false))
		ret = edit(&m, argc, argv, g);
	if (!ret) {
		model_complete(&m);
		if (model_check(&m, err, sizeof(err)))
			ret = say_error("%s", err);
		else if (apply(&st, &m, PLAN_CHANGE))
			ret = -1;
	}
	world_free(&have);
	model_free(&m);
	state_close(&st);
	return ret < 0 ? EXIT_FAILED : ret;
}

enum { OPT_INTERFACE = OPT_OWN, OPT_GUEST, OPT_PATH, OPT_FORCE };

static const struct command_operand new_operand[] = {
	{ "NAME", NULL, WORD_OTHER },
	{ 0 },
};

static const struct command_operand name_operand[] = {
	{ "NAME", NULL, WORD_ROUTER },
	{ 0 },
};

#define PATH_OPTION                                                                                \
	{                                                                                          \
		OPT_PATH, "path", "PATH",                                                          \
			.help = "fast (default) or stack; this version runs all routers on stack", \
			.choices = "fast stack"                                                    \
	}

static const struct command_option create_options[] = {
	{ OPT_INTERFACE, "interface", "IF=PORT[,KEY=VALUE...]",
	  .help = "its presence on a port: IF is the interface's name, and its device's in the router; "
		  "PORT a port's label. The keys are those of the config: address, vlan, vrrp; mac instead "
		  "of the address that follows from the names; device instead of a veth that is made. A "
		  "part without = belongs to the value before it" },
	PATH_OPTION,
	{ 0 },
};

/* Of add and set. */
static const struct command_option edit_options[] = {
	{ OPT_NETNS, "netns", "NS",
	  .help = "where its kernel is: a name in /run/netns, a PID or a path",
	  .word = WORD_NETNS },
	{ OPT_GUEST, "guest", NULL,
	  .help = "its kernel can't be seen from here (a virtual machine)" },
	PATH_OPTION,
	{ OPT_INTERFACE, "interface", "IF=PORT,mac=MAC,device=DEV[,KEY=VALUE...]",
	  .help = "its presence on a port: IF is the interface's name, PORT a port's label, MAC its "
		  "address, DEV the device that leads to it: host end of a veth, tap, macvlan child, or "
		  "the port's own device when the port is its own; or auto. The other keys of the config "
		  "are vlan and vrrp; a part without = belongs to the value before it. A router that "
		  "create made takes what create takes" },
	{ 0 },
};

static const struct command_option del_options[] = {
	{ OPT_FORCE, "force", NULL,
	  .help = "also when processes are in the namespace that create made: they keep what is left of it" },
	{ 0 },
};

static const struct command router_create, router_add, router_set, router_del, router_list;

/* @given: the interfaces of this command up to now. */
static int put_iface(struct model *m, struct model *given, const char *router, const char *text)
{
	struct vrxdp_iface_conf conf;
	struct model_iface *old;
	char err[512];

	if (config_parse_iface(text, &conf, err, sizeof(err)))
		return say_usage("router %s: --interface %s: %s", router, text, err);
	snprintf(conf.router, sizeof(conf.router), "%s", router);
	if (config_finish_iface(&conf, err, sizeof(err)))
		return say_usage("router %s: --interface %s: %s", router, text, err);
	if (model_iface(given, router, conf.name))
		return say_usage("interface %s/%s: --interface is given twice for it; give it once",
				 router, conf.name);
	if (!model_add_iface(given, &conf, 0))
		return say_error("no memory");
	old = model_iface(m, router, conf.name);
	if (old) {
		/* Set by a command, it still goes when the file that it came from drops it. */
		conf.origin = old->conf.origin;
		old->conf = conf;
		return 0;
	}
	return model_add_iface(m, &conf, 0) ? 0 : say_error("no memory");
}

static int set_key(struct vrxdp_router_conf *conf, const char *key, const char *value)
{
	char err[512];

	if (!config_set_router(conf, key, value, err, sizeof(err)))
		return 0;
	return say_usage("router %s: %s", conf->name, err);
}

/* Options of @cmd, after the globals were taken from them: optind is behind NAME. */
static int take_given(struct model *m, struct model *given, struct vrxdp_router_conf *conf,
		      int argc, char **argv, const struct command *cmd, const char *netns)
{
	struct globals ignored = { 0 };
	int opt, status, ret = 0;

	if (netns) {
		conf->guest = 0;
		ret = set_key(conf, "netns", netns);
	}
	optind = 0;
	while (!ret && (opt = options_next(argc, argv, cmd, &ignored, &status)) >= 0) {
		switch (opt) {
		case OPT_GUEST:
			if (netns)
				return say_usage("router %s: give --netns or --guest, not both",
						 conf->name);
			conf->netns[0] = 0;
			ret = set_key(conf, "guest", "yes");
			break;
		case OPT_PATH:
			ret = set_key(conf, "path", optarg);
			break;
		case OPT_INTERFACE:
			ret = put_iface(m, given, conf->name, optarg);
			break;
		}
	}
	return ret;
}

static int take_options(struct model *m, struct vrxdp_router_conf *conf, int argc, char **argv,
			const struct command *cmd, const char *netns)
{
	struct model given = { 0 };
	int ret = take_given(m, &given, conf, argc, argv, cmd, netns);

	model_free(&given);
	return ret;
}

static int exists(const char *name)
{
	return say_error("router %s: exists already; change it by vrxdp router set", name);
}

static int edit_create(struct model *m, int argc, char **argv, const struct globals *g)
{
	struct vrxdp_router_conf conf;
	const char *name = argv[argc - 1];
	char err[512];
	int ret;

	if (model_router(m, name))
		return exists(name);
	if (g->netns)
		return say_usage("router %s: its namespace gets its name; give --netns before the "
				 "command to say where vrxdp works",
				 name);
	config_init_router(&conf, name);
	conf.create = 1;
	if (config_finish_router(&conf, err, sizeof(err)))
		return say_error("router %s: %s", name, err);
	ret = take_options(m, &conf, argc, argv, &router_create, NULL);
	if (ret)
		return ret;
	return model_add_router(m, &conf, 0) ? 0 : say_error("no memory");
}

static int edit_add(struct model *m, int argc, char **argv, const struct globals *g)
{
	struct vrxdp_router_conf conf;
	const char *name = argv[argc - 1];
	int ret;

	if (model_router(m, name))
		return exists(name);
	config_init_router(&conf, name);
	ret = take_options(m, &conf, argc, argv, &router_add, g->netns);
	if (ret)
		return ret;
	if (!conf.guest && !*conf.netns)
		return say_usage("router %s: give --netns, where its kernel is, or --guest", name);
	return model_add_router(m, &conf, 0) ? 0 : say_error("no memory");
}

static int unknown(const char *name)
{
	return say_error("router %s: there is no such router; vrxdp router list names them", name);
}

static int edit_set(struct model *m, int argc, char **argv, const struct globals *g)
{
	const char *name = argv[argc - 1];
	struct model_router *r = model_router(m, name);
	struct vrxdp_router_conf conf;
	int ret;

	if (!r)
		return unknown(name);
	conf = r->conf;
	ret = take_options(m, &conf, argc, argv, &router_set, g->netns);
	if (ret)
		return ret;
	if (conf.create && (conf.guest || strcmp(conf.netns, r->conf.netns)))
		return say_error(
			"router %s: its namespace was made for it; make another router for "
			"another one",
			name);
	r->conf = conf;
	return 0;
}

static int edit_del(struct model *m, int argc, char **argv, const struct globals *g)
{
	const char *name = argv[argc - 1];
	struct globals ignored = *g;
	struct model left = { 0 };
	int status, ret = 0;
	size_t i;

	optind = 0;
	while (options_next(argc, argv, &router_del, &ignored, &status) >= 0)
		left.force = true;
	if (!model_router(m, name))
		return unknown(name);
	for (i = 0; i < m->nports && !ret; i++)
		ret = !model_add_port(&left, &m->ports[i].conf, 0);
	for (i = 0; i < m->nrouters && !ret; i++)
		if (strcmp(m->routers[i].conf.name, name))
			ret = !model_add_router(&left, &m->routers[i].conf, 0);
	for (i = 0; i < m->nifaces && !ret; i++)
		if (strcmp(m->ifaces[i].conf.router, name))
			ret = !model_add_iface(&left, &m->ifaces[i].conf, 0);
	if (ret) {
		model_free(&left);
		return say_error("no memory");
	}
	model_free(m);
	*m = left;
	return 0;
}

static void list_json(const struct world *w)
{
	json_object *routers = json_object_new_array(), *o, *ifaces;
	size_t i, j;

	for (i = 0; i < w->nrouters; i++) {
		const struct vrxdp_router_conf *conf = &w->routers[i].rec.conf;

		o = json_object_new_object();
		json_object_object_add(o, "name", json_object_new_string(conf->name));
		json_object_object_add(o, "netns",
				       conf->guest ? NULL : json_object_new_string(conf->netns));
		json_object_object_add(o, "origin",
				       json_object_new_string(origin_name(conf->origin)));
		ifaces = json_object_new_array();
		for (j = 0; j < w->nifaces; j++)
			if (!strcmp(w->ifaces[j].rec.conf.router, conf->name))
				json_object_array_add(ifaces, iface_conf_json(&w->ifaces[j].rec));
		json_object_object_add(o, "interfaces", ifaces);
		json_object_array_add(routers, o);
	}
	puts(json_object_to_json_string_ext(routers, JSON_C_TO_STRING_PRETTY));
	json_object_put(routers);
}

static void list_text(const struct world *w)
{
	size_t i, j;
	char list[LIST_TEXT];

	for (i = 0; i < w->nrouters; i++) {
		const struct vrxdp_router_conf *conf = &w->routers[i].rec.conf;

		printf("%s: %s%s, from a %s\n", conf->name, conf->guest ? "guest" : "netns ",
		       conf->guest ? "" : conf->netns, origin_name(conf->origin));
		for (j = 0; j < w->nifaces; j++) {
			const struct vrxdp_iface_conf *f = &w->ifaces[j].rec.conf;

			if (strcmp(f->router, conf->name))
				continue;
			printf("    %s: port %s, mac %s", f->name, f->port,
			       macs_format(f, list, sizeof(list)));
			if (*vlans_summary(&f->vlans, list, 64))
				printf(", vlan %s", list);
			if (*vrids_format(f, list, sizeof(list)))
				printf(", vrrp %s", list);
			printf(", device %s\n",
			       escape_text(w->ifaces[j].rec.device.name, list, sizeof(list)));
		}
	}
}

static int list(int argc, char **argv, const struct globals *globals)
{
	struct globals g = *globals;
	bool json = false;
	struct state st;
	struct world w;
	int opt, status;

	while ((opt = options_next(argc, argv, &router_list, &g, &status)) >= 0)
		json = true;
	if (opt == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return say_usage("%s: router list takes no name", argv[optind]);
	if (state_open_read(&st, g.bpffs))
		return EXIT_FAILED;
	if (world_load(&st, &w)) {
		state_close(&st);
		return EXIT_FAILED;
	}
	if (json)
		list_json(&w);
	else
		list_text(&w);
	world_free(&w);
	state_close(&st);
	return EXIT_DONE;
}

/*
 * For add, --netns is the router's namespace, as in the config; vrxdp itself works where
 * it runs, or in the --netns that stands before the command.
 */
static int edit_command(int argc, char **argv, const struct globals *globals,
			const struct command *cmd, edit_fn *edit)
{
	struct globals g = { .bpffs = globals->bpffs, .netns = NULL };
	struct globals session = *globals;
	int opt, status;

	while ((opt = options_next(argc, argv, cmd, &g, &status)) >= 0)
		;
	if (opt == OPTIONS_EXIT)
		return status;
	/* getopt has moved the operands to the end. */
	if (optind != argc - 1)
		return say_usage(optind == argc ? "router %s: give the router's name" :
						  "router %s: give one name",
				 argv[0]);
	if (!name_valid(argv[argc - 1]))
		return say_usage("%s: isn't a name: letters, digits, '_', '.', '-', at most 31",
				 argv[argc - 1]);
	session.bpffs = g.bpffs;
	if (session_begin(&session))
		return EXIT_FAILED;
	return change(&g, edit, argc, argv);
}

static int run_add(int argc, char **argv, const struct globals *g)
{
	return edit_command(argc, argv, g, &router_add, edit_add);
}

static int run_set(int argc, char **argv, const struct globals *g)
{
	return edit_command(argc, argv, g, &router_set, edit_set);
}

static int run_del(int argc, char **argv, const struct globals *g)
{
	return edit_command(argc, argv, g, &router_del, edit_del);
}

static int run_create(int argc, char **argv, const struct globals *g)
{
	return edit_command(argc, argv, g, &router_create, edit_create);
}

static const struct command router_create = {
	.name = "create",
	.synopsis = "router create NAME [OPTION...]",
	.summary = "make a router: its namespace, a veth for each interface; register it",
	.operands = new_operand,
	.options = create_options,
	.notes =
		"The namespace NAME is there for ip netns exec. What is there already is used, and not "
		"removed later.",
	.run = run_create,
};

static const struct command router_add = {
	.name = "add",
	.synopsis = "router add NAME [OPTION...]",
	.summary = "register a router that exists",
	.operands = new_operand,
	.options = edit_options,
	.run = run_add,
};

static const struct command router_set = {
	.name = "set",
	.synopsis = "router set NAME [OPTION...]",
	.summary = "change it; an interface that is given anew is then as given, others stay",
	.operands = name_operand,
	.options = edit_options,
	.notes =
		"An interface that the router has is made as given: address, vlan and vrrp that aren't "
		"given are taken away. mac and device must be given, unless create made the router: then "
		"they are as create makes them.",
	.run = run_set,
};

static const struct command router_del = {
	.name = "del",
	.synopsis = "router del NAME [--force]",
	.summary =
		"forget it and its totals; what create made for it is removed, the rest not touched",
	.operands = name_operand,
	.options = del_options,
	.run = run_del,
};

static const struct command_option list_options[] = {
	{ 'j', "json", NULL, .help = "for programs" },
	{ 0 },
};

static const struct command router_list = {
	.name = "list",
	.synopsis = "router list [-j|--json]",
	.summary = "names, namespaces, interfaces",
	.options = list_options,
	.run = list,
};

static const struct command *const verbs[] = {
	&router_create, &router_add, &router_set, &router_del, &router_list, NULL,
};

static int run(int argc, char **argv, const struct globals *g)
{
	return options_run_verb(argc, argv, &cmd_router, g);
}

const struct command cmd_router = {
	.name = "router",
	.synopsis = "router create|add|set NAME [OPTION...] | del NAME [--force] | list [-j]",
	.summary = "make routers, or register those that exist; change, remove, list them",
	.verbs = verbs,
	.run = run,
};
