// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "command.h"
#include "config.h"
#include "confirm.h"
#include "migrate.h"
#include "options.h"
#include "plan.h"
#include "resolve.h"
#include "say.h"
#include "session.h"
#include "upgrade.h"
#include "values.h"

struct attach_args {
	const char *file; /* -c; NULL: devices, or the default files */
	bool by_config;   /* not by devices */
	bool no_config;   /* by the default files, of which there are none */
	char **devices;
	int ndevices;
	__u8 mode; /* for ports that don't say */
	bool dry_run;
	__u32 confirm; /* seconds; 0: needs no confirming */
};

static int parse_mode(const char *text, __u8 *mode)
{
	static const char *const names[] = { "auto", "native", "generic" };
	__u8 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i])) {
			*mode = i;
			return 0;
		}
	return say_usage("--mode %s: isn't a mode; give auto, native or generic", text);
}

/* A device by itself becomes a port with its name, from a command. */
static int add_devices(const struct attach_args *args, const struct globals *g, struct model *m)
{
	struct vrxdp_port_conf conf;
	char err[512];
	int i;

	for (i = 0; i < args->ndevices; i++) {
		if (!device_name_valid(args->devices[i]) || !name_valid(args->devices[i]))
			return say_error(
				"%s: can't be a port's label; give it one in a config file",
				args->devices[i]);
		if (model_port(m, args->devices[i]))
			return say_error("%s: named twice", args->devices[i]);
		config_init_port(&conf, args->devices[i]);
		snprintf(conf.device, sizeof(conf.device), "%s", args->devices[i]);
		/* What a config file can't hold, status --config couldn't write. */
		if (g->netns && config_set_port(&conf, "netns", g->netns, err, sizeof(err)))
			return say_error("--netns: %s", err);
		conf.mode = args->mode;
		if (!model_add_port(m, &conf, 0))
			return say_error("no memory");
	}
	return 0;
}

static bool is_device(const struct world_port *p, const struct resolved *dev)
{
	return dev->device.netns_cookie == p->rec.device.netns_cookie &&
	       dev->device.ifindex == p->rec.device.ifindex;
}

/* A port of the device @dev under whatever label, or NULL. */
static const struct world_port *port_of(const struct world *w, const struct resolved *dev)
{
	for (size_t i = 0; i < w->nports; i++)
		if (is_device(&w->ports[i], dev))
			return &w->ports[i];
	return NULL;
}

/* A label that exists must mean the same device; then it stays as it is. */
static int same_devices(const struct attach_args *args, struct model *m, const struct world *have)
{
	const struct world_port *old, *other;
	struct resolved dev;
	bool same;
	size_t i;

	for (i = 0; i < m->nports; i++) {
		if (resolve_port(&m->ports[i].conf, &dev))
			return -1;
		old = world_port(have, m->ports[i].conf.name);
		other = old ? NULL : port_of(have, &dev);
		same = old && is_device(old, &dev);
		resolved_close(&dev);
		if (other)
			return say_error("device %s: is attached already, as port %s",
					 m->ports[i].conf.device, other->rec.conf.name);
		if (!old)
			continue;
		if (!same)
			return say_error(
				"port %s: exists already, with another device; give this one a "
				"label of its own in a config file",
				old->rec.conf.name);
		if (args->mode != VRXDP_MODE_AUTO && args->mode != old->rec.mode)
			return say_error("port %s: is attached in %s mode; detach it first",
					 old->rec.conf.name,
					 old->rec.mode == VRXDP_MODE_GENERIC ? "generic" :
									       "native");
		m->ports[i].conf = old->rec.conf;
	}
	return 0;
}

/*
 * What the file, or the command line, wants. Where something is attached (@exists), there may be no
 * file: what came from commands is repaired all the same.
 */
static int wanted(struct attach_args *args, const struct globals *g, bool exists, struct model *m)
{
	char err[512];
	size_t i;
	int ret;

	if (!args->by_config)
		return add_devices(args, g, m);
	ret = args->file ? config_read(args->file, m, err, sizeof(err)) :
			   config_read_dir(config_dir(), m, err, sizeof(err));
	args->no_config = ret == -ENODATA && exists;
	if (ret && !args->no_config)
		return say_error("%s", err);
	model_complete(m);
	if (model_check(m, err, sizeof(err)))
		return say_error("%s", err);
	for (i = 0; i < m->nports; i++)
		if (m->ports[i].conf.mode == VRXDP_MODE_AUTO)
			m->ports[i].conf.mode = args->mode;
	return 0;
}

