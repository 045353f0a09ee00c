/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Toll: what each user has dialled lately. */
#include "service/toll.h"

#include <math.h>
#include <string.h>

#include "service/call.h"
#include "service/client.h"
#include "service/crash-point.h"
#include "service/journal.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/number-class.h"
#include "service/rate.h"

#define MINUTE_USEC (INT64_C(60) * G_USEC_PER_SEC)
#define DAY_USEC (24 * 60 * MINUTE_USEC)
#define ALL_LINES ""

enum {
    N_KINDS = 3,
    SWEEP_MIN = 256,
    BURST_SECONDS = 5, /* messages of so many seconds may come at once */
    EMERGENCIES = 60,  /* a minute, of messages beyond that: more can't all be calls for help */
};

/* What is counted, and kept. */
static const struct {
    const char *name;
    bool costly; /* of costly numbers only */
    int64_t period_usec;
    Limit on_line, in_all;
} kinds[N_KINDS] = {
    { "dials-minute", false, MINUTE_USEC, LIMIT_LINE_DIALS_PER_MINUTE, LIMIT_DIALS_PER_MINUTE },
    { "dials-day", false, DAY_USEC, LIMIT_LINE_DIALS_PER_DAY, LIMIT_DIALS_PER_DAY },
    { "costly-day", true, DAY_USEC, LIMIT_LINE_COSTLY_DIALS_PER_DAY, LIMIT_COSTLY_DIALS_PER_DAY },
};

struct Toll {
    uint32_t uid;
    char *line; /* its name, or ALL_LINES */
    Rate rates[N_KINDS], digits, messages, emergencies;
    unsigned calls; /* that are up */
    JournalMark mark;
};

struct Tolls {
    Manager *manager;
    GHashTable *by_key; /* Toll, as its own key */
    GHashTable *told;   /* uid -> when the log heard of it last */
    unsigned sweep_at;  /* so many are too many to keep those that say nothing */
};

/* ---- What is kept ---- */

static int write_kind(Database *database, const Toll *toll, int i) {
    bool empty = toll->rates[i].level <= 0;
    sqlite3_stmt *statement = empty ? database_statement(database, "DELETE FROM counter WHERE uid = ? AND line = ? AND kind = ?")
                                    : database_statement(database, "INSERT OR REPLACE INTO counter VALUES(?, ?, ?, ?, ?)");

    if (!statement)
        return database_errno(database);
    sqlite3_bind_int64(statement, 1, toll->uid);
    sqlite3_bind_text(statement, 2, toll->line, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, kinds[i].name, -1, SQLITE_STATIC);
    if (!empty) {
        sqlite3_bind_double(statement, 4, toll->rates[i].level);
        sqlite3_bind_int64(statement, 5, toll->rates[i].at);
    }
    return database_run(database, statement);
}

static int write_toll(Database *database, void *object) {
    int r = 0;

    for (int i = 0; r >= 0 && i < N_KINDS; i++)
        r = write_kind(database, object, i);
    return r;
}

static const JournalKind toll_kind = { .write = write_toll };

static void touch(Tolls *tolls, Toll *toll) {
    journal_touch(manager_journal(tolls->manager), &toll->mark, &toll_kind, toll);
}

/* ---- All of them ---- */

static unsigned toll_hash(const void *key) {
    const Toll *toll = key;

    return g_str_hash(toll->line) ^ toll->uid;
}

static gboolean toll_equal(const void *a, const void *b) {
    const Toll *x = a, *y = b;

    return x->uid == y->uid && strcmp(x->line, y->line) == 0;
}

static void toll_free(void *data) {
    Toll *toll = data;

    g_free(toll->line);
    g_free(toll);
}

Tolls *tolls_new(Manager *manager) {
    Tolls *tolls = g_new0(Tolls, 1);

    *tolls = (Tolls) {
        .manager = manager,
        .by_key = g_hash_table_new_full(toll_hash, toll_equal, toll_free, NULL),
        .told = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .sweep_at = SWEEP_MIN,
    };
    return tolls;
}

