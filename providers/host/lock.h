/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lock: one process of a provider's name for each service. */
#pragma once

/* Holds until the process ends. -EBUSY: another process has it. Where no file can be made there is no lock, and the service looks
 * after it alone. */
int lock_take(const char *address, const char *name);
