/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks: the service and the reference agree, and what the clients know is what is. After each step:
 *
 * I-1   All handles of a call show its Call ID, and FindCalls gives a client just its handles of the calls that have it. Two ends
 *       on our lines, and the participants of a conference, share one; "" is shared by none. check_call(), check_groups(),
 *       check_find(); network ids find but never group: check_network_id().
 * I-4   A client has at most one handle of a Call, whatever number of calls one Call ID has; what raises its privilege keeps it.
 *       check_handle(); watcher.c: none is announced twice.
 * I-6   A handle is of one Call as long as it lives. The Call ID of that may change (conference, transfer, the network's mind),
 *       which is told as any other property is. check_handle(), check_view().
 * I-9   A call that is not idle has an owner; or it rings (rules 5 and 11), or was released or kept on purpose (rule 10), or its
 *       drop is under way. One that the network has ended and that nobody owns is idle. check_call(), network_bind().
 * I-10  When the last owner goes, one thing happens, once: nothing (release, keep), an offer to the next, or a drop that is asked
 *       of the network exactly then. network_bind(): it is asked what the reference says, and nothing else.
 * I-12  A hand-over leaves no step without an owner, makes one more owner at most, and takes the giver's ownership from nobody
 *       (rule 7). check_call(), check_handle().
 * I-19  Every call reaches idle and is forgotten when all clients leave and the network says its end. world_end().
 * I-22  What was told, put on what was announced, gives what can be read now, Features and the conference as this client sees it
 *       included; but Monitors and MediaStats, and what an idle call's holders share. check_view(); watcher.c: each change.
 * I-26  What concerns a handle is told to its client alone, and only while it has it; how a line forwards, to those who have it
 *       open. Lines and the Manager tell everybody. watcher.c, check_tale(), check_line().
 *
 * And from the rules: the reply before what it causes, or after it (rule 2: the place of TOLD_DONE in check_tale(), and
 * judge_reply_first()); limits (3, 9: check_client()); what is known of an idle call stays (9: check_record()); lines that go (12);
 * privilege, ability, kind and state in that order, and Features as their truth (14, 15: check_features()); a refusal changes
 * nothing (check_all(): the dump); one answer for each question (16: judge_questions()); each state by itself and in order (17:
 * check_tale()); one generation and one gathering (18: check_call()); membership when the network confirms it (19:
 * check_conference()); tokens (20); nothing asserts on nonsense (22: network-up.c). Each Sequence follows the one before.
 */
#include <string.h>

#include "service/network-id.h"
#include "service/request.h"
#include "tests/model/random.h"
#include "tests/model/trial.h"
#include "tests/model/world.h"

static uint64_t dump;

static void add(uint64_t value) {
    dump = (dump ^ value) * UINT64_C(0x100000001b3) + (dump >> 31);
}

/* Expects two numbers to be the same, and makes them part of the dump. */
static void same(const char *what, int about, uint64_t got, uint64_t expected) {
    if (got != expected)
        trial_note_failure(what);
    if (got != expected)
        wrong("%s of %d is %" G_GUINT64_FORMAT ", and not %" G_GUINT64_FORMAT, what, about, got, expected);
    add(got);
}

/* ---- Lines ---- */

/* A queue of opens has those of the reference with that privilege, in the order of their places. */
static void check_opens(int line, GQueue *opens, OpenPrivilege privilege) {
    uint64_t last = 0;
    unsigned n = 0;

    for (int i = 0; i < CLIENTS; i++) {
        const RefOpen *open = &ref.clients[i].opens[line];

        n += ref.clients[i].there && open->there && (!privilege || open->privilege & privilege);
    }
    same("opens", line, opens->length, n);
    for (GList *i = opens->head; i; i = i->next) {
        int client = client_of(open_client(i->data));
        const RefOpen *open = &ref.clients[client].opens[line];
        const OpenOptions *options = open_options(i->data);

        if (open->place <= last)
            wrong("the opens of l%d are in the wrong order", line);
        last = open->place;
        add(client);
        same("privilege of an open", line, options->privilege, open->privilege);
        same("media modes of an open", line, options->media_modes, open->media_modes);
        same("offer of an open", line, options->offer, open->offer);
        same("on-owner-lost of an open", line, options->on_owner_lost, open->on_owner_lost);
    }
}

static void check_line(int line) {
    Line *real = world.lines[line];
    char name[16];
    unsigned calls = 0;

    g_snprintf(name, sizeof(name), "line%d", line);
    if (manager_find_line(world.manager, name) != real)
        wrong("l%d can't be found by its name", line);
    same("existence", line, real != NULL, ref.lines[line].there);
    if (!real)
        return;
    for (int i = 0; i < CALLS; i++)
        calls += ref.calls[i].there && ref.calls[i].line == line;
    same("state of the line", line, line_state(real), ref.lines[line].state);
    same("told state of the line", line, world.told_states[line], ref.lines[line].state);
    same("messages that wait", line, line_messages_waiting(real), ref.lines[line].messages);
    same("told messages that wait", line, world.told_messages[line], ref.lines[line].messages);
    same("abilities", line, line_abilities(real), ref_abilities(line));
    same("active calls", line, line_active_calls(real), ref_active_calls(line));
    same("held calls", line, line_held_calls(real), ref_held_calls(line));
    same("calls", line, line_calls(real)->length, calls);
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].there)
            same("rules that a client knows", line, world.told_rules[i][line],
                 ref.clients[i].opens[line].there ? read_rules(real) : 0);
    check_opens(line, line_opens(real), OPEN_NONE);
    check_opens(line, line_owners(real), OPEN_OWNER);
    check_opens(line, line_monitors(real), OPEN_MONITOR);
}

