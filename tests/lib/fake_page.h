/* SPDX-License-Identifier: GPL-2.0-only */
/* top without a terminal: a model over fake snapshots, and what its page says. */
#ifndef FAKE_PAGE_H
#define FAKE_PAGE_H

#include "top_model.h"
#include "top_view.h"
#include "tests/lib/fake_snapshot.h"

struct fake_page {
	struct top_model model;
	struct top_canvas canvas;
	struct snapshot next; /* the counters to be seen by the next fake_look() */
	char *text;           /* the page: lines without blanks at their ends */
};

static inline void fake_page_open(struct fake_page *p, size_t nports, size_t nrouters)
{
	memset(p, 0, sizeof(*p));
	top_model_init(&p->model, 1);
	fake_snapshot(&p->next, nports, nrouters);
}

static inline void fake_page_close(struct fake_page *p)
{
	top_model_free(&p->model);
	canvas_free(&p->canvas);
	snapshot_free(&p->next);
	free(p->text);
}

static inline struct snapshot fake_copy(const struct snapshot *from)
{
	struct snapshot to;

	fake_snapshot(&to, from->nports, from->nrouters);
	to.time_ns = from->time_ns;
	memcpy(to.ports, from->ports, from->nports * sizeof(*from->ports));
	for (size_t i = 0; i < from->nrouters; i++) {
		struct snap_router r = to.routers[i];

		to.routers[i] = from->routers[i];
		to.routers[i].cpu_rx = r.cpu_rx;
		to.routers[i].cpu_tx = r.cpu_tx;
		to.routers[i].ifaces = r.ifaces;
		memcpy(r.cpu_rx, from->routers[i].cpu_rx, FAKE_CPUS * sizeof(*r.cpu_rx));
		memcpy(r.cpu_tx, from->routers[i].cpu_tx, FAKE_CPUS * sizeof(*r.cpu_tx));
		r.ifaces[0] = from->routers[i].ifaces[0];
	}
	fake_sums(&to);
	return to;
}

/* A second passes, and the model sees what @p->next has by then. */
static inline void fake_look(struct fake_page *p)
{
	struct snapshot snap;

	p->next.time_ns += 1000000000;
	snap = fake_copy(&p->next);
	if (top_model_update(&p->model, &snap, NULL))
		abort();
}

/* Draw at a size, and return the page as text. */
static inline const char *fake_draw(struct fake_page *p, int rows, int cols)
{
	char *out;

	if (canvas_resize(&p->canvas, rows, cols))
		abort();
	top_view(&p->model, &p->canvas);
	free(p->text);
	out = p->text = fake_alloc((size_t)(rows * (cols * 3 + 1)), 1);
	for (int row = 0; row < rows; row++) {
		char *end = out;

		for (int col = 0; col < cols; col++) {
			unsigned int ch = (unsigned int)p->canvas.cells[row * cols + col].ch;

			if (ch < 0x80) {
				*out++ = (char)ch;
			} else {
				*out++ = (char)(0xe0 | ch >> 12);
				*out++ = (char)(0x80 | (ch >> 6 & 0x3f));
				*out++ = (char)(0x80 | (ch & 0x3f));
			}
			if (ch != ' ')
				end = out;
		}
		*end = '\n';
		out = end + 1;
	}
	*out = '\0';
	return p->text;
}

/* Line @n of the page last drawn, from 0. */
static inline const char *fake_line(const struct fake_page *p, int n)
{
	static char line[1024];
	const char *start = p->text;

	while (n--)
		start = strchr(start, '\n') + 1;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(start, "\n"), start);
	return line;
}

#endif
