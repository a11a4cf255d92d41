/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot as the contract's JSON. */
#ifndef STATS_JSON_H
#define STATS_JSON_H

#include <stdbool.h>

#include "snapshot.h"

struct json_object;

/*
 * What `vrxdp stats --json` prints: the contract's keys in the contract's order.
 * @wanted has one element per router, or is NULL for all of them; ports are always
 * complete. Device names are escaped as escape_text() does, so the text is ASCII.
 * Returns NULL without memory; the caller calls json_object_put().
 */
struct json_object *stats_json(const struct snapshot *snap, const bool *wanted);

#endif
