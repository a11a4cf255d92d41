/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a config file and as the value of --interface: no crash, an error
 * is one readable line, and what is accepted holds to the model's rules, can be
 * written down again, and reads back the same.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "config.h"
#include "config_lex.h"
#include "lists.h"
#include "values.h"
#include "vlans.h"
#include "tests/fuzz/must.h"

#define FILE_NAME "fuzz.conf"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ends(const char *text, size_t room)
{
	return memchr(text, '\0', room);
}

static void check_err(const char *err, size_t room)
{
	MUST(ends(err, room));
	MUST(*err);
	for (const char *p = err; *p; p++)
		MUST(*p >= ' ' && *p <= '~');
}

static void check_parse_err(const char *err, const char *text, size_t len)
{
	static const char prefix[] = FILE_NAME ":";
	long lines = 1, line;
	char *end;

	MUST(!strncmp(err, prefix, sizeof(prefix) - 1));
	line = strtol(err + sizeof(prefix) - 1, &end, 10);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	MUST(line >= 1 && line <= lines);
	MUST(end[0] == ':' && end[1] == ' ' && end[2]);
}

static bool netns_valid(const char *netns)
{
	return !strpbrk(netns, " \t\r\n;#") && (*netns == '/' || !strchr(netns, '/'));
}

static bool mac_valid(const __u8 mac[6])
{
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static bool vid_valid(__u16 vid)
{
	return vid >= 1 && vid <= 4094;
}

static void check_vlans(const struct vrxdp_vlans *v)
{
	static const __u8 none[sizeof(v->listed)];
	const struct vrxdp_vlan *one = &v->one;
	struct vrxdp_vlan vlan;
	size_t n = 0;
	bool more;

	MUST(v->tags <= VRXDP_TAGS_TRUNK);
	MUST((one->vid != 0) == (v->tags == VRXDP_TAGS_ACCESS || v->tags == VRXDP_TAGS_STACKED));
	MUST((one->outer != 0) == (v->tags == VRXDP_TAGS_STACKED));
	MUST(!one->vid || vid_valid(one->vid));
	MUST(!one->outer || vid_valid(one->outer));
	MUST((v->tags == VRXDP_TAGS_LIST) == (memcmp(v->listed, none, sizeof(none)) != 0));
	for (more = vlans_first(v, &vlan); more; more = vlans_next(v, &vlan)) {
		MUST(v->tags == VRXDP_TAGS_TRUNK ? vlan.vid == VRXDP_VID_TRUNK :
						   vlans_have(v, vlan));
		n++;
	}
	MUST(n && n == vlans_count(v));
}

static void check_lists(const struct vrxdp_iface_conf *c)
{
	MUST(c->nmacs <= VRXDP_MAX_MACS && c->naddresses <= VRXDP_MAX_ADDRESSES);
	for (int i = 0; i < c->nmacs; i++) {
		MUST(mac_valid(c->macs[i]));
		for (int j = 0; j < i; j++)
			MUST(memcmp(c->macs[i], c->macs[j], sizeof(c->macs[i])));
	}
	MUST(!vrids_have(c, 0));
	for (int i = 0; i < c->naddresses; i++) {
		const struct vrxdp_address *a = &c->addresses[i];

		MUST(a->prefix_len >= 1);
		MUST(a->family == AF_INET ? a->prefix_len <= 32 :
					    a->family == AF_INET6 && a->prefix_len <= 128);
	}
}

static void check_iface_conf(const struct vrxdp_iface_conf *c)
{
	MUST(ends(c->name, sizeof(c->name)) && name_valid(c->name));
	MUST(ends(c->port, sizeof(c->port)) && name_valid(c->port));
	MUST(ends(c->device, sizeof(c->device)));
	MUST(!*c->device || device_name_valid(c->device));
	check_vlans(&c->vlans);
	check_lists(c);
}

static void check_model(const struct model *m)
{
	for (size_t i = 0; i < m->nports; i++) {
		const struct vrxdp_port_conf *c = &m->ports[i].conf;

		MUST(ends(c->name, sizeof(c->name)) && name_valid(c->name));
		MUST(ends(c->device, sizeof(c->device)) && device_name_valid(c->device));
		MUST(ends(c->netns, sizeof(c->netns)) && netns_valid(c->netns));
		MUST(c->group_pps >= 1 && c->group_pps <= 1000000000);
		MUST(c->mode <= VRXDP_MODE_GENERIC && c->origin == VRXDP_FROM_FILE);
		MUST(m->ports[i].file == m->file);
		MUST(m->ports[i].line > (i ? m->ports[i - 1].line : 0));
		MUST(model_port(m, c->name) == &m->ports[i]);
	}
	for (size_t i = 0; i < m->nrouters; i++) {
		const struct vrxdp_router_conf *c = &m->routers[i].conf;

		MUST(ends(c->name, sizeof(c->name)) && name_valid(c->name));
		MUST(ends(c->netns, sizeof(c->netns)) && netns_valid(c->netns));
		MUST(c->guest <= 1 && c->guest == !*c->netns && c->create <= 1);
		MUST(c->path <= VRXDP_PATH_STACK && c->origin == VRXDP_FROM_FILE);
		MUST(m->routers[i].line > (i ? m->routers[i - 1].line : 0));
		MUST(model_router(m, c->name) == &m->routers[i]);
	}
	for (size_t i = 0; i < m->nifaces; i++) {
		const struct vrxdp_iface_conf *c = &m->ifaces[i].conf;

		check_iface_conf(c);
		MUST(ends(c->router, sizeof(c->router)) && name_valid(c->router));
		MUST(c->origin == VRXDP_FROM_FILE);
		MUST(m->ifaces[i].line > (i ? m->ifaces[i - 1].line : 0));
		MUST(model_iface(m, c->router, c->name) == &m->ifaces[i]);
	}
	MUST(m->max_routers <= VRXDP_LIMIT_ROUTERS && m->max_interfaces <= VRXDP_LIMIT_INTERFACES);
	MUST(m->daemon_line || (!m->max_routers && !m->max_interfaces));
}

/* Is there any VLAN at all that both have? */
static bool share_vlan(const struct vrxdp_vlans *a, const struct vrxdp_vlans *b)
{
	struct vrxdp_vlan vlan = { 0 };

	for (; vlan.vid <= 4094; vlan.vid++)
		if (vlans_have(a, vlan) && vlans_have(b, vlan))
			return true;
	return a->tags == VRXDP_TAGS_STACKED && vlans_have(b, a->one);
}

/* An address of @a that is one of @b's, or that VRRP may give to @b. */
static bool has_mac_of(const struct vrxdp_iface_conf *a, const struct vrxdp_iface_conf *b)
{
	for (int i = 0; i < a->nmacs; i++)
		if (macs_have(b, a->macs[i]) || vrids_have(b, vrid_of_mac(a->macs[i])))
			return true;
	return false;
}

static bool share_mac(const struct vrxdp_iface_conf *a, const struct vrxdp_iface_conf *b)
{
	return has_mac_of(a, b) || has_mac_of(b, a);
}

/* What model_check() promises, the slow way. */
static void check_checked(const struct model *m)
{
	for (size_t i = 0; i < m->nifaces; i++) {
		const struct vrxdp_iface_conf *a = &m->ifaces[i].conf;

		MUST(model_router(m, a->router) && model_port(m, a->port));
		/* What attach makes has names and addresses of its own. */
		MUST(model_router(m, a->router)->conf.create || (*a->device && a->nmacs));
		for (size_t j = 0; j < i; j++) {
			const struct vrxdp_iface_conf *b = &m->ifaces[j].conf;

			MUST(strcmp(a->port, b->port) || !share_vlan(&a->vlans, &b->vlans) ||
			     !share_mac(a, b));
			MUST(strcmp(a->router, b->router) || strcmp(a->port, b->port) ||
			     strcmp(a->device, b->device) || !*a->device ||
			     !strcmp(a->device, "auto"));
		}
	}
	for (size_t i = 0; i < m->nports; i++) {
		for (size_t j = 0; j < i; j++)
			MUST(strcmp(m->ports[i].conf.device, m->ports[j].conf.device) ||
			     strcmp(m->ports[i].conf.netns, m->ports[j].conf.netns));
	}
}

/* The model as a config file, to be freed; sections of one kind keep their order. */
static char *write_model(const struct model *m, size_t *len)
{
	static const char *const modes[] = { "auto", "native", "generic" };
	static char list[VLANS_TEXT];
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	MUST(f);
	for (size_t i = 0; i < m->nifaces; i++) {
		const struct vrxdp_iface_conf *c = &m->ifaces[i].conf;

		fprintf(f, "[interface %s/%s]\nport=%s\n", c->router, c->name, c->port);
		if (c->nmacs)
			fprintf(f, "mac=%s\n", macs_format(c, list, sizeof(list)));
		if (*c->device)
			fprintf(f, "device=%s\n", c->device);
		if (c->vlans.tags != VRXDP_TAGS_NONE)
			fprintf(f, "vlan=%s\n", vlans_format(&c->vlans, list, sizeof(list)));
		if (vrids_any(c))
			fprintf(f, "vrrp=%s\n", vrids_format(c, list, sizeof(list)));
		if (c->naddresses)
			fprintf(f, "address=%s\n", addresses_format(c, list, sizeof(list)));
	}
	for (size_t i = 0; i < m->nrouters; i++) {
		const struct vrxdp_router_conf *c = &m->routers[i].conf;

		fprintf(f, "[router %s]\n%s%s\npath=%s\n", c->name,
			c->guest ? "guest=yes" : "netns=", c->netns,
			c->path == VRXDP_PATH_FAST ? "fast" : "stack");
		if (c->create)
			fprintf(f, "create=yes\n");
	}
	for (size_t i = 0; i < m->nports; i++) {
		const struct vrxdp_port_conf *c = &m->ports[i].conf;

		fprintf(f, "[port %s]\ndevice=%s\nmode=%s\ngroup-limit=%llupps\n", c->name,
			c->device, modes[c->mode], (unsigned long long)c->group_pps);
		if (*c->netns)
			fprintf(f, "netns=%s\n", c->netns);
	}
	if (m->daemon_line)
		fprintf(f, "[daemon]\n");
	if (m->max_routers)
		fprintf(f, "max-routers=%u\n", m->max_routers);
	if (m->max_interfaces)
		fprintf(f, "max-interfaces=%u\n", m->max_interfaces);
	MUST(!fclose(f));
	return text;
}

/* Structs are compared whole: padding is written as zeroes. */
static void check_same(const struct model *a, const struct model *b)
{
	MUST(a->nports == b->nports && a->nrouters == b->nrouters && a->nifaces == b->nifaces);
	MUST(a->max_routers == b->max_routers && a->max_interfaces == b->max_interfaces);
	MUST(!a->daemon_line == !b->daemon_line);
	for (size_t i = 0; i < a->nports; i++)
		MUST(!memcmp(&a->ports[i].conf, &b->ports[i].conf, sizeof(a->ports[i].conf)));
	for (size_t i = 0; i < a->nrouters; i++)
		MUST(!memcmp(&a->routers[i].conf, &b->routers[i].conf, sizeof(a->routers[i].conf)));
	for (size_t i = 0; i < a->nifaces; i++)
		MUST(!memcmp(&a->ifaces[i].conf, &b->ifaces[i].conf, sizeof(a->ifaces[i].conf)));
}

static void check_reads_same(const struct model *m, const char *text, size_t len)
{
	struct model again = { 0 };
	char err[400] = "";

	if (config_parse(text, len, FILE_NAME, &again, err, sizeof(err))) {
		fprintf(stderr, "%s\n", err);
		abort();
	}
	check_same(m, &again);
	model_free(&again);
}

/* LF line ends as CR LF: to be freed. */
static char *with_cr(const char *text, size_t len, size_t *cr_len)
{
	char *cr = malloc(2 * len + 1);

	MUST(cr);
	*cr_len = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			cr[(*cr_len)++] = '\r';
		cr[(*cr_len)++] = text[i];
	}
	return cr;
}

