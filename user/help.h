/* SPDX-License-Identifier: GPL-2.0-only */
/* --help, from the command table. */
#ifndef HELP_H
#define HELP_H

#include <stddef.h>

#include "command.h"

/* Print the help of @cmd to stdout. */
void help_print(const struct command *cmd);

/* "-c, --config FILE". Returns @buf. */
char *help_option(const struct command_option *option, char *buf, size_t len);

#endif
