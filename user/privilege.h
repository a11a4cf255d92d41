/* SPDX-License-Identifier: GPL-2.0-only */
/* May we, and can this kernel? Asked before anything is changed. */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does this process have what every changing command needs: CAP_NET_ADMIN, CAP_BPF, and
 * CAP_SYS_ADMIN to enter namespaces and to mount? Returns 0, or -EPERM with one line in
 * @err that names all that is missing and what to do.
 */
int privilege_check(char *err, size_t err_len);

/* CAP_PERFMON (or CAP_SYS_ADMIN): without it losses after the verdict can't be traced. */
bool privilege_tracing(void);

/*
 * Does the running kernel have what vrxdp needs? Tries each feature, whatever version the
 * kernel says that it is. Needs the capabilities above. Returns 0, or -EOPNOTSUPP with one
 * line in @err that names the feature and the version that brought it; -EPERM where the
 * kernel forbids the attempt (lockdown, a user namespace).
 */
int kernel_check(char *err, size_t err_len);

#endif
