/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl unpark, pickup, cancel, forward, priority: what is asked of a line, and of the service itself. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/decode.h"
#include "interfaces/cli/rule.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <stdio.h>
#include <string.h>

int ctl_unpark(Ctl *ctl, char **arguments) {
    g_autofree char *path = NULL, *verb = g_strdup_printf("unpark '%s' on %s", arguments[1], arguments[0]);
    int status = ctl_open_line(ctl, arguments[0], &path);

    return status == EXIT_DONE ? ctl_get_call(ctl, path, verb, "Unpark", "s", arguments[1]) : status;
}

int ctl_pickup(Ctl *ctl, char **arguments) {
    g_autofree char *path = NULL, *verb = g_strdup_printf("pick up on %s", arguments[0]);
    int status = ctl_open_line(ctl, arguments[0], &path);

    return status == EXIT_DONE
               ? ctl_get_call(ctl, path, verb, "Pickup", "ss", arguments[1] ?: "", ctl->group ?: "")
               : status;
}

int ctl_cancel(Ctl *ctl, char **arguments) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *path = NULL;
    int r, status = ctl_open_line(ctl, arguments[0], &path);

    if (status != EXIT_DONE)
        return status;
    r = remote_call(ctl->remote, path, CALLBUS_LINE_INTERFACE, "CancelCompletion", &error, NULL, "s", arguments[1]);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "cancel '%s' on %s", arguments[1], arguments[0]) : EXIT_DONE;
}

static int read_rules(Ctl *ctl, const char *name, const char *path, Json **ret) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r = remote_call(ctl->remote, path, DBUS_PROPERTIES_INTERFACE, "Get", &error, &reply, "ss",
                        CALLBUS_LINE_INTERFACE, "Forwarding");

    if (r >= 0)
        r = decode_value(reply, ret);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "read the rules of %s", name) : EXIT_DONE;
}

static Json *new_rule_object(const Json *rule) {
    static const char *const keys[] = {"Condition", "Caller", "Destination", "Rings"};
    Json *object = json_new_object();

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        json_set(object, keys[i], json_ref((Json *) json_at(rule, i)));
    return object;
}

static void print_rules(const Ctl *ctl, const Json *rules) {
    static const Column columns[] = {
        {"WHEN"}, {"CALLERS", .elastic = true}, {"RINGS", .right = true}, {"TO", .elastic = true},
    };
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));

    for (size_t i = 0; i < json_size(rules); i++) {
        const Json *rule = json_at(rules, i);
        g_autofree char *callers = rule_callers(rule);
        g_autofree char *rings = g_strdup_printf("%" G_GUINT64_FORMAT, rule_rings(rule));
        table_add(table, rule_when(rule), STYLE_PLAIN);
        table_add(table, *callers ? callers : "all", STYLE_PLAIN);
        table_add(table, rule_rings(rule) > 0 ? rings : "", STYLE_PLAIN);
        table_add(table, rule_destination(rule), STYLE_STRONG);
    }
    ctl_print_table(ctl, table, "rule", "rules");
}

static int show_rules(Ctl *ctl, const char *name, const char *path) {
    g_autoptr(Json) rules = NULL, list = json_new_list();
    int status = read_rules(ctl, name, path, &rules);

    if (status != EXIT_DONE)
        return status;
    for (size_t i = 0; i < json_size(rules); i++)
        json_add(list, new_rule_object(json_at(rules, i)));
    if (ctl->json != JSON_OFF)
        ctl_print_json(list, ctl->json);
    else
        print_rules(ctl, rules);
    return EXIT_DONE;
}

static int append_rule(sd_bus_message *message, const char *when, const char *to, char **ret_complaint) {
    Rule rule = {};
    int r;

    *ret_complaint = rule_parse(when, to, &rule);
    if (*ret_complaint)
        return 0;
    r = sd_bus_message_append(message, "(sssu)", rule.condition, rule.caller, rule.destination, rule.rings);
    rule_clear(&rule);
    return r;
}

/* The words are pairs of WHEN and TO; none cancels. */
static int append_rules(sd_bus_message *message, char **words, char **ret_complaint) {
    int r = sd_bus_message_open_container(message, 'a', "(sssu)");

    for (; r >= 0 && *words; words += 2) {
        r = append_rule(message, words[0], words[1], ret_complaint);
        if (*ret_complaint)
            return 0;
    }
    return r < 0 ? r : sd_bus_message_close_container(message);
}