/* Files that are gone are more likely a mistake than a wish to detach everything. */
static int refuse_lost_config(const struct world *have)
{
	const char *kind = NULL, *name = NULL;
	size_t i;

	for (i = 0; i < have->nrouters; i++)
		if (have->routers[i].rec.conf.origin == VRXDP_FROM_FILE) {
			kind = "router";
			name = have->routers[i].rec.conf.name;
		}
	for (i = 0; i < have->nports; i++)
		if (have->ports[i].rec.conf.origin == VRXDP_FROM_FILE) {
			kind = "port";
			name = have->ports[i].rec.conf.name;
		}
	if (!kind)
		return 0;
	return say_error("%s: has no vrxdp.conf and no conf.d/*.conf, but %s %s came from a file: "
			 "give -c FILE, or vrxdp detach --all",
			 config_dir(), kind, name);
}

/* What stays beside it: with a config, what came from commands; else all there is. */
static int add_attached(const struct attach_args *args, const struct state *st, struct model *m)
{
	struct world have;
	char err[512];
	int ret;

	if (world_load(st, &have))
		return -1;
	if (args->no_config)
		ret = refuse_lost_config(&have);
	else
		ret = args->by_config ? 0 : same_devices(args, m, &have);
	if (!ret)
		ret = model_add_world(m, &have, args->by_config);
	world_free(&have);
	if (!ret && model_check(m, err, sizeof(err)))
		return say_error("%s", err);
	return ret;
}

/* @first: the state is new, and goes when this is rolled back. */
static int change(const struct attach_args *args, struct state *st, const struct model *m,
		  bool first)
{
	enum plan_mode mode = args->by_config ? PLAN_HEAL : PLAN_CHANGE;
	struct confirm c;

	if (!args->confirm)
		return apply(st, m, mode);
	if (confirm_begin(&c, st, args->confirm, first))
		return APPLY_FAILED;
	return confirm_end(&c, st, apply(st, m, mode));
}

/* A new state; @m is what is wanted there. Another command may have been faster. */
static int attach_first(const struct attach_args *args, const struct globals *g, struct model *m)
{
	struct world nothing = { 0 };
	struct plan plan;
	struct state st;
	int created, ret;

	if (!m->nports && !m->nrouters)
		return say_error("%s: has no ports and no routers",
				 args->file ? args->file : config_dir());
	/* What is wrong is found before there is anything to take back. */
	if (plan_make(NULL, &nothing, m, PLAN_CHANGE, &plan))
		return -1;
	plan_free(&plan);
	created = state_create(&st, g->bpffs,
			       m->max_routers ? m->max_routers : VRXDP_DEFAULT_ROUTERS,
			       m->max_interfaces ? m->max_interfaces : VRXDP_DEFAULT_INTERFACES);
	if (created < 0)
		return -1;
	if (created == 0 && !st.meta.tracing)
		say_warning("losses after a redirect can't be seen: %s", st.meta.tracing_why);
	ret = created == 1 ? add_attached(args, &st, m) : 0;
	if (!ret)
		ret = change(args, &st, m, created == 0);
	if (ret == APPLY_FAILED && created == 0)
		apply_remove_all(&st, true);
	state_close(&st);
	return ret;
}

static int refuse_confirm(void)
{
	return say_error("--confirm: the programs are another build's, and replacing them can't be "
			 "taken back: run vrxdp attach without --confirm first");
}

static int open_state(const struct attach_args *args, const struct globals *g, struct state *st)
{
	if (args->dry_run)
		return state_open_read(st, g->bpffs);
	if (migrate_due(g->bpffs))
		return args->confirm ? refuse_confirm() : migrate(st, g->bpffs);
	return state_open_write(st, g->bpffs) || migrate_sweep(st) ? -1 : 0;
}