/* ---- Calls ---- */

static uint64_t values[CALLS][_CALL_PROPERTY_MAX];

/* What may still change: who holds it, and what an owner keeps in it. */
static bool may_change_idle(CallProperty property) {
    return property == CALL_PROPERTY_OWNERS || property == CALL_PROPERTY_OWNER_APPS || property == CALL_PROPERTY_MONITORS ||
           property == CALL_PROPERTY_CALL_DATA || property == CALL_PROPERTY_MEDIA_MODE;
}

/* Rule 9: what is known of an ended call stays. */
static void check_record(int call) {
    const RefCall *c = &ref.calls[call];

    if (c->state != CALL_STATE_IDLE)
        return;
    if (world.idle_born[call] != c->born)
        memcpy(world.idle_values[call], values[call], sizeof(values[call]));
    world.idle_born[call] = c->born;
    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++)
        if (!may_change_idle(i) && world.idle_values[call][i] != values[call][i])
            wrong("%s of c%d changed after it was idle", call_property_to_string(i), call);
}

/* Each time is there when it has come to that, and in that order. */
static void check_times(int call) {
    uint64_t created = call_timestamp(world.calls[call], CALL_CREATED);
    uint64_t connected = call_timestamp(world.calls[call], CALL_CONNECTED);
    uint64_t ended = call_timestamp(world.calls[call], CALL_ENDED);
    uint64_t entered = call_timestamp(world.calls[call], CALL_STATE_ENTERED);
    CallState state = ref.calls[call].state;

    if (!ref.calls[call].appeared)
        return;
    if (created == 0 || entered < created || (connected > 0 && connected < created) || (ended > 0 && ended < connected))
        wrong("the times of c%d are in the wrong order", call);
    if (!ended != ref_is_live(state) || (state == CALL_STATE_CONNECTED && connected == 0) || entered < MAX(connected, ended))
        wrong("the times of c%d do not fit its state", call);
}

static uint64_t id_of(const char *call_id) {
    return *call_id ? 1 + g_ascii_strtoull(call_id + strlen("id-"), NULL, 10) : 0;
}

/* Rule 19: who is in which conference, and in which order they came. */
static void check_conference(int call) {
    const RefCall *c = &ref.calls[call];
    Call *real = world.calls[call];
    uint64_t joined = 0;

    same("kind", call, call_kind(real), c->kind);
    if (call_conference(real) != (c->conference == NOTHING ? NULL : world.calls[c->conference]))
        wrong("c%d is in the wrong conference", call);
    same("participants", call, call_participants(real)->length, c->kind == CALL_KIND_CONFERENCE ? ref_participants(call) : 0);
    for (GList *i = call_participants(real)->head; i; i = i->next) {
        int participant = ref_next_participant(call, joined);

        if (participant == NOTHING || i->data != world.calls[participant])
            wrong("the participants of c%d are others", call);
        joined = ref.calls[participant].joined;
    }
}

