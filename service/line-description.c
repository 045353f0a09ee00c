/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line: how its provider describes it, once and again. */
#include "service/line-private.h"

#include <string.h>

#include "service/call.h"
#include "service/manager.h"
#include "service/number-class.h"
#include "service/said.h"

/* A line can always be dialled on, and its calls dropped; and what asks nothing of the network, every line can. */
Operations line_work_out_abilities(const Provider *provider, Operations without) {
    return provider_abilities(provider) & (operations_always() | ~without);
}

/* The line's own, and where there is a real network those that are so everywhere. */
char **line_list_emergency_numbers(const Provider *provider, const LineInfo *info) {
    const char *const *own = info->emergency_numbers;
    g_autoptr(GStrvBuilder) numbers = g_strv_builder_new();

    for (const char *const *number = own; number && *number; number++)
        g_strv_builder_add(numbers, *number);
    for (const char *const *number = emergency_numbers_everywhere; *number && !provider_ops(provider)->is_local; number++)
        if (!own || !g_strv_contains(own, *number))
            g_strv_builder_add(numbers, *number);
    return g_strv_builder_end(numbers);
}

static bool equal(const char *const *a, const char *const *b) {
    static const char *const none[] = { NULL };

    return g_strv_equal(a ?: none, b ?: none);
}

/* What is different in the new description, as properties. */
static unsigned compare(const Line *line, const LineInfo *info, const char *label, const char *const *emergency_numbers) {
    Operations abilities = line_work_out_abilities(line->provider, info->without);
    const struct {
        bool changed;
        LineProperty property;
    } rows[] = {
        { strcmp(line->label, label) != 0, LINE_PROPERTY_LABEL },
        { !equal((const char *const *) line->addresses, info->addresses), LINE_PROPERTY_ADDRESSES },
        { !equal((const char *const *) line->emergency_numbers, emergency_numbers), LINE_PROPERTY_EMERGENCY_NUMBERS },
        { line->media_modes != info->media_modes, LINE_PROPERTY_MEDIA_MODES },
        { line->abilities != abilities || line->call_id != info->call_id, LINE_PROPERTY_CAPABILITIES },
        { line->close_drop != info->close_drop, LINE_PROPERTY_CLOSE_DROP },
        { line->answer_mode != info->answer_mode, LINE_PROPERTY_ANSWER_MODE },
        { line->max_active_calls != info->max_active_calls, LINE_PROPERTY_MAX_ACTIVE_CALLS },
        { line->max_held_calls != info->max_held_calls, LINE_PROPERTY_MAX_HELD_CALLS },
        { line->max_conference_parties != info->max_conference_parties, LINE_PROPERTY_MAX_CONFERENCE_PARTIES },
    };
    unsigned changed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        changed |= rows[i].changed ? rows[i].property : 0;
    return changed;
}

/* Features tell of it, too. */
static void set_abilities(Line *line, Operations abilities) {
    if (line->abilities == abilities)
        return;
    line->abilities = abilities;
    for (GList *i = line->calls.head; i; i = i->next)
        call_touch_features(i->data);
}

int line_update(Line *line, const LineInfo *info) {
    Manager *manager = line_manager(line);
    g_autofree char *label = g_utf8_make_valid(info->label ?: "", -1);
    g_auto(GStrv) numbers = NULL;
    unsigned changed;

    if (!said_is_line(info) || strcmp(info->name, line->name) != 0)
        return -EINVAL;
    numbers = line_list_emergency_numbers(line->provider, info);
    changed = compare(line, info, label, (const char *const *) numbers);
    line->without = info->without;
    if (changed == 0)
        return 0;
    manager_flush(manager);
    g_strfreev(line->addresses);
    g_strfreev(line->emergency_numbers);
    g_free(line->label);
    line->addresses = g_strdupv((char **) info->addresses) ?: g_new0(char *, 1);
    line->emergency_numbers = g_steal_pointer(&numbers);
    line->label = g_steal_pointer(&label);
    line->media_modes = info->media_modes;
    line->call_id = info->call_id;
    line->close_drop = info->close_drop;
    line->answer_mode = info->answer_mode;
    line->max_active_calls = info->max_active_calls;
    line->max_held_calls = info->max_held_calls;
    line->max_conference_parties = info->max_conference_parties;
    set_abilities(line, line_work_out_abilities(line->provider, info->without));
    manager_observer(manager)->line_changed(line, changed, manager_observer_data(manager));
    return 0;
}

void line_update_abilities(Line *line) {
    Manager *manager = line_manager(line);
    Operations abilities = line_work_out_abilities(line->provider, line->without);

    if (abilities == line->abilities)
        return;
    manager_flush(manager);
    set_abilities(line, abilities);
    manager_observer(manager)->line_changed(line, LINE_PROPERTY_CAPABILITIES, manager_observer_data(manager));
}
