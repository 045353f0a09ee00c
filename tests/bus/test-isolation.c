/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rule 13, very often: spies (of the same user and, on a bus like that of a system, of another) ask for what others have, by its path, as
 * an argument and by its ids, and, in the very same words, for what never was. The answers are the same, byte by byte; nothing changes for
 * those who have it; and the spies hear nothing of it. How long the answers took is told, and not judged.
 *
 * CALLBUS_TEST_ATTEMPTS says how many (4,000); CALLBUS_TEST_SEED, which; CALLBUS_TEST_BUS, on what bus (util-bus.h).
 */
#include <stdio.h>
#include <string.h>

#include "service/cleanup.h"
#include "tests/bus/util-mutate.h"
#include "tests/bus/util-raw.h"
#include "tests/bus/util-spy.h"
#include "tests/bus/util-states.h"
#include "tests/bus/util-system.h"
#include "tests/model/random.h"

enum { ATTEMPTS_IN_A_SCENE = 100, SPIES_MAX = 2, ID_SIZE = 32, SHOWN = 200 };

/* What a spy asks with; of each kind there are figures. */
typedef enum Kind { METHOD, PROPERTY, LOOK, ARGUMENT, ID, KINDS } Kind;

static const char *const kind_names[KINDS] = { "methods", "properties", "a look around", "arguments", "ids" };

typedef struct Own {
    char *connected, *held; /* two calls of the spy's */
    bool is_other;          /* it is of another user, who can't read the call log either */
} Own;

static Spy *spies[SPIES_MAX];
static Own own[SPIES_MAX];
static unsigned n_spies;
static GPtrArray *call_methods;
static GArray *times[KINDS][2]; /* of what is there, and of what is not */
static uint64_t n_attempts;

/* ---- Spies ---- */

static char *spy_dials(sd_bus *bus) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *path = NULL;

    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, LINE("loop2"), CALLBUS_LINE_INTERFACE, "Dial", NULL, &reply, "sa{sv}",
                                        "answer?ring=0", 0), 0);
    ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
    return g_strdup(path);
}

static void await_connected(sd_bus *bus, const char *path) {
    for (uint64_t deadline = bus_deadline();;) {
        g_autofree char *state = NULL;

        ck_assert_int_ge(sd_bus_get_property_string(bus, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, "State", NULL, &state), 0);
        if (strcmp(state, "connected") == 0)
            return;
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "the spy's call is %s", state);
        g_usleep(1000);
    }
}

/* With calls of its own, and ears for whatever is sent to all. */
static void add_spy(sd_bus *bus, bool is_other) {
    Own *its = &own[n_spies];

    ck_assert_int_ge(sd_bus_call_method(bus, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "AddMatch", NULL, NULL, "s", "type='signal'"), 0);
    its->held = spy_dials(bus);
    await_connected(bus, its->held);
    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, its->held, CALLBUS_CALL_INTERFACE, "Hold", NULL, NULL, ""), 0);
    its->connected = spy_dials(bus);
    await_connected(bus, its->connected);
    its->is_other = is_other;
    spies[n_spies++] = spy_new(bus);
}

static sd_bus *connect_as_other(void) {
    sd_bus *bus;

    system_act_as(system_user(0), NULL);
    bus = raw_connect(bus_address(t));
    ck_assert_int_ge(sd_bus_get_unique_name(bus, (const char *[]) { NULL }), 0);
    system_act_as_self();
    return bus;
}

static void add_spies(void) {
    add_spy(raw_connect(bus_address(t)), /* is_other= */ false);
    if (n_callers > OTHER_USER)
        add_spy(connect_as_other(), /* is_other= */ true);
}

/* ---- What is asked for ---- */

/* A thing of others, and one that is as long and never was. */
typedef struct Pair {
    char there[256], nowhere[256];
} Pair;

static char *last_number(char *path) {
    return path + strlen(path) - strspn(g_strrstr(path, "_") + 1, "0123456789");
}

/* One part of the path is another: the count, the epoch, or the client, whose name begins with 1 on every bus. */
static void change(char *path) {
    char *number = last_number(path), *epoch = strstr(path, "/call/") + strlen("/call/");

    switch (below(3)) {
    case 0:
        memset(number, '9', strlen(number));
        return;
    case 1:
        memset(epoch, '9', strspn(epoch, "0123456789"));
        return;
    default:
        path[strlen(CALLBUS_CLIENT_PATH "/")] = '9';
    }
}

