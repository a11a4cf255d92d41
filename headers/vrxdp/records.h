/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands remember in pinned maps: the configuration of each object
 * and what was found when it was attached. The data path doesn't read these.
 */
#ifndef VRXDP_RECORDS_H
#define VRXDP_RECORDS_H

#include "layout.h"
#include "limits.h"

/* device = auto: the host end whose far end is in the router's namespace */
#define VRXDP_DEVICE_AUTO "auto"

enum vrxdp_origin { VRXDP_FROM_COMMAND = 0, VRXDP_FROM_FILE = 1 };
enum vrxdp_mode { VRXDP_MODE_AUTO = 0, VRXDP_MODE_NATIVE = 1, VRXDP_MODE_GENERIC = 2 };
enum vrxdp_path { VRXDP_PATH_FAST = 0, VRXDP_PATH_STACK = 1 };
enum vrxdp_kind {
	VRXDP_KIND_VETH = 1, /* host end of a veth whose far end is in the router */
	VRXDP_KIND_TAP = 2,
	VRXDP_KIND_MACVLAN = 3, /* child of the port */
	VRXDP_KIND_PORT = 4,    /* the port itself */
};

/* VLANs of an interface: what `vlan` says. One bit for each VID of a list. */
struct vrxdp_vlans {
	__u8 tags; /* enum vrxdp_tags */
	__u8 pad;
	struct vrxdp_vlan one; /* VRXDP_TAGS_ACCESS and VRXDP_TAGS_STACKED */
	__u16 pad2;
	__u8 listed[VRXDP_VIDS / 8]; /* VRXDP_TAGS_LIST */
};

/* An address that a created interface gets inside the router. */
struct vrxdp_address {
	__u8 family; /* AF_INET, AF_INET6 */
	__u8 prefix_len;
	__u8 pad[2];
	__u8 bytes[16]; /* network order; IPv4: the first four */
};

/* What the user asked for: from a config file's section, or from a command. */
struct vrxdp_port_conf {
	char name[VRXDP_NAME_LEN];
	char device[VRXDP_DEV_LEN];
	char netns[VRXDP_NETNS_LEN]; /* "": where vrxdp runs */
	__u64 group_pps;             /* copies a second; VRXDP_DEFAULT_GROUP_PPS unless set */
	__u8 mode;                   /* enum vrxdp_mode */
	__u8 origin;                 /* enum vrxdp_origin */
	__u8 pad[6];
};

struct vrxdp_router_conf {
	char name[VRXDP_NAME_LEN];
	char netns[VRXDP_NETNS_LEN]; /* "" for a guest */
	__u8 guest;
	__u8 path; /* enum vrxdp_path */
	__u8 origin;
	__u8 create; /* attach makes the namespace and the veths that aren't there */
	__u8 pad[4];
};

struct vrxdp_iface_conf {
	char name[VRXDP_NAME_LEN];
	char router[VRXDP_NAME_LEN];
	char port[VRXDP_NAME_LEN];
	char device[VRXDP_DEV_LEN]; /* VRXDP_DEVICE_AUTO: found by the router's namespace */
	__u8 macs[VRXDP_MAX_MACS][6];
	__u8 nmacs;
	__u8 naddresses;
	__u8 origin;
	__u8 pad[5];
	struct vrxdp_vlans vlans;
	__u8 vrids[VRXDP_VRIDS / 8]; /* one bit for each VRID */
	struct vrxdp_address addresses[VRXDP_MAX_ADDRESSES];
};

/* A device as it was found. The cookie names a namespace for ever (SO_NETNS_COOKIE). */
struct vrxdp_device_rec {
	char netns[VRXDP_NETNS_LEN]; /* how to get there: a name, path or PID; "" as above */
	__u64 netns_cookie;
	__u32 netns_inum;
	__u32 ifindex;
	char name[VRXDP_DEV_LEN];
};

