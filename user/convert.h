/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of maps from one layout to another, by the types that the kernel keeps of both: members
 * by their names, arrays element by element, numbers by their values. What is new is zero, what
 * is gone is left out, and so is what is called pad.
 */
#ifndef CONVERT_H
#define CONVERT_H

#include <bpf/btf.h>

/* A type, as the BTF of a map tells it. */
struct convert_type {
	const struct btf *btf;
	__u32 id;
};

/* @to has the size of its type. 0, or -1: said, with @what at its beginning. */
int convert(const char *what, struct convert_type from_type, const void *from,
	    struct convert_type to_type, void *to);

/* Where a member of a struct is; -1: it has none of this name, or @type is no struct. */
long convert_offset(struct convert_type type, const char *member);
/* The same, and its size. */
long convert_member(struct convert_type type, const char *member, size_t *size);

#endif
