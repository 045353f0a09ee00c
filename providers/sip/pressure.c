/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pressure: high above one mark, over below another one. */
#include "providers/sip/pressure.h"

#include <malloc.h>

#define MIB ((size_t) 1 << 20)
#define STRANGERS_MAX (48 * MIB)
#define DIALOG_MAX (1 * MIB) /* a call with its sound and all */

bool pressure_update(Pressure *pressure, size_t in_use, unsigned dialogs) {
    size_t more = in_use > pressure->calm ? in_use - pressure->calm : 0, share = dialogs * DIALOG_MAX;
    bool was_high = pressure->is_high;

    if (more > share + STRANGERS_MAX)
        pressure->is_high = true;
    else if (more < share + STRANGERS_MAX / 2)
        pressure->is_high = false;
    return pressure->is_high != was_high;
}

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
size_t pressure_memory_in_use(void) {
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

void pressure_give_back(void) {
    malloc_trim(0);
}
#else /* who does not tell has no pressure */
size_t pressure_memory_in_use(void) {
    return 0;
}

void pressure_give_back(void) {
}
#endif
