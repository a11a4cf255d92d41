// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/device.skel.h"
#include "bpf/port.skel.h"
#include "bpf/shared.skel.h"
#include "bpf/state.skel.h"
#include "bpf/trace.skel.h"
#include "privilege.h"
#include "say.h"

__attribute__((format(printf, 2, 0))) static int print_all(enum libbpf_print_level level,
							   const char *fmt, va_list args)
{
	(void)level;
	return vfprintf(stderr, fmt, args);
}

void programs_init(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(getenv("VRXDP_DEBUG") ? print_all : NULL);
}

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static __u64 hash_on(__u64 hash, const void *data, size_t len)
{
	const __u8 *byte = data;

	while (len--)
		hash = (hash ^ *byte++) * 0x100000001b3ULL;
	return hash;
}

__u64 programs_build(void)
{
	static const void *(*const objects[])(size_t *) = {
		device_bpf__elf_bytes, port_bpf__elf_bytes,  shared_bpf__elf_bytes,
		state_bpf__elf_bytes,  trace_bpf__elf_bytes,
	};
	__u64 hash = 0xcbf29ce484222325ULL;
	const void *data;
	size_t i, len;

	for (i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		data = objects[i](&len);
		hash = hash_on(hash, data, len);
	}
	return hash;
}

struct btf *programs_btf(void)
{
	static struct btf *own;
	struct state_bpf *skel;
	const void *raw;
	__u32 size;

	if (own)
		return own;
	skel = state_bpf__open();
	raw = skel ? btf__raw_data(bpf_object__btf(skel->obj), &size) : NULL;
	own = raw ? btf__new(raw, size) : NULL;
	state_bpf__destroy(skel);
	return own;
}

static int map_number(const char *name)
{
	int i;

	for (i = 0; i < MAP_COUNT; i++)
		if (!strcmp(state_map_name((enum state_map)i), name))
			return i;
	return -1;
}

/* Every object declares the same maps; give it ours. */
static int use_maps(const struct state *st, struct bpf_object *obj)
{
	struct bpf_map *map;
	int number;

	bpf_object__for_each_map (map, obj) {
		if (bpf_map__is_internal(map))
			continue;
		number = map_number(bpf_map__name(map));
		if (number < 0)
			return say_error("%s: not a map of the state: this build is broken",
					 bpf_map__name(map));
		if (bpf_map__reuse_fd(map, st->map[number]))
			return say_error("%s: can't be used: %s", bpf_map__name(map),
					 strerror(errno));
	}
	return 0;
}

static int load(const struct state *st, struct bpf_object *obj, const char *what)
{
	if (use_maps(st, obj))
		return -1;
	if (!bpf_object__load(obj))
		return 0;
	return say_error("%s: the kernel refused to load it: %s; VRXDP_DEBUG=1 shows its log", what,
			 strerror(errno));
}

/* A descriptor that outlives the object. */
static int keep(const struct bpf_program *prog)
{
	int fd = dup(bpf_program__fd(prog));

	return fd < 0 ? say_error("%s: %s", bpf_program__name(prog), strerror(errno)) : fd;
}

static int pin(const struct state *st, int fd, const char *kind, const char *name)
{
	char path[PATH_MAX];

	if (!bpf_obj_pin(fd, state_pin(st, kind, name, path)))
		return 0;
	return say_error("%s: can't pin: %s", path, strerror(errno));
}

static __u32 map_entries(const struct state *st, int number)
{
	const __u32 R = st->meta.max_routers, I = st->meta.max_interfaces;
	const __u32 S = VRXDP_SLOT_IFACE + I + 1;
	const __u32 entries[MAP_COUNT] = {
#define X(symbol, name, n) n,
		STATE_MAPS(X)
#undef X
	};

	return entries[number];
}

/* Programs that commands run. */
static int pin_helpers(const struct state *st, const struct state_bpf *skel)
{
	return pin(st, bpf_program__fd(skel->progs.vx_settle), "progs", "settle") ||
			       pin(st, bpf_program__fd(skel->progs.vx_carry_over), "progs",
				   "carry") ?
		       -1 :
		       0;
}

