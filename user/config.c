/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "config_keys.h"
#include "config_lex.h"
#include "values.h"

#define WHY 400
#define SHOWN 80
#define MAX_FILE (64u << 20)

/* The section that is being read. */
struct parser {
	struct model *m;
	const char *file;
	char *err;
	size_t err_len;
	struct lexer lx;
	enum config_section section; /* CONFIG_SECTIONS: before the first one */
	int line;                    /* of its header */
	char title[80];              /* "[router red]" */
	union {
		struct vrxdp_port_conf port;
		struct vrxdp_router_conf router;
		struct vrxdp_iface_conf iface;
		struct config_daemon daemon;
	} conf;
	int seen[CONFIG_MAX_KEYS]; /* the lines of its keys */
};

/* "FILE:LINE: " and the text. */
__attribute__((format(printf, 3, 4))) static int fail(struct parser *p, int line, const char *fmt,
						      ...)
{
	char why[WHY];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return err_write(p->err, p->err_len, -EINVAL, "%s:%d: %s", p->file, line, why);
}

static int fail_memory(struct parser *p)
{
	return err_write(p->err, p->err_len, -ENOMEM, "%s: out of memory", p->file);
}

static int fail_repeated(struct parser *p, const char *file, int line)
{
	if (file && strcmp(file, p->file))
		return fail(p, p->line, "%s: the section is in %s:%d already; merge the two",
			    p->title, file, line);
	return fail(p, p->line, "%s: the section is in line %d already; merge the two", p->title,
		    line);
}

static int check_name(struct parser *p, const char *name)
{
	if (name_valid(name))
		return 0;
	return fail(p, p->line,
		    "%s: a name has 1 to %d letters, digits, '_', '.' or '-', "
		    "and begins with neither '.' nor '-'",
		    p->title, VRXDP_NAME_LEN - 1);
}

static int begin_port(struct parser *p, const char *name)
{
	const struct model_port *first = model_port(p->m, name);

	if (check_name(p, name))
		return -EINVAL;
	if (first)
		return fail_repeated(p, first->file, first->line);
	config_init_port(&p->conf.port, name);
	p->conf.port.origin = VRXDP_FROM_FILE;
	return 0;
}

static int begin_router(struct parser *p, const char *name)
{
	const struct model_router *first = model_router(p->m, name);

	if (check_name(p, name))
		return -EINVAL;
	if (first)
		return fail_repeated(p, first->file, first->line);
	config_init_router(&p->conf.router, name);
	p->conf.router.origin = VRXDP_FROM_FILE;
	return 0;
}

static int begin_iface(struct parser *p, const char *name)
{
	const char *slash = strchr(name, '/');
	const struct model_iface *first;
	char router[VRXDP_NAME_LEN];

	if (!slash)
		return fail(p, p->line, "%s: no '/' in the name; write [interface ROUTER/IF]",
			    p->title);
	if ((size_t)(slash - name) >= sizeof(router)) /* longer than any name */
		return check_name(p, "");
	memcpy(router, name, (size_t)(slash - name));
	router[slash - name] = '\0';
	if (check_name(p, router) || check_name(p, slash + 1))
		return -EINVAL;
	first = model_iface(p->m, router, slash + 1);
	if (first)
		return fail_repeated(p, first->file, first->line);
	config_init_iface(&p->conf.iface, router, slash + 1);
	p->conf.iface.origin = VRXDP_FROM_FILE;
	return 0;
}

static int begin_daemon(struct parser *p, const char *name)
{
	if (*name)
		return fail(p, p->line, "%s: the section has no name; write [daemon]", p->title);
	if (p->m->daemon_line)
		return fail_repeated(p, p->m->daemon_file, p->m->daemon_line);
	p->conf.daemon = (struct config_daemon){ 0 };
	return 0;
}

static int begin_section(struct parser *p, const char *word, const char *name)
{
	static const struct {
		const char *word;
		int (*begin)(struct parser *p, const char *name);
	} sections[CONFIG_SECTIONS] = {
		[CONFIG_PORT] = { "port", begin_port },
		[CONFIG_ROUTER] = { "router", begin_router },
		[CONFIG_INTERFACE] = { "interface", begin_iface },
		[CONFIG_DAEMON] = { "daemon", begin_daemon },
	};
	char head[SHOWN];

	p->line = p->lx.line;
	memset(p->seen, 0, sizeof(p->seen));
	snprintf(head, sizeof(head), "[%s%s%s", word, *name ? " " : "", name);
	shorten_text(head, p->title, sizeof(p->title) - 1);
	strcat(p->title, "]");
	for (unsigned int i = 0; i < CONFIG_SECTIONS; i++) {
		if (!strcmp(sections[i].word, word)) {
			p->section = (enum config_section)i;
			return sections[i].begin(p, name);
		}
	}
	return fail(p, p->line,
		    "%s: unknown section; there are [port NAME], [router NAME], "
		    "[interface ROUTER/IF] and [daemon]",
		    p->title);
}