Tolls *tolls_free(Tolls *tolls) {
    GHashTableIter iter;
    void *toll;

    if (!tolls)
        return NULL;
    g_hash_table_iter_init(&iter, tolls->by_key);
    while (g_hash_table_iter_next(&iter, &toll, NULL))
        journal_forget(manager_journal(tolls->manager), &((Toll *) toll)->mark);
    g_hash_table_unref(tolls->by_key);
    g_hash_table_unref(tolls->told);
    g_free(tolls);
    return NULL;
}

/* A level is at most twice what may be used in the period, so after two of them nothing is left of it. */
static bool is_over(const Rate *rate, int64_t period_usec, int64_t now) {
    return rate->level <= 0 || now - rate->at > 2 * period_usec;
}

static bool says_nothing(const Toll *toll, int64_t now) {
    bool nothing = toll->calls == 0 && is_over(&toll->digits, MINUTE_USEC, now) && is_over(&toll->messages, MINUTE_USEC, now) &&
                   is_over(&toll->emergencies, MINUTE_USEC, now);

    for (int i = 0; i < N_KINDS; i++)
        nothing = nothing && is_over(&toll->rates[i], kinds[i].period_usec, now);
    return nothing;
}

/* Their rows stay until the next start. */
static void sweep(Tolls *tolls) {
    GHashTableIter iter;
    void *key;

    g_hash_table_iter_init(&iter, tolls->by_key);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Toll *toll = key;

        if (!says_nothing(toll, rate_now()))
            continue;
        journal_forget(manager_journal(tolls->manager), &toll->mark);
        g_hash_table_iter_remove(&iter);
    }
    tolls->sweep_at = MAX(2 * g_hash_table_size(tolls->by_key), SWEEP_MIN);
}

static Toll *find(Tolls *tolls, uint32_t uid, const char *line) {
    Toll key = { .uid = uid, .line = (char *) line };

    return g_hash_table_lookup(tolls->by_key, &key);
}

static Toll *get(Tolls *tolls, uint32_t uid, const char *line) {
    Toll *toll = find(tolls, uid, line);

    if (toll)
        return toll;
    if (g_hash_table_size(tolls->by_key) >= tolls->sweep_at)
        sweep(tolls);
    toll = g_new0(Toll, 1);
    *toll = (Toll) { .uid = uid, .line = g_strdup(line) };
    g_hash_table_add(tolls->by_key, toll);
    return toll;
}

/* ---- Restart ---- */

static void restore_row(Tolls *tolls, sqlite3_stmt *row) {
    int64_t uid = sqlite3_column_int64(row, 0), now = rate_now();
    const char *line = database_text(row, 1), *kind = database_text(row, 2);
    Rate rate = rate_restored(sqlite3_column_double(row, 3), sqlite3_column_int64(row, 4), now);
    Toll *toll;

    for (int i = 0; i < N_KINDS; i++) {
        if (strcmp(kinds[i].name, kind) != 0 || uid < 0 || uid >= UINT32_MAX || strlen(line) > LINE_NAME_MAX ||
            is_over(&rate, kinds[i].period_usec, now))
            continue;
        toll = get(tolls, (uint32_t) uid, line);
        toll->rates[i] = rate;
    }
}

/* What is of no use any more goes. At once: between the old rows and the new ones all would be forgiven. */
static int write_anew(Tolls *tolls, Database *database) {
    GHashTableIter iter;
    void *key;
    int r = database_begin(database);

    if (r >= 0)
        r = database_run(database, database_statement(database, "DELETE FROM counter"));
    g_hash_table_iter_init(&iter, tolls->by_key);
    while (r >= 0 && g_hash_table_iter_next(&iter, &key, NULL))
        r = write_toll(database, key);
    crash_point("journal:tolls");
    if (r >= 0)
        return database_commit(database);
    database_rollback(database);
    return r;
}

