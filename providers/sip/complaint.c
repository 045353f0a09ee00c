/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complaint: a few lines a minute; of the others their number is told later. */
#include "providers/sip/complaint.h"

#include "service/log.h"

#define A_MINUTE (60 * G_USEC_PER_SEC)

/* So many a minute: enough to see what is wrong, too few to fill a disk. */
#define LINES_MAX 10

void complain(Complaints *complaints, const char *format, ...) {
    gint64 now = g_get_monotonic_time();
    g_autofree char *text = NULL;
    va_list arguments;

    if (complaints->since == 0 || now - complaints->since > A_MINUTE) {
        if (complaints->kept_back > 0)
            log_warning("sip: %u more complaints about the network in the last minute were not told", complaints->kept_back);
        *complaints = (Complaints) { .since = now };
    }
    if (complaints->said >= LINES_MAX) {
        complaints->kept_back++;
        return;
    }
    complaints->said++;
    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    log_warning("sip: %s", text);
}
