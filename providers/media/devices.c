/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices: the microphones and loudspeakers, by GstDeviceMonitor. */
#include "providers/media/devices.h"

#include <string.h>

#include "service/log.h"

#define PATIENCE (3 * G_TIME_SPAN_SECOND)

struct Devices {
    GMutex lock;
    GCond found;
    GstDeviceMonitor *monitor;
    GstBus *bus;
    GList *all;      /* GstDevice */
    bool is_known;   /* looked for once */
};

static void refresh(Devices *devices) {
    GList *all = gst_device_monitor_get_devices(devices->monitor), *before;

    g_mutex_lock(&devices->lock);
    before = devices->all;
    devices->all = all;
    devices->is_known = true;
    g_cond_broadcast(&devices->found);
    g_mutex_unlock(&devices->lock);
    g_list_free_full(before, gst_object_unref);
}

static void *run(void *userdata) {
    Devices *devices = userdata;
    bool started = gst_device_monitor_start(devices->monitor);

    if (!started)
        log_info("there is nobody who knows the sound devices");
    refresh(devices);
    while (started) {
        GstMessage *message = gst_bus_timed_pop(devices->bus, GST_CLOCK_TIME_NONE);

        if (message)
            gst_message_unref(message);
        refresh(devices);
    }
    return NULL;
}

static void *make(void *userdata) {
    Devices *devices = g_new0(Devices, 1);
    GThread *thread;

    g_mutex_init(&devices->lock);
    g_cond_init(&devices->found);
    devices->monitor = gst_device_monitor_new();
    gst_device_monitor_add_filter(devices->monitor, "Audio/Source", NULL);
    gst_device_monitor_add_filter(devices->monitor, "Audio/Sink", NULL);
    devices->bus = gst_device_monitor_get_bus(devices->monitor);
    thread = g_thread_try_new("devices", run, devices, NULL);
    if (thread)
        g_thread_unref(thread);
    else
        devices->is_known = true;
    return devices;
}

Devices *devices_get(void) {
    static GOnce once = G_ONCE_INIT;

    return g_once(&once, make, NULL);
}

static bool has_class(GstDevice *device, bool is_input) {
    return gst_device_has_classes(device, is_input ? "Audio/Source" : "Audio/Sink");
}

char **devices_list(Devices *devices) {
    GPtrArray *names = g_ptr_array_new();

    g_mutex_lock(&devices->lock);
    for (GList *link = devices->all; link; link = link->next) {
        char *name = gst_device_get_display_name(link->data);

        if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_free(name);
        else
            g_ptr_array_add(names, name);
    }
    g_mutex_unlock(&devices->lock);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

/* What is the same device is known to several: PulseAudio's elements, which PipeWire serves as well, are the most proved ones. ALSA
 * knows the hardware, not what the desktop made of it. */
static int rank_of_kind(GstDevice *device) {
    const char *type = G_OBJECT_TYPE_NAME(device);

    if (strcmp(type, "GstPulseDevice") == 0)
        return 2;
    return strcmp(type, "GstAlsaDevice") == 0 ? 0 : 1;
}

/* The more, the more usual. What is heard elsewhere is no microphone. */
static int rank(GstDevice *device) {
    g_autoptr(GstStructure) properties = gst_device_get_properties(device);
    gboolean is_default = FALSE;
    int score = rank_of_kind(device);

    if (!properties)
        return score;
    gst_structure_get_boolean(properties, "is-default", &is_default);
    if (g_strcmp0(gst_structure_get_string(properties, "device.class"), "monitor") == 0)
        score -= 10;
    return is_default ? score + 4 : score;
}

static bool is_named(GstDevice *device, const char *name) {
    g_autofree char *real = gst_device_get_display_name(device);

    return strcmp(real, name) == 0;
}

GstDevice *devices_find(Devices *devices, const char *name, bool is_input) {
    bool any = !name || name[0] == '\0';
    GstDevice *best = NULL;

    g_mutex_lock(&devices->lock);
    for (GList *link = devices->all; link; link = link->next) {
        GstDevice *device = link->data;

        if (!has_class(device, is_input) || (!any && !is_named(device, name)) || (any && rank(device) < 0))
            continue;
        if (!best || rank(device) > rank(best))
            best = device;
    }
    if (best)
        gst_object_ref(best);
    g_mutex_unlock(&devices->lock);
    return best;
}

void devices_wait(Devices *devices) {
    int64_t end = g_get_monotonic_time() + PATIENCE;

    g_mutex_lock(&devices->lock);
    while (!devices->is_known && g_cond_wait_until(&devices->found, &devices->lock, end))
        ;
    g_mutex_unlock(&devices->lock);
}
