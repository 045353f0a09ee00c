/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the place that we write to can show: width, colours, and letters beyond ASCII. */
#include "interfaces/cli/terminal.h"

#include <glib.h>
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_MIN 20

static const char *const codes[_STYLE_MAX] = {
    [STYLE_PLAIN] = "",
    [STYLE_HEADER] = "\x1b[0;4m",
    [STYLE_STRONG] = "\x1b[0;1m",
    [STYLE_DIM] = "\x1b[0;90m",
    [STYLE_GOOD] = "\x1b[0;32m",
    [STYLE_NOTICE] = "\x1b[0;33m",
    [STYLE_BAD] = "\x1b[0;1;31m",
};

static unsigned width_of(int fd) {
    const char *columns = getenv("COLUMNS");
    struct winsize size = {};
    guint64 width = 0;

    if (columns && g_ascii_string_to_unsigned(columns, 10, 1, UINT16_MAX, &width, NULL))
        return MAX((unsigned) width, WIDTH_MIN);
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    return MAX(size.ws_col, WIDTH_MIN);
}

static bool may_colour(void) {
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    return term && *term && strcmp(term, "dumb") != 0;
}

Look look_of(int fd) {
    bool terminal = isatty(fd);

    return (Look) {
        .width = terminal ? width_of(fd) : WIDTH_UNLIMITED,
        .terminal = terminal,
        .colours = terminal && may_colour(),
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
}

const char *style_on(const Look *look, Style style) {
    return look->colours ? codes[style] : "";
}

const char *style_off(const Look *look, Style style) {
    return look->colours && style != STYLE_PLAIN ? "\x1b[0m" : "";
}

const char *look_ellipsis(const Look *look) {
    return look->utf8 ? "…" : "...";
}

const char *look_arrow(const Look *look) {
    return look->utf8 ? "→" : "->";
}

const char *look_branch(const Look *look, bool last) {
    if (look->utf8)
        return last ? "└─" : "├─";
    return last ? "`-" : "|-";
}

bool terminal_take_keys(int fd, struct termios *ret_before) {
    struct termios before, keys;

    /* in the background, reading would stop us */
    if (!isatty(fd) || tcgetpgrp(fd) != getpgrp() || tcgetattr(fd, &before) < 0)
        return false;
    keys = before;
    keys.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &keys) < 0)
        return false;
    *ret_before = before;
    return true;
}

void terminal_give_back(int fd, const struct termios *before) {
    (void) tcsetattr(fd, TCSANOW, before);
}
