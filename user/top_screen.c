/* SPDX-License-Identifier: GPL-2.0-only */
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

#include "say.h"
#include "top_screen.h"

static struct {
	SCREEN *screen;
	int kept_stderr; /* a file in memory */
	int real_stderr;
	attr_t attrs[TOP_STYLES];
	short pairs[TOP_STYLES];
	attr_t selected_attr;
	short selected_pair; /* 0: reverse each style instead */
} s = { .kept_stderr = -1, .real_stderr = -1 };

/* Without a pair of its own a style differs by attribute, so that one colour is enough. */
static void choose_styles(void)
{
	static const struct {
		attr_t mono, attr;
		short fore, back; /* -2: no pair */
	} styles[TOP_STYLES] = {
		[TOP_PLAIN] = { A_NORMAL, A_NORMAL, -2, -2 },
		[TOP_TITLE] = { A_BOLD, A_BOLD, -2, -2 },
		[TOP_HEAD] = { A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_GREEN },
		[TOP_SORTED] = { A_REVERSE | A_BOLD, A_NORMAL, COLOR_BLACK, COLOR_CYAN },
		[TOP_DIM] = { A_DIM, A_DIM, -2, -2 },
		[TOP_GOOD] = { A_NORMAL, A_NORMAL, COLOR_GREEN, -1 },
		[TOP_WARN] = { A_BOLD, A_BOLD, COLOR_YELLOW, -1 },
		[TOP_BAD] = { A_BOLD, A_BOLD, COLOR_RED, -1 },
		[TOP_GRAPH] = { A_NORMAL, A_NORMAL, COLOR_CYAN, -1 },
		[TOP_KEY] = { A_BOLD, A_BOLD, COLOR_CYAN, -1 },
	};
	const char *no_color = getenv("NO_COLOR");
	bool colors = has_colors() && !(no_color && *no_color);
	bool own_back = true;

	if (colors && start_color() == OK)
		own_back = use_default_colors() == OK;
	else
		colors = false;
	for (short i = 0; i < TOP_STYLES; i++) {
		s.attrs[i] = colors ? styles[i].attr : styles[i].mono;
		s.pairs[i] = 0;
		if (!colors || styles[i].fore == -2)
			continue;
		s.pairs[i] = (short)(i + 1);
		init_pair(s.pairs[i], styles[i].fore,
			  styles[i].back == -1 && !own_back ? COLOR_BLACK : styles[i].back);
	}
	s.selected_attr = colors ? A_NORMAL : A_REVERSE;
	s.selected_pair = colors ? TOP_STYLES + 1 : 0;
	if (colors)
		init_pair(s.selected_pair, COLOR_BLACK, COLOR_CYAN);
}

/* A message in the middle of the page would be drawn over: keep it. */
static void keep_stderr(void)
{
	s.kept_stderr = memfd_create("stderr", MFD_CLOEXEC);
	s.real_stderr = dup(STDERR_FILENO);
	if (s.kept_stderr >= 0 && s.real_stderr >= 0)
		dup2(s.kept_stderr, STDERR_FILENO);
}

static void release_stderr(void)
{
	char text[512];
	ssize_t n;

	if (s.kept_stderr >= 0 && s.real_stderr >= 0) {
		fflush(stderr);
		dup2(s.real_stderr, STDERR_FILENO);
		lseek(s.kept_stderr, 0, SEEK_SET);
		while ((n = read(s.kept_stderr, text, sizeof(text))) > 0)
			if (write(STDERR_FILENO, text, (size_t)n) != n)
				break;
	}
	if (s.kept_stderr >= 0)
		close(s.kept_stderr);
	if (s.real_stderr >= 0)
		close(s.real_stderr);
	s.kept_stderr = s.real_stderr = -1;
}

static int check_terminal(void)
{
	const char *term = getenv("TERM"), *cup;
	bool places_cursor;
	int err;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return say_error("standard input and output are not a terminal; "
				 "`top -b` prints plain lines");
	if (!term || !*term)
		return say_error("TERM is not set; set it to the terminal's type, or use -b");
	if (setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return say_error("TERM=%.64s: this terminal type is not known here; "
				 "set another (xterm, vt100), or use -b",
				 term);
	cup = tigetstr("cup");
	places_cursor = cup && cup != (char *)-1;
	del_curterm(cur_term);
	if (!places_cursor)
		return say_error("TERM=%.64s: this terminal can't place its cursor; use -b", term);
	return 0;
}

int screen_open(void)
{
	/* numbers keep their decimal point: only the characters follow the locale */
	setlocale(LC_CTYPE, "");
	if (check_terminal())
		return -1;
	s.screen = newterm(NULL, stdout, stdin);
	if (!s.screen)
		return say_error("the terminal can't be set up; use -b");
	set_term(s.screen);
	keep_stderr();
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	set_escdelay(25);
	choose_styles();
	return 0;
}

void screen_close(void)
{
	if (!s.screen)
		return;
	endwin();
	delscreen(s.screen);
	s.screen = NULL;
	release_stderr();
}

bool screen_unicode(void)
{
	const char *term = getenv("TERM");

	/* the console's fonts have few of the blocks */
	return !strcmp(nl_langinfo(CODESET), "UTF-8") && term && strcmp(term, "linux");
}

void screen_size(int *rows, int *cols)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	getmaxyx(stdscr, *rows, *cols);
}

static bool same_look(const struct top_cell *a, const struct top_cell *b)
{
	return a->style == b->style && a->selected == b->selected;
}

static void show_row(const struct top_canvas *c, int row)
{
	const struct top_cell *cells = &c->cells[row * c->cols];
	wchar_t text[256];

	for (int i = 0, n; i < c->cols; i += n) {
		bool own = cells[i].selected && s.selected_pair;
		attr_t attr = own ? s.selected_attr : s.attrs[cells[i].style];

		if (cells[i].selected && !own)
			attr ^= A_REVERSE;
		for (n = 0; i + n < c->cols && n < 256 && same_look(&cells[i], &cells[i + n]); n++)
			text[n] = cells[i + n].ch;
		attr_set(attr, own ? s.selected_pair : s.pairs[cells[i].style], NULL);
		mvaddnwstr(row, i, text, n);
	}
}

void screen_show(const struct top_canvas *c, bool all)
{
	erase();
	for (int row = 0; row < c->rows; row++)
		show_row(c, row);
	attr_set(A_NORMAL, 0, NULL);
	if (all)
		clearok(stdscr, TRUE);
	refresh();
}

int screen_key(void)
{
	int key = getch();

	return key == ERR ? SCREEN_NO_KEY : key;
}
