/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line: a provider's line, who has it open, and its calls. */
#include "service/line-private.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/client.h"
#include "service/deed.h"
#include "service/foreign-text.h"
#include "service/handle.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/priority.h"
#include "service/said.h"

int line_new(Provider *provider, const LineInfo *info, Line **ret) {
    Manager *manager = provider_manager(provider);
    Line *line;

    if (!said_is_line(info))
        return -EINVAL;
    if (manager_find_line(manager, info->name)) {
        log_error("There are two lines of the name %s", info->name);
        return -EEXIST;
    }

    line = g_new0(Line, 1);
    *line = (Line) {
        .provider = provider,
        .name = g_strdup(info->name),
        .label = g_utf8_make_valid(info->label ?: "", -1),
        .state_reason = g_strdup(""),
        .addresses = g_strdupv((char **) info->addresses) ?: g_new0(char *, 1),
        .emergency_numbers = line_list_emergency_numbers(provider, info),
        .media_modes = info->media_modes,
        .call_id = info->call_id,
        .close_drop = info->close_drop,
        .answer_mode = info->answer_mode,
        .max_active_calls = info->max_active_calls,
        .max_held_calls = info->max_held_calls,
        .max_conference_parties = info->max_conference_parties,
        .without = info->without,
        .abilities = line_work_out_abilities(provider, info->without),
    };
    manager_add_line(manager, line);
    *ret = line;
    return 0;
}

/* Rule 12: handles first lose their line, then the calls go. */
static void close_opens(Line *line, const char *reason) {
    Manager *manager = line_manager(line);
    Open *open;

    for (GList *i = line->opens.head; i; i = i->next)
        manager_observer(manager)->line_closed(open_client(i->data), line, reason, manager_observer_data(manager));
    while (!g_queue_is_empty(&line->calls))
        call_void(g_queue_peek_head(&line->calls));
    while ((open = g_queue_peek_head(&line->opens)))
        open_close(open);
}

Line *line_free(Line *line) {
    if (!line)
        return NULL;

    while (!g_queue_is_empty(&line->calls))
        call_void(g_queue_peek_head(&line->calls));
    while (!g_queue_is_empty(&line->opens))
        open_close(g_queue_peek_head(&line->opens));
    manager_remove_line(line_manager(line), line);
    forward_rules_clear(&line->forwarding);
    g_strfreev(line->addresses);
    g_strfreev(line->emergency_numbers);
    g_free(line->state_reason);
    g_free(line->label);
    g_free(line->name);
    g_free(line);
    return NULL;
}

Provider *line_provider(const Line *line) {
    return line->provider;
}

Manager *line_manager(const Line *line) {
    return provider_manager(line->provider);
}

void *line_provider_data(const Line *line) {
    return line->provider_data;
}

void line_set_provider_data(Line *line, void *data) {
    line->provider_data = data;
}

const char *line_name(const Line *line) {
    return line->name;
}

const char *line_label(const Line *line) {
    return line->label;
}

const char *const *line_addresses(const Line *line) {
    return (const char *const *) line->addresses;
}

const char *const *line_emergency_numbers(const Line *line) {
    return (const char *const *) line->emergency_numbers;
}

LineState line_state(const Line *line) {
    return line->state;
}

const char *line_state_reason(const Line *line) {
    return line->state_reason;
}

uint32_t line_media_modes(const Line *line) {
    return line->media_modes;
}

MediaMode line_clean_media_mode(const Line *line, MediaMode media_mode) {
    bool known = media_mode_to_string(media_mode) && line->media_modes & MEDIA_BIT(media_mode);

    return known ? media_mode : MEDIA_UNKNOWN;
}

bool line_has_call_id(const Line *line) {
    return line->call_id;
}

bool line_close_drop(const Line *line) {
    return line->close_drop;
}

AnswerMode line_answer_mode(const Line *line) {
    return line->answer_mode;
}

unsigned line_max_active_calls(const Line *line) {
    return line->max_active_calls;
}

unsigned line_max_held_calls(const Line *line) {
    return line->max_held_calls;
}

unsigned line_max_conference_parties(const Line *line) {
    return line->max_conference_parties;
}

Operations line_abilities(const Line *line) {
    return line->abilities;
}

unsigned line_active_calls(const Line *line) {
    return line->active_calls;
}

unsigned line_held_calls(const Line *line) {
    return line->held_calls;
}

unsigned line_busy_calls(const Line *line) {
    return line->active_calls - line->ringing_calls - line->conferenced_calls;
}

unsigned line_ringing_calls(const Line *line) {
    return line->ringing_calls;
}

Refusal *line_check_service(const Line *line) {
    if (manager_is_stopping(line_manager(line)))
        return refuse(REFUSAL_PROVIDER_FAILED, "The service is stopping: try again when it is back");
    if (line->state != LINE_IN_SERVICE)
        return refuse(REFUSAL_LINE_OUT_OF_SERVICE, "Line %s is %s%s%s: wait until its State is in-service", line->name,
                      line_state_to_string(line->state), *line->state_reason ? " because " : "", line->state_reason);
    return NULL;
}

