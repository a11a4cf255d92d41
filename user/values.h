/* SPDX-License-Identifier: GPL-2.0-only */
/* Values as people write them: names, MAC addresses, rates, numbers; and back. */
#ifndef VALUES_H
#define VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* [A-Za-z0-9_][A-Za-z0-9._-]{0,30} */
bool name_valid(const char *name);

/* A device name as the kernel takes it (dev_valid_name). */
bool device_name_valid(const char *name);

/*
 * The parsers return 0, or -EINVAL (-ERANGE) with one short line in @err that names
 * the bad text, says what is wrong and what is accepted. The whole text must match.
 */
int parse_u32(const char *text, __u32 min, __u32 max, __u32 *out, char *err, size_t err_len);
/* Six pairs of hex digits with ':'; unicast and not zero. */
int parse_mac(const char *text, __u8 mac[6], char *err, size_t err_len);
/*
 * NUMBER and one of pps kpps Mpps (10^n; a decimal fraction is accepted: 1.5Mpps).
 * The result is exact: at least 1, and a whole number.
 */
int parse_pps(const char *text, __u64 *pps, char *err, size_t err_len);
/* NUMBER and one of kbit Mbit Gbit; bits a second. */
int parse_bits(const char *text, __u64 *bits, char *err, size_t err_len);

/* "02:00:00:00:0e:01"; @buf has at least 18 bytes. Returns @buf. */
char *format_mac(const __u8 mac[6], char *buf);
/*
 * 1234567 -> "1.23M", 12.3 -> "12", 0.4 -> "0.4": at most 5 characters, three of
 * them digits. @buf has at least 16 bytes. Returns @buf.
 */
char *format_si(double n, char *buf);

/*
 * Copy @text for a terminal or log: bytes that aren't printable ASCII, and the
 * backslash, become \xNN. Cut at @len - 1. Returns @buf.
 */
char *escape_text(const char *text, char *buf, size_t len);
/* The same for error lines: what was cut shows as "..." at the end. */
char *shorten_text(const char *text, char *buf, size_t len);

/* Of an enum vrxdp_origin: "file" or "command". */
const char *origin_name(__u8 origin);

/* Write one line to @err (nothing if @err_len is 0). Returns @ret. */
__attribute__((format(printf, 4, 5))) int err_write(char *err, size_t err_len, int ret,
						    const char *fmt, ...);

#endif
