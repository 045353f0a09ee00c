/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema: the tables of the database. Times are microseconds of real time; enumerations are the words of the bus. */
#include "service/schema.h"

const char *const schema_steps[SCHEMA_VERSION] = {
    /* What clients were told and have a right to find again after a restart: the columns are told of in rows.h. An id is never used
     * twice: the epoch of the service is in its upper half, a count in the lower. So rows are added at the end of each table. */
    "CREATE TABLE client(id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, name TEXT NOT NULL, bus TEXT NOT NULL,"
    " recipient INTEGER NOT NULL);"
    "CREATE TABLE open(id INTEGER PRIMARY KEY, client INTEGER NOT NULL, line TEXT NOT NULL, place INTEGER NOT NULL,"
    " privilege TEXT NOT NULL, media_modes INTEGER NOT NULL, offer INTEGER NOT NULL, on_owner_lost TEXT NOT NULL,"
    " app_id TEXT NOT NULL);"
    "CREATE TABLE call(id INTEGER PRIMARY KEY, line TEXT NOT NULL, conference INTEGER NOT NULL, state TEXT NOT NULL,"
    " detail TEXT NOT NULL, cause TEXT NOT NULL, direction TEXT NOT NULL, origin TEXT NOT NULL, reason TEXT NOT NULL,"
    " media_mode TEXT NOT NULL, emergency INTEGER NOT NULL, kept INTEGER NOT NULL, call_id TEXT NOT NULL,"
    " related_call_id TEXT NOT NULL, address TEXT NOT NULL, called_party TEXT NOT NULL, comment TEXT NOT NULL,"
    " provider_cause TEXT NOT NULL, parties BLOB, network_ids BLOB, call_data BLOB, user_user_info BLOB,"
    " created INTEGER NOT NULL, connected INTEGER NOT NULL, ended INTEGER NOT NULL, state_entered INTEGER NOT NULL,"
    " uid INTEGER NOT NULL);"
    "CREATE TABLE handle(id INTEGER PRIMARY KEY, call INTEGER NOT NULL, client INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    " number INTEGER NOT NULL, privilege TEXT NOT NULL, on_owner_lost TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " wants_digits INTEGER NOT NULL, app_data BLOB);"
    "CREATE TABLE token(id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, line TEXT NOT NULL, text TEXT NOT NULL,"
    " arguments TEXT NOT NULL, call INTEGER NOT NULL, born INTEGER NOT NULL);"

    /* What each user has used up of what is limited over time; `at` is since the start of the machine. */
    "CREATE TABLE counter(uid INTEGER NOT NULL, line TEXT NOT NULL, kind TEXT NOT NULL, used REAL NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(uid, line, kind)) WITHOUT ROWID;"

    /* The call log. `id` rises with every entry (call-log-entry.h). `uid` is whose call it was; NULL: nobody's, as one that was
     * missed. `scope` says who may read it: "user:UID", or "line:NAME" for what is nobody's. `plain` is the number as it is
     * compared, without separators. Each index ends with the id, which is what pages are made of. An entry is first in log_new, which
     * costs one page instead of five while calls end, and is moved from there, many at once. */
    "CREATE TABLE log(id INTEGER PRIMARY KEY, scope TEXT NOT NULL, uid INTEGER, line TEXT NOT NULL, call_id TEXT NOT NULL,"
    " direction TEXT NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL, number TEXT NOT NULL, plain TEXT NOT NULL,"
    " name TEXT NOT NULL, presentation TEXT NOT NULL, media_mode TEXT NOT NULL, emergency INTEGER NOT NULL,"
    " started INTEGER NOT NULL, connected INTEGER NOT NULL, ended INTEGER NOT NULL, duration INTEGER NOT NULL);"
    "CREATE TABLE log_new(id INTEGER PRIMARY KEY, scope TEXT NOT NULL, uid INTEGER, line TEXT NOT NULL, call_id TEXT NOT NULL,"
    " direction TEXT NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL, number TEXT NOT NULL, plain TEXT NOT NULL,"
    " name TEXT NOT NULL, presentation TEXT NOT NULL, media_mode TEXT NOT NULL, emergency INTEGER NOT NULL,"
    " started INTEGER NOT NULL, connected INTEGER NOT NULL, ended INTEGER NOT NULL, duration INTEGER NOT NULL);"
    "CREATE INDEX log_by_scope ON log(scope);"
    "CREATE INDEX log_by_scope_and_number ON log(scope, plain);"
    "CREATE INDEX log_by_number ON log(plain);"
    "CREATE INDEX log_by_call_id ON log(call_id);",

    /* The number of the last signal needs no row. One row says which time it is for the call log. */
    "ALTER TABLE handle DROP COLUMN sequence;"
    "CREATE TABLE log_present(id INTEGER PRIMARY KEY, present INTEGER NOT NULL);",
};