/* Check the section that was read, and put it into the model. */
static int end_section(struct parser *p)
{
	const void *added = p;
	char why[WHY];
	int ret = 0;

	switch (p->section) {
	case CONFIG_PORT:
		ret = config_finish_port(&p->conf.port, why, sizeof(why));
		if (!ret)
			added = model_add_port(p->m, &p->conf.port, p->line);
		break;
	case CONFIG_ROUTER:
		ret = config_finish_router(&p->conf.router, why, sizeof(why));
		if (!ret)
			added = model_add_router(p->m, &p->conf.router, p->line);
		break;
	case CONFIG_INTERFACE:
		ret = config_finish_iface(&p->conf.iface, why, sizeof(why));
		if (!ret)
			added = model_add_iface(p->m, &p->conf.iface, p->line);
		break;
	case CONFIG_DAEMON:
		p->m->max_routers = p->conf.daemon.max_routers;
		p->m->max_interfaces = p->conf.daemon.max_interfaces;
		p->m->daemon_line = p->line;
		p->m->daemon_file = p->m->file;
		break;
	case CONFIG_SECTIONS:
		break;
	}
	if (ret)
		return fail(p, p->line, "%s: %s", p->title, why);
	return added ? 0 : fail_memory(p);
}

static int set_key(struct parser *p, const char *name, const char *value)
{
	const struct config_key *key;
	char why[WHY], shown[SHOWN];
	int *seen;

	if (p->section == CONFIG_SECTIONS)
		return fail(p, p->lx.line,
			    "%s: no section before the key; begin one, like [port eth0]",
			    shorten_text(name, shown, sizeof(shown)));
	key = config_key_find(p->section, name, why, sizeof(why));
	if (!key)
		return fail(p, p->lx.line, "%s in %s", why, p->title);
	seen = &p->seen[key - config_keys];
	if (*seen)
		return fail(p, p->lx.line, "%s: %s has the key in line %d already; keep one", name,
			    p->title, *seen);
	*seen = p->lx.line;
	if (config_key_set(key, &p->conf, value, why, sizeof(why)))
		return fail(p, p->lx.line, "%s", why);
	return 0;
}

int config_parse(const char *text, size_t len, const char *file, struct model *m, char *err,
		 size_t err_len)
{
	struct parser p = {
		.m = m, .file = file, .err = err, .err_len = err_len, .section = CONFIG_SECTIONS
	};
	struct lex_line line;
	char why[WHY];
	int got, ret;

	if (model_set_file(m, file))
		return fail_memory(&p);
	lex_begin(&p.lx, text, len);
	while ((got = lex_next(&p.lx, &line, why, sizeof(why))) > 0) {
		if (line.kind == LEX_KEY) {
			ret = set_key(&p, line.word, line.value);
		} else {
			ret = end_section(&p);
			if (!ret)
				ret = begin_section(&p, line.word, line.value);
		}
		if (ret)
			return ret;
	}
	if (got < 0)
		return fail(&p, p.lx.line, "%s", why);
	return end_section(&p);
}

/* Append all of @fd to *@text, to be freed. Returns 0 or a negative errno. */
static int read_all(int fd, char **text, size_t *len)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;

		if (*len == room) {
			size_t more = room ? 2 * room : 64u << 10;
			char *moved = more > MAX_FILE ? NULL : realloc(*text, more);

			if (!moved)
				return more > MAX_FILE ? -EFBIG : -ENOMEM;
			*text = moved;
			room = more;
		}
		got = read(fd, *text + *len, room - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		*len += (size_t)got;
	}
}

int config_read(const char *path, struct model *m, char *err, size_t err_len)
{
	char *text = NULL;
	size_t len = 0;
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? -errno : read_all(fd, &text, &len);
	if (ret == -EISDIR)
		err_write(err, err_len, 0, "%s: it is a directory; name the config file", path);
	else if (ret)
		err_write(err, err_len, 0, "%s: can't read the config: %s; check the path", path,
			  strerror(-ret));
	else
		ret = config_parse(text, len, path, m, err, err_len);
	free(text);
	if (fd >= 0)
		close(fd);
	return ret;
}
