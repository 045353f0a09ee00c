/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder of a test program: it goes when the last of its processes has ended, if they are killed, too. */
#pragma once

/* Makes it, and starts who will remove it. NULL: there is none, which is told. The text is the caller's. */
char *folder_new(void);

/* Of the process that made it, at its end: waits until it is removed. */
void folder_end(void);
