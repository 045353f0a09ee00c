/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the place that we write to can show: width, colours, and letters beyond ASCII. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <termios.h>

typedef enum Style {
    STYLE_PLAIN,
    STYLE_HEADER,
    STYLE_STRONG,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_NOTICE,
    STYLE_BAD,
    _STYLE_MAX,
} Style;

#define WIDTH_UNLIMITED UINT_MAX

typedef struct Look {
    unsigned width; /* columns, or WIDTH_UNLIMITED where nothing is to be shortened */
    bool terminal;
    bool colours;
    bool utf8;
} Look;

Look look_of(int fd);

/* Both are "" without colours. */
const char *style_on(const Look *look, Style style);
const char *style_off(const Look *look, Style style);

const char *look_ellipsis(const Look *look);
const char *look_arrow(const Look *look);
/* What leads from a row to one below that belongs to it. */
const char *look_branch(const Look *look, bool last);

/* Lets single keys through, without echo, where the terminal is ours to read: else false, and nothing is changed. */
bool terminal_take_keys(int fd, struct termios *ret_before);
void terminal_give_back(int fd, const struct termios *before);
