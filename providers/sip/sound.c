/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound: muting, devices, volume, user-user information. */
#include "providers/sip/sound.h"

#include <errno.h>

#include "providers/sip/uui.h"

Refusal *sound_mute(SipCall *call, bool mute) {
    call->is_muted = mute;
    if (call->mixer)
        mixer_mute(call->mixer, mute);
    else if (call->stream)
        media_stream_mute(call->stream, mute);
    return NULL;
}

static Refusal *refuse_device(const SipCall *call, const char *device) {
    g_auto(GStrv) names = media_list_devices(call->desk->media);
    g_autofree char *all = g_strjoinv(", ", names);

    if (!*names)
        return refuse(REFUSAL_PROVIDER_FAILED, "There is no sound device '%s', nor any other: does a sound service run?", device);
    return refuse(REFUSAL_PROVIDER_FAILED, "There is no sound device '%s': there are %s", device, all);
}

Refusal *sound_set(SipCall *call, const char *device, unsigned volume) {
    if (!call->stream)
        return refuse(REFUSAL_INVALID_STATE, "The call has no sound of its own; it would have to be dialled, and no conference");
    if (device && media_stream_set_device(call->stream, device) < 0)
        return refuse_device(call, device);
    if (volume != VOLUME_AS_IT_IS) {
        media_stream_set_volume(call->stream, volume);
        call->volume = volume;
    }
    provider_report_audio(call->call, media_stream_device(call->stream), call->volume);
    return NULL;
}

/* In a header of INFO; to somebody who waits for our answer it goes along with one more 180. */
Refusal *sound_send_user_user_info(SipCall *call, const uint8_t *data, size_t size) {
    g_autofree char *value = uui_format(data, size), *headers = NULL;

    if (!call->dialog)
        return refuse_phase("offering, accepted, ringback or connected");
    if (!value)
        return NULL;
    headers = g_strdup_printf("User-to-User: %s\n", value);
    if (call->is_up || call->is_outgoing)
        sip_dialog_info(call->dialog, NULL, headers);
    else
        sip_dialog_respond(call->dialog, 180, NULL, NULL, headers);
    return NULL;
}

Refusal *sound_secure(SipCall *call) {
    if (call->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    call->is_secured = true;
    return NULL;
}