/* Also what leads to it. */
static Pair pair_of(const char *path) {
    Pair pair;
    unsigned cut = below(20);

    g_strlcpy(pair.there, path, sizeof(pair.there));
    do {
        g_strlcpy(pair.nowhere, path, sizeof(pair.nowhere));
        change(pair.nowhere);
    } while (strcmp(pair.nowhere, path) == 0);
    if (cut < 2) {
        *g_strrstr(pair.there, "/") = '\0';
        *g_strrstr(pair.nowhere, "/") = '\0';
    }
    return pair;
}

static Pair pair_of_id(const char *id) {
    Pair pair;

    g_strlcpy(pair.there, id, sizeof(pair.there));
    g_snprintf(pair.nowhere, sizeof(pair.nowhere), "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", random_next(),
               random_next());
    return pair;
}

/* ---- How it is asked for ---- */

static sd_bus_message *begin(unsigned spy, const char *path, const char *interface, const char *member) {
    sd_bus_message *m = NULL;

    ck_assert_int_ge(sd_bus_message_new_method_call(spy_bus(spies[spy]), &m, CALLBUS_NAME, path, interface, member), 0);
    return m;
}

static sd_bus_message *ask_method(unsigned spy, const char *path) {
    const Method *method = g_ptr_array_index(call_methods, below(call_methods->len));
    const char *bad[] = { "/", CALLBUS_PATH, LINE("loop0"), own[spy].held, NULL };
    const MutationPaths paths = { own[spy].connected, bad };
    sd_bus_message *m = begin(spy, path, chance(90) ? method->interface : NULL, method->name);

    if (chance(20))
        ck_assert_int_ge(sd_bus_message_append(m, "(ii)", 1, 2), 0);
    else if (!mutate_arguments(m, method, &paths))
        return sd_bus_message_unref(m);
    return m;
}

static sd_bus_message *ask_property(unsigned spy, const char *path) {
    static const char *const names[] = { "State", "CallId", "Privilege", "Caller", "AppData", "Sequence", "Nothing", "" };
    static const char *const interfaces[] = { CALLBUS_CALL_INTERFACE, CALLBUS_CALL_INTERFACE, CALLBUS_LINE_INTERFACE, "", "a.b" };
    const char *interface = interfaces[below(G_N_ELEMENTS(interfaces))], *name = names[below(G_N_ELEMENTS(names))];
    unsigned which = below(4);
    sd_bus_message *m = begin(spy, path, DBUS_PROPERTIES_INTERFACE, which == 0 ? "GetAll" : which == 1 ? "Set" : "Get");
    int r = which == 0   ? sd_bus_message_append(m, "s", interface)
            : which == 1 ? sd_bus_message_append(m, "ssv", interface, name, "s", "idle")
                         : sd_bus_message_append(m, "ss", interface, name);

    ck_assert_int_ge(r, 0);
    return m;
}

static sd_bus_message *ask_look(unsigned spy, const char *path) {
    static const struct {
        const char *interface, *member;
    } looks[] = {
        { DBUS_INTROSPECTABLE_INTERFACE, "Introspect" }, { DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects" },
        { DBUS_PEER_INTERFACE, "Ping" }, { CALLBUS_LINE_INTERFACE, "GetNewCalls" }, { CALLBUS_MANAGER_INTERFACE, "ListCalls" },
        { "org.example.Nothing", "Do" }, { NULL, "NoSuchMethod" }, { CALLBUS_CALL_INTERFACE, "NoSuchMethod" },
    };
    unsigned which = below(G_N_ELEMENTS(looks));

    return begin(spy, path, looks[which].interface, looks[which].member);
}

/* Of calls that are the spy's own. */
static sd_bus_message *ask_with_argument(unsigned spy, const char *path) {
    unsigned which = below(3);
    sd_bus_message *m = begin(spy, which == 2 ? own[spy].held : own[spy].connected, CALLBUS_CALL_INTERFACE,
                              which == 0 ? "SwapHold" : which == 1 ? "AddToConference" : "CompleteTransfer");

    ck_assert_int_ge(which == 2 ? sd_bus_message_append(m, "os", path, "transfer") : sd_bus_message_append(m, "o", path), 0);
    return m;
}

static sd_bus_message *ask_with_id(unsigned spy, const char *id) {
    sd_bus_message *m;
    int r;

    switch (below(own[spy].is_other ? 3 : 2)) {
    case 0:
        m = begin(spy, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "FindCalls");
        r = sd_bus_message_append(m, "s", id);
        break;
    case 1:
        m = begin(spy, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "FindByNetworkId");
        r = sd_bus_message_append(m, "ss", "session-id", id);
        break;
    default:
        m = begin(spy, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, "Query");
        r = sd_bus_message_append(m, "a{sv}tu", 1, "call-id", "s", id, (uint64_t) 0, 10);
    }
    ck_assert_int_ge(r, 0);
    return m;
}

/* NULL: that can't be put into a message. */
static sd_bus_message *make_question(Kind kind, unsigned spy, const char *what) {
    switch (kind) {
    case METHOD:
        return ask_method(spy, what);
    case PROPERTY:
        return ask_property(spy, what);
    case LOOK:
        return ask_look(spy, what);
    case ARGUMENT:
        return ask_with_argument(spy, what);
    case ID:
        return ask_with_id(spy, what);
    case KINDS:
        break;
    }
    ck_abort_msg("there is no such kind");
}

/* ---- Attempts ---- */

/* Wherever the answer repeats what was asked for. */
static void blot_out(GByteArray *frame, const char *what) {
    size_t size = strlen(what);

    for (uint8_t *at = frame->data; (at = memmem(at, (size_t) (frame->data + frame->len - at), what, size)); at += size)
        memset(at, '#', size);
}

static GByteArray *ask(Kind kind, unsigned spy, const char *what, uint64_t seed, unsigned which) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    GByteArray *frame;
    uint64_t nsec = 0;

    random_seed(seed);
    m = make_question(kind, spy, what);
    if (!m)
        return NULL;
    frame = spy_ask(spies[spy], m, &nsec);
    g_array_append_val(times[kind][which], nsec);
    blot_out(frame, what);
    return frame;
}

