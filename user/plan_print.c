// SPDX-License-Identifier: GPL-2.0-only
/* A plan in words. */
#include <stdio.h>

#include "plan.h"

static const char *verb(enum action action, bool will)
{
	static const char *const done[] = { "",        "attached", "updated",
					    "changed", "replaced", "removed" };
	static const char *const to_do[] = {
		"", "would attach", "would update", "would change", "would replace", "would remove"
	};

	return will ? to_do[action] : done[action];
}

void plan_print(const struct plan *plan, bool will)
{
	size_t i;

	for (i = 0; i < plan->nports; i++)
		if (plan->ports[i].action != KEEP)
			printf("port %s: %s%s%s\n", plan->ports[i].now.rec.conf.name,
			       verb(plan->ports[i].action, will), *plan->ports[i].why ? ", " : "",
			       plan->ports[i].why);
	for (i = 0; i < plan->nrouters; i++)
		if (plan->routers[i].action != KEEP)
			printf("router %s: %s%s%s\n", plan->routers[i].now.rec.conf.name,
			       verb(plan->routers[i].action, will),
			       *plan->routers[i].why ? ", " : "", plan->routers[i].why);
	for (i = 0; i < plan->nifaces; i++)
		if (plan->ifaces[i].action != KEEP)
			printf("interface %s/%s: %s%s%s\n", plan->ifaces[i].now.rec.conf.router,
			       plan->ifaces[i].now.rec.conf.name,
			       verb(plan->ifaces[i].action, will), *plan->ifaces[i].why ? ", " : "",
			       plan->ifaces[i].why);
}