int tolls_restore(Tolls *tolls) {
    Database *database = journal_database(manager_journal(tolls->manager));
    sqlite3_stmt *rows;
    int r;

    if (!database)
        return 0;
    rows = database_statement(database, "SELECT uid, line, kind, used, at FROM counter");
    while ((r = database_step(database, rows)) > 0)
        restore_row(tolls, rows);
    return r < 0 ? r : write_anew(tolls, database);
}

/* ---- Limits ---- */

/* What the files say, or is usual where it costs money; 0: no limit. */
static unsigned value_of(const Line *line, Limit limit) {
    const LimitInfo *info = &limit_table[limit];
    const Limits *limits = manager_limits(line_manager(line));
    const LinePolicy *policy = manager_line_policy(line_manager(line), line_name(line));
    const char *group = info->scope == LIMIT_SERVICE ? (const char *) limits : policy ? (const char *) &policy->toll : NULL;
    unsigned value = group ? *(const unsigned *) (group + info->offset) : LIMIT_DEFAULT;

    if (value != LIMIT_DEFAULT)
        return value;
    if (provider_ops(line_provider(line))->is_local)
        return 0;
    return limits->system ? info->system : info->session;
}

static char *describe_place(const Line *line, Limit limit) {
    return limit_table[limit].scope == LIMIT_LINE ? g_strdup_printf("on line %s", line_name(line)) : g_strdup("on all lines together");
}

static int64_t divide_up(int64_t value, int64_t by) {
    return (value + by - 1) / by;
}

static char *describe_wait(int64_t usec) {
    int64_t seconds = divide_up(usec, G_USEC_PER_SEC);

    if (seconds < 120)
        return g_strdup_printf("%d s", (int) seconds);
    if (seconds < 120 * 60)
        return g_strdup_printf("%d min", (int) divide_up(seconds, 60));
    return g_strdup_printf("%d h", (int) divide_up(seconds, 3600));
}

void toll_tell(Manager *manager, uint32_t uid, const char *limit, const Line *line) {
    GHashTable *told = manager_tolls(manager)->told;
    int64_t now = g_get_monotonic_time(), *last = g_hash_table_lookup(told, GUINT_TO_POINTER(uid));

    if (last && now - *last < MINUTE_USEC)
        return;
    g_hash_table_insert(told, GUINT_TO_POINTER(uid), g_memdup2(&now, sizeof(now)));
    log_warning("event: limit, uid: %u, limit: %s%s%s", uid, limit, line ? ", line: " : "", line ? line_name(line) : "");
}

static Refusal *refuse_rate(const Line *line, uint32_t uid, Limit limit, int64_t wait_usec) {
    g_autofree char *place = describe_place(line, limit), *wait = describe_wait(wait_usec);
    const char *key = limit_table[limit].key;
    unsigned max = value_of(line, limit);

    toll_tell(line_manager(line), uid, key, line);
    if (wait_usec < 0)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "%s is %u %s, and that would be more at once: ask for less", key, max, place);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "%s is %u %s, and you have used it up: try again in %s", key, max, place, wait);
}

static Refusal *check_rate(const Line *line, uint32_t uid, Limit limit, const Rate *rate, int64_t period_usec, unsigned n) {
    static const Rate unused;
    unsigned max = value_of(line, limit);
    int64_t now = rate_now();

    rate = rate ?: &unused;
    if (max == 0 || n == 0 || rate_has_room(rate, max, period_usec, now, n))
        return NULL;
    return refuse_rate(line, uid, limit, rate_wait(rate, max, period_usec, now, n));
}

/* ---- Dials ---- */

Dials dials_to(const Line *line, const char *address) {
    NumberClass class = *address ? line_number_class(line, address) : NUMBER_EMERGENCY;

    return (Dials) { .all = class != NUMBER_EMERGENCY, .costly = class == NUMBER_COSTLY };
}

Dials dials_sent_to(const Line *line, const char *address) {
    return (Dials) { .all = 1, .costly = dials_to(line, address).costly };
}