/* From that place on. */
static char *print(const GByteArray *frame, guint from) {
    GString *text = g_string_new(NULL);

    for (guint i = from; i < MIN(frame->len, from + SHOWN); i++)
        g_string_append_printf(text, g_ascii_isprint(frame->data[i]) ? "%c" : "\\%02x", frame->data[i]);
    return g_string_free(text, FALSE);
}

static void expect_equal(Kind kind, const Pair *pair, const GByteArray *one, const GByteArray *other) {
    g_autofree char *here = NULL, *there = NULL;
    guint at = 0;

    while (at < MIN(one->len, other->len) && one->data[at] == other->data[at])
        at++;
    if (at == one->len && at == other->len)
        return;
    at -= MIN(at, SHOWN / 2);
    here = print(one, at);
    there = print(other, at);
    ck_abort_msg("%s: about %s: ...%s...\nbut about %s: ...%s...", kind_names[kind], pair->there, here, pair->nowhere, there);
}

/* What is there is asked for first, or second. */
static void attempt(Kind kind, unsigned spy, const Pair *pair) {
    GByteArray *frames[2] = {};
    uint64_t seed = random_next();
    unsigned first = below(2);

    for (unsigned i = 0; i < 2; i++) {
        unsigned which = i ^ first;

        frames[which] = ask(kind, spy, which == 0 ? pair->there : pair->nowhere, seed, which);
    }
    random_seed(seed + 1);
    ck_assert_ptr_eq(frames[0] ? NULL : frames[1], NULL);
    if (!frames[0])
        return;
    expect_equal(kind, pair, frames[0], frames[1]);
    g_byte_array_unref(frames[0]);
    g_byte_array_unref(frames[1]);
    n_attempts++;
}

/* ---- Those who have it ---- */

/* All that they see of it, by which they also see how many signals they got; but the figures of the media, which live. To be freed. */
static char *view(unsigned caller) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    g_autoptr(GRegex) media = g_regex_new("\"MediaStats\": <.*?}>, ", 0, 0, NULL);
    g_autofree char *text = NULL;

    ck_assert_int_ge(sd_bus_call_method(callers[caller], CALLBUS_NAME, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects",
                                        NULL, &reply, ""), 0);
    text = message_text(reply);
    return g_regex_replace_literal(media, text, -1, 0, "", 0, NULL);
}

static void expect_unmoved(const char *before, const char *then) {
    size_t at = 0;

    while (before[at] && before[at] == then[at])
        at++;
    at -= MIN(at, SHOWN / 2);
    ck_assert_msg(strcmp(before, then) == 0, "it changed: ...%.*s...\nis now: ...%.*s...", SHOWN, before + at, SHOWN, then + at);
}

static char *call_id_of(unsigned caller, const char *path) {
    char *id = NULL;

    ck_assert_int_ge(sd_bus_get_property_string(callers[caller], CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, "CallId", NULL, &id), 0);
    ck_assert_uint_eq(strlen(id), ID_SIZE);
    return id;
}