static int attach(struct attach_args *args, const struct globals *g)
{
	enum plan_mode mode = args->by_config ? PLAN_HEAL : PLAN_CHANGE;
	struct model m = { 0 };
	struct state st;
	int exists, ret = -1;

	state_init(&st, g->bpffs);
	exists = state_exists(g->bpffs);
	if (exists < 0 || wanted(args, g, exists, &m))
		goto out;
	if (exists && open_state(args, g, &st))
		goto out;
	if (exists && add_attached(args, &st, &m))
		goto out;
	if (exists && upgrade_due(&st)) {
		if (args->confirm) {
			refuse_confirm();
			goto out;
		}
		if (args->dry_run)
			puts("would upgrade the programs to this build's");
		else if (upgrade(&st))
			goto out;
	}
	if (args->dry_run)
		ret = apply_dry(exists ? &st : NULL, &m, mode);
	else if (exists)
		ret = change(args, &st, &m, false);
	else
		ret = attach_first(args, g, &m);
out:
	model_free(&m);
	state_close(&st);
	return ret;
}

enum { OPT_MODE = OPT_OWN, OPT_DRY_RUN, OPT_CONFIRM };

static const struct command_operand operands[] = {
	{ "DEV...", "just these devices as ports: frames pass, and are counted", WORD_DEVICE },
	{ 0 },
};

static const struct command_option options[] = {
	{ 'c', "config", "FILE",
	  .help = "make the host as FILE says: attach what is new, change what has changed, detach what "
		  "came from a file before and is gone from it; what came from commands stays. Again: "
		  "nothing to do, or repairs.",
	  .word = WORD_FILE },
	{ OPT_MODE, "mode", "MODE",
	  .help = "for ports that don't say: auto (default) and native refuse a driver without native XDP; "
		  "generic works on every driver, but is several times slower and can't see losses after a "
		  "redirect",
	  .choices = "auto native generic" },
	{ OPT_DRY_RUN, "dry-run", NULL, .help = "print what would be done, change nothing" },
	{ OPT_CONFIRM, "confirm", "SECONDS",
	  .help = "go back to what was attached before unless vrxdp confirm follows in so many seconds "
		  "(1 to 86400), also when this session is cut off" },
	{ 0 },
};

static int run(int argc, char **argv, const struct globals *globals)
{
	struct attach_args args = { 0 };
	struct globals g = *globals;
	char err[256];
	int opt, status;

	while ((opt = options_next(argc, argv, &cmd_attach, &g, &status)) >= 0) {
		switch (opt) {
		case 'c':
			if (args.file)
				return say_usage("-c: given twice");
			args.file = optarg;
			break;
		case OPT_MODE:
			if (parse_mode(optarg, &args.mode))
				return EXIT_USAGE;
			break;
		case OPT_DRY_RUN:
			args.dry_run = true;
			break;
		case OPT_CONFIRM:
			if (parse_u32(optarg, 1, CONFIRM_MAX_SECONDS, &args.confirm, err,
				      sizeof(err)))
				return say_usage("--confirm: %s", err);
			break;
		}
	}
	if (opt == OPTIONS_EXIT)
		return status;
	args.devices = argv + optind;
	args.ndevices = argc - optind;
	if (args.file && args.ndevices)
		return say_usage("%s: give a config file or devices, not both", args.devices[0]);
	if (args.dry_run && args.confirm)
		return say_usage("--confirm: nothing is to be confirmed after --dry-run");
	args.by_config = !args.ndevices;
	if (session_begin(&g) || attach(&args, &g))
		return EXIT_FAILED;
	return EXIT_DONE;
}

const struct command cmd_attach = {
	.name = "attach",
	.synopsis = "attach [-c FILE | DEV...] [--mode auto|native|generic] [--dry-run] "
		    "[--confirm SECONDS]",
	.summary = "attach ports and routers: by a config file, or devices as plain ports",
	.operands = operands,
	.options = options,
	.notes =
		"Without FILE and DEV the config is /etc/vrxdp/vrxdp.conf and "
		"/etc/vrxdp/conf.d/*.conf. Where neither is, what came from commands is repaired.\n\n"
		"What fails is rolled back. No process stays: programs and state are pinned.",
	.run = run,
};
