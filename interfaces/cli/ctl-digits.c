/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl digits, tone, gather: what is heard on a call, sent and taken in. */
#include "interfaces/cli/ctl.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <string.h>

#define GATHER_MAX 1024
#define GATHER_DEFAULT 32
#define GATHER_TERMINATORS "#"
#define GATHER_FIRST_MS 30000
#define GATHER_INTER_MS 5000

/* A signal of the call that the service sends in every case. */
typedef struct Wait {
    Ctl *ctl;
    const char *path;
    const char *member;
    bool ended;
    char *digits;
    char *outcome; /* NULL: the service has gone */
} Wait;

static void wait_clear(Wait *wait) {
    g_free(wait->digits);
    g_free(wait->outcome);
}

static int read_outcome(Wait *wait, sd_bus_message *message) {
    const char *digits = "", *outcome = NULL;
    int r = strcmp(wait->member, "DigitsGathered") == 0 ? sd_bus_message_read(message, "ss", &digits, &outcome)
                                                        : sd_bus_message_read(message, "s", &outcome);

    if (r < 0)
        return r;
    wait->ended = true;
    wait->digits = g_strdup(digits);
    wait->outcome = g_strdup(outcome);
    return 0;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Wait *wait = userdata;

    if (remote_note_owner(wait->ctl->remote, message) == SERVICE_GONE)
        wait->ended = true;
    if (!wait->ended && remote_is_service(wait->ctl->remote, message) &&
        sd_bus_message_is_signal(message, CALLBUS_CALL_INTERFACE, wait->member) &&
        g_strcmp0(sd_bus_message_get_path(message), wait->path) == 0)
        (void) read_outcome(wait, message);
    return 0;
}

/* What is sent ends when its last owner leaves, and what is gathered is told to us alone: so we stay for it. */
static int wait_for(Wait *wait, const char *verb) {
    _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
    sd_bus *bus = remote_bus(wait->ctl->remote);
    int r = sd_bus_add_filter(bus, &slot, on_message, wait);

    while (r >= 0 && !wait->ended) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    if (r < 0)
        return ctl_fail_bus(wait->ctl, NULL, r, "%s", verb);
    return wait->outcome ? EXIT_DONE : ctl_fail("callbusd went away; start it again with 'callbusd'");
}

static int take(Ctl *ctl, const char *what, const char *const *states, const char *verb, Record **ret) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int status, r = remote_follow(ctl->remote, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "%s", verb);
    status = ctl_find_call(ctl, what, states, false, ret);
    return status == EXIT_DONE ? ctl_borrow_call(ctl, *ret) : status;
}

static bool is_dialling(const Record *call) {
    const char *state = record_text(call, "State");

    return strcmp(state, "dial-tone") == 0 || strcmp(state, "dialing") == 0;
}

static int send_digits(Ctl *ctl, const Record *call, const char *digits) {
    Wait wait = {.ctl = ctl, .path = record_path(call), .member = "DigitsSent"};
    int status = ctl_do(ctl, call, "send digits on", "SendDigits", NULL, "sa{sv}", digits, 0);

    if (status == EXIT_DONE)
        status = wait_for(&wait, "send digits");
    if (status == EXIT_DONE && strcmp(wait.outcome, "done") != 0)
        status = ctl_fail("not all digits were sent: the call ended, or others were sent instead");
    wait_clear(&wait);
    return status;
}

int ctl_digits(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", "conferenced", "dial-tone", "dialing", NULL};
    g_autoptr(Record) call = NULL;
    int status = take(ctl, arguments[0], states, "send digits", &call);

    if (status != EXIT_DONE)
        return status;
    if (is_dialling(call))
        status = ctl_do(ctl, call, "dial on", "DialDigits", NULL, "s", arguments[1]);
    else
        status = send_digits(ctl, call, arguments[1]);
    ctl_release(ctl, record_path(call));
    return status;
}

static int read_seconds(const char *text, guint64 *ret_ms) {
    char *end = NULL;
    double seconds = g_ascii_strtod(text, &end);

    if (end == text || *end || !(seconds > 0) || seconds > TONE_MS_MAX / 1000)
        return ctl_misuse("'%s' is no number of seconds from 0.001 to %d", text, TONE_MS_MAX / 1000);
    *ret_ms = MAX(1, (guint64) (seconds * 1000));
    return EXIT_DONE;
}

int ctl_tone(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", NULL};
    g_autoptr(Record) call = NULL;
    Wait wait = {.ctl = ctl, .member = "ToneSent"};
    guint64 ms = 1000;
    int status = arguments[2] ? read_seconds(arguments[2], &ms) : EXIT_DONE;

    if (status == EXIT_DONE)
        status = take(ctl, arguments[0], states, "send a tone", &call);
    if (status != EXIT_DONE)
        return status;
    wait.path = record_path(call);
    status = ctl_do(ctl, call, "send a tone on", "SendTone", NULL, "su", arguments[1], (uint32_t) ms);
    if (status == EXIT_DONE)
        status = wait_for(&wait, "send a tone");
    if (status == EXIT_DONE && strcmp(wait.outcome, "done") != 0)
        status = ctl_fail("the tone was cut off: the call ended, or something else was sent instead");
    wait_clear(&wait);
    ctl_release(ctl, record_path(call));
    return status;
}

static int print_gathered(const Ctl *ctl, const Wait *wait) {
    g_autoptr(Json) object = json_new_object();

    json_set(object, "Digits", json_new_text(wait->digits));
    json_set(object, "Reason", json_new_text(wait->outcome));
    if (ctl->json != JSON_OFF)
        ctl_print_json(object, ctl->json);
    else if (*wait->digits)
        ctl_print_value(ctl, "Digits", wait->digits);
    if (strcmp(wait->outcome, "cancel") == 0)
        return ctl_fail("not all digits came: the call ended, or somebody else gathers them now");
    return *wait->digits ? EXIT_DONE : ctl_fail("no digits came");
}

int ctl_gather(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", "conferenced", NULL};
    g_autoptr(Record) call = NULL;
    Wait wait = {.ctl = ctl, .member = "DigitsGathered"};
    guint64 max = GATHER_DEFAULT;
    int status;

    if (arguments[1] && !g_ascii_string_to_unsigned(arguments[1], 10, 1, GATHER_MAX, &max, NULL))
        return ctl_misuse("'%s' is no number of digits from 1 to %d", arguments[1], GATHER_MAX);
    status = take(ctl, arguments[0], states, "gather digits", &call);
    if (status != EXIT_DONE)
        return status;
    wait.path = record_path(call);
    status = ctl_do(ctl, call, "gather digits on", "GatherDigits", NULL, "usuu", (uint32_t) max, GATHER_TERMINATORS,
                    GATHER_FIRST_MS, GATHER_INTER_MS);
    if (status == EXIT_DONE)
        status = wait_for(&wait, "gather digits");
    if (status == EXIT_DONE)
        status = print_gathered(ctl, &wait);
    wait_clear(&wait);
    ctl_release(ctl, record_path(call));
    return status;
}