int programs_make_maps(struct state *st)
{
	struct state_bpf *skel = state_bpf__open();
	struct bpf_map *map;
	int number, ret = -1;

	if (!skel)
		return say_error("maps: can't open: %s", strerror(errno));
	bpf_object__for_each_map (map, skel->obj) {
		number = map_number(bpf_map__name(map));
		if (number >= 0)
			bpf_map__set_max_entries(map, map_entries(st, number));
	}
	if (state_bpf__load(skel)) {
		say_error("maps: the kernel refused to make them: %s; VRXDP_DEBUG=1 shows why",
			  strerror(errno));
		goto out;
	}
	bpf_object__for_each_map (map, skel->obj) {
		number = map_number(bpf_map__name(map));
		if (number < 0)
			continue;
		st->map[number] = dup(bpf_map__fd(map));
		if (st->map[number] < 0) {
			say_error("%s: %s", bpf_map__name(map), strerror(errno));
			goto out;
		}
		/* The meta map is pinned last: with it, the state exists. */
		if (number != MAP_META && pin(st, st->map[number], "maps", bpf_map__name(map)))
			goto out;
	}
	ret = pin_helpers(st, skel);
out:
	state_bpf__destroy(skel);
	return ret;
}

int programs_helpers(const struct state *st)
{
	struct state_bpf *skel = state_bpf__open();
	int ret = -1;

	if (!skel)
		return say_error("helper programs: can't open: %s", strerror(errno));
	if (!load(st, skel->obj, "helper programs"))
		ret = pin_helpers(st, skel);
	state_bpf__destroy(skel);
	return ret;
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

static int trace_with(struct state *st, struct bpf_program *prog, const char *name,
		      const char *suffix)
{
	struct bpf_link *link = bpf_program__attach(prog);
	char pinned[32];
	int ret;

	if (!link) {
		snprintf(st->meta.tracing_why, sizeof(st->meta.tracing_why), "%s: %s", name,
			 strerror(errno));
		return 1;
	}
	snprintf(pinned, sizeof(pinned), "%s%s", name, suffix);
	ret = pin(st, bpf_link__fd(link), "links", pinned);
	bpf_link__destroy(link);
	return ret;
}

int programs_trace(struct state *st, const char *suffix)
{
	struct trace_bpf *skel;
	int ret;

	st->meta.tracing = 0;
	st->meta.tracing_why[0] = 0;
	if (getenv("VRXDP_NO_TRACING") || !privilege_tracing()) {
		snprintf(st->meta.tracing_why, sizeof(st->meta.tracing_why), "%s",
			 getenv("VRXDP_NO_TRACING") ? "VRXDP_NO_TRACING is set" :
						      "CAP_PERFMON is missing");
		return 0;
	}
	skel = trace_bpf__open();
	if (!skel)
		return say_error("tracing: can't open: %s", strerror(errno));
	skel->rodata->targets_id = map_id(st->map[MAP_TARGETS]);
	skel->rodata->copies_id = map_id(st->map[MAP_COPIES]);
	ret = use_maps(st, skel->obj);
	if (!ret && trace_bpf__load(skel)) {
		snprintf(st->meta.tracing_why, sizeof(st->meta.tracing_why),
			 "the kernel refused the programs (lockdown?): %s", strerror(errno));
		ret = 1;
	}
	/* Refusals come first: errors that are noticed before any frame was redirected. */
	if (!ret)
		ret = trace_with(st, skel->progs.vx_refused, "trace_refused", suffix);
	if (!ret)
		ret = trace_with(st, skel->progs.vx_flushed, "trace_flushed", suffix);
	trace_bpf__destroy(skel);
	if (!ret)
		st->meta.tracing = 1;
	return ret < 0 ? -1 : 0;
}

int programs_port(const struct state *st, __u32 port, bool generic)
{
	struct port_bpf *skel = port_bpf__open();
	int fd = -1;

	if (!skel)
		return say_error("port program: can't open: %s", strerror(errno));
	skel->rodata->port_number = port;
	skel->rodata->generic_port = generic;
	skel->rodata->at_verdict = generic || !st->meta.tracing;
	if (!load(st, skel->obj, "port program"))
		fd = keep(skel->progs.vx_port);
	port_bpf__destroy(skel);
	return fd;
}

static int open_pinned(const struct state *st, const char *name)
{
	char path[PATH_MAX];

	return bpf_obj_get(state_pin(st, "progs", name, path));
}

int programs_device(const struct state *st, __u32 netns_inum, bool at_verdict,
		    struct device_programs *p)
{
	char device[32], copy[32], path[PATH_MAX];
	struct device_bpf *skel;
	int ret = -1;

	snprintf(device, sizeof(device), "device_%u%s", netns_inum, at_verdict ? "_v" : "");
	snprintf(copy, sizeof(copy), "copy_%u%s", netns_inum, at_verdict ? "_v" : "");
	p->device = open_pinned(st, device);
	p->copy = open_pinned(st, copy);
	if (p->device >= 0 && p->copy >= 0)
		return 0;
	programs_device_close(p);
	skel = device_bpf__open();
	if (!skel)
		return say_error("device program: can't open: %s", strerror(errno));
	skel->rodata->netns_number = netns_inum;
	skel->rodata->at_verdict = at_verdict || !st->meta.tracing;
	if (load(st, skel->obj, "device program"))
		goto out;
	p->device = keep(skel->progs.vx_device);
	if (p->device < 0)
		goto out;
	p->copy = keep(skel->progs.vx_copy);
	if (p->copy < 0)
		goto out;
	/* A killed command may have left one of the two. */
	unlink(state_pin(st, "progs", device, path));
	unlink(state_pin(st, "progs", copy, path));
	if (pin(st, p->device, "progs", device) || pin(st, p->copy, "progs", copy))
		goto out;
	ret = 0;
out:
	if (ret)
		programs_device_close(p);
	device_bpf__destroy(skel);
	return ret;
}

void programs_device_close(struct device_programs *p)
{
	if (p->device >= 0)
		close(p->device);
	if (p->copy >= 0)
		close(p->copy);
	p->device = p->copy = -1;
}

int programs_shared(const struct state *st, const struct world_port *port, __u32 ifindex,
		    struct shared_programs *p)
{
	struct shared_bpf *skel = shared_bpf__open();
	int ret = -1;

	*p = (struct shared_programs){ -1, -1, -1, -1, -1, -1, -1 };
	if (!skel)
		return say_error("tc programs: can't open: %s", strerror(errno));
	skel->rodata->port_number = port->id;
	skel->rodata->port_ifindex = ifindex;
	skel->rodata->relay_ifindex = port->rec.relay_near.ifindex;
	skel->rodata->generic_port = port->rec.mode == VRXDP_MODE_GENERIC;
	if (load(st, skel->obj, "tc programs"))
		goto out;
	const struct {
		int *fd;
		const struct bpf_program *prog;
	} kept[] = {
		{ &p->ingress, skel->progs.vx_ingress }, { &p->egress, skel->progs.vx_egress },
		{ &p->inject, skel->progs.vx_inject },   { &p->gate, skel->progs.vx_gate },
		{ &p->emit, skel->progs.vx_emit },       { &p->near, skel->progs.vx_relay_near },
		{ &p->far, skel->progs.vx_relay_far },
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		*kept[i].fd = keep(kept[i].prog);
		if (*kept[i].fd < 0)
			goto out;
	}
	ret = 0;
out:
	if (ret)
		programs_shared_close(p);
	shared_bpf__destroy(skel);
	return ret;
}

int programs_gate(const struct state *st)
{
	struct shared_bpf *skel;
	struct bpf_program *prog;
	int fd = open_pinned(st, "gate");

	if (fd >= 0)
		return fd;
	skel = shared_bpf__open();
	if (!skel)
		return say_error("tc programs: can't open: %s", strerror(errno));
	bpf_object__for_each_program (prog, skel->obj)
		bpf_program__set_autoload(prog, prog == skel->progs.vx_gate);
	if (!load(st, skel->obj, "tc programs"))
		fd = keep(skel->progs.vx_gate);
	if (fd >= 0 && pin(st, fd, "progs", "gate")) {
		close(fd);
		fd = -1;
	}
	shared_bpf__destroy(skel);
	return fd;
}

void programs_shared_close(struct shared_programs *p)
{
	int *const fds[] = { &p->ingress, &p->egress, &p->inject, &p->emit,
			     &p->gate,    &p->near,   &p->far };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

int programs_settle(const struct state *st, const struct vrxdp_settle *settle)
{
	/* Not changed, but the kernel's interface has no const. */
	struct vrxdp_settle frame = *settle;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	int fd = open_pinned(st, "settle");
	int err;

	_Static_assert(sizeof(frame) >= ETH_HLEN, "the kernel asks for an Ethernet header");
	if (fd < 0)
		return say_error("settle: %s", strerror(errno));
	err = bpf_prog_test_run_opts(fd, &opts);
	close(fd);
	if (err)
		return say_error("settle: %s", strerror(-err));
	return opts.retval == XDP_PASS ?
		       0 :
		       say_error("settle: interface %u isn't there", settle->member.iface);
}
