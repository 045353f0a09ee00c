/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Park: places and who waits there. */
#include "providers/loopback/park.h"

#include "providers/loopback/destination.h"
#include "providers/loopback/takeover.h"

#define PLACES_MAX 1024 /* a script that waits is no call, so that nothing else limits them */

struct Place {
    Exchange *exchange;
    char *name;
    Far far;
    GRefString *id;
    char *number, *label; /* of the line that parked it, as its far end knew it */
    Presentation presentation;
    MediaMode media_mode;
};

static GHashTable *places(const Exchange *exchange) {
    return exchange_index(exchange, EXCHANGE_PLACES);
}

/* ---- Parking ---- */

/* A number that the switch has not given yet, at which nobody parked anything and which is no line's. */
static char *choose_place(Exchange *exchange) {
    char *name = NULL;

    do {
        g_free(name);
        name = g_strdup_printf("%u", exchange_next_place(exchange));
    } while (g_hash_table_contains(places(exchange), name) || exchange_find(exchange, name));
    return name;
}

static Refusal *name_place(Exchange *exchange, const char *address, char **ret) {
    Destination to;
    const char *hint;

    if (address[0] == '\0') {
        *ret = choose_place(exchange);
        return NULL;
    }
    if (destination_parse(address, &to, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Nothing can be parked there: %s", hint);
    if (to.script != SCRIPT_NONE)
        return refuse(REFUSAL_INVALID_ADDRESS, "Nothing can be parked at a scripted far end; a number would be right");
    if (g_hash_table_contains(places(exchange), to.name))
        return refuse(REFUSAL_CONFLICT, "A call is parked at \"%s\" already; another place would be right", to.name);
    *ret = g_strdup(to.name);
    return NULL;
}

static Place *place_new(const End *end, char *name, Far far) {
    Place *place = g_new0(Place, 1);
    PartyInfo by;

    end_own_party(end, &by);
    place->exchange = loop_line_exchange(end->line);
    place->name = name;
    place->far = far;
    place->id = g_ref_string_acquire(end->id);
    place->number = g_strdup(by.number);
    place->label = g_strdup(by.name);
    place->presentation = by.presentation;
    place->media_mode = end->media_mode;
    g_hash_table_insert(places(place->exchange), place->name, place);
    if (far.end)
        far.end->place = place;
    if (far.script)
        script_set_place(far.script, place);
    return place;
}

/* The place is free again; whoever was there is somewhere else. */
static void place_free(Place *place) {
    if (place->far.end)
        place->far.end->place = NULL;
    if (place->far.script)
        script_set_place(place->far.script, NULL);
    g_hash_table_remove(places(place->exchange), place->name);
    g_ref_string_release(place->id);
    g_free(place->name);
    g_free(place->number);
    g_free(place->label);
    g_free(place);
}

Refusal *park_call(End *end, const char *address, RequestId request) {
    Refusal *refusal;
    char *name;
    Far far;

    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    if (!end->talks)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody is at the other end of the call now who could be parked");
    if (g_hash_table_size(places(end_exchange(end))) >= PLACES_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "At most %d calls can be parked; get one of them back first", PLACES_MAX);
    refusal = name_place(end_exchange(end), address, &name);
    if (refusal)
        return refusal;
    far = far_hand_over(end);
    place_new(end, name, far);
    end_complete(end, NULL, request, CAUSE_NORMAL, name);
    if (!far.end)
        return NULL;
    end_tell_id(far.end);
    end_tell_detail(far.end);
    return NULL;
}

void park_leave(End *end) {
    if (end->place)
        place_free(end->place);
}

void park_script_left(Place *place) {
    place_free(place);
}

void park_clear(Exchange *exchange) {
    GHashTableIter iter;
    void *place;

    while (g_hash_table_size(places(exchange)) > 0) {
        Script *script;

        g_hash_table_iter_init(&iter, places(exchange));
        g_hash_table_iter_next(&iter, NULL, &place);
        script = ((Place *) place)->far.script;
        place_free(place);
        script_free(script);
    }
}

/* ---- Getting back ---- */

static Refusal *find_place(LoopLine *line, const char *address, Place **ret) {
    Destination from;
    const char *hint;
    Place *place;

    if (destination_parse(address, &from, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Nothing can be parked there: %s", hint);
    place = g_hash_table_lookup(places(loop_line_exchange(line)), from.name);
    if (!place)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "No call is parked at \"%s\"; Park told where it is", from.name);
    if (!loop_line_has_media(line, place->media_mode))
        return refuse(REFUSAL_TARGET_NOT_FOUND, "The call at \"%s\" has a media mode that this line lacks; fetch it on another",
                      from.name);
    *ret = place;
    return NULL;
}

Refusal *park_get(LoopLine *line, Call *call, const char *address, RequestId request) {
    g_autofree char *label = NULL, *number = NULL;
    Takeover how = { .reason = REASON_UNPARK };
    Place *place = NULL;
    Refusal *refusal;
    Far far;

    refusal = find_place(line, address, &place);
    if (refusal)
        return refusal;
    far = place->far;
    number = g_steal_pointer(&place->number);
    label = g_steal_pointer(&place->label);
    how.from = (PartyInfo) { number, label, place->presentation };
    how.id = g_ref_string_acquire(place->id);
    how.called = loop_line_number(line);
    how.media_mode = place->media_mode;
    how.origin = far.end ? ORIGIN_INTERNAL : ORIGIN_EXTERNAL;
    place_free(place);
    takeover(line, call, far, &how, request);
    g_ref_string_release(how.id);
    return NULL;
}
