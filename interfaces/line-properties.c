/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a line, as one client reads them. */
#include "interfaces/line-properties.h"

#include <errno.h>
#include <string.h>

#include "interfaces/bus.h"
#include "interfaces/forward-rules.h"
#include "interfaces/peer.h"

enum { LINE_SIZE = 1024 }; /* about what all properties take, but for the rules */

typedef int (*Append)(sd_bus_message *m, Line *line, const Client *reader);

#define DEFINE_STRING(name, expression)                                                     \
    static int append_##name(sd_bus_message *m, Line *line, const Client *reader) {         \
        return sd_bus_message_append_basic(m, 's', expression);                             \
    }

DEFINE_STRING(name, line_name(line))
DEFINE_STRING(label, line_label(line))
DEFINE_STRING(provider, provider_name(line_provider(line)))
DEFINE_STRING(state, line_state_to_string(line_state(line)))
DEFINE_STRING(state_reason, line_state_reason(line))
DEFINE_STRING(answer_mode, answer_mode_to_string(line_answer_mode(line)))

#define DEFINE_NUMBER(name, expression)                                                     \
    static int append_##name(sd_bus_message *m, Line *line, const Client *reader) {         \
        uint32_t value = expression;                                                        \
        return sd_bus_message_append_basic(m, 'u', &value);                                 \
    }

/* The rules and the counts are the business of those who have the line open. */
static bool has_open(Line *line, const Client *reader) {
    return reader && line_is_open_for(line, reader);
}

DEFINE_NUMBER(max_active, line_max_active_calls(line))
DEFINE_NUMBER(max_held, line_max_held_calls(line))
DEFINE_NUMBER(max_parties, line_max_conference_parties(line))
DEFINE_NUMBER(messages_waiting, line_messages_waiting(line))
DEFINE_NUMBER(active_calls, has_open(line, reader) ? line_active_calls(line) : 0)
DEFINE_NUMBER(held_calls, has_open(line, reader) ? line_held_calls(line) : 0)
DEFINE_NUMBER(opens, has_open(line, reader) ? g_queue_get_length(line_opens(line)) : 0)

static int append_strings(sd_bus_message *m, const char *const *strings) {
    return sd_bus_message_append_strv(m, (char **) strings);
}

static int append_addresses(sd_bus_message *m, Line *line, const Client *reader) {
    return append_strings(m, line_addresses(line));
}

static int append_emergency_numbers(sd_bus_message *m, Line *line, const Client *reader) {
    return append_strings(m, line_emergency_numbers(line));
}

static int append_media_modes(sd_bus_message *m, Line *line, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "s");
    for (MediaMode i = 0; r >= 0 && i < _MEDIA_MAX; i++)
        if (line_media_modes(line) & MEDIA_BIT(i))
            r = sd_bus_message_append_basic(m, 's', media_mode_to_string(i));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_capabilities(sd_bus_message *m, Line *line, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "s");
    for (Operation i = 0; r >= 0 && i < _OPERATION_MAX; i++)
        if (line_abilities(line) & OPERATION_BIT(i))
            r = sd_bus_message_append_basic(m, 's', operation_to_string(i));
    if (r >= 0 && line_has_call_id(line))
        r = sd_bus_message_append_basic(m, 's', "call-id");
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_close_drop(sd_bus_message *m, Line *line, const Client *reader) {
    int value = line_close_drop(line);

    return sd_bus_message_append_basic(m, 'b', &value);
}

static const ForwardRules *forwarding_of(Line *line, const Client *reader) {
    static const ForwardRules none = {};

    return has_open(line, reader) ? line_forwarding(line) : &none;
}

static int append_forwarding(sd_bus_message *m, Line *line, const Client *reader) {
    return forward_rules_append(m, forwarding_of(line, reader));
}

static const struct {
    const char *name, *signature;
    Append append;
    unsigned changes_with; /* LINE_PROPERTY_*, 0: says nothing when it changes */
} properties[] = {
    { "Name", "s", append_name },
    { "Label", "s", append_label, LINE_PROPERTY_LABEL },
    { "Provider", "s", append_provider },
    { "Addresses", "as", append_addresses, LINE_PROPERTY_ADDRESSES },
    { "State", "s", append_state, LINE_PROPERTY_STATE },
    { "StateReason", "s", append_state_reason, LINE_PROPERTY_STATE_REASON },
    { "MediaModes", "as", append_media_modes, LINE_PROPERTY_MEDIA_MODES },
    { "Capabilities", "as", append_capabilities, LINE_PROPERTY_CAPABILITIES },
    { "MaxActiveCalls", "u", append_max_active, LINE_PROPERTY_MAX_ACTIVE_CALLS },
    { "MaxHeldCalls", "u", append_max_held, LINE_PROPERTY_MAX_HELD_CALLS },
    { "MaxConferenceParties", "u", append_max_parties, LINE_PROPERTY_MAX_CONFERENCE_PARTIES },
    { "AnswerMode", "s", append_answer_mode, LINE_PROPERTY_ANSWER_MODE },
    { "CloseDrop", "b", append_close_drop, LINE_PROPERTY_CLOSE_DROP },
    { "Forwarding", "a(sssu)", append_forwarding, LINE_PROPERTY_FORWARDING },
    { "MessagesWaiting", "u", append_messages_waiting, LINE_PROPERTY_MESSAGES_WAITING },
    { "EmergencyNumbers", "as", append_emergency_numbers, LINE_PROPERTY_EMERGENCY_NUMBERS },
    { "ActiveCalls", "u", append_active_calls },
    { "HeldCalls", "u", append_held_calls },
    { "Opens", "u", append_opens },
};

int line_property_get(sd_bus *bus, const char *path, const char *interface, const char *name, sd_bus_message *reply,
                      void *userdata, sd_bus_error *error) {
    Line *line = userdata;
    sd_bus_message *m = sd_bus_get_current_message(bus);
    Peer *peer = m ? peer_of_sender(bus_of(line_manager(line)), m) : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        if (strcmp(properties[i].name, name) == 0)
            return properties[i].append(reply, line, peer ? peer_client(peer) : NULL);
    return -ENOENT;
}

static int append_entry(sd_bus_message *m, size_t i, Line *line, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', properties[i].name);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', properties[i].signature);
    if (r >= 0)
        r = properties[i].append(m, line, reader);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int line_properties_append_all(sd_bus_message *m, Line *line, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sv}");
    for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(properties); i++)
        r = append_entry(m, i, line, reader);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int line_properties_append_changed(sd_bus_message *m, Line *line, unsigned changed, const Client *reader) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sv}");
    for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(properties); i++)
        if (properties[i].changes_with & changed)
            r = append_entry(m, i, line, reader);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

uint64_t line_properties_size(Line *line, const Client *reader) {
    return LINE_SIZE + forward_rules_size(forwarding_of(line, reader));
}