struct vrxdp_port_rec {
	struct vrxdp_port_conf conf;
	struct vrxdp_device_rec device;
	struct vrxdp_device_rec relay_near; /* ifindex 0: the port needs none */
	struct vrxdp_device_rec relay_far;
	__u8 mac[6];
	__u8 mode;   /* as attached */
	__u8 shared; /* tc programs are, or may be, on it */
};

struct vrxdp_router_rec {
	struct vrxdp_router_conf conf;
	__u64 netns_cookie; /* 0 for a guest */
	__u32 netns_inum;
	__u32 pad;
};

/* Port of an interface that isn't attached, and whose veth is still to be undone, or was just made. */
#define VRXDP_NO_PORT 0xffffffffu

struct vrxdp_iface_rec {
	struct vrxdp_iface_conf conf;
	struct vrxdp_device_rec device;
	struct vrxdp_device_rec peer; /* far end of a veth; ifindex 0: none */
	__u32 router;                 /* numbers */
	__u32 port;
	__u8 kind; /* enum vrxdp_kind */
	__u8 mode; /* of the program on the device; AUTO: none is needed */
	__u8 pad[6];
};

/* A change that vrxdp made to the host: written before it is made, undone in reverse. */
enum vrxdp_undo_kind {
	VRXDP_UNDO_FEATURE = 1, /* an ethtool feature: what = its name */
	VRXDP_UNDO_FLAG = 2,    /* an IFF_ flag: what = its name, value = the bit */
	VRXDP_UNDO_FDB = 3,     /* a MAC in the device's filter: what = the address */
	VRXDP_UNDO_CLSACT = 4,  /* a clsact qdisc that wasn't there */
	VRXDP_UNDO_LINK = 5,    /* a link that vrxdp made: what = its name */
	VRXDP_UNDO_VETH = 6,    /* a router's veth: what = its host end's name, set = its address */
	VRXDP_UNDO_NETNS = 7,   /* a namespace: what = its name, with the device's cookie */
};

/* Whose removal undoes a change. */
enum vrxdp_owner { VRXDP_OWNER_PORT = 0, VRXDP_OWNER_IFACE = 1, VRXDP_OWNER_ROUTER = 2 };

struct vrxdp_undo_rec {
	struct vrxdp_device_rec device;
	char what[VRXDP_NAME_LEN];
	__u64 before;
	__u64 set;
	__u32 kind;
	__u8 owner_kind; /* enum vrxdp_owner */
	__u8 pad[3];
	__u32 owner; /* its number */
	__u32 pad2;
};

/* An attach that waits for `vrxdp confirm`, and the process that rolls it back. */
struct vrxdp_pending {
	__u64 deadline;   /* CLOCK_BOOTTIME, ns; 0: the attach itself is under way */
	__u64 start_time; /* of the process, clock ticks since boot: PIDs are used again */
	__u32 pid;        /* 0: nothing waits */
	__u32 seconds;    /* as given */
};

/* Maps of two layouts, while one takes over from the other. */
enum vrxdp_handover {
	VRXDP_HANDOVER_NONE = 0,
	VRXDP_HANDOVER_RETIRING = 1,  /* of frames in a bulk, those of the other maps come later */
	VRXDP_HANDOVER_ABANDONED = 2, /* it failed: the other maps get back what these counted */
};

/* One entry: what these maps are. Layout is always the first. */
struct vrxdp_meta {
	__u32 layout;
	__u32 contract;
	__u32 max_routers;
	__u32 max_interfaces;
	__u64 build; /* programs_build() of those that are attached */
	struct vrxdp_pending pending;
	__u8 tracing; /* losses after the verdict are seen */
	__u8 pad[3];
	char version[VRXDP_NAME_LEN];
	char tracing_why[96]; /* why tracing was refused; "" if it wasn't */
	__u32 handover;       /* enum vrxdp_handover */
};

#endif