static void check_call(int call) {
    const RefCall *c = &ref.calls[call];
    Call *real = world.calls[call];
    Handle *generator = call_generator(real);

    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++) {
        values[call][i] = read_shared(real, i);
        add(values[call][i]);
    }
    same("state", call, call_state(real), c->state);
    same("state detail", call, call_state_detail(real), c->detail);
    same("cause", call, call_cause(real), c->cause);
    same("muted", call, call_muted(real), c->muted);
    same("encrypted", call, call_encrypted(real), c->encrypted);
    same("audio device", call, *call_audio_device(real) ? id_of(call_audio_device(real)) - 1 : 0, c->device);
    same("volume", call, call_volume(real), c->volume);
    same("owners", call, call_owners(real), ref_owners(call));
    same("monitors", call, call_monitors(real), ref_monitors(call));
    same("handles", call, call_handles(real)->length, ref_owners(call) + ref_monitors(call));
    same("generator", call, generator ? client_of(handle_client(generator)) : NOBODY, c->generator);
    same("tone", call, generator ? call_generates_tone(real) : false, c->generator != NOBODY && c->tone);
    same("gathering", call, call_gathering(real) != NULL, c->gathering.client != NOBODY);
    same("media mode", call, call_media_mode(real), c->media_mode);
    same("Call ID", call, id_of(call_call_id(real)), c->call_id);
    same("related Call ID", call, id_of(call_related_call_id(real)), c->related);
    same("emergency", call, call_emergency(real), c->emergency);
    if (strcmp(call_address(real), c->address) != 0)
        wrong("the address of c%d is '%s' and not '%s'", call, call_address(real), c->address);
    check_conference(call);
    same("call data", call, call_call_data(real) != NULL, c->call_data > 0);
    if (call_line(real) != world.lines[c->line])
        wrong("c%d is on the wrong line", call);
    check_record(call);
    check_times(call);
}

/* One Call ID is one group, and "" is none. */
static void check_groups(void) {
    for (int i = 0; i < CALLS; i++) {
        const GQueue *group;
        unsigned n = 0;

        if (!ref.calls[i].there || !*call_call_id(world.calls[i]))
            continue;
        for (int j = 0; j < CALLS; j++)
            n += ref.calls[j].there && values[j][CALL_PROPERTY_CALL_ID] == values[i][CALL_PROPERTY_CALL_ID];
        group = manager_find_calls(world.manager, call_call_id(world.calls[i]));
        same("calls with one Call ID", i, group ? group->length : 0, n);
    }
    if (manager_find_calls(world.manager, ""))
        wrong("calls without a Call ID are grouped by it");
}

/* ---- Clients ---- */

static const View *view_of(int client, uint64_t number) {
    for (int i = 0; i < CALLS * 2; i++)
        if (world.views[client][i].there && world.views[client][i].number == number)
            return &world.views[client][i];
    wrong("p%d was not told of its handle %" G_GUINT64_FORMAT, client, number);
}

/* What was told of the handle gives what can be read now. */
static void check_view(int client, int call, const Handle *handle) {
    const View *view = view_of(client, handle_number(handle));
    bool idle = ref.calls[call].state == CALL_STATE_IDLE;

    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++) {
        uint64_t now = is_shared(i) ? values[call][i] : read_value(handle, i);

        if (!is_told(i) || (idle && is_shared(i) && i != CALL_PROPERTY_STATE))
            continue;
        if (now != view->values[i])
            wrong("p%d was not told of %s of c%d", client, call_property_to_string(i), call);
    }
    if (handle_sequence(handle) != view->values[CALL_PROPERTY_SEQUENCE])
        wrong("the sequence of p%d's handle of c%d moved without a signal", client, call);
}

