/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A polkit that allows everything, for tests on a bus like that of a system which are not about rights. */
#pragma once

#include <sys/types.h>

/* Starts it, in a process of its own that ends with this one, and waits until it can be asked. */
pid_t polkit_start(const char *address);
void polkit_stop(pid_t pid);
