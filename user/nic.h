/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port that is a NIC: its driver hands XDP each frame as the wire had it, with its tags and
 * not merged with others, and has a queue on which each CPU may send.
 */
#ifndef NIC_H
#define NIC_H

#include "host.h"
#include "resolve.h"

/*
 * Keep the driver from taking tags out of received frames and from merging them (LRO, hardware
 * GRO), as what is found is written to the journal. Says its errors; warns of what can't be had.
 */
int nic_frames(struct state *st, struct owner who, const struct resolved *dev, const char *port,
	       bool generic);

/* Is it still so? Returns 1; 0 and *what; or a negative errno. Quiet. */
int nic_frames_whole(const struct resolved *dev, char *what, size_t what_len);

/*
 * virtio_net wants a queue pair more for every CPU, on which XDP sends. Without those the CPUs share
 * what there is; but with more in use than there are CPUs, and too few left, Linux (6.1 to 6.12 at
 * least, virtnet_xdp_get_sq()) takes queues that don't exist, and dies with the first frame. Returns -1
 * after saying so. Before a native program is attached.
 */
int nic_queues(const struct resolved *dev, const char *port);

/* With the program attached: do the CPUs share queues with each other and the kernel? Quiet. */
bool nic_shares_queues(const struct resolved *dev);

/*
 * vmxnet3 drops its pointer to a native program whenever it stops the device (Linux 6.6 to 6.12 at
 * least, vmxnet3_rq_cleanup_all()): set down, MTU changed, reset. The kernel still says that it is
 * attached, so nothing shows it; a replacement of the program makes the driver take it again. Quiet.
 */
bool nic_forgets_program(const struct resolved *dev);

#endif
