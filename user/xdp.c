// SPDX-License-Identifier: GPL-2.0-only
/* Programs on devices, devices in devmaps. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "ethtool.h"
#include "say.h"

/* Above this, drivers without multi-buffer XDP refuse a program: one page less its ends. */
#define ONE_BUFFER_MTU 3498u

static void name_program(__u32 id, char *name, size_t len)
{
	struct bpf_prog_info info = { 0 };
	__u32 info_len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	name[0] = 0;
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &info_len))
		snprintf(name, len, "%s", info.name);
	close(fd);
}

static int refuse_foreign(const struct link_info *link, const char *what)
{
	__u32 id = link->xdp_prog_id     ? link->xdp_prog_id :
		   link->xdp_drv_prog_id ? link->xdp_drv_prog_id :
					   link->xdp_skb_prog_id;
	char name[BPF_OBJ_NAME_LEN];

	name_program(id, name, sizeof(name));
	if (name[0] == 'v' && name[1] == 'x' && name[2] == '_')
		return say_error(
			"%s: device %s: another vrxdp has it (program %s, id %u): find out "
			"which --bpffs it uses, and detach it there",
			what, link->name, name, id);
	return say_error("%s: device %s: has the XDP program %s (id %u) already, which isn't "
			 "replaced; detach it first",
			 what, link->name, *name ? name : "?", id);
}

static int say_refusal(int err, const struct netns *ns, const struct link_info *link, bool generic,
		       const char *what)
{
	char driver[32] = "?";

	ethtool_driver(ns, link->ifindex, driver, sizeof(driver), NULL, 0);
	if (err == EBUSY || err == EEXIST)
		return refuse_foreign(link, what);
	if (!generic && (err == ERANGE || err == EINVAL || err == E2BIG) &&
	    link->mtu > ONE_BUFFER_MTU)
		return say_error(
			"%s: device %s: its MTU of %u is too big for XDP in the driver %s; "
			"lower it",
			what, link->name, link->mtu, driver);
	if (!generic && err == EOPNOTSUPP && !strcmp(driver, "virtio_net"))
		return say_error(
			"%s: device %s: the VM's host merges frames and leaves checksums to "
			"virtio_net, and doesn't let it refuse that (ctrl_guest_offloads): start "
			"the VM without it (guest_csum=off,guest_tso4=off,guest_tso6=off,"
			"guest_ecn=off,guest_ufo=off,guest_uso4=off,guest_uso6=off)",
			what, link->name);
	/* What vmxnet3 (Linux 6.6 and later) says of both. */
	if (!generic && err == EOPNOTSUPP && link->mtu > ONE_BUFFER_MTU)
		return say_error("%s: device %s: the driver %s has no native XDP, or none at an "
				 "MTU of %u: lower the MTU, or use --mode generic, which is "
				 "several times slower",
				 what, link->name, driver, link->mtu);
	if (!generic && (err == EOPNOTSUPP || err == EINVAL))
		return say_error(
			"%s: device %s: the driver %s has no native XDP; --mode generic works "
			"everywhere, but is several times slower and needs the senders' "
			"segmentation offload off",
			what, link->name, driver);
	return say_error("%s: device %s: can't attach the XDP program: %s", what, link->name,
			 strerror(err));
}

int xdp_attach(const struct state *st, int prog, const struct netns *ns,
	       const struct link_info *link, bool generic, const char *pin, const char *what)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	char path[PATH_MAX];
	int back, fd, err;

	if (link->xdp_mode != XDP_ATTACHED_NONE)
		return refuse_foreign(link, what);
	err = netns_enter(ns, &back);
	if (err)
		return say_error("%s: can't enter its namespace: %s", what, strerror(-err));
	fd = bpf_link_create(prog, (int)link->ifindex, BPF_XDP, &opts);
	err = errno;
	netns_leave(back);
	if (fd < 0)
		return say_refusal(err, ns, link, generic, what);
	state_pin(st, "links", pin, path);
	unlink(path);
	err = bpf_obj_pin(fd, path) ? errno : 0;
	close(fd);
	return err ? say_error("%s: can't pin: %s", path, strerror(err)) : 0;
}

void xdp_detach(const struct state *st, const char *pin)
{
	char path[PATH_MAX];
	int fd = bpf_obj_get(state_pin(st, "links", pin, path));

	if (fd < 0)
		return;
	/* Detach at once; else the device keeps it until the last descriptor is closed. */
	bpf_link_detach(fd);
	close(fd);
	unlink(path);
}

int xdp_replace(const struct state *st, int prog, const char *pin, const char *what)
{
	char path[PATH_MAX];
	int fd = bpf_obj_get(state_pin(st, "links", pin, path));
	int err = fd < 0 || bpf_link_update(fd, prog, NULL) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return err ? say_error("%s: can't replace the XDP program: %s", what, strerror(err)) : 0;
}

int xdp_attached(const struct state *st, const char *pin, __u32 ifindex)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	char path[PATH_MAX];
	int fd = bpf_obj_get(state_pin(st, "links", pin, path));
	int err;

	if (fd < 0)
		return -1;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	return !err && info.xdp.ifindex == ifindex;
}

int copy_set(int map, __u32 slot, __u32 ifindex, const struct netns *ns, int prog)
{
	struct bpf_devmap_val val = { .ifindex = ifindex, .bpf_prog.fd = prog };
	int back, err;

	err = netns_enter(ns, &back);
	if (err)
		return err;
	/* vx_targets has values of 4 bytes: the ifindex alone. */
	err = bpf_map_update_elem(map, &slot, &val, BPF_ANY) ? -errno : 0;
	netns_leave(back);
	return err;
}

int target_set(const struct state *st, enum state_map map, __u32 slot, __u32 ifindex,
	       const struct netns *ns, int prog)
{
	int err = copy_set(st->map[map], slot, ifindex, ns, prog);

	return err ? say_error("ifindex %u: can't be a target of redirects: %s", ifindex,
			       strerror(-err)) :
		     0;
}

__u32 port_target(const struct vrxdp_port_rec *rec)
{
	return rec->mode == VRXDP_MODE_GENERIC && rec->relay_near.ifindex ?
		       rec->relay_near.ifindex :
		       rec->device.ifindex;
}

__u32 target_get(const struct state *st, __u32 slot)
{
	__u32 ifindex = 0;

	return bpf_map_lookup_elem(st->map[MAP_TARGETS], &slot, &ifindex) ? 0 : ifindex;
}

int device_forget(const struct state *st, const struct vrxdp_device_rec *dev, __u32 slot)
{
	struct vrxdp_device_key key = { .netns = dev->netns_inum, .ifindex = dev->ifindex };
	__u32 now;

	if (state_get(st, MAP_DEVICES, &key, &now) || now != slot)
		return 0;
	return state_delete(st, MAP_DEVICES, &key);
}

void wait_for_packets(void)
{
	struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&pause, NULL);
}
