// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fib_maps.h"

/* Set before a chunk is there and cleared after it has gone. */
static void mark(const struct fib_maps *maps, __u32 number, bool used)
{
	__u64 bit = 1ull << (number & 63), *word = &maps->marks->used[number / 64];

	*word = used ? *word | bit : *word & ~bit;
}

static void *chunk_new(void *ctx, __u32 number)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	const struct fib_maps *maps = ctx;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vx_fib_chunk", sizeof(__u32),
				sizeof(struct vrxdp_fib_chunk), 1, &opts);
	void *mem;
	int err;

	if (fd < 0)
		return NULL;
	mark(maps, number, true);
	mem = mmap(NULL, sizeof(struct vrxdp_fib_chunk), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED) {
		err = errno;
	} else if (bpf_map_update_elem(maps->chunks, &number, &fd, BPF_ANY)) {
		err = errno;
		munmap(mem, sizeof(struct vrxdp_fib_chunk));
	} else {
		/* The outer map and the mapping hold it. */
		close(fd);
		return mem;
	}
	close(fd);
	mark(maps, number, false);
	errno = err;
	return NULL;
}

static void chunk_free(void *ctx, __u32 number, void *mem)
{
	const struct fib_maps *maps = ctx;

	/* A mark may be of a chunk that a process was killed before making. */
	if (!bpf_map_delete_elem(maps->chunks, &number) || errno == ENOENT)
		mark(maps, number, false);
	if (mem)
		munmap(mem, sizeof(struct vrxdp_fib_chunk));
}

/* Updating a map of maps waits for a grace period, whatever the map is. */
int fib_maps_wait_by_update(struct fib_maps *maps)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vx_fib_wait", 4, 4, 1, NULL), err = 0;
	__u32 key = 0;

	if (inner < 0)
		return -errno;
	opts.inner_map_fd = (__u32)inner;
	if (maps->waiter < 0)
		maps->waiter =
			bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "vx_fib_waiter", 4, 4, 1, &opts);
	if (maps->waiter < 0 || bpf_map_update_elem(maps->waiter, &key, &inner, BPF_ANY))
		err = -errno;
	close(inner);
	return err;
}

/* XDP runs inside an RCU read-side critical section. */
static int grace(void *ctx)
{
	/* Not where CPUs run without ticks (nohz_full). */
	if (!syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return 0;
	return fib_maps_wait_by_update(ctx);
}

int fib_maps_init(struct fib_maps *maps, int chunks, int marks, struct fib_backend *backend)
{
	void *mem = mmap(NULL, sizeof(*maps->marks), PROT_READ | PROT_WRITE, MAP_SHARED, marks, 0);

	if (mem == MAP_FAILED)
		return -errno;
	maps->chunks = chunks;
	maps->marks = mem;
	maps->waiter = -1;
	*backend = (struct fib_backend){
		.chunk_new = chunk_new,
		.chunk_free = chunk_free,
		.grace = grace,
		.ctx = maps,
		.max_chunks = VRXDP_FIB_MAX_CHUNKS,
	};
	return 0;
}

void fib_maps_close(struct fib_maps *maps)
{
	munmap(maps->marks, sizeof(*maps->marks));
	if (maps->waiter >= 0)
		close(maps->waiter);
	maps->waiter = -1;
}

int fib_maps_keep_left(const struct fib_maps *maps, struct fib *fib)
{
	__u32 number;
	int err;

	for (number = 0; number < VRXDP_FIB_MAX_CHUNKS; number++) {
		if (!(maps->marks->used[number / 64] >> (number & 63) & 1))
			continue;
		err = fib_left_keep(fib, number);
		if (err)
			return err;
	}
	return 0;
}
