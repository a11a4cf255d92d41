/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot as tables for people. */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "snapshot.h"

/*
 * Write the ports, then the routers with their interfaces and with the reasons
 * that occurred. @wanted has one element per router and leaves out the ports; NULL:
 * everything. Errors stay in @out (ferror).
 */
void stats_text(FILE *out, const struct snapshot *snap, const bool *wanted);

#endif
