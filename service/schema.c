/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema: the tables of the database. Times are microseconds of real time; enumerations are the words of the bus. */
#include "service/schema.h"

const char *const schema_steps[SCHEMA_VERSION] = {
    /* What clients were told and have a right to find again after a restart. `number` of a call is never used twice: the epoch of the
     * service in its upper half, a count in the lower. A call in state "unknown" is an intent: it was asked of the network, and
     * nothing was heard yet. */
    "CREATE TABLE client(name TEXT PRIMARY KEY, bus TEXT NOT NULL, uid INTEGER NOT NULL, last_number INTEGER NOT NULL,"
    " recipient INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE open(client TEXT NOT NULL, line TEXT NOT NULL, place INTEGER NOT NULL, privilege TEXT NOT NULL,"
    " media_modes INTEGER NOT NULL, offer INTEGER NOT NULL, on_owner_lost TEXT NOT NULL, app_id TEXT NOT NULL,"
    " PRIMARY KEY(client, line)) WITHOUT ROWID;"
    "CREATE TABLE call(number INTEGER PRIMARY KEY, line TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL,"
    " cause TEXT NOT NULL, provider_cause TEXT NOT NULL, direction TEXT NOT NULL, origin TEXT NOT NULL, reason TEXT NOT NULL,"
    " media_mode TEXT NOT NULL, emergency INTEGER NOT NULL, kept INTEGER NOT NULL, call_id TEXT NOT NULL,"
    " related_call_id TEXT NOT NULL, address TEXT NOT NULL, called_party TEXT NOT NULL, comment TEXT NOT NULL,"
    " parties BLOB, network_ids BLOB, call_data BLOB, user_user_info BLOB, created INTEGER NOT NULL, connected INTEGER NOT NULL,"
    " ended INTEGER NOT NULL, state_entered INTEGER NOT NULL, uid INTEGER);"
    "CREATE TABLE handle(call INTEGER NOT NULL, client TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL,"
    " privilege TEXT NOT NULL, on_owner_lost TEXT NOT NULL, sequence INTEGER NOT NULL, wants_digits INTEGER NOT NULL, app_data BLOB,"
    " PRIMARY KEY(call, client)) WITHOUT ROWID;"
    "CREATE TABLE token(uid INTEGER NOT NULL, line TEXT NOT NULL, text TEXT NOT NULL, arguments TEXT NOT NULL, call INTEGER,"
    " born INTEGER NOT NULL, PRIMARY KEY(uid, line, text)) WITHOUT ROWID;"

    /* What each user has used up of what is limited over time. */
    "CREATE TABLE counter(uid INTEGER NOT NULL, line TEXT NOT NULL, kind TEXT NOT NULL, used REAL NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(uid, line, kind)) WITHOUT ROWID;"

    /* The call log. `id` rises with every entry (call-log-entry.h). `uid` is whose call it was; NULL: nobody's, as one that was
     * missed. `scope` says who may read it: "user:UID", or "line:NAME" for what is nobody's. `plain` is the number as it is
     * compared, without separators. Each index ends with the id, which is what pages are made of. */
    "CREATE TABLE log(id INTEGER PRIMARY KEY, scope TEXT NOT NULL, uid INTEGER, line TEXT NOT NULL, call_id TEXT NOT NULL,"
    " direction TEXT NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL, number TEXT NOT NULL, plain TEXT NOT NULL,"
    " name TEXT NOT NULL, presentation TEXT NOT NULL, media_mode TEXT NOT NULL, emergency INTEGER NOT NULL,"
    " started INTEGER NOT NULL, connected INTEGER NOT NULL, ended INTEGER NOT NULL, duration INTEGER NOT NULL);"
    "CREATE INDEX log_by_scope ON log(scope);"
    "CREATE INDEX log_by_scope_and_number ON log(scope, plain);"
    "CREATE INDEX log_by_number ON log(plain);"
    "CREATE INDEX log_by_call_id ON log(call_id);",
};
