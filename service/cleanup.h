/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanup attributes: what a function took, it gives back on every way out. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Hands the pointer over and forgets it, so that the cleanup finds nothing to do. */
#define TAKE_PTR(ptr)                      \
    ({                                     \
        typeof(ptr) *_slot = &(ptr);       \
        typeof(ptr) _taken = *_slot;       \
        *_slot = NULL;                     \
        _taken;                            \
    })

/* Defines the cleanup function fp() for a destructor f() that accepts NULL. */
#define DEFINE_CLEANUP(type, f)            \
    static inline void f##p(type *p) {     \
        if (*p)                            \
            f(*p);                         \
    }

static inline void close_fdp(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

#define _cleanup_close_ _cleanup_(close_fdp)
