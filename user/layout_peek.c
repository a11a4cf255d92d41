// SPDX-License-Identifier: GPL-2.0-only
/* Which layout is it? All that is sure of any: its number comes first in vx_meta. */
#include <bpf/bpf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "layouts.h"
#include "say.h"

/* By its type, where that may be read. */
static void find_version(const struct bpf_map_info *info, const char *raw,
			 char version[VRXDP_NAME_LEN])
{
	struct btf *btf = info->btf_id ? btf__load_from_kernel_by_id(info->btf_id) : NULL;
	struct convert_type type = { btf, info->btf_value_type_id };
	long at = btf ? convert_offset(type, "version") : -1;

	if (at >= 0 && (size_t)at < info->value_size)
		snprintf(version, VRXDP_NAME_LEN, "%.*s", (int)(info->value_size - (size_t)at),
			 raw + at);
	btf__free(btf);
}

int layout_peek(const char *dir, bool beside, __u32 *number, char version[VRXDP_NAME_LEN])
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), zero = 0;
	char path[PATH_MAX], *raw = NULL;
	struct state st;
	int fd, ret = -1;

	snprintf(version, VRXDP_NAME_LEN, "of another version");
	state_init(&st, dir);
	st.new_maps = beside;
	fd = bpf_obj_get_opts(state_pin(&st, "maps", state_map_name(MAP_META), path), &opts);
	if (fd < 0)
		return -1;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		raw = calloc(1, info.value_size + sizeof(*number));
	if (raw && !bpf_map_lookup_elem(fd, &zero, raw)) {
		memcpy(number, raw, sizeof(*number));
		find_version(&info, raw, version);
		ret = 0;
	}
	free(raw);
	close(fd);
	return ret;
}

int layout_refuse(const struct state *st, bool changing)
{
	char version[VRXDP_NAME_LEN];
	__u32 number;

	if (layout_peek(st->dir, st->new_maps, &number, version))
		return 0;
	if (number < VRXDP_LAYOUT)
		return say_error(
			"%s: attached by vrxdp %s with map layout %u, this one has %u; vrxdp "
			"attach upgrades it, vrxdp detach --all removes it",
			st->dir, version, number, VRXDP_LAYOUT);
	if (number > VRXDP_LAYOUT)
		return say_error(
			"%s: attached by vrxdp %s with map layout %u, this one has %u; use "
			"that version, or a later one",
			st->dir, version, number, VRXDP_LAYOUT);
	if (changing && !st->new_maps && !layout_peek(st->dir, true, &number, version) &&
	    number > VRXDP_LAYOUT)
		return say_error("%s: an upgrade to vrxdp %s was cut off: run vrxdp attach of that "
				 "version to go on, or its vrxdp detach --all",
				 st->dir, version);
	return 0;
}
