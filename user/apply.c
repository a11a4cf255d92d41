// SPDX-License-Identifier: GPL-2.0-only
#include "apply.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "execute.h"
#include "group.h"
#include "journal.h"
#include "plan.h"
#include "plan_made.h"
#include "say.h"

int model_add_world(struct model *m, const struct world *w, bool commands_only)
{
	size_t i;

	for (i = 0; i < w->nports; i++) {
		const struct vrxdp_port_conf *conf = &w->ports[i].rec.conf;

		if ((!commands_only || conf->origin == VRXDP_FROM_COMMAND) &&
		    !model_port(m, conf->name) && !model_add_port(m, conf, 0))
			return say_error("no memory");
	}
	for (i = 0; i < w->nrouters; i++) {
		const struct vrxdp_router_conf *conf = &w->routers[i].rec.conf;

		if ((!commands_only || conf->origin == VRXDP_FROM_COMMAND) &&
		    !model_router(m, conf->name) && !model_add_router(m, conf, 0))
			return say_error("no memory");
	}
	for (i = 0; i < w->nifaces; i++) {
		const struct vrxdp_iface_conf *conf = &w->ifaces[i].rec.conf;

		if ((!commands_only || conf->origin == VRXDP_FROM_COMMAND) &&
		    !model_iface(m, conf->router, conf->name) && !model_add_iface(m, conf, 0))
			return say_error("no memory");
	}
	return 0;
}

/* What has the number of an object that is to come back now: the counts there are its own. */
static bool port_number_taken(const struct world *now, const struct world_port *old)
{
	const struct world_port *p = world_port_by_id(now, old->id);

	return p && strcmp(p->rec.conf.name, old->rec.conf.name);
}

static bool iface_number_taken(const struct world *now, const struct world_iface *old)
{
	size_t i;

	for (i = 0; i < now->nifaces; i++)
		if (now->ifaces[i].id == old->id)
			return strcmp(now->ifaces[i].rec.conf.router, old->rec.conf.router) ||
			       strcmp(now->ifaces[i].rec.conf.name, old->rec.conf.name);
	return false;
}

/* What comes back goes on under its number, with its counters. */
static void number_again(struct plan *plan, const struct world *before, const struct world *now)
{
	size_t i;

	for (i = 0; i < plan->nports; i++) {
		struct plan_port *p = &plan->ports[i];
		const struct world_port *old = world_port(before, p->now.rec.conf.name);

		if (p->action == ADD && old && !port_number_taken(now, old)) {
			p->now.id = old->id;
			p->numbered = true;
		}
	}
	for (i = 0; i < plan->nrouters; i++) {
		struct plan_router *r = &plan->routers[i];
		const struct world_router *old = world_router(before, r->now.rec.conf.name);

		if (r->action == ADD && old) {
			r->now.id = old->id;
			r->numbered = true;
		}
	}
	for (i = 0; i < plan->nifaces; i++) {
		struct plan_iface *f = &plan->ifaces[i];
		const struct world_iface *old =
			world_iface(before, f->now.rec.conf.router, f->now.rec.conf.name);

		if (f->action == ADD && old && !iface_number_taken(now, old)) {
			f->now.id = old->id;
			f->numbered = true;
		}
	}
}

/* @quiet: an error was said, which is what people are to see. */
static int roll_back(struct state *st, const struct world *before, bool quiet)
{
	struct model old = { 0 };
	struct world now;
	struct plan plan;
	int ret = -1;

	if (!world_load(st, &now)) {
		if (!model_add_world(&old, before, false) &&
		    !plan_make(st, &now, &old, PLAN_ROLL_BACK, &plan)) {
			number_again(&plan, before, &now);
			/* It may be long ago that they were made. */
			ret = plan_leave(st, &now, &plan);
			ret |= execute_removals(st, &plan, &now);
			ret |= execute_additions(st, &plan, true);
			ret |= execute_settling(st);
			ret |= execute_forgetting(st, &plan);
			if (!quiet && !ret)
				plan_print(&plan, false);
			if (plan.unhealed)
				ret = -1;
			plan_free(&plan);
		}
		model_free(&old);
		world_free(&now);
	}
	if (ret)
		say_error("not all could be undone; vrxdp status shows what is left");
	return ret ? -1 : 0;
}

