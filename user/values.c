/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "values.h"
#include "vrxdp/limits.h"
#include "vrxdp/records.h"

#define DIGITS "0123456789"
#define ALNUM DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define SHOWN 64 /* room for the part of a bad text that an error line repeats */

int err_write(char *err, size_t err_len, int ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err, err_len, fmt, args);
	va_end(args);
	return ret;
}

bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < VRXDP_NAME_LEN && strspn(name, ALNUM ".-") == len &&
	       name[0] != '.' && name[0] != '-';
}

bool device_name_valid(const char *name)
{
	size_t len = strlen(name);

	/* 0xa0 counts as a space in the kernel's isspace(). */
	return len > 0 && len < VRXDP_DEV_LEN && strcmp(name, ".") && strcmp(name, "..") &&
	       strcspn(name, "/: \t\n\v\f\r\xa0") == len;
}

int parse_u32(const char *text, __u32 min, __u32 max, __u32 *out, char *err, size_t err_len)
{
	char shown[SHOWN];
	__u64 n = 0;

	shorten_text(text, shown, sizeof(shown));
	if (!*text || text[strspn(text, DIGITS)])
		return err_write(err, err_len, -EINVAL,
				 "\"%s\" is not a whole number; give %u to %u", shown, min, max);
	for (const char *p = text; *p && n <= max; p++)
		n = n * 10 + (__u64)(*p - '0');
	if (n < min || n > max)
		return err_write(err, err_len, -ERANGE, "%s is out of range; give %u to %u", shown,
				 min, max);
	*out = (__u32)n;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_mac(const char *text, __u8 mac[6], char *err, size_t err_len)
{
	static const __u8 zero[6];
	char shown[SHOWN];
	__u8 out[6];

	shorten_text(text, shown, sizeof(shown));
	for (size_t i = 0; i < 6; i++) {
		const char *pair = text + 3 * i;
		int high = hex_digit(pair[0]);
		int low = high < 0 ? -1 : hex_digit(pair[1]);

		if (low < 0 || pair[2] != (i < 5 ? ':' : '\0'))
			return err_write(err, err_len, -EINVAL,
					 "\"%s\" is not a MAC address; "
					 "write it like 02:00:00:00:0e:01",
					 shown);
		out[i] = (__u8)(high << 4 | low);
	}
	if (out[0] & 1)
		return err_write(err, err_len, -EINVAL,
				 "%s is a group address; an interface needs a unicast MAC, "
				 "whose first byte is even",
				 shown);
	if (!memcmp(out, zero, sizeof(zero)))
		return err_write(err, err_len, -EINVAL,
				 "%s is nobody's address; give the MAC that the router uses",
				 shown);
	memcpy(mac, out, sizeof(out));
	return 0;
}

struct unit {
	const char *name;
	unsigned int exp; /* powers of ten */
};

static bool add_digits(__u64 *n, const char *digits, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (__builtin_mul_overflow(*n, (__u64)10, n) ||
		    __builtin_add_overflow(*n, (__u64)(digits[i] - '0'), n))
			return false;
	}
	return true;
}

static int parse_rate(const char *text, const struct unit *units, const char *accepted, __u64 *out,
		      char *err, size_t err_len)
{
	size_t whole = strspn(text, DIGITS), frac = 0;
	const char *suffix = text + whole;
	const struct unit *u = units;
	char shown[SHOWN];
	__u64 n = 0;

	shorten_text(text, shown, sizeof(shown));
	if (*suffix == '.') {
		frac = strspn(suffix + 1, DIGITS);
		suffix += frac ? 1 + frac : 0;
	}
	while (u->name && strcmp(u->name, suffix))
		u++;
	if (!whole || !u->name)
		return err_write(err, err_len, -EINVAL, "\"%s\" is not a rate; write %s", shown,
				 accepted);

	while (frac && text[whole + frac] == '0')
		frac--;
	if (frac > u->exp)
		return err_write(err, err_len, -EINVAL,
				 "%s is not a whole number a second; leave digits out", shown);
	if (!add_digits(&n, text, whole) || !add_digits(&n, text + whole + 1, frac))
		goto too_big;
	for (size_t i = frac; i < u->exp; i++) {
		if (__builtin_mul_overflow(n, (__u64)10, &n))
			goto too_big;
	}
	if (!n)
		return err_write(err, err_len, -ERANGE, "%s is nothing at all; give at least 1%s",
				 shown, units[0].name);
	*out = n;
	return 0;
too_big:
	return err_write(err, err_len, -ERANGE, "%s is too much to count; give less", shown);
}

int parse_pps(const char *text, __u64 *pps, char *err, size_t err_len)
{
	static const struct unit units[] = {
		{ "pps", 0 }, { "kpps", 3 }, { "Mpps", 6 }, { NULL, 0 }
	};

	return parse_rate(text, units, "a number and pps, kpps or Mpps, like 200kpps", pps, err,
			  err_len);
}

int parse_bits(const char *text, __u64 *bits, char *err, size_t err_len)
{
	static const struct unit units[] = {
		{ "kbit", 3 }, { "Mbit", 6 }, { "Gbit", 9 }, { NULL, 0 }
	};

	return parse_rate(text, units, "a number and kbit, Mbit or Gbit, like 1.5Gbit", bits, err,
			  err_len);
}

char *format_mac(const __u8 mac[6], char *buf)
{
	sprintf(buf, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	return buf;
}

/* printf's %f would follow the locale's decimal point. */
char *format_si(double n, char *buf)
{
	static const char prefixes[] = "\0kMGTPE";
	unsigned int hundredths, tenths, step = 0;

	if (!(n > 0)) /* NaN as well */
		n = 0;
	if (n > 999e18)
		n = 999e18;
	for (; n >= 999.5; n /= 1000)
		step++;

	hundredths = (unsigned int)(n * 100 + 0.5);
	tenths = (unsigned int)(n * 10 + 0.5);
	if (step && hundredths < 1000)
		snprintf(buf, 16, "%u.%02u%.1s", hundredths / 100, hundredths % 100,
			 &prefixes[step]);
	else if (step ? tenths < 1000 : tenths < 100 && tenths % 10)
		snprintf(buf, 16, "%u.%u%.1s", tenths / 10, tenths % 10, &prefixes[step]);
	else
		snprintf(buf, 16, "%u%.1s", (unsigned int)(n + 0.5), &prefixes[step]);
	return buf;
}

/* Returns how much of @text is in @buf. */
static size_t escape(const char *text, char *buf, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t in = 0, out = 0;

	if (!len)
		return 0;
	for (; text[in]; in++) {
		unsigned char c = (unsigned char)text[in];
		bool plain = c >= ' ' && c <= '~' && c != '\\';

		if (out + (plain ? 1 : 4) >= len)
			break;
		if (plain) {
			buf[out++] = (char)c;
			continue;
		}
		buf[out++] = '\\';
		buf[out++] = 'x';
		buf[out++] = hex[c >> 4];
		buf[out++] = hex[c & 15];
	}
	buf[out] = '\0';
	return in;
}

char *escape_text(const char *text, char *buf, size_t len)
{
	escape(text, buf, len);
	return buf;
}

char *shorten_text(const char *text, char *buf, size_t len)
{
	static const char dots[] = "...";

	if (text[escape(text, buf, len)] && len > sizeof(dots)) {
		escape(text, buf, len - sizeof(dots) + 1);
		strcat(buf, dots);
	}
	return buf;
}

const char *origin_name(__u8 origin)
{
	return origin == VRXDP_FROM_FILE ? "file" : "command";
}