Dials dials_to_place(const Line *line, const char *address) {
    unsigned costly = dials_to(line, address).costly;

    return (Dials) { .all = costly, .costly = costly };
}

Dials dials_to_digits(const Line *line, const char *digits, bool more) {
    return more && line_begins_emergency_number(line, digits) ? (Dials) {} : dials_to(line, digits);
}

Dials dials_beyond(Dials dials, Dials others) {
    return (Dials) {
        .all = dials.all > others.all ? dials.all - others.all : 0,
        .costly = dials.costly > others.costly ? dials.costly - others.costly : 0,
    };
}

static uint32_t uid_of(const Client *client) {
    return user_uid(client_user(client));
}

static Refusal *check(const Line *line, const Client *client, Dials dials) {
    Tolls *tolls = manager_tolls(line_manager(line));
    uint32_t uid = uid_of(client);
    const Toll *on_line = find(tolls, uid, line_name(line)), *in_all = find(tolls, uid, ALL_LINES);
    Refusal *refusal = NULL;

    for (int i = 0; i < N_KINDS && !refusal; i++) {
        unsigned n = kinds[i].costly ? dials.costly : dials.all;

        refusal = check_rate(line, uid, kinds[i].on_line, on_line ? &on_line->rates[i] : NULL, kinds[i].period_usec, n)
                  ?: check_rate(line, uid, kinds[i].in_all, in_all ? &in_all->rates[i] : NULL, kinds[i].period_usec, n);
    }
    return refusal;
}

static Refusal *check_calls(const Line *line, uint32_t uid, Limit limit, const char *name) {
    const Toll *toll = find(manager_tolls(line_manager(line)), uid, name);
    unsigned max = value_of(line, limit);
    g_autofree char *place = NULL;

    if (max == 0 || !toll || toll->calls < max)
        return NULL;
    place = describe_place(line, limit);
    toll_tell(line_manager(line), uid, limit_table[limit].key, line);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "%s is %u %s, and so many calls that you dialled are up: drop one first",
                  limit_table[limit].key, max, place);
}

Refusal *toll_check_call(const Line *line, const Client *client, Dials dials) {
    uint32_t uid = uid_of(client);

    if (dials.all == 0)
        return check(line, client, dials);
    return check_calls(line, uid, LIMIT_LINE_CALLS_PER_USER, line_name(line)) ?: check_calls(line, uid, LIMIT_CALLS_PER_USER, ALL_LINES)
               ?: check(line, client, dials);
}

/* ---- Counting ---- */

/* NULL: nothing is limited there. */
static Toll *counted(const Line *line, uint32_t uid, bool in_all) {
    unsigned any = value_of(line, in_all ? LIMIT_CALLS_PER_USER : LIMIT_LINE_CALLS_PER_USER);

    for (int i = 0; i < N_KINDS; i++)
        any |= value_of(line, in_all ? kinds[i].in_all : kinds[i].on_line);
    return any ? get(manager_tolls(line_manager(line)), uid, in_all ? ALL_LINES : line_name(line)) : NULL;
}

static void use(Toll *toll, const Line *line, bool in_all, Dials dials) {
    for (int i = 0; toll && i < N_KINDS; i++) {
        unsigned max = value_of(line, in_all ? kinds[i].in_all : kinds[i].on_line), n = kinds[i].costly ? dials.costly : dials.all;

        if (max > 0 && n > 0)
            rate_use(&toll->rates[i], max, kinds[i].period_usec, rate_now(), n);
    }
    if (toll)
        touch(manager_tolls(line_manager(line)), toll);
}

static void count(const Line *line, const Client *client, Dials dials) {
    if (dials.all == 0 && dials.costly == 0)
        return;
    use(counted(line, uid_of(client), /* in_all= */ false), line, /* in_all= */ false, dials);
    use(counted(line, uid_of(client), /* in_all= */ true), line, /* in_all= */ true, dials);
}

