/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names for a process that is started with this library before all others: lab.test is at $CALLBUS_TEST_LAB. */
#include <stdlib.h>

#include "tests/peers/names.h"

__attribute__((constructor)) static void begin(void) {
    const char *address = getenv("CALLBUS_TEST_LAB");

    if (address)
        names_set_lab(address);
}