int apply_roll_back(struct state *st, const struct world *before)
{
	int ret = roll_back(st, before, false);

	journal_free();
	return ret;
}

static void warn_of(const char *what, const char *name, const struct health *h)
{
	int i;

	for (i = 0; i < h->count; i++)
		say_warning("%s %s: %s", what, name, h->problem[i]);
}

/* What an eye on `vrxdp status` would see at once: wrong addresses, ends that are down. */
static void warn(const struct state *st, const struct plan *plan)
{
	char name[2 * VRXDP_NAME_LEN];
	struct filters seen = { 0 };
	struct health h;
	size_t i;

	for (i = 0; i < plan->nifaces; i++) {
		const struct plan_iface *f = &plan->ifaces[i];

		if (f->action != ADD && f->action != REPLACE)
			continue;
		check_iface(st, &f->now, &seen, &h);
		snprintf(name, sizeof(name), "%s/%s", f->now.rec.conf.router, f->now.rec.conf.name);
		warn_of("interface", name, &h);
	}
	filters_free(&seen);
}

int apply(struct state *st, const struct model *want, enum plan_mode mode)
{
	struct world have;
	struct plan plan;
	int ret = APPLY_DONE;

	if (group_recount(st) || world_load(st, &have))
		return APPLY_FAILED;
	if (plan_make(st, &have, want, mode, &plan)) {
		world_free(&have);
		return APPLY_FAILED;
	}
	if (plan_refuse(st, &have, &plan, want->force)) {
		journal_free();
		plan_free(&plan);
		world_free(&have);
		return APPLY_FAILED;
	}
	if (!plan.changes) {
		/* A killed command may have changed all and settled nothing. */
		if (mode == PLAN_HEAL && execute_settling(st))
			ret = APPLY_FAILED;
		puts(plan.unhealed ? "nothing else to do" : "nothing to do");
	} else {
		if (execute_removals(st, &plan, &have))
			ret = APPLY_PARTLY;
		if (execute_additions(st, &plan, false) || execute_settling(st)) {
			roll_back(st, &have, true);
			ret = APPLY_FAILED;
		} else {
			if (execute_forgetting(st, &plan))
				ret = APPLY_PARTLY;
			plan_print(&plan, false);
			warn(st, &plan);
		}
	}
	if (plan.unhealed && !ret)
		ret = APPLY_PARTLY;
	journal_free();
	plan_free(&plan);
	world_free(&have);
	return ret;
}

int apply_dry(const struct state *st, const struct model *want, enum plan_mode mode)
{
	struct world have = { 0 };
	struct plan plan;
	int ret;

	if (st && world_load(st, &have))
		return -1;
	if (plan_make(st, &have, want, mode, &plan)) {
		world_free(&have);
		return -1;
	}
	ret = st ? plan_refuse(st, &have, &plan, want->force) : 0;
	if (!ret && plan.changes)
		plan_print(&plan, true);
	else if (!ret)
		puts("nothing to do");
	journal_free();
	plan_free(&plan);
	world_free(&have);
	return ret;
}

int apply_remove_all(struct state *st, bool quiet)
{
	struct model nothing = { 0 };
	struct world have;
	struct plan plan;
	int ret;

	if (world_load(st, &have))
		return -1;
	if (plan_make(st, &have, &nothing, PLAN_CHANGE, &plan)) {
		world_free(&have);
		return -1;
	}
	ret = plan_leave(st, &have, &plan);
	ret |= execute_removals(st, &plan, &have);
	ret |= execute_forgetting(st, &plan);
	if (!ret && !quiet)
		plan_print(&plan, false);
	/* What couldn't be restored can be tried again as long as the journal is there. */
	if (!journal_empty(st)) {
		say_error("%s: kept, since not all was restored; try vrxdp detach --all again",
			  st->dir);
		ret = -1;
	} else if (state_destroy(st)) {
		ret = -1;
	}
	journal_free();
	plan_free(&plan);
	world_free(&have);
	return ret;
}
