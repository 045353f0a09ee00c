/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deed: what a client needs a right for. */
#include "service/deed.h"

#include <string.h>

#include "service/client.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/number-class.h"

Refusal *deed_check(Client *client, Deed deed, const Line *line) {
    void *userdata = NULL;
    Judge judge = manager_judge(client_manager(client), &userdata);

    return judge && deed != DEED_DIAL_EMERGENCY ? judge(client, deed, line, userdata) : NULL;
}

static Deed deed_of(const Line *line, const char *address) {
    static const Deed deeds[_NUMBER_CLASS_MAX] = {
        [NUMBER_ORDINARY] = DEED_DIAL,
        [NUMBER_COSTLY] = DEED_DIAL_COSTLY,
        [NUMBER_EMERGENCY] = DEED_DIAL_EMERGENCY,
    };

    return *address ? deeds[line_number_class(line, address)] : DEED_DIAL;
}

Refusal *deed_check_dial(Client *client, const Line *line, const char *address) {
    return deed_check(client, deed_of(line, address), line);
}

static bool begins_emergency(const Line *line, const char *digits) {
    for (const char *const *number = line_emergency_numbers(line); *number; number++)
        if (g_str_has_prefix(*number, digits))
            return true;
    return false;
}

Refusal *deed_check_dial_begin(Client *client, const Line *line, const char *digits) {
    return begins_emergency(line, digits) ? NULL : deed_check_dial(client, line, digits);
}

Refusal *deed_check_send(Client *client, const Line *line, const char *address) {
    Deed deed = deed_of(line, address);

    return deed_check(client, deed == DEED_DIAL_EMERGENCY ? DEED_DIAL : deed, line);
}

Refusal *deed_check_place(Client *client, const Line *line, const char *address) {
    return deed_of(line, address) == DEED_DIAL_COSTLY ? deed_check(client, DEED_DIAL_COSTLY, line) : NULL;
}

Refusal *deed_check_open(Client *client, const Line *line, OpenPrivilege privilege) {
    return (privilege & OPEN_OWNER ? deed_check(client, DEED_CONTROL, line) : NULL)
               ?: (privilege & OPEN_MONITOR ? deed_check(client, DEED_MONITOR, line) : NULL);
}
