// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "command.h"
#include "confirm.h"
#include "options.h"
#include "pending.h"
#include "say.h"
#include "session.h"

static int confirm(const char *dir)
{
	struct vrxdp_pending was;
	struct state st;
	bool waited;
	int ret = -1;

	if (state_open_read(&st, dir))
		return -1;
	waited = pending_is(&st.meta.pending);
	state_close(&st);
	if (!waited)
		return say_error("%s: no attach waits to be confirmed; vrxdp status shows what is "
				 "attached",
				 dir);
	if (state_open_any(&st, dir))
		return -1;
	was = st.meta.pending;
	if (!pending_is(&was)) {
		say_error(
			"%s: too late: the attach was rolled back, or confirmed by somebody else; "
			"vrxdp status shows what is attached",
			dir);
	} else if (!pending_watched(&was)) {
		say_warning("nothing would have rolled the attach back: PID %u was gone", was.pid);
		ret = confirm_cancel(&st);
	} else {
		ret = confirm_cancel(&st);
	}
	state_close(&st);
	if (!ret)
		puts("confirmed: what is attached stays");
	return ret;
}

static int run(int argc, char **argv, const struct globals *globals)
{
	struct globals g = *globals;
	int opt, status;

	while ((opt = options_next(argc, argv, &cmd_confirm, &g, &status)) >= 0)
		;
	if (opt == OPTIONS_EXIT)
		return status;
	if (optind < argc)
		return say_usage("%s: confirm takes no operands", argv[optind]);
	if (session_begin(&g) || confirm(g.bpffs))
		return EXIT_FAILED;
	return EXIT_DONE;
}

const struct command cmd_confirm = {
	.name = "confirm",
	.synopsis = "confirm",
	.summary = "keep what vrxdp attach --confirm has attached",
	.notes =
		"After `vrxdp attach --confirm SECONDS`, everything goes back to what it was before "
		"unless this command follows in time. Until then no other command changes "
		"anything, but detach --all, which also ends the waiting.\n\n"
		"The config file isn't put back: correct it, or the next attach, also the one at boot, "
		"does the same again. What was done when the time was over is in the system's log. A "
		"namespace that create = yes made and the config dropped is made anew, without what was "
		"in it.",
	.run = run,
};
