/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Restart: the service is killed, and starts again with what it had written down. */
#include <string.h>
#include <sys/mman.h>

#include "service/journal.h"
#include "service/priority.h"
#include "service/recovery.h"
#include "tests/model/random.h"
#include "tests/model/world.h"

/* A name for what is nowhere on the disk. */
#define FOLDER "/callbus-model"
#define PATH FOLDER "/callbus.db"

static sqlite3 *holder; /* what is written down lasts as long as this is open */
static uint64_t epoch;

/* ---- What it writes down ---- */

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, mode_t mode);

/* The service makes the file itself, before SQLite opens it. */
int __wrap_open64(const char *path, int flags, mode_t mode) {
    return strcmp(path, PATH) == 0 ? memfd_create("callbus", MFD_CLOEXEC) : __real_open64(path, flags, mode);
}

static void open_journal(void) {
    g_autofree char *why = NULL;
    Database *database = NULL;

    if (database_open(FOLDER, DURABILITY_CRASH, &database, &why) < 0)
        wrong("the database can't be opened: %s", why);
    manager_set_journal(world.manager, journal_new(database), ++epoch);
    manager_set_bus_id(world.manager, "bus");
}

/* In memory, for all that open it in this process under that name: so nothing is left behind by a process that is killed. */
void restart_begin(void) {
    sqlite3_vfs_register(sqlite3_vfs_find("memdb"), /* makeDflt= */ 1);
    if (sqlite3_open(PATH, &holder) != SQLITE_OK)
        wrong("the database can't be held");
    epoch = 0;
    open_journal();
}

void restart_end(void) {
    sqlite3_close(g_steal_pointer(&holder));
}

static void check_count(const char *sql, unsigned expected) {
    Database *database = journal_database(manager_journal(world.manager));
    sqlite3_stmt *statement = database_statement(database, sql);
    int64_t n;

    if (database_step(database, statement) != 1)
        wrong("rows can't be counted");
    n = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    if (n != expected)
        wrong("there are %d and not %u rows: %s", (int) n, expected, sql);
}

/* A row for each that there is, and no other. */
void restart_commit(void) {
    unsigned n_calls = 0, n_handles = 0, n_opens = 0;

    if (journal_commit(manager_journal(world.manager)) < 0)
        wrong("nothing can be written down");
    for (int i = 0; i < CALLS; i++)
        n_calls += ref.calls[i].there;
    for (int i = 0; i < CLIENTS; i++) {
        for (int j = 0; j < CALLS; j++)
            n_handles += ref.clients[i].handles[j].there;
        for (int j = 0; j < LINES; j++)
            n_opens += ref.clients[i].opens[j].there;
    }
    check_count("SELECT count(*) FROM call", n_calls);
    check_count("SELECT count(*) FROM handle", n_handles);
    check_count("SELECT count(*) FROM open", n_opens);
    check_count("SELECT count(*) FROM token", ref.n_tokens);
}

/* ---- Killed ---- */

/* Its memory is given back, and nobody hears of it. */
static void tear_down(void) {
    manager_set_journal(world.manager, /* journal= */ NULL, epoch);
    world.killed = true;
    for (int i = 0; i < CLIENTS; i++)
        if (world.clients[i])
            outbox_close(world.clients[i]);
    for (int i = 0; i < CLIENTS; i++)
        world.clients[i] = client_vanish(world.clients[i]);
    provider_free(world.provider);
    manager_free(world.manager);
    world.killed = false;
    world.n_heard = world.n_pending = 0;
    for (unsigned i = 0; i < world.n_questions; i++)
        if (!world.questions[i].refused)
            world.questions[i].answers = 1;
}

/* ---- And back ---- */

static Call *find_call(uint64_t id) {
    for (GList *i = manager_lines(world.manager)->head; i; i = i->next)
        for (GList *j = line_calls(i->data)->head; j; j = j->next)
            if (call_number(j->data) == id)
                return j->data;
    return NULL;
}

static void start(unsigned lines) {
    world_make();
    open_journal();
    world.told_flags = 0;
    memset(world.told_rules, 0, sizeof(world.told_rules));
    memset(world.lines, 0, sizeof(world.lines));
    network_start();
    for (int i = 0; i < LINES; i++)
        if (lines & 1u << i) {
            network_add_line(i);
            ref_restore_places(i);
        }
}

static void recover(void) {
    _cleanup_(recovery_freep) Recovery *recovery = NULL;
    g_autofree char *why = NULL;

    if (recovery_new(world.manager, "bus", &recovery, &why) < 0)
        wrong("nothing can be recovered: %s", why);
    for (int i = 0; i < CLIENTS; i++) {
        g_autofree char *name = name_of(i);

        if (!ref.clients[i].there)
            continue;
        if (client_new(world.manager, name, 1000 + ref.clients[i].user, GINT_TO_POINTER(i + 1), &world.clients[i]) < 0)
            wrong("a client is there before it comes back");
        recovery_bring_back(recovery, world.clients[i]);
    }
    if (recovery_finish(recovery) < 0)
        wrong("what was recovered can't be written down");
}

/* Whoever hears of a restart reads again what is not told: least of what has ended by it. */
static void read_again(View *view, int client) {
    static const CallProperty properties[] = {
        CALL_PROPERTY_SEQUENCE, CALL_PROPERTY_MONITORS, CALL_PROPERTY_MEDIA_STATS, CALL_PROPERTY_OWNERS, CALL_PROPERTY_OWNER_APPS,
    };
    Handle *handle = client_find_handle(world.clients[client], view->number);
    size_t n = ref_is_live(view->values[CALL_PROPERTY_STATE]) ? 3 : G_N_ELEMENTS(properties);

    if (!handle)
        return;
    if (handle_sequence(handle) < view->values[CALL_PROPERTY_SEQUENCE])
        wrong("the sequence of p%d's handle %" G_GUINT64_FORMAT " goes back", client, view->number);
    view->handle = handle;
    for (size_t i = 0; i < n; i++)
        view->values[properties[i]] = read_value(handle, properties[i]);
}

static void find_all(const uint64_t *ids) {
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there) {
            world.calls[i] = find_call(ids[i]);
            if (!world.calls[i])
                wrong("c%d is lost", i);
        }
    for (int i = 0; i < CLIENTS; i++)
        for (int j = 0; j < CALLS * 2; j++)
            if (ref.clients[i].there && world.views[i][j].there)
                read_again(&world.views[i][j], i);
            else
                world.views[i][j] = (View) {};
}

void restart_step(void) {
    unsigned clients = 0, lines = chance(80) ? (1u << LINES) - 1 : random_next();
    uint64_t ids[CALLS] = {};

    for (int i = 0; i < CLIENTS; i++)
        clients |= (unsigned) (world.clients[i] && chance(70)) << i;
    story_begin("the service is killed; left are clients %x and lines %x", clients, lines & ((1u << LINES) - 1));
    manager_flush(world.manager);
    check_all(/* flushed= */ true);
    restart_commit();
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there)
            ids[i] = call_number(world.calls[i]);
    tear_down();
    ref_restart(clients, lines);
    start(lines);
    recover();
    find_all(ids);
}
