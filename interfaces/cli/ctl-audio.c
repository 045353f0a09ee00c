/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl audio: where a call is heard, and how loud. */
#include "interfaces/cli/ctl.h"
#include "service/types.h"

#include <stdio.h>

/* "80" or "80%". */
static int parse_volume(const char *text, uint32_t *ret) {
    g_autofree char *number = g_strndup(text, strlen(text) - g_str_has_suffix(text, "%"));
    uint64_t value = 0;

    if (!g_ascii_string_to_unsigned(number, 10, 0, VOLUME_MAX, &value, NULL))
        return ctl_misuse("--volume wants a number from 0 to %d, in per cent, not '%s'", VOLUME_MAX, text);
    *ret = value;
    return EXIT_DONE;
}

static int set(Ctl *ctl, const Record *call, uint32_t volume) {
    int status = EXIT_DONE;

    if (ctl->device)
        status = ctl_do(ctl, call, "choose the device of", "SetAudioDevice", NULL, "s", ctl->device);
    if (status == EXIT_DONE && ctl->volume)
        status = ctl_do(ctl, call, "set the volume of", "SetVolume", NULL, "u", volume);
    return status;
}

static void print(const Ctl *ctl, const Record *call) {
    const char *device = record_text(call, "AudioDevice");
    g_autoptr(Json) json = json_new_object();

    if (ctl->json == JSON_OFF) {
        printf("%s, volume %" G_GUINT64_FORMAT "%%\n", *device ? device : "no device", record_number(call, "Volume"));
        return;
    }
    json_set(json, "AudioDevice", json_new_text(device));
    json_set(json, "Volume", json_new_number(record_number(call, "Volume")));
    ctl_print_json(json, ctl->json);
}

int ctl_audio(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "connected", "conferenced", "on-hold", "offering", "accepted", "dial-tone", "dialing", "proceeding", "ringback", "busy",
        "special-info", "on-hold-pending-conference", "on-hold-pending-transfer", NULL,
    };
    g_autoptr(Record) call = NULL;
    uint32_t volume = 0;
    int status = ctl->volume ? parse_volume(ctl->volume, &volume) : EXIT_DONE;

    if (status == EXIT_DONE)
        status = ctl_find_call(ctl, arguments[0], states, false, &call);
    if (status != EXIT_DONE)
        return status;
    if (!ctl->device && !ctl->volume) {
        print(ctl, call);
        return EXIT_DONE;
    }
    status = ctl_borrow_call(ctl, call);
    if (status != EXIT_DONE)
        return status;
    status = set(ctl, call, volume);
    ctl_release(ctl, record_path(call));
    return status;
}
