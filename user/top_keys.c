/* SPDX-License-Identifier: GPL-2.0-only */
#include <ncurses.h>
#include <string.h>

#include "top_keys.h"

#define CTRL(c) ((c)&0x1f)
#define ESC 0x1b

static bool is_enter(int key)
{
	return key == '\n' || key == '\r' || key == KEY_ENTER;
}

static bool is_erase(int key)
{
	return key == KEY_BACKSPACE || key == 0x7f || key == CTRL('H');
}

static void start_prompt(struct top_model *m, enum top_prompt prompt, const char *text)
{
	m->prompt = prompt;
	strcpy(m->typed, text);
}

/* What is typed filters at once. */
static void apply_filter(struct top_model *m)
{
	strcpy(m->filter, m->typed);
	top_model_list(m);
}

static void end_prompt(struct top_model *m, bool accept)
{
	enum top_prompt prompt = m->prompt;

	m->prompt = TOP_NO_PROMPT;
	if (!accept) {
		m->typed[0] = '\0';
		if (prompt == TOP_FILTER)
			apply_filter(m);
		return;
	}
	if (prompt == TOP_DELAY && m->typed[0] && top_parse_delay(m->typed, &m->delay))
		m->message = "Not a number of seconds from 0.1 to 3600; the delay stays.";
}

static void prompt_key(struct top_model *m, int key)
{
	size_t len = strlen(m->typed);

	if (is_enter(key) || key == ESC) {
		end_prompt(m, key != ESC);
		return;
	}
	if (is_erase(key) && len)
		m->typed[len - 1] = '\0';
	else if (key == CTRL('U'))
		m->typed[0] = '\0';
	else if (key >= ' ' && key <= '~' && len + 1 < sizeof(m->typed)) {
		m->typed[len] = (char)key;
		m->typed[len + 1] = '\0';
	}
	if (m->prompt == TOP_FILTER)
		apply_filter(m);
}

/* Columns left and right of the one that sorts, without running out. */
static void sort_by(struct top_model *m, int column)
{
	if (column < 0 || column >= TOP_COLUMNS)
		return;
	m->reversed = (int)m->sort == column ? !m->reversed : false;
	m->sort = (enum top_column)column;
	top_model_list(m);
}

static bool sort_key(struct top_model *m, int key)
{
	static const char letters[] = "NIODUT";
	static const enum top_column columns[] = { TOP_NAME,  TOP_IN,    TOP_OUT,
						   TOP_DROPS, TOP_PUNTS, TOP_SHARE };
	const char *letter = key > 0 && key < 0x7f ? strchr(letters, key) : NULL;

	if (letter)
		sort_by(m, (int)columns[letter - letters]);
	else if (key == '<' || key == ',' || key == KEY_LEFT)
		sort_by(m, (int)m->sort - 1);
	else if (key == '>' || key == '.' || key == KEY_RIGHT)
		sort_by(m, (int)m->sort + 1);
	else if (key == 'r' || key == 'R')
		sort_by(m, (int)m->sort);
	else
		return false;
	return true;
}

/* How many lines a key moves by; 0: it doesn't. */
static long step(int key, size_t page)
{
	const long whole = 1L << 30;

	switch (key) {
	case KEY_UP:
	case 'k':
		return -1;
	case KEY_DOWN:
	case 'j':
		return 1;
	case KEY_PPAGE:
	case CTRL('B'):
		return page ? -(long)page : -1;
	case KEY_NPAGE:
	case CTRL('F'):
		return page ? (long)page : 1;
	case KEY_HOME:
	case 'g':
		return -whole;
	case KEY_END:
	case 'G':
		return whole;
	default:
		return 0;
	}
}

static void back(struct top_model *m)
{
	if (m->help) {
		m->help = false;
	} else if (m->page != TOP_LIST) {
		m->page = TOP_LIST;
	} else if (m->filter[0]) {
		m->typed[0] = '\0';
		apply_filter(m);
	} else {
		top_model_move(m, -(long)m->norder);
	}
}

static void open_router(struct top_model *m)
{
	size_t index;
	const struct snap_router *r = top_model_chosen(m, &index);

	if (!r)
		return;
	strcpy(m->choice, r->rec.conf.name);
	m->router.first = 0;
	m->page = TOP_ROUTER;
}

/* Keys that mean the same on every page. */
static bool common_key(struct top_model *m, int key)
{
	if (key == 'h' || key == '?' || key == KEY_F(1)) {
		m->help = !m->help;
		m->helping.first = 0;
	} else if (key == ESC || is_erase(key)) {
		back(m);
	} else if (key == 'b' || key == 'u') {
		m->bits = !m->bits;
		top_model_list(m);
	} else if (key == 'p' || key == ' ') {
		m->paused = !m->paused;
	} else if (key == 'd' || key == 's') {
		start_prompt(m, TOP_DELAY, "");
	} else {
		return false;
	}
	return true;
}

static void list_key(struct top_model *m, int key)
{
	long lines = step(key, m->list.page);

	if (lines)
		top_model_move(m, lines);
	else if (sort_key(m, key))
		return;
	else if (is_enter(key))
		open_router(m);
	else if (key == '/' || key == 'f')
		start_prompt(m, TOP_FILTER, m->filter);
	else if (key == '\t') {
		m->page = TOP_PORTS;
		m->ports.first = 0;
	}
}

enum top_action top_key(struct top_model *m, int key)
{
	m->message = NULL;
	if (key == CTRL('L'))
		return TOP_REPAINT;
	if (m->prompt != TOP_NO_PROMPT) {
		prompt_key(m, key);
		return TOP_STAY;
	}
	if (key == 'q' || key == 'Q' || key == KEY_F(10))
		return TOP_QUIT;
	if (common_key(m, key))
		return TOP_STAY;
	if (m->help)
		top_scroll_by(&m->helping, step(key, m->helping.page));
	else if (m->page == TOP_ROUTER)
		top_scroll_by(&m->router, step(key, m->router.page));
	else if (m->page == TOP_PORTS && key == '\t')
		m->page = TOP_LIST;
	else if (m->page == TOP_PORTS)
		top_scroll_by(&m->ports, step(key, m->ports.page));
	else
		list_key(m, key);
	return TOP_STAY;
}
