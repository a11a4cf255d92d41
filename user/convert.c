// SPDX-License-Identifier: GPL-2.0-only
#include "convert.h"

#include <errno.h>
#include <string.h>

#include "say.h"

/* Nesting of a value's types: no layout comes near. */
#define MAX_DEPTH 16

struct side {
	const struct btf *btf;
	const struct btf_type *type;
};

/* The type behind names and qualifiers. */
static struct side side_of(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	int i;

	for (i = 0; t && i < MAX_DEPTH && (btf_is_mod(t) || btf_is_typedef(t)); i++)
		t = btf__type_by_id(btf, t->type);
	return (struct side){ btf, t };
}

static bool is_number(const struct side *s)
{
	return btf_is_int(s->type) || btf_is_any_enum(s->type);
}

static bool is_signed(const struct side *s)
{
	return btf_is_int(s->type) ? btf_int_encoding(s->type) & BTF_INT_SIGNED :
				     btf_kflag(s->type);
}

static __u64 number_get(const struct side *s, const void *data)
{
	__u64 value = 0;
	__u32 size = s->type->size, bits = 8 * size;

	/* Little-endian and big-endian hosts alike. */
	switch (size) {
	case 1:
		value = *(const __u8 *)data;
		break;
	case 2: {
		__u16 v;

		memcpy(&v, data, sizeof(v));
		value = v;
		break;
	}
	case 4: {
		__u32 v;

		memcpy(&v, data, sizeof(v));
		value = v;
		break;
	}
	default:
		memcpy(&value, data, sizeof(value));
	}
	if (bits < 64 && is_signed(s) && value >> (bits - 1))
		value |= ~0ULL << bits;
	return value;
}

static int number_put(const struct side *s, __u64 value, void *data)
{
	__u32 bits = 8 * s->type->size;
	__u16 v16 = (__u16)value;
	__u32 v32 = (__u32)value;

	if (bits < 64 && value >> bits && (!is_signed(s) || ~value >> bits))
		return -ERANGE;
	switch (bits) {
	case 8:
		*(__u8 *)data = (__u8)value;
		return 0;
	case 16:
		memcpy(data, &v16, sizeof(v16));
		return 0;
	case 32:
		memcpy(data, &v32, sizeof(v32));
		return 0;
	case 64:
		memcpy(data, &value, sizeof(value));
		return 0;
	default:
		return -EINVAL;
	}
}

static const struct btf_member *member_of(const struct side *s, const char *name)
{
	const struct btf_member *m = btf_members(s->type);
	__u16 i;

	for (i = 0; i < btf_vlen(s->type); i++)
		if (!strcmp(btf__name_by_offset(s->btf, m[i].name_off), name))
			return &m[i];
	return NULL;
}

static bool is_bitfield(const struct side *s, const struct btf_member *m)
{
	__u32 i = (__u32)(m - btf_members(s->type));

	return btf_member_bitfield_size(s->type, i) || btf_member_bit_offset(s->type, i) % 8;
}

static __u32 offset_of(const struct side *s, const struct btf_member *m)
{
	return btf_member_bit_offset(s->type, (__u32)(m - btf_members(s->type))) / 8;
}

static int one(const struct side *from, const char *in, const struct side *to, char *out,
	       const char **where, int depth);

static int members(const struct side *from, const char *in, const struct side *to, char *out,
		   const char **where, int depth)
{
	const struct btf_member *t = btf_members(to->type), *f;
	struct side a, b;
	const char *name;
	int err = 0;
	__u16 i;

	for (i = 0; i < btf_vlen(to->type) && !err; i++, t++) {
		name = btf__name_by_offset(to->btf, t->name_off);
		if (!strncmp(name, "pad", 3))
			continue;
		f = *name ? member_of(from, name) : NULL;
		if (*name && !f)
			continue;
		*where = name;
		/* Members without a name, and bit fields, aren't used in maps. */
		if (!*name || is_bitfield(from, f) || is_bitfield(to, t))
			return -EOPNOTSUPP;
		a = side_of(from->btf, f->type);
		b = side_of(to->btf, t->type);
		err = one(&a, in + offset_of(from, f), &b, out + offset_of(to, t), where, depth);
	}
	return err;
}

static int elements(const struct side *from, const char *in, const struct side *to, char *out,
		    const char **where, int depth)
{
	const struct btf_array *f = btf_array(from->type), *t = btf_array(to->type);
	__s64 from_size = btf__resolve_size(from->btf, f->type);
	__s64 to_size = btf__resolve_size(to->btf, t->type);
	__u32 i, n = f->nelems < t->nelems ? f->nelems : t->nelems;
	struct side a = side_of(from->btf, f->type), b = side_of(to->btf, t->type);
	int err = 0;

	if (!a.type || !b.type || from_size <= 0 || to_size <= 0)
		return -EINVAL;
	for (i = 0; i < n && !err; i++)
		err = one(&a, in + i * from_size, &b, out + i * to_size, where, depth);
	return err;
}

static int one(const struct side *from, const char *in, const struct side *to, char *out,
	       const char **where, int depth)
{
	if (!from->type || !to->type || depth == MAX_DEPTH)
		return -EINVAL;
	if (is_number(from) && is_number(to))
		return number_put(to, number_get(from, in), out);
	if (btf_is_struct(from->type) && btf_is_struct(to->type))
		return members(from, in, to, out, where, depth + 1);
	if (btf_is_array(from->type) && btf_is_array(to->type))
		return elements(from, in, to, out, where, depth + 1);
	return -EINVAL;
}

int convert(const char *what, struct convert_type from_type, const void *from,
	    struct convert_type to_type, void *to)
{
	struct side a = side_of(from_type.btf, from_type.id), b = side_of(to_type.btf, to_type.id);
	const char *where = "its value";
	__s64 size = btf__resolve_size(to_type.btf, to_type.id);
	int err;

	if (size <= 0)
		return say_error("%s: the kernel doesn't know its type", what);
	memset(to, 0, (size_t)size);
	err = one(&a, from, &b, to, &where, 0);
	if (err)
		return say_error("%s: %s can't be taken over from the layout before: %s", what,
				 where, strerror(-err));
	return 0;
}

long convert_offset(struct convert_type type, const char *member)
{
	size_t size;

	return convert_member(type, member, &size);
}

long convert_member(struct convert_type type, const char *member, size_t *size)
{
	struct side s = side_of(type.btf, type.id);
	const struct btf_member *m;

	if (!s.type || !btf_is_struct(s.type))
		return -1;
	m = member_of(&s, member);
	if (!m || is_bitfield(&s, m) || btf__resolve_size(type.btf, m->type) <= 0)
		return -1;
	*size = (size_t)btf__resolve_size(type.btf, m->type);
	return (long)offset_of(&s, m);
}