Refusal *line_check_ability(const Line *line, Operation operation) {
    if (line->abilities & OPERATION_BIT(operation))
        return NULL;
    return refuse(REFUSAL_NOT_SUPPORTED, "Line %s can't do %s: see its Capabilities", line->name,
                  operation_to_string(operation));
}

Refusal *line_check_method(const Line *line, Operation operation) {
    return line_check_ability(line, operation) ?: line_check_service(line);
}

bool line_is_own_address(const Line *line, const char *address) {
    g_autofree char *plain = address_plain(address);

    for (const char *const *own = line_addresses(line); *own; own++) {
        g_autofree char *other = address_plain(*own);

        if (strcmp(plain, other) == 0)
            return true;
    }
    return false;
}

const ForwardRules *line_forwarding(const Line *line) {
    return &line->forwarding;
}

/* What somebody else's line does with its calls is nobody's business: only those who have it open are told. */
void line_set_forwarding(Line *line, const ForwardRule *rules, size_t n_rules) {
    if (forward_rules_equal(&line->forwarding, rules, n_rules))
        return;
    forward_rules_clear(&line->forwarding);
    forward_rules_copy(&line->forwarding, rules, n_rules);
    for (GList *i = line->opens.head; i; i = i->next)
        open_tell_forwarding(i->data);
}

void line_tell_forwarding(Line *line, Client *client) {
    Manager *manager = line_manager(line);

    outbox_flush(client);
    manager_observer(manager)->line_changed_for(client, line, LINE_PROPERTY_FORWARDING, manager_observer_data(manager));
}

unsigned line_messages_waiting(const Line *line) {
    return line->messages_waiting;
}

void line_set_messages_waiting(Line *line, unsigned count) {
    Manager *manager = line_manager(line);

    if (line->messages_waiting == count)
        return;
    manager_flush(manager);
    line->messages_waiting = count;
    manager_observer(manager)->line_changed(line, LINE_PROPERTY_MESSAGES_WAITING, manager_observer_data(manager));
}

void line_set_state(Line *line, LineState state, const char *reason) {
    Manager *manager = line_manager(line);
    const Observer *observer = manager_observer(manager);
    void *userdata = manager_observer_data(manager);
    g_autofree char *text = foreign_text(reason, SIZE_MAX);
    unsigned changed = (line->state != state ? LINE_PROPERTY_STATE : 0) |
                       (strcmp(line->state_reason, text) != 0 ? LINE_PROPERTY_STATE_REASON : 0);

    if (changed == 0)
        return;
    log_info("event: line-state, line: %s, from: %s, to: %s", line->name, line_state_to_string(line->state),
             line_state_to_string(state));
    /* All are told, so what waits for any of them is told before. */
    manager_flush(manager);
    line->state = state;
    g_free(line->state_reason);
    line->state_reason = g_steal_pointer(&text);
    observer->line_changed(line, changed, userdata);

    if (state != LINE_REMOVED)
        return;
    close_opens(line, line->state_reason);
    manager_flush(manager);
    observer->line_removed(line, userdata);
    line_free(line);
}

void line_ring(Line *line, const char *mode, unsigned count) {
    Manager *manager = line_manager(line);

    for (GList *i = line->opens.head; i; i = i->next) {
        Client *client = open_client(i->data);

        outbox_flush(client);
        manager_observer(manager)->line_rang(client, line, mode, count, manager_observer_data(manager));
    }
}

Refusal *line_open(Line *line, Client *client, const OpenOptions *options) {
    uint32_t unknown = options->media_modes & ~line->media_modes;
    Refusal *refusal;

    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++)
        if (unknown & MEDIA_BIT(mode))
            return refuse(REFUSAL_NOT_SUPPORTED, "Line %s has no calls of media mode %s: see its MediaModes", line->name,
                          media_mode_to_string(mode));
    refusal = deed_check_open(client, line, options->privilege) ?: open_check_room(client, line);
    if (refusal)
        return refusal;
    open_line_for(client, line, options);
    open_tell(client_find_open(client, line));
    return NULL;
}

Refusal *line_find_open(Line *line, const Client *client, Open **ret) {
    Open *open = client_find_open(client, line);

    if (!open)
        return refuse(REFUSAL_LINE_NOT_OPEN, "You have not opened line %s: call Open first", line->name);
    *ret = open;
    return NULL;
}

bool line_is_open_for(const Line *line, const Client *client) {
    const Open *open = client_find_open(client, line);

    return open && !open_is_closing(open);
}

/* Also those that have ended, as long as there is a record of them; but none that is still to appear. */
static bool is_shown(const Call *call) {
    return call_state(call) != CALL_STATE_UNKNOWN;
}

static bool is_live_conference(const Call *call) {
    return call_kind(call) == CALL_KIND_CONFERENCE && call_state(call) != CALL_STATE_IDLE;
}

