// SPDX-License-Identifier: GPL-2.0-only
#include "made_names.h"

#include <stdio.h>
#include <string.h>

#include "values.h"

#define PREFIX "vr-"

/* FNV-1a of a string and its NUL, so that "a", "bc" isn't "ab", "c". */
static __u64 add(__u64 hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	} while (*text++);
	return hash;
}

#define FNV_START 0xcbf29ce484222325ULL

/* The last bytes of FNV-1a's input reach few bits: the finalizer of MurmurHash3. */
static __u64 mix(__u64 hash)
{
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

void made_host_name(const char *router, const char *iface, char name[VRXDP_DEV_LEN])
{
	char text[sizeof(PREFIX) + 2 * VRXDP_NAME_LEN];
	int len = snprintf(text, sizeof(text), PREFIX "%s-%s", router, iface);

	/* The last '-' ends the router's name. */
	if (len < VRXDP_DEV_LEN && !strchr(iface, '-'))
		strcpy(name, text);
	else
		snprintf(name, VRXDP_DEV_LEN, PREFIX "%012llx",
			 (unsigned long long)(mix(add(add(FNV_START, router), iface)) >> 16));
}

void made_mac(const char *machine, const char *router, const char *iface, enum made_end end,
	      __u8 mac[6])
{
	__u64 hash = add(FNV_START, end == MADE_HOST_END ? "host" : "router");
	int i;

	hash = mix(add(add(add(hash, machine), router), iface));
	for (i = 0; i < 6; i++)
		mac[i] = (__u8)(hash >> (8 * i));
	/* IEEE 802: the first bit says group, the second locally administered. */
	mac[0] = (__u8)((mac[0] & 0xfc) | 0x02);
}

char *made_machine(char *buf, size_t len)
{
	FILE *f = fopen("/etc/machine-id", "re");

	if (!f || !fgets(buf, (int)len, f))
		*buf = '\0';
	if (f)
		fclose(f);
	buf[strcspn(buf, "\r\n")] = '\0';
	/* What an image has before its first boot: machine-id(5). */
	if (!strcmp(buf, "uninitialized"))
		*buf = '\0';
	return buf;
}

bool made_name_valid(const char *iface)
{
	/* net/ipv4/devinet.c and net/ipv6/addrconf.c refuse what /proc/sys/net has already. */
	return device_name_valid(iface) && strcmp(iface, "lo") && strcmp(iface, "all") &&
	       strcmp(iface, "default");
}

bool device_is_auto(const struct vrxdp_iface_conf *iface)
{
	return !strcmp(iface->device, VRXDP_DEVICE_AUTO);
}

bool made_wanted(const struct vrxdp_router_conf *router, const struct vrxdp_iface_conf *iface)
{
	return router->create && device_is_auto(iface);
}
