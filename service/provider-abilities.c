/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the functions of a provider say that it can do: to the service, and to a provider that is a process of its own. */
#include "service/provider.h"

Operations provider_ops_abilities(const ProviderOps *ops) {
    const struct {
        Operation operation;
        bool able;
    } rows[] = {
        { OPERATION_ACCEPT, ops->accept },
        { OPERATION_ANSWER, ops->answer },
        { OPERATION_REDIRECT, ops->redirect },
        { OPERATION_HOLD, ops->hold },
        { OPERATION_UNHOLD, ops->unhold },
        { OPERATION_SWAP_HOLD, ops->swap_hold },
        { OPERATION_BLIND_TRANSFER, ops->blind_transfer },
        { OPERATION_SETUP_TRANSFER, ops->setup_transfer && ops->complete_transfer },
        { OPERATION_COMPLETE_TRANSFER, ops->complete_transfer },
        { OPERATION_SETUP_CONFERENCE, ops->setup_conference && ops->add_to_conference },
        { OPERATION_PREPARE_ADD_TO_CONFERENCE, ops->prepare_add_to_conference && ops->add_to_conference },
        { OPERATION_ADD_TO_CONFERENCE, ops->add_to_conference },
        { OPERATION_REMOVE_FROM_CONFERENCE, ops->remove_from_conference },
        { OPERATION_GET_CONFERENCE_CALLS, ops->add_to_conference },
        { OPERATION_PARK, ops->park },
        { OPERATION_COMPLETE_CALL, ops->complete_call },
        { OPERATION_DIAL_DIGITS, ops->dial_digits },
        { OPERATION_SEND_DIGITS, ops->send_digits },
        { OPERATION_MONITOR_DIGITS, ops->monitor_digits },
        { OPERATION_GATHER_DIGITS, ops->monitor_digits },
        { OPERATION_SEND_TONE, ops->send_tone },
        { OPERATION_SEND_USER_USER_INFO, ops->send_user_user_info },
        { OPERATION_MUTE, ops->mute },
        { OPERATION_SET_AUDIO_DEVICE, ops->set_audio },
        { OPERATION_SET_VOLUME, ops->set_audio },
        { OPERATION_SECURE, ops->secure },
        { OPERATION_PICKUP, ops->pickup },
        { OPERATION_UNPARK, ops->unpark },
        { OPERATION_FORWARD, ops->forward },
        { OPERATION_CANCEL_COMPLETION, ops->cancel_completion },
    };
    Operations abilities = operations_always();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].able)
            abilities |= OPERATION_BIT(rows[i].operation);
    return abilities;
}
