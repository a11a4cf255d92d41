// SPDX-License-Identifier: GPL-2.0-only
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "netns.h"
#include "privilege.h"
#include "say.h"

int session_netns(const struct globals *g)
{
	struct netns ns;
	int err, back;

	if (!g->netns)
		return 0;
	err = netns_open(g->netns, &ns);
	if (err == -ENOENT)
		return say_error(
			"--netns %s: there is no such namespace; see ip netns, or give a PID "
			"or a path",
			g->netns);
	if (err == -EPERM)
		return say_error("--netns %s: no right to enter it; run vrxdp as root", g->netns);
	if (err)
		return say_error("--netns %s: %s", g->netns, strerror(-err));
	/* For good: the way back is never taken. */
	err = netns_enter(&ns, &back);
	netns_close(&ns);
	return err ? say_error("--netns %s: %s", g->netns, strerror(-err)) : 0;
}

int session_begin(const struct globals *g)
{
	char err[512];

	/* A reader that goes away must not leave a change half made. */
	signal(SIGPIPE, SIG_IGN);
	if (privilege_check(err, sizeof(err)))
		return say_error("%s", err);
	return session_netns(g);
}
