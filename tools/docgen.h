/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that is made from the tables of commands and config keys. Everything goes to stdout. */
#ifndef DOCGEN_H
#define DOCGEN_H

#include "command.h"
#include "config_keys.h"

/* roff, with the macros of man(7). */
void man_synopsis(void);
void man_commands(void);
void man_options(void);
void man_keys(enum config_section section);

/* Branches of `case` in bash. */
void bash_words(void);
void bash_values(void);
void bash_operands(void);

#endif
