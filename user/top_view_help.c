/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_view.h"

/* A key and what it does; without a key, text. */
static const char *const lines[][2] = {
	{ "Up Down PgUp PgDn", "move, scroll; Home, End: the first, the last line" },
	{ "Enter", "one router: its interfaces, reasons and CPUs" },
	{ "Esc", "back; on the list: forget the filter" },
	{ "Tab", "all ports, and back" },
	{ "/", "only routers whose name, port or device has a text" },
	{ "< > Left Right", "sort by the column to the left, to the right" },
	{ "N I O D U T", "sort by name, in, out, drops, punts, share" },
	{ "r", "reverse the order" },
	{ "b", "packets (pps) or bits (bit/s) a second" },
	{ "p Space", "pause, and go on" },
	{ "d", "change the seconds from look to look" },
	{ "h q Ctrl-L", "this help; quit; draw the screen anew" },
	{ NULL, "" },
	{ "bit/s", "Ethernet bytes without FCS, as XDP sees them, times 8" },
	{ "IN OUT", "from ports and routers; to ports, routers and the host" },
	{ "RX TX", "every frame that the port saw; what vrxdp sent there" },
	{ "DROP/s PUNT/s", "lost to or from a router; taken by a fast router's stack" },
	{ "REASON", "the most frequent one of drops, else of punts" },
	{ "SHARE", "of all routers' in and out, in the unit shown" },
	{ "HISTORY", "in and out; a router's own highest is the full block" },
};

void top_view_help(struct top_model *m, struct top_canvas *c, int row, int end)
{
	size_t n = sizeof(lines) / sizeof(*lines);
	int col = c->cols >= 80 ? 20 : 15;

	top_scroll_fit(&m->helping, n, end > row ? (size_t)(end - row) : 0);
	for (size_t i = m->helping.first; i < n && row < end; i++, row++) {
		if (!lines[i][0]) {
			canvas_text(c, row, 0, TOP_PLAIN, lines[i][1]);
			continue;
		}
		canvas_left(c, row, 0, col - 1, TOP_KEY, lines[i][0]);
		canvas_left(c, row, col, c->cols - col, TOP_PLAIN, lines[i][1]);
	}
}
