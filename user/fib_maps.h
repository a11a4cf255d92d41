/* SPDX-License-Identifier: GPL-2.0-only */
/* The backend of user/fib.h whose chunks are maps that XDP reads. */
#ifndef FIB_MAPS_H
#define FIB_MAPS_H

#include "fib.h"

struct fib_maps {
	int chunks;                    /* the map vx_fib_chunks, borrowed */
	struct vrxdp_fib_marks *marks; /* vx_fib_marks */
	int waiter; /* a map of maps whose update waits, where membarrier(2) can't; -1: none yet */
};

/*
 * @chunks and @marks are descriptors of vx_fib_chunks and vx_fib_marks of bpf/fib.h; the first must
 * stay open. Fills @maps, which has to stay as long as what is opened with @backend, and @backend.
 * Returns 0 or -errno.
 */
int fib_maps_init(struct fib_maps *maps, int chunks, int marks, struct fib_backend *backend);
void fib_maps_close(struct fib_maps *maps);

/* A grace period where membarrier(2) gives none; what the backend falls back to. 0 or -errno. */
int fib_maps_wait_by_update(struct fib_maps *maps);

/*
 * Chunks that are there already, since a former process's tables are still in use, are kept until
 * fib_left_free(), and their numbers aren't used. Returns 0 or -errno.
 */
int fib_maps_keep_left(const struct fib_maps *maps, struct fib *fib);

#endif