static void check_handle(int client, int call, bool flushed) {
    const RefHandle *h = &ref.clients[client].handles[call];
    Handle *handle = client_find_handle_on(world.clients[client], world.calls[call]);
    GVariant *data = handle ? handle_app_data(handle) : NULL;

    same("existence of a handle", call, handle != NULL, h->there);
    if (!handle)
        return;
    if (client_find_handle(world.clients[client], h->number) != handle)
        wrong("p%d's handle of c%d can't be found by its number", client, call);
    same("number", call, handle_number(handle), h->number);
    same("privilege", call, handle_privilege(handle), h->owner ? PRIVILEGE_OWNER : PRIVILEGE_MONITOR);
    same("on-owner-lost", call, handle_on_owner_lost(handle), h->on_owner_lost);
    same("features", call, handle_features(handle), ref_features(client, call));
    same("app data", call, data != NULL, h->app_data > 0);
    same("wish for digits", call, handle_wants_digits(handle), h->digits);
    if (flushed)
        check_view(client, call, handle);
}

static void check_idle(int client) {
    uint64_t last = 0;

    for (GList *i = client_idle_handles(world.clients[client])->head; i; i = i->next) {
        int call;

        for (call = 0; call < CALLS; call++)
            if (ref.calls[call].there && world.calls[call] == handle_call(i->data))
                break;
        if (call == CALLS || ref.clients[client].handles[call].retired <= last)
            wrong("the idle handles of p%d are not in the order in which they became so", client);
        last = ref.clients[client].handles[call].retired;
    }
}

static void check_client(int client, bool flushed) {
    const RefClient *c = &ref.clients[client];
    unsigned idle = 0, views = 0;

    same("presence", client, world.clients[client] != NULL, c->there);
    if (!c->there)
        return;
    for (int i = 0; i < CALLS; i++) {
        if (ref.calls[i].there)
            check_handle(client, i, flushed);
        idle += c->handles[i].there && c->handles[i].retired > 0;
    }
    for (int i = 0; i < CALLS * 2; i++)
        views += world.views[client][i].there;
    same("handles", client, client_count_handles(world.clients[client]), ref_count_handles(client));
    same("idle handles", client, client_idle_handles(world.clients[client])->length, idle);
    check_idle(client);
    if (flushed && views != ref_count_handles(client))
        wrong("p%d knows %u handles, and has %u", client, views, ref_count_handles(client));
    if (flushed && world.withheld[client] != c->withheld)
        wrong("p%d was told of %" G_GUINT64_FORMAT " lost handles, and not %" G_GUINT64_FORMAT, client,
              world.withheld[client], c->withheld);
}

static void print_tale(const char *title, const Tale *tale) {
    static const char *const kinds[] = { "added",    "state", "removed", "digit", "sent", "tone",
                                         "gathered", "wish",  "closed",  "rang",  "done" };
    g_autoptr(GString) text = g_string_new(NULL);

    G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == TOLD_DONE + 1);
    for (unsigned i = 0; i < tale->n; i++)
        g_string_append_printf(text, " %s(%" G_GUINT64_FORMAT ",%" G_GINT64_MODIFIER "x)", kinds[tale->told[i].kind],
                               tale->told[i].about, tale->told[i].value);
    g_print("# %s:%s\n", title, text->str);
}

/* The clients were told what happened, in that order, and (when flushed) all of it. */
static void check_tale(int client, bool flushed) {
    Tale *expected = &ref.clients[client].tale, *told = &world.tales[client];
    bool equal = told->n <= expected->n && (!flushed || told->n == expected->n);

    for (unsigned i = 0; equal && i < told->n; i++)
        equal = told->told[i].kind == expected->told[i].kind && told->told[i].about == expected->told[i].about &&
                told->told[i].value == expected->told[i].value;
    if (!equal) {
        print_tale("to be told", expected);
        print_tale("told      ", told);
        wrong("p%d was told something else", client);
    }
    if (flushed)
        expected->n = told->n = 0;
}

/* ---- All ---- */

