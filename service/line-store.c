/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LineStore: the lines that are configured, added and removed. */
#include "service/line-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "service/deed.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"

struct LineStore {
    Manager *manager;
    Settings *settings;
    char *folder; /* NULL: nothing is kept */
    Durability durability;
    bool users;
    LineStoreNeed need;
    void *userdata;
    unsigned waiting; /* for lines to be made at the start */
    void (*made)(void *userdata);
    void *made_data;
};

/* A line that a provider is asked to make, or to take away. */
typedef struct Change {
    LineStore *store;
    LineSetting *setting; /* the settings'; NULL: it is no longer there */
    char *name;
    Done done;
    bool late; /* whoever asked was told that it failed, but it goes on */
} Change;

static Change *change_new(LineStore *store, LineSetting *setting, Done done) {
    Change *change = g_new0(Change, 1);

    *change = (Change) { .store = store, .setting = setting, .name = g_strdup(setting->name), .done = done };
    return change;
}

static void change_free(void *data) {
    Change *change = data;

    g_free(change->name);
    g_free(change);
}

/* ---- Finding ---- */

static LineSetting *find_setting(const LineStore *store, const char *name) {
    for (unsigned i = 0; i < store->settings->lines->len; i++) {
        LineSetting *setting = g_ptr_array_index(store->settings->lines, i);

        if (strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

static unsigned count_added(const LineStore *store) {
    unsigned n = 0;

    for (unsigned i = 0; i < store->settings->lines->len; i++)
        n += ((const LineSetting *) g_ptr_array_index(store->settings->lines, i))->added;
    return n;
}

static Provider *find_provider(const LineStore *store, const char *name) {
    const GPtrArray *providers = manager_providers(store->manager);

    for (unsigned i = 0; i < providers->len; i++)
        if (strcmp(provider_name(g_ptr_array_index(providers, i)), name) == 0)
            return g_ptr_array_index(providers, i);
    return NULL;
}

/* ---- Files ---- */

static char *path_of(const LineStore *store, const char *name) {
    g_autofree char *file = g_strconcat(name, ".conf", NULL);

    return store->folder ? g_build_filename(store->folder, file, NULL) : NULL;
}

/* What was done in the folder is there after a loss of power, too. */
static int sync_folder(const LineStore *store, const char *path) {
    _cleanup_close_ int fd = -1;

    if (store->durability != DURABILITY_POWER)
        return 0;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int make_folder(const LineStore *store) {
    g_autofree char *parent = g_path_get_dirname(store->folder);

    if (g_file_test(store->folder, G_FILE_TEST_IS_DIR))
        return 0;
    if (g_mkdir_with_parents(store->folder, 0700) < 0)
        return -errno;
    return sync_folder(store, parent);
}

static Refusal *refuse_io(const char *path, const char *why) {
    log_error("event: storage, file: %s, error: %s", path, why);
    return refuse(REFUSAL_IO_ERROR, "The line can't be kept (%s): see that the folder of the state can be written", why);
}

/* Whole or not at all. */
static Refusal *keep(const LineStore *store, const LineSetting *setting, const char *text) {
    g_autofree char *path = path_of(store, setting->name);
    GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT;
    g_autoptr(GError) error = NULL;
    int r;

    if (!path)
        return NULL;
    if (store->durability == DURABILITY_POWER)
        flags |= G_FILE_SET_CONTENTS_DURABLE;
    r = make_folder(store);
    if (r < 0)
        return refuse_io(store->folder, g_strerror(-r));
    if (!g_file_set_contents_full(path, text, -1, flags, 0600, &error))
        return refuse_io(path, error->message);
    r = sync_folder(store, store->folder);
    if (r >= 0)
        return NULL;
    g_unlink(path);
    return refuse_io(path, g_strerror(-r));
}

static Refusal *keep_no_more(const LineStore *store, const char *name) {
    g_autofree char *path = path_of(store, name);
    int r;

    if (!path)
        return NULL;
    if (g_unlink(path) < 0 && errno != ENOENT)
        return refuse_io(path, g_strerror(errno));
    r = sync_folder(store, store->folder);
    return r < 0 ? refuse_io(path, g_strerror(-r)) : NULL;
}

static bool fits(const Settings *settings, const LineSetting *line) {
    if (settings_provider_way(settings, line->provider) == PROVIDER_OFF) {
        log_error("%s: provider %s is off in callbusd.conf: the line is left out", line->file, line->provider);
        return false;
    }
    for (unsigned i = 0; i < settings->lines->len; i++) {
        const LineSetting *other = g_ptr_array_index(settings->lines, i);

        if (strcmp(other->name, line->name) == 0) {
            log_error("%s: '%s' is that of the line in %s: the line is left out", line->file, line->name, other->file);
            return false;
        }
    }
    return true;
}

static void load_one(Settings *settings, const char *path) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    _cleanup_(line_setting_freep) LineSetting *line = NULL;
    g_autofree char *why = NULL;

    if (line_setting_read(path, &file, &line, &why) < 0) {
        log_error("%s: the line is left out", why);
        return;
    }
    line->added = true;
    if (fits(settings, line))
        g_ptr_array_add(settings->lines, TAKE_PTR(line));
}

void line_store_load(Settings *settings, const char *state) {
    g_autofree char *why = NULL;
    g_autoptr(GPtrArray) paths = line_setting_list(state, &why);

    if (!paths)
        log_error("%s: lines that were added are left out", why);
    for (unsigned i = 0; paths && i < paths->len; i++)
        load_one(settings, g_ptr_array_index(paths, i));
}

/* ---- Life ---- */

LineStore *line_store_new(Manager *manager, Settings *settings, const LineStoreOptions *options) {
    LineStore *store = g_new0(LineStore, 1);

    *store = (LineStore) {
        .manager = manager,
        .settings = settings,
        .folder = options->state ? g_build_filename(options->state, "lines.d", NULL) : NULL,
        .durability = options->durability,
        .users = options->users,
        .need = options->need,
        .userdata = options->userdata,
    };
    for (unsigned i = 0; i < settings->lines->len; i++)
        manager_set_line_policy(manager, line_setting_policy(g_ptr_array_index(settings->lines, i), store->users));
    return store;
}

LineStore *line_store_free(LineStore *store) {
    if (!store)
        return NULL;
    g_free(store->folder);
    g_free(store);
    return NULL;
}

/* ---- The start ---- */

static void one_is_made(LineStore *store) {
    if (--store->waiting == 0)
        store->made(store->made_data);
}

/* It is there to tell what is wrong with it. */
static void add_broken(LineStore *store, LineSetting *setting, const char *why) {
    Provider *provider = find_provider(store, setting->provider);
    LineConfig config;
    Line *line = NULL;

    log_error("%s: line %s is out of service: %s", setting->file, setting->name, why);
    line_setting_config(setting, &config);
    if (!provider || manager_is_stopping(store->manager) || manager_find_line(store->manager, setting->name) || provider_add_line(provider, &config.info, &line) < 0)
        return;
    setting->broken = true;
    provider_report_line_state(line, LINE_OUT_OF_SERVICE, why);
}

static void on_made_at_start(const Outcome *outcome, void *userdata) {
    Change *change = userdata;
    LineStore *store = change->store;

    if (outcome->refusal && change->setting)
        add_broken(store, change->setting, refusal_text(outcome->refusal));
    change_free(change);
    one_is_made(store);
}

static int begin_add(LineStore *store, Provider *provider, const LineSetting *setting, RequestEffect effect, Change *change, Done done) {
    Request *request = NULL;
    Refusal *refusal = request_new(provider, /* client= */ NULL, /* call= */ NULL, OPERATION_NONE, &request);
    LineConfig config;
    int r;

    g_assert(!refusal); /* only clients have limits */
    line_setting_config(setting, &config);
    r = provider_ops(provider)->add_line(provider, &config, request_id(request));
    if (r < 0) {
        request_discard(request);
        return r;
    }
    if (effect)
        request_set_data(request, change, change_free);
    request_arm(request, effect, done);
    return 0;
}

static void make(LineStore *store, LineSetting *setting) {
    Provider *provider = find_provider(store, setting->provider);
    Change *change;
    int r;

    if (manager_find_line(store->manager, setting->name))
        return;
    if (!provider || !provider_ops(provider)->add_line) {
        add_broken(store, setting, "its provider takes no lines by configuration");
        return;
    }
    change = change_new(store, setting, (Done) {});
    store->waiting++;
    r = begin_add(store, provider, setting, /* effect= */ NULL, change, (Done) { on_made_at_start, change });
    if (r < 0) {
        add_broken(store, setting, g_strerror(-r));
        change_free(change);
        store->waiting--;
    }
}

void line_store_start(LineStore *store, void (*made)(void *userdata), void *userdata) {
    store->made = made;
    store->made_data = userdata;
    store->waiting = 1; /* until all have been asked for */
    for (unsigned i = 0; i < store->settings->lines->len; i++)
        make(store, g_ptr_array_index(store->settings->lines, i));
    one_is_made(store);
}

/* ---- Adding ---- */

static void forget(LineStore *store, LineSetting *setting) {
    manager_forget_line_policy(store->manager, setting->name);
    g_ptr_array_remove(store->settings->lines, setting);
}

/* The line that was refused is not kept; that it can't be removed from the disk changes nothing for whoever asked. */
static void undo_add(Change *change) {
    refusal_free(keep_no_more(change->store, change->name));
    forget(change->store, change->setting);
    change->setting = NULL;
}

static void ignore(const Outcome *outcome, void *userdata) {
}

static int begin_remove(Line *line, RequestEffect effect, Change *change, Done done) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    Request *request = NULL;
    Refusal *refusal = request_new(line_provider(line), /* client= */ NULL, /* call= */ NULL, OPERATION_NONE, &request);
    int r;

    g_assert(!refusal); /* only clients have limits */
    r = ops->remove_line(line, request_id(request));
    if (r < 0) {
        request_discard(request);
        return r;
    }
    if (change)
        request_set_data(request, change, change_free);
    request_arm(request, effect, done);
    return 0;
}

/* It came too late, and whoever asked was told that there is no such line. */
static void on_late_add(Request *request) {
    const Change *change = request_data(request);
    Line *line = change->setting ? NULL : manager_find_line(change->store->manager, change->name);

    if (line && provider_ops(line_provider(line))->remove_line)
        begin_remove(line, /* effect= */ NULL, /* change= */ NULL, (Done) { ignore });
}

static void on_added(const Outcome *outcome, void *userdata) {
    Change *change = userdata;
    Outcome answer = *outcome;
    _cleanup_(refusal_freep) Refusal *lost = NULL;

    if (!answer.refusal && !manager_find_line(change->store->manager, change->name)) {
        lost = refuse(REFUSAL_PROVIDER_FAILED, "The provider did not make the line: look into its log");
        answer.refusal = lost;
    }
    if (answer.refusal)
        undo_add(change);
    else
        log_info("event: line-added, line: %s, provider: %s", change->name, change->setting->provider);
    change->setting = answer.refusal ? NULL : change->setting;
    change->done.func(&answer, change->done.userdata);
}

static Refusal *need_provider(LineStore *store, const char *name, Provider **ret) {
    g_autofree char *why = NULL;

    *ret = find_provider(store, name);
    if (!*ret && settings_provider_way(store->settings, name) == PROVIDER_OFF)
        return refuse(REFUSAL_NOT_SUPPORTED, "Provider %s is off: see [Providers] in callbusd.conf", name);
    if (!*ret && store->need)
        *ret = store->need(name, &why, store->userdata);
    if (!*ret)
        return refuse(REFUSAL_NOT_SUPPORTED, "There is no provider %s: %s", name, why ?: "see Providers for those that there are");
    if (!provider_ops(*ret)->add_line)
        return refuse(REFUSAL_NOT_SUPPORTED, "Provider %s takes no lines at run time", name);
    return NULL;
}

static Refusal *check_room(const LineStore *store, const LineSetting *setting) {
    if (manager_find_line(store->manager, setting->name) || find_setting(store, setting->name))
        return refuse(REFUSAL_CONFLICT, "There is a line %s already: give it another name, or remove that first", setting->name);
    if (count_added(store) >= LINE_STORE_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "There are %d added lines: remove one first", LINE_STORE_MAX);
    return NULL;
}

Refusal *line_store_add(LineStore *store, Client *client, const char *name, const char *provider_name, const char *const *settings,
                        Done done) {
    _cleanup_(line_setting_freep) LineSetting *setting = NULL;
    g_autofree char *text = NULL, *why = NULL;
    Provider *provider = NULL;
    Refusal *refusal;
    Change *change;
    int r;

    /* First of all: which lines and users there are is not for everybody to know, nor to have looked up, which may take its time. */
    refusal = deed_check(client, DEED_CONFIGURE, /* line= */ NULL);
    if (refusal)
        return refusal;
    if (line_setting_make(name, provider_name, settings, &setting, &text, &why) < 0)
        return refuse(REFUSAL_INVALID_ARGS, "%s", why);
    refusal = check_room(store, setting) ?: need_provider(store, provider_name, &provider) ?: keep(store, setting, text);
    if (refusal)
        return refusal;
    setting->file = path_of(store, name) ?: g_strdup("");
    manager_set_line_policy(store->manager, line_setting_policy(setting, store->users));
    g_ptr_array_add(store->settings->lines, setting);
    change = change_new(store, TAKE_PTR(setting), done);
    r = begin_add(store, provider, change->setting, on_late_add, change, (Done) { on_added, change });
    if (r >= 0)
        return NULL;
    undo_add(change);
    change_free(change);
    return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not start it (%s): try again", g_strerror(-r));
}

/* ---- Removing ---- */

static Refusal *finish_remove(Change *change) {
    Refusal *refusal = keep_no_more(change->store, change->name);

    log_info("event: line-removed, line: %s", change->name);
    if (change->setting)
        forget(change->store, change->setting);
    change->setting = NULL;
    return refusal;
}

/* It came too late, but the line is gone. */
static void on_late_removal(Request *request) {
    Change *change = request_data(request);
    LineSetting *setting = change->late ? find_setting(change->store, change->name) : NULL;

    if (!setting || !setting->added || manager_find_line(change->store->manager, change->name))
        return;
    change->setting = setting;
    refusal_free(finish_remove(change));
}

static void on_removed(const Outcome *outcome, void *userdata) {
    Change *change = userdata;
    Outcome answer = *outcome;
    _cleanup_(refusal_freep) Refusal *refusal = NULL;

    change->late = answer.refusal;
    if (answer.refusal)
        change->setting->removing = false;
    else
        answer.refusal = refusal = finish_remove(change);
    change->setting = NULL;
    change->done.func(&answer, change->done.userdata);
}

/* Nobody but us knows of it. */
static Refusal *remove_at_once(LineStore *store, LineSetting *setting, Line *line, Done done) {
    Change *change = change_new(store, setting, done);
    Refusal *refusal;

    if (line)
        provider_report_line_state(line, LINE_REMOVED, "");
    refusal = finish_remove(change);
    if (!refusal)
        done.func(&(Outcome) {}, done.userdata);
    change_free(change);
    return refusal;
}

static Refusal *check_removal(const LineStore *store, const char *name, const LineSetting *setting) {
    if (!setting && !manager_find_line(store->manager, name))
        return refuse(REFUSAL_UNKNOWN_OBJECT, "There is no line '%s': see ListLines()", name);
    if (!setting || !setting->added)
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s was not added at run time: it is the administrator's, in %s", name,
                      setting ? setting->file : "callbusd.conf");
    if (setting->removing)
        return refuse(REFUSAL_CONFLICT, "Line %s is being removed already: wait until it is gone", name);
    return NULL;
}

Refusal *line_store_remove(LineStore *store, Client *client, const char *name, Done done) {
    LineSetting *setting = find_setting(store, name);
    Line *line = manager_find_line(store->manager, name);
    Refusal *refusal = deed_check(client, DEED_CONFIGURE, /* line= */ NULL) ?: check_removal(store, name, setting);
    Change *change;
    int r;

    if (refusal)
        return refusal;
    if (!line || setting->broken)
        return remove_at_once(store, setting, line, done);
    if (!provider_ops(line_provider(line))->remove_line)
        return refuse(REFUSAL_NOT_SUPPORTED, "Provider %s gives no lines away at run time", provider_name(line_provider(line)));
    change = change_new(store, setting, done);
    r = begin_remove(line, on_late_removal, change, (Done) { on_removed, change });
    if (r >= 0) {
        setting->removing = true;
        return NULL;
    }
    change_free(change);
    return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not start it (%s): try again", g_strerror(-r));
}