static int set_rules(Ctl *ctl, const char *name, char **words) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    g_autofree char *path = remote_line_path(name), *complaint = NULL, *opened = NULL;
    int status, r;

    if (!path)
        return ctl_fail_line(name);
    r = remote_new_method(ctl->remote, path, CALLBUS_LINE_INTERFACE, "Forward", &message);
    if (r >= 0)
        r = append_rules(message, words, &complaint);
    if (complaint)
        return ctl_misuse("%s", complaint);
    if (r < 0)
        return ctl_fail_bus(ctl, NULL, r, "forward %s", name);
    status = ctl_open_line(ctl, name, &opened);
    if (status != EXIT_DONE)
        return status;
    r = remote_call_message(ctl->remote, message, &error, NULL);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "forward %s", name) : EXIT_DONE;
}

int ctl_forward(Ctl *ctl, char **arguments) {
    static char always[] = "always", nobody[] = "dnd";
    char *dnd[] = {always, nobody, NULL}, *none[] = {NULL}, **words = arguments + 1;
    g_autofree char *path = NULL;
    int status;

    if ((ctl->clear || ctl->dnd) && (*words || (ctl->clear && ctl->dnd)))
        return ctl_misuse("--clear and --dnd stand alone: say 'callbusctl forward %s --clear'", arguments[0]);
    if (g_strv_length(words) % 2 != 0)
        return ctl_misuse("where to, after '%s'? Say 'callbusctl forward LINE WHEN TO...'",
                          words[g_strv_length(words) - 1]);
    if (ctl->clear || ctl->dnd)
        return set_rules(ctl, arguments[0], ctl->dnd ? dnd : none);
    if (*words)
        return set_rules(ctl, arguments[0], words);
    status = ctl_open_line(ctl, arguments[0], &path);
    return status == EXIT_DONE ? show_rules(ctl, arguments[0], path) : status;
}

static int read_apps(Ctl *ctl, const char *mode, Json **ret) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r = remote_call(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "GetAppPriority", &error, &reply, "s",
                        mode);

    if (r >= 0)
        r = decode_value(reply, ret);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "read who is first for '%s'", mode) : EXIT_DONE;
}

static int show_apps(Ctl *ctl, const char *mode) {
    g_autoptr(Json) apps = NULL;
    int status = read_apps(ctl, mode, &apps);

    if (status != EXIT_DONE)
        return status;
    if (ctl->json != JSON_OFF) {
        ctl_print_json(apps, ctl->json);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < json_size(apps); i++)
        puts(json_text(json_at(apps, i)));
    return EXIT_DONE;
}

static char *join_texts(const Json *list) {
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_size(list); i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", json_text(json_at(list, i)));
    return g_string_free(out, FALSE);
}

static int list_apps(Ctl *ctl) {
    static const Column columns[] = {{"MODE"}, {"APPLICATIONS", .elastic = true}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(Json) object = json_new_object();

    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++) {
        Json *apps = NULL;
        const char *name = media_mode_to_string(mode);
        g_autofree char *text = NULL;
        int status = read_apps(ctl, name, &apps);
        if (status != EXIT_DONE)
            return status;
        text = join_texts(apps);
        table_add(table, name, STYLE_PLAIN);
        table_add(table, text, STYLE_PLAIN);
        json_set(object, name, apps);
    }
    if (ctl->json != JSON_OFF)
        ctl_print_json(object, ctl->json);
    else
        ctl_print_table(ctl, table, "mode", "modes");
    return EXIT_DONE;
}

static int set_apps(Ctl *ctl, const char *mode, char **apps) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r = remote_new_method(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "SetAppPriority", &message);

    if (r >= 0)
        r = sd_bus_message_append(message, "s", mode);
    if (r >= 0)
        r = sd_bus_message_append_strv(message, apps);
    if (r >= 0)
        r = remote_call_message(ctl->remote, message, &error, NULL);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "set who is first for '%s'", mode) : EXIT_DONE;
}

int ctl_priority(Ctl *ctl, char **arguments) {
    const char *mode = arguments[0];

    if (ctl->clear && (!mode || arguments[1]))
        return ctl_misuse("--clear wants one MODE: say 'callbusctl priority MODE --clear'");
    if (!mode)
        return list_apps(ctl);
    if (ctl->clear || arguments[1])
        return set_apps(ctl, mode, arguments + 1);
    return show_apps(ctl, mode);
}
