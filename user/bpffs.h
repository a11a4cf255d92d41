/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bpffs that holds the state. It must be one that PID 1 sees: one that lives only in
 * the mount namespace of some `ip netns exec` goes away with it, pinned links included.
 */
#ifndef BPFFS_H
#define BPFFS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* What bpffs_ready() made, and bpffs_undo() takes away. Zero: nothing. */
struct bpffs_made {
	__u8 mounted; /* 1: a bpffs was mounted at the directory */
	__u8 dirs;    /* directories made, from the end of the path: the last one first */
};

/*
 * See to it that @dir (absolute) is in a bpffs and is the same for PID 1. Where it isn't:
 * makes missing directories (0700, and the sticky bit as the mark that they are vrxdp's) and
 * mounts one (mode 0700); a directory that is in a bpffs already is only made. The kernel may put files of its own there, with a dot in
 * their names (maps.debug, progs.debug); nobody else can make such names in a bpffs. *@made
 * tells what was made, by a killed command too, for bpffs_undo().
 * Returns 0, or a negative errno with one line in @err that starts with @dir, and
 * everything as before: -EINVAL not absolute; -ENOTDIR; -ENOTEMPTY a directory with files
 * in it; -EPERM no right to mount; -EXDEV PID 1 doesn't see it; and others.
 */
int bpffs_ready(const char *dir, struct bpffs_made *made, char *err, size_t err_len);

/* mkdir(2) with vrxdp's mark, and whether a directory has it. */
int bpffs_mkdir(const char *path);
bool bpffs_is_made(const char *path);

/*
 * What bpffs_ready() made at @dir, be it another process that is long dead: the mount's
 * source says it ("vrxdp+2": two directories); without a mount, the mark of directories
 * does. 0 with *@made, or a negative errno.
 */
int bpffs_found(const char *dir, struct bpffs_made *made);

/*
 * Unmount and remove what was made, as far as it is unused: a directory above @dir stays
 * while others use it. 0; -ENOTEMPTY: there are files in @dir, it stays; -EBUSY: somebody is
 * in it, it stays; and others.
 */
int bpffs_undo(const char *dir, const struct bpffs_made *made);

/* 1: @dir is in a bpffs; 0: it isn't, or doesn't exist; negative errno: can't tell. */
int bpffs_is(const char *dir);

#endif