static bool is_live_plain(const Call *call) {
    return call_kind(call) != CALL_KIND_CONFERENCE && call_state(call) != CALL_STATE_IDLE;
}

static bool is_idle(const Call *call) {
    return call_state(call) == CALL_STATE_IDLE;
}

static void give_new_calls(Line *line, Client *client, bool (*wanted)(const Call *call), GPtrArray *handles) {
    for (GList *i = line->calls.head; i; i = i->next) {
        Handle *handle = NULL;

        if (wanted(i->data) && is_shown(i->data) && !client_find_handle_on(client, i->data))
            handle = handle_give(client, i->data, PRIVILEGE_MONITOR, ON_OWNER_LOST_DROP);
        if (handle)
            g_ptr_array_add(handles, handle);
    }
}

Refusal *line_get_new_calls(Line *line, Client *client, GPtrArray **ret) {
    Open *open = NULL;
    Refusal *refusal = line_find_open(line, client, &open);
    GPtrArray *handles;

    if (refusal)
        return refusal;
    if (open_options(open)->privilege == OPEN_NONE)
        return refuse(REFUSAL_INVALID_PRIVILEGE,
                      "You opened line %s with none, which shows no calls of others: call Open(\"monitor\") first", line->name);
    refusal = deed_check(client, DEED_MONITOR, line);
    if (refusal)
        return refusal;

    /* What waits is told before the answer, and nothing of what is given: so conferences before their participants, which
     * show them then. The live ones first: at the client's limit they may make idle handles go, but not those that are given
     * here. */
    outbox_flush(client);
    handles = g_ptr_array_new();
    give_new_calls(line, client, is_live_conference, handles);
    give_new_calls(line, client, is_live_plain, handles);
    give_new_calls(line, client, is_idle, handles);
    *ret = handles;
    return NULL;
}

Refusal *line_list_apps(Line *line, const Client *client, GPtrArray **ret) {
    Open *open = NULL;
    Refusal *refusal = line_find_open(line, client, &open);

    if (refusal)
        return refusal;
    *ret = g_ptr_array_sized_new(line->opens.length + 1);
    for (GList *i = line->opens.head; i; i = i->next)
        g_ptr_array_add(*ret, (char *) open_options(i->data)->app_id);
    g_ptr_array_add(*ret, NULL);
    return NULL;
}

GQueue *line_calls(Line *line) {
    return &line->calls;
}

GQueue *line_opens(Line *line) {
    return &line->opens;
}

GQueue *line_owners(Line *line) {
    return &line->owners;
}

GQueue *line_monitors(Line *line) {
    return &line->monitors;
}

uint64_t line_next_place(Line *line) {
    return ++line->last_place;
}

void line_pass_place(Line *line, uint64_t place) {
    line->last_place = MAX(line->last_place, place);
}

void line_count_state(Line *line, CallState from, CallState to) {
    /* Unknown is where a call is before it appears: it does not count yet. */
    bool was = from != CALL_STATE_UNKNOWN, is = to != CALL_STATE_UNKNOWN;

    line->active_calls += (is && call_state_is_active(to)) - (was && call_state_is_active(from));
    line->held_calls += (is && call_state_is_held(to)) - (was && call_state_is_held(from));
    line->ringing_calls += call_state_is_ringing(to) - call_state_is_ringing(from);
    line->conferenced_calls += (to == CALL_STATE_CONFERENCED) - (from == CALL_STATE_CONFERENCED);
    manager_count_state(line_manager(line), was ? from : CALL_STATE_IDLE, is ? to : CALL_STATE_IDLE);
}

/* ---- Who is offered a call ---- */

/* Where the open stands: first those of the list of priorities, then the others as they first opened. */
static bool stands_before(const Open *a, unsigned a_rank, const Open *b, unsigned b_rank) {
    return a_rank != b_rank ? a_rank < b_rank : open_place(a) < open_place(b);
}

static unsigned rank_of(const Line *line, MediaMode media_mode, const Open *open) {
    return priorities_rank(manager_priorities(line_manager(line)), media_mode, open_options(open)->app_id);
}

Open *line_next_candidate(Line *line, MediaMode media_mode, const Open *last) {
    unsigned last_rank = last ? rank_of(line, media_mode, last) : 0, best_rank = UINT_MAX;
    Open *best = NULL;

    for (GList *i = line->owners.head; i; i = i->next) {
        const OpenOptions *options = open_options(i->data);
        unsigned rank;

        if (!options->offer || !(options->media_modes & MEDIA_BIT(media_mode)))
            continue;
        rank = rank_of(line, media_mode, i->data);
        if (last && !stands_before(last, last_rank, i->data, rank))
            continue;
        if (best && !stands_before(i->data, rank, best, best_rank))
            continue;
        best = i->data;
        best_rank = rank;
    }
    return best;
}

Open *line_find_app(Line *line, const char *app_id) {
    for (GList *i = line->owners.head; i; i = i->next)
        if (strcmp(open_options(i->data)->app_id, app_id) == 0)
            return i->data;
    return NULL;
}
