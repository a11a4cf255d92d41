/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that are lists: MAC addresses, VRIDs, IP addresses; and back. */
#ifndef LISTS_H
#define LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "vrxdp/records.h"

/* Room for the text of every list here. */
#define LIST_TEXT 2048

/*
 * The parsers return 0, or -EINVAL (-ERANGE) with one line in @err, as those of values.h do.
 * The formatters write the same text again, "" for an empty list, and return @buf.
 */
int macs_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len);
char *macs_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len);
bool macs_have(const struct vrxdp_iface_conf *conf, const __u8 mac[6]);

/* VRIDs, 1 to 255: RFC 5798, 5.2.3. */
int vrids_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len);
char *vrids_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len);
bool vrids_any(const struct vrxdp_iface_conf *conf);
bool vrids_have(const struct vrxdp_iface_conf *conf, unsigned int vrid);
/* The next listed VRID above @vrid, 0: there is none. */
unsigned int vrids_next(const struct vrxdp_iface_conf *conf, unsigned int vrid);
/* The VRID of a virtual router's MAC address (RFC 5798, 7.3), 0: it is none. */
unsigned int vrid_of_mac(const __u8 mac[6]);
/* The MAC address of @vrid, for IPv6 if @v6. */
void vrid_mac(unsigned int vrid, bool v6, __u8 mac[6]);

/* ADDRESS/PREFIX-LENGTH, of IPv4 or IPv6, host addresses only. */
int addresses_parse(const char *text, struct vrxdp_iface_conf *conf, char *err, size_t err_len);
char *addresses_format(const struct vrxdp_iface_conf *conf, char *buf, size_t len);

#endif