static void check_requests(void) {
    GHashTable *users = manager_users(world.manager);
    unsigned known = 0;

    dump = 1;
    same("requests", 0, g_hash_table_size(manager_requests(world.manager)), ref.n_requests);
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].there)
            same("requests", i, client_requests(world.clients[i])->length, ref_client_requests(i));
    for (unsigned user = 0; user < 2; user++) {
        User *real = g_hash_table_lookup(users, GUINT_TO_POINTER(1000 + user));
        unsigned clients = 0, requests = ref_user_requests(user), calls = real ? *user_calls(real) : 0;

        for (int i = 0; i < CLIENTS; i++)
            clients += ref.clients[i].there && ref.clients[i].user == user;
        if (!real != (clients + requests + calls == 0))
            wrong("user %u is %s", user, real ? "still there" : "not there");
        known += real != NULL;
        same("requests of user", user, real ? *user_requests(real) : 0, requests);
    }
    same("users", 0, g_hash_table_size(users), known);
}

static void check_manager(void) {
    bool in_call = false, ringing = false;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *call = &ref.calls[i];

        if (!call->there || !call->appeared)
            continue;
        ringing |= ref_is_ringing(call->state);
        in_call |= ref_is_live(call->state) && !ref_is_ringing(call->state);
    }
    same("InCall", 0, manager_in_call(world.manager), in_call);
    same("Ringing", 0, manager_ringing(world.manager), ringing);
    same("told InCall", 0, (world.told_flags & MANAGER_PROPERTY_IN_CALL) != 0, in_call);
    same("told Ringing", 0, (world.told_flags & MANAGER_PROPERTY_RINGING) != 0, ringing);
}

/* Rule 15, on one handle: what the features say is what is refused. */
static void check_features(int client, int call) {
    Handle *handle = client_find_handle_on(world.clients[client], world.calls[call]);

    for (Operation i = 0; handle && i < _OPERATION_CALL_MAX; i++) {
        Refusal *refusal = handle_check(handle, i);
        int got = refusal ? (int) refusal_code(refusal) : GRANTED;

        if (got != ref_check(client, call, i) || (handle_features(handle) & OPERATION_BIT(i) ? 1 : 0) != (got == GRANTED))
            wrong("%s on c%d by p%d: the check gives %d", operation_to_string(i), call, client, got);
        refusal_free(refusal);
    }
}

/* FindByNetworkId, for one client and one id of one kind. */
static void check_network_id(int client) {
    unsigned kind = below(KINDS), id = below(6), n = 0;
    char text[16];
    g_autoptr(GPtrArray) found = NULL;

    g_snprintf(text, sizeof(text), "id-%u", id);
    found = client_find_network_id(world.clients[client], network_id_kinds[kind], text);
    for (int i = 0; i < CALLS; i++)
        n += ref.calls[i].there && ref.clients[client].handles[i].there && ref.calls[i].network_ids[kind] == id + 1;
    same("calls with that network id", id, found->len, n);
}

/* FindCalls, for one client and one Call ID. */
static void check_find(int client, int call) {
    const char *call_id = call_call_id(world.calls[call]);
    g_autoptr(GPtrArray) found = client_find_calls(world.clients[client], call_id);
    unsigned n = 0;

    for (int i = 0; *call_id && i < CALLS; i++)
        n += ref.calls[i].there && ref.clients[client].handles[i].there &&
             values[i][CALL_PROPERTY_CALL_ID] == values[call][CALL_PROPERTY_CALL_ID];
    same("found calls", call, found->len, n);
}

void check_all(bool flushed) {
    int client = below(CLIENTS), call = below(CALLS);

    dump = 1;
    for (int i = 0; i < LINES; i++)
        check_line(i);
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there)
            check_call(i);
    check_groups();
    for (int i = 0; i < CLIENTS; i++) {
        check_tale(i, flushed);
        check_client(i, flushed);
    }
    check_manager();
    if ((world.refused || world.declined) && dump != world.dump)
        wrong("a refusal changed something");
    world.dump = dump;
    check_requests();
    if (world.refused && dump != world.requests)
        wrong("a refusal left a request behind");
    world.requests = dump;
    if (ref.n_gone > 0)
        wrong("a question of a client that left was not answered");
    if (ref.clients[client].there && ref.calls[call].there && below(8) == 0) {
        check_features(client, call);
        check_find(client, call);
        check_network_id(client);
    }
}
