/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pickup: groups of lines, and the calls that ring there. */
#include "providers/loopback/pickup.h"

#include "providers/loopback/call.h"
#include "providers/loopback/destination.h"
#include "providers/loopback/hold.h"
#include "providers/loopback/takeover.h"

struct PickupGroup {
    unsigned refs; /* lines */
    Exchange *exchange;
    char *name;
    GQueue ringing;
};

PickupGroup *pickup_group_join(Exchange *exchange, const char *name) {
    GHashTable *groups = exchange_index(exchange, EXCHANGE_GROUPS);
    PickupGroup *group = g_hash_table_lookup(groups, name);

    if (!group) {
        group = g_new0(PickupGroup, 1);
        group->exchange = exchange;
        group->name = g_strdup(name);
        g_hash_table_insert(groups, group->name, group);
    }
    group->refs++;
    return group;
}

void pickup_group_leave(PickupGroup *group) {
    if (!group || --group->refs > 0)
        return;
    g_hash_table_remove(exchange_index(group->exchange, EXCHANGE_GROUPS), group->name);
    g_free(group->name);
    g_free(group);
}

const char *pickup_group_name(const PickupGroup *group) {
    return group->name;
}

GQueue *pickup_group_ringing(PickupGroup *group) {
    return &group->ringing;
}

/* ---- Finding ---- */

static bool same_group(const LoopLine *line, const char *group) {
    return group && g_strcmp0(loop_line_group(line), group) == 0;
}

static Refusal *find_at(LoopLine *line, const char *address, const char *group, GQueue **ret) {
    Destination at;
    const char *hint;
    LoopLine *target;

    if (destination_parse(address, &at, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Nothing can ring there: %s", hint);
    target = exchange_find(loop_line_exchange(line), at.name);
    if (!target)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "No line has the number \"%s\"; give that of a line where a call rings", at.name);
    if (target != line && !same_group(target, group))
        return refuse(REFUSAL_TARGET_NOT_FOUND, "The line with the number \"%s\" is in another pickup group; "
                      "a line of this one's would be right", at.name);
    *ret = loop_line_ringing(target);
    return NULL;
}

/* Where to look: at an address, in the group, or on the very line. */
static Refusal *find_ringing(LoopLine *line, const char *address, const char *group, GQueue **ret) {
    const char *own = loop_line_group(line);

    if (group[0] != '\0' && g_strcmp0(group, own) != 0)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "The line is not in the pickup group \"%s\"; its own is \"%s\"", group, own ?: "");
    if (address[0] != '\0')
        return find_at(line, address, own, ret);
    *ret = group[0] != '\0' ? loop_line_group_ringing(line) : loop_line_ringing(line);
    return NULL;
}

Refusal *pickup_call(LoopLine *line, Call *call, const char *address, const char *group, RequestId request) {
    Takeover how = { .reason = REASON_PICKUP };
    GQueue *ringing = NULL;
    Refusal *refusal;
    End *end, *taken;
    Far far;

    refusal = find_ringing(line, address, group, &ringing);
    if (refusal)
        return refusal;
    end = g_queue_peek_head(ringing);
    if (!end)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "No call rings there now; somebody else may have taken it");
    if (!loop_line_has_media(line, end->media_mode))
        return refuse(REFUSAL_TARGET_NOT_FOUND, "The call that rings there has a media mode that this line lacks; pick it up on another");
    how.id = g_ref_string_acquire(end->id);
    how.called = g_ref_string_acquire(end->called);
    how.media_mode = end->media_mode;
    how.origin = end->origin;
    loop_line_party(end->line, &how.from);
    far = far_take(end);
    taken = takeover(line, call, far, &how, request);
    end_finish(end, CAUSE_ANSWERED_ELSEWHERE, NULL);
    hold_for_answer(taken);
    g_ref_string_release(how.id);
    g_ref_string_release((GRefString *) how.called);
    return NULL;
}