static void try_file(const char *text, size_t len)
{
	struct model m = { 0 };
	char err[400] = "", *other;
	size_t other_len;

	if (config_parse(text, len, FILE_NAME, &m, err, sizeof(err))) {
		check_err(err, sizeof(err));
		check_parse_err(err, text, len);
		model_free(&m);
		return;
	}
	for (size_t i = 0; i < len; i++)
		MUST((unsigned char)text[i] >= ' ' || strchr("\t\r\n", text[i] ? text[i] : 1));
	check_model(&m);
	other = write_model(&m, &other_len);
	check_reads_same(&m, other, other_len);
	free(other);
	if (!memchr(text, '\r', len)) {
		other = with_cr(text, len, &other_len);
		check_reads_same(&m, other, other_len);
		free(other);
	}
	if (model_check(&m, err, sizeof(err)))
		check_err(err, sizeof(err));
	else
		check_checked(&m);
	model_free(&m);
}

static void try_iface(const char *text)
{
	struct vrxdp_iface_conf conf;
	char err[400] = "";

	if (config_parse_iface(text, &conf, err, sizeof(err)))
		check_err(err, sizeof(err));
	else
		check_iface_conf(&conf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	try_iface(text);
	free(text);
	/* Without a NUL behind it: reading on is an error that ASan sees. */
	try_file((const char *)data, size);
	return 0;
}
