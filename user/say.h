/* SPDX-License-Identifier: GPL-2.0-only */
/* What people are told: errors and notes on stderr, in one line each. */
#ifndef SAY_H
#define SAY_H

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The command's name for messages ("attach"); set once by main(). */
extern const char *say_command;

/*
 * "vrxdp COMMAND: what was named: what is wrong; what to do" and a newline.
 * The layer that detects an error says it, once. Returns -1.
 */
__attribute__((format(printf, 1, 2))) int say_error(const char *fmt, ...);
/* "vrxdp COMMAND: warning: …" */
__attribute__((format(printf, 1, 2))) void say_warning(const char *fmt, ...);
/* Same as say_error, and the hint to use --help. Returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int say_usage(const char *fmt, ...);

#endif
