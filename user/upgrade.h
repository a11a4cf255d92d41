/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This build's programs take the places of another's that attached, while frames pass: none is
 * lost or counted twice, and no device notices (docs/architecture.md, "Upgrade").
 */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <stdbool.h>

#include "state.h"

/* Did another build attach @st? Its layout is the same, or @st wouldn't be open. */
bool upgrade_due(const struct state *st);

/* @st is locked. 0; or -1: said, and all programs are those of before. */
int upgrade(struct state *st);

#endif