static bool is_in(const GByteArray *heard, const char *what) {
    return heard->len > 0 && memmem(heard->data, heard->len, what, strlen(what));
}

/* No spy has heard of the call, by any name. */
static void check_ears(const char *path, const char *id) {
    for (unsigned i = 0; i < n_spies; i++) {
        g_autoptr(GByteArray) heard = spy_take_signals(spies[i]);

        ck_assert(!is_in(heard, path) && !is_in(heard, id));
    }
}

static void plays(unsigned scene, uint64_t wanted) {
    static char *released; /* what was there in the scene before */
    unsigned subject = OWNER;
    g_autofree char *path = scene_play(scene, &subject), *id = call_id_of(subject, path);
    g_autofree char *owners = NULL, *fars = NULL, *owners_then = NULL, *fars_then = NULL;

    scene_settle(scene);
    owners = view(OWNER);
    fars = view(FAR);
    for (unsigned i = 0; i < ATTEMPTS_IN_A_SCENE && n_attempts < wanted; i++) {
        Kind kind = below(KINDS);
        Pair pair = kind == ID ? pair_of_id(id) : pair_of(released && chance(20) ? released : path);

        attempt(kind, below(n_spies), &pair);
    }
    owners_then = view(OWNER);
    fars_then = view(FAR);
    expect_unmoved(owners, owners_then);
    expect_unmoved(fars, fars_then);
    check_ears(path, id);
    g_free(released);
    released = g_steal_pointer(&path);
}

/* ---- Times ---- */

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

    return x < y ? -1 : x > y;
}

static double micros_at(GArray *sorted, double part) {
    return sorted->len > 0 ? (double) g_array_index(sorted, uint64_t, (guint) ((double) (sorted->len - 1) * part)) / 1000 : 0;
}

static void tell_times(void) {
    for (Kind kind = 0; kind < KINDS; kind++) {
        GArray *there = times[kind][0], *nowhere = times[kind][1];

        g_array_sort(there, compare);
        g_array_sort(nowhere, compare);
        fprintf(stderr, "%s: %u pairs; there p50 %.1f us, p90 %.1f us; nowhere p50 %.1f us, p90 %.1f us; median %+.1f %%\n",
                kind_names[kind], there->len, micros_at(there, 0.5), micros_at(there, 0.9), micros_at(nowhere, 0.5),
                micros_at(nowhere, 0.9), 100 * (micros_at(there, 0.5) / micros_at(nowhere, 0.5) - 1));
    }
}

/* ---- The test ---- */

static void set_up(void) {
    g_autofree char *path = NULL;
    const char *folder = g_getenv("CALLBUS_DBUS_FOLDER");

    ck_assert_msg(folder, "CALLBUS_DBUS_FOLDER must name the folder of the interfaces' documents");
    /* On a system bus so many messages would be too many. */
    t = bus_new(&(BusOptions) { .no_debug = true, .config = "[Service]\nMessagesPerSecond=0\n" });
    callers_begin();
    add_spies();
    ck_assert(asks(OWNER, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Dial", "sa{sv}", "answer?ring=0", 0));
    path = find_handle(OWNER, NULL);
    call_methods = methods_read(callers[OWNER], path, folder);
    for (Kind kind = 0; kind < KINDS; kind++)
        for (unsigned i = 0; i < 2; i++)
            times[kind][i] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

static void tear_down(void) {
    for (unsigned i = 0; i < n_spies; i++)
        spy_free(spies[i]);
    callers_end();
    bus_teardown();
}

static uint64_t number_from(const char *variable, uint64_t usual) {
    const char *text = g_getenv(variable);

    return text ? g_ascii_strtoull(text, NULL, 10) : usual;
}

START_TEST(what_others_have_is_like_what_never_was) {
    uint64_t wanted = number_from("CALLBUS_TEST_ATTEMPTS", 4000), seed = number_from("CALLBUS_TEST_SEED", (uint64_t) g_get_real_time());

    fprintf(stderr, "CALLBUS_TEST_SEED=%" G_GUINT64_FORMAT "\n", seed);
    random_seed(seed);
    for (unsigned scene = 0; n_attempts < wanted; scene++)
        plays(scene % n_scenes, wanted);
    fprintf(stderr, "%" G_GUINT64_FORMAT " attempts of %u spies, each answered like one at nothing\n", n_attempts, n_spies);
    tell_times();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("isolation");
    TCase *tcase = tcase_create("spies");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, what_others_have_is_like_what_never_was);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
