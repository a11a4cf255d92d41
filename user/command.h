/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command table's entries: commands.c has the table, cmd_NAME.c each command. What is
 * parsed, --help, the man page and bash's completion all come from these.
 */
#ifndef COMMAND_H
#define COMMAND_H

#define DEFAULT_BPFFS "/run/vrxdp/bpf"

/* Options that stand before the command, or after it. */
struct globals {
	const char *bpffs; /* never NULL */
	const char *netns; /* NULL: not given */
};

/* What completion offers for a value or an operand. */
enum command_word {
	WORD_OTHER, /* nothing: a number, a new name */
	WORD_FILE,
	WORD_DIR,
	WORD_DEVICE, /* a network device */
	WORD_NETNS,  /* a name in /run/netns, or a path */
	WORD_PORT,   /* label of a port that is attached */
	WORD_ROUTER, /* name of a router that is registered */
};

struct command_option {
	int val;             /* what options_next() returns: its letter; from OPT_OWN: has none */
	const char *name;    /* the long option, without "--" */
	const char *value;   /* its value's name in help; NULL: takes none */
	const char *help;    /* one paragraph, which is wrapped when printed */
	const char *choices; /* all its values, separated by blanks; NULL: see @word */
	enum command_word word;
};

struct command_operand {
	const char *name; /* in help: "NAME", "DEV..." */
	const char *help; /* one paragraph; NULL: the synopsis says enough */
	enum command_word word;
};

struct command {
	const char *name;
	const char *synopsis; /* one line, without "vrxdp" */
	const char *summary;  /* one line: what it does */
	/* Each ends with a row of zeros; NULL: none. The options of all commands go without saying. */
	const struct command_operand *operands;
	const struct command_option *options;
	/* Commands of its own, the end is NULL: the first operand names one. NULL: none. */
	const struct command *const *verbs;
	const char *notes; /* paragraphs, an empty line between; NULL: none */
	/* argv[0] is the command's name. Returns an exit status. */
	int (*run)(int argc, char **argv, const struct globals *g);
};

/* vrxdp itself: its verbs are the commands. */
extern const struct command vrxdp_command;

extern const struct command cmd_attach, cmd_confirm, cmd_detach, cmd_status, cmd_stats, cmd_top,
	cmd_router;

#endif