static Refusal *write_down(const Line *line, Dials dials) {
    int r = dials.all == 0 && dials.costly == 0 ? 0 : journal_commit(manager_journal(line_manager(line)));

    if (r >= 0)
        return NULL;
    return refuse(REFUSAL_IO_ERROR, "It can't be written down that you dial (%s): have room made on the disk of the service, and try "
                  "again", g_strerror(-r));
}

Refusal *toll_take(const Line *line, const Client *client, Dials dials) {
    Refusal *refusal = check(line, client, dials);

    if (refusal)
        return refusal;
    count(line, client, dials);
    return write_down(line, dials);
}

static void count_up(Toll *toll) {
    if (toll)
        toll->calls++;
}

void toll_count_call(Call *call, const Client *client, Dials dials) {
    TollMark *mark = call_toll(call);
    const Line *line = call_line(call);

    if (mark->dials.all == 0 && dials.all > 0) {
        count_up(mark->on_line = counted(line, uid_of(client), /* in_all= */ false));
        count_up(mark->in_all = counted(line, uid_of(client), /* in_all= */ true));
    }
    mark->dials.all += dials.all;
    mark->dials.costly += dials.costly;
    count(line, client, dials);
}

Refusal *toll_take_for_call(Call *call, const Client *client, Dials dials) {
    Dials more = dials_beyond(dials, call_toll(call)->dials);
    Refusal *refusal = toll_check_call(call_line(call), client, more);

    if (refusal)
        return refusal;
    toll_count_call(call, client, more);
    return write_down(call_line(call), more);
}

static void finish(Toll *toll, const Line *line, bool in_all, Dials again) {
    if (!toll)
        return;
    toll->calls--;
    if (again.all > 0)
        use(toll, line, in_all, again);
}

void toll_finish(Call *call, bool failed) {
    TollMark *mark = call_toll(call);
    Dials again = failed ? mark->dials : (Dials) {};

    finish(mark->on_line, call_line(call), /* in_all= */ false, again);
    finish(mark->in_all, call_line(call), /* in_all= */ true, again);
    *mark = (TollMark) {};
}

unsigned toll_max_minutes(const Line *line) {
    return value_of(line, LIMIT_LINE_CALL_MINUTES);
}

/* ---- Digits ---- */

Refusal *toll_check_digits(const Call *call, const Client *client, unsigned n) {
    const Line *line = call_line(call);
    unsigned max = call_emergency(call) ? 0 : value_of(line, LIMIT_DIGITS_PER_MINUTE);
    Toll *toll = max > 0 ? get(manager_tolls(line_manager(line)), uid_of(client), ALL_LINES) : NULL;
    Refusal *refusal = toll ? check_rate(line, uid_of(client), LIMIT_DIGITS_PER_MINUTE, &toll->digits, MINUTE_USEC, n) : NULL;

    if (toll && !refusal)
        rate_use(&toll->digits, max, MINUTE_USEC, rate_now(), n);
    return refusal;
}

/* ---- Messages ---- */

bool toll_admit_message(Manager *manager, uint32_t uid) {
    unsigned max = manager_limits(manager)->messages_per_second;
    int64_t period = BURST_SECONDS * G_USEC_PER_SEC, now;
    Toll *toll;

    if (max == 0)
        return true;
    max *= BURST_SECONDS;
    now = rate_now();
    toll = get(manager_tolls(manager), uid, ALL_LINES);
    if (!rate_has_room(&toll->messages, max, period, now, 1))
        return false;
    rate_use(&toll->messages, max, period, now, 1);
    return true;
}

bool toll_admit_emergency(Manager *manager, uint32_t uid) {
    Toll *toll = get(manager_tolls(manager), uid, ALL_LINES);
    int64_t now = rate_now();

    if (!rate_has_room(&toll->emergencies, EMERGENCIES, MINUTE_USEC, now, 1))
        return false;
    rate_use(&toll->emergencies, EMERGENCIES, MINUTE_USEC, now, 1);
    return true;
}
