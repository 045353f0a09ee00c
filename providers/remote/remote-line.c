/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that a provider process has, or is to have. */
#include <errno.h>

#include "providers/remote/asked.h"
#include "providers/remote/remote-private.h"
#include "service/log.h"

enum { LINES_MAX = 4096 };

static const char *const *copy_texts(const char *const *texts) {
    return (const char *const *) (g_strdupv((char **) texts) ?: g_new0(char *, 1));
}

static LineConfig copy_config(const LineConfig *config) {
    LineConfig copy = *config;

    copy.info.name = NULL;
    copy.info.label = g_strdup(config->info.label);
    copy.info.pickup_group = g_strdup(config->info.pickup_group);
    copy.info.addresses = copy_texts(config->info.addresses);
    copy.info.emergency_numbers = copy_texts(config->info.emergency_numbers);
    copy.settings = copy_texts(config->settings);
    copy.source = g_strdup(config->source ?: "");
    return copy;
}

static void clear_config(LineConfig *config) {
    g_free((char *) config->info.label);
    g_free((char *) config->info.pickup_group);
    g_strfreev((char **) config->info.addresses);
    g_strfreev((char **) config->info.emergency_numbers);
    g_strfreev((char **) config->settings);
    g_free((char *) config->source);
}

RemoteLine *remote_line_new(Remote *remote, const char *name, const LineConfig *config) {
    RemoteLine *self = g_new0(RemoteLine, 1);

    *self = (RemoteLine) { .remote = remote, .name = g_strdup(name), .configured = config };
    if (config)
        self->config = copy_config(config);
    self->config.info.name = self->name;
    g_hash_table_insert(remote->lines, self->name, self);
    return self;
}

/* The service forgets its calls by itself. */
void remote_line_free(RemoteLine *self) {
    while (!g_queue_is_empty(&self->calls))
        remote_call_free(g_queue_peek_head(&self->calls));
    g_hash_table_remove(self->remote->lines, self->name);
    clear_config(&self->config);
    g_free(self->name);
    g_free(self);
}

static void refuse_line(RemoteLine *self, const char *reason) {
    Provider *provider = self->remote->provider;
    RequestId request = self->adding;

    remote_line_free(self);
    provider_complete(provider, request, refuse(REFUSAL_PROVIDER_FAILED, "%s", reason), NULL);
}

static void close_line(RemoteLine *self, const char *reason) {
    if (self->adding != 0)
        refuse_line(self, reason);
    else if (self->line)
        provider_report_line_state(self->line, LINE_OUT_OF_SERVICE, reason);
}

void remote_close_lines(Remote *remote, const char *reason) {
    g_autoptr(GList) lines = g_hash_table_get_values(remote->lines);

    for (GList *i = lines; i; i = i->next)
        close_line(i->data, reason);
}

static void set_line(RemoteLine *self, Line *line) {
    self->line = line;
    line_set_provider_data(line, self);
}

int remote_line_told(Remote *remote, const char *name, LineInfo *info) {
    RemoteLine *self = g_hash_table_lookup(remote->lines, name);
    Line *line = NULL;
    int r;

    info->name = name;
    if (self)
        self->refused = false;
    if (self && self->line) {
        r = provider_update_line(self->line, info);
        if (r >= 0)
            provider_report_line_state(self->line, LINE_IN_SERVICE, "");
        return r;
    }
    if (g_hash_table_size(remote->lines) >= LINES_MAX)
        return -ENOBUFS;
    r = provider_add_line(remote->provider, info, &line);
    if (r < 0)
        return r;
    set_line(self ?: remote_line_new(remote, name, NULL), line);
    return 0;
}

/* ---- Those of the configuration ---- */

void remote_line_begin(RemoteLine *self, const char *reason) {
    Line *line = NULL;

    if (provider_add_line(self->remote->provider, &self->config.info, &line) < 0)
        return; /* that is told */
    set_line(self, line);
    provider_report_line_state(line, LINE_OUT_OF_SERVICE, reason);
}

static int ask_for_line(RemoteLine *self, RequestId request, Asked **ret) {
    sd_bus_message *m = NULL;
    int r = asked_begin(self->remote, WIRE_ADD_LINE, &m);

    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', self->name);
    if (r >= 0)
        r = wire_append_line_info(m, &self->config.info);
    if (r >= 0)
        r = wire_append_pairs(m, self->config.settings);
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', self->config.source);
    return asked_send(self->remote, WIRE_ADD_LINE, m, r, request, ret);
}

static void make_line(RemoteLine *self) {
    RequestId request = self->adding;
    Asked *asked = NULL;
    int r;

    if (!self->configured)
        return;
    r = ask_for_line(self, request, &asked);
    if (r < 0) {
        close_line(self, g_strerror(-r));
        return;
    }
    asked_about_line(asked, self->name);
    self->remote->lines_asked += request == 0;
    self->adding = 0;
}

void remote_make_lines(Remote *remote) {
    g_autoptr(GList) lines = g_hash_table_get_values(remote->lines);

    for (GList *i = lines; i; i = i->next)
        make_line(i->data);
    if (remote->lines_asked == 0)
        remote_ready(remote);
}

/* What is wrong with it is for people to read, where they look for it. */
static void tell_trouble(RemoteLine *self, const Refusal *refusal) {
    if (!self || !self->line)
        return;
    self->refused = true;
    log_warning("event: line, line: %s, file: %s, why: %s", self->name, self->config.source, refusal_text(refusal));
    provider_report_line_state(self->line, LINE_OUT_OF_SERVICE, refusal_text(refusal));
}

/* The answer for one of the configuration. */
void remote_line_answered(Remote *remote, const char *name, const Refusal *refusal) {
    if (refusal)
        tell_trouble(g_hash_table_lookup(remote->lines, name), refusal);
    if (--remote->lines_asked == 0)
        remote_ready(remote);
}

/* ---- Those that come and go at run time ---- */

/* A process that was started for it comes soon, or never. */
int remote_add_line(Provider *provider, const LineConfig *config, RequestId request) {
    Remote *remote = provider_data(provider);
    RemoteLine *line;
    Asked *asked = NULL;
    int r;

    if (g_hash_table_contains(remote->lines, config->info.name))
        return -EEXIST;
    line = remote_line_new(remote, config->info.name, config);
    if (!remote->started) {
        line->adding = request;
        remote_await(remote);
        return 0;
    }
    r = ask_for_line(line, request, &asked);
    if (r < 0) {
        remote_line_free(line);
        return r;
    }
    asked_about_line(asked, line->name);
    return 0;
}

/* The service forgets the line, and its calls. */
void remote_line_gone(RemoteLine *self, const char *reason) {
    Line *line = self->line;

    remote_line_free(self);
    if (line)
        provider_report_line_state(line, LINE_REMOVED, reason);
}

void remote_line_removed(Remote *remote, const char *name) {
    RemoteLine *line = g_hash_table_lookup(remote->lines, name);

    if (line)
        remote_line_gone(line, "");
}

/* Of a process that is not there nothing has to be asked, nor of one that never had it. */
int remote_remove_line(Line *line, RequestId request) {
    RemoteLine *self = line_provider_data(line);
    Asked *asked = NULL;
    int r = 0;

    if (self->remote->link && !self->refused)
        r = asked_send_args(self->remote, WIRE_REMOVE_LINE, request, &asked, "s", self->name);
    else
        asked = asked_of_nobody(self->remote, WIRE_REMOVE_LINE, request);
    if (r >= 0)
        asked_about_line(asked, self->name);
    return r;
}
