/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device: a microphone or a loudspeaker that is open. */
#include "providers/media/device.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <stdlib.h>

#include "providers/media/devices.h"
#include "providers/media/fifo.h"
#include "service/log.h"

#define INPUT "audioconvert ! audioresample ! " FRAME_CAPS " ! appsink name=app sync=false max-buffers=10 drop=true"
#define OUTPUT "appsrc name=app is-live=true do-timestamp=true format=time max-time=200000000 leaky-type=downstream caps=" FRAME_CAPS \
               " ! audioconvert ! audioresample"

#define BUFFER_USEC "80000" /* of the device */
#define PERIOD_USEC "20000"

#define AGAIN (2 * GST_SECOND) /* until it is tried once more: it may have been plugged in */

enum {
    WAITING_FRAMES = 6, /* of a microphone: more is only delay */
    PATIENCE_SECONDS = 3, /* with sound servers, when the process ends */
};

/* Of both threads: the one that ends last frees it. */
struct Device {
    char *wanted;
    bool is_input, has_thread;
    GstBus *bus;
    int is_closed, failed;  /* atomic; failed: not, is, and was told */
    const char *name;       /* atomic, interned */
    GMutex lock;            /* of the two below */
    GstElement *source;     /* where a loudspeaker gets it from */
    Fifo samples;           /* of a microphone */
};

static void clear(void *data) {
    Device *device = data;

    gst_object_unref(device->bus);
    if (device->source)
        gst_object_unref(device->source);
    fifo_done(&device->samples);
    g_mutex_clear(&device->lock);
    g_free(device->wanted);
}

static GstFlowReturn on_sample(GstAppSink *sink, void *userdata) {
    Device *device = userdata;
    GstSample *sample = gst_app_sink_pull_sample(sink);
    GstBuffer *buffer = sample ? gst_sample_get_buffer(sample) : NULL;
    GstMapInfo map;

    if (buffer && gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        g_mutex_lock(&device->lock);
        fifo_put(&device->samples, (const int16_t *) map.data, map.size / sizeof(int16_t));
        g_mutex_unlock(&device->lock);
        gst_buffer_unmap(buffer, &map);
    }
    if (sample)
        gst_sample_unref(sample);
    return GST_FLOW_OK;
}

/* By its text, as not all have the same type. */
static void set_if_there(GstElement *element, const char *property, const char *value) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(element), property))
        gst_util_set_object_arg(G_OBJECT(element), property, value);
}

static GstElement *find_element(Device *device) {
    GstDevice *found;
    GstElement *element;
    g_autofree char *name = NULL;

    found = devices_find(devices_get(), device->wanted, device->is_input);
    if (!found)
        return NULL;
    element = gst_device_create_element(found, NULL);
    name = gst_device_get_display_name(found);
    g_atomic_pointer_set(&device->name, g_intern_string(name));
    gst_object_unref(found);
    if (!element)
        return NULL;
    set_if_there(element, "buffer-time", BUFFER_USEC);
    set_if_there(element, "latency-time", PERIOD_USEC);
    if (!device->is_input)
        set_if_there(element, "sync", "false");
    return element;
}

static void set_source(Device *device, GstElement *app) {
    g_mutex_lock(&device->lock);
    gst_object_replace((GstObject **) &device->source, (GstObject *) app);
    g_mutex_unlock(&device->lock);
}

static void use_app(Device *device, GstElement *app) {
    GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

    if (device->is_input)
        gst_app_sink_set_callbacks(GST_APP_SINK(app), &callbacks, device, NULL);
    else
        set_source(device, app);
}

/* One at a time in all of the process: pulsesink's elements share a loop that they end while others begin to use it. Only threads of
 * devices ever wait here. */
static GMutex door;

/* NULL: there is none, or GStreamer can't. */
static GstElement *make_pipeline(Device *device) {
    GstElement *element = find_element(device), *pipeline, *bin;
    g_autoptr(GstElement) app = NULL;

    if (!element)
        return NULL;
    bin = gst_parse_bin_from_description(device->is_input ? INPUT : OUTPUT, TRUE, NULL);
    if (!bin) {
        gst_object_unref(gst_object_ref_sink(element));
        return NULL;
    }
    pipeline = gst_object_ref_sink(gst_pipeline_new(NULL));
    gst_bin_add_many(GST_BIN(pipeline), element, bin, NULL);
    app = gst_bin_get_by_name(GST_BIN(bin), "app");
    if (!gst_element_link(device->is_input ? element : bin, device->is_input ? bin : element)) {
        gst_object_unref(pipeline);
        return NULL;
    }
    use_app(device, app);
    gst_element_set_bus(pipeline, device->bus);
    return pipeline;
}

/* How many are closed and have not come to their end. */
static GMutex closing_lock;
static GCond closed;
static unsigned n_closing;

static void count_closing(int change) {
    g_mutex_lock(&closing_lock);
    n_closing += (unsigned) change;
    g_cond_broadcast(&closed);
    g_mutex_unlock(&closing_lock);
}

/* The libraries of sound servers clear up as the process ends: whoever still talks to a server then would crash. */
static void wait_for_closing(void) {
    int64_t end = g_get_monotonic_time() + PATIENCE_SECONDS * G_USEC_PER_SEC;

    g_mutex_lock(&closing_lock);
    while (n_closing > 0 && g_cond_wait_until(&closed, &closing_lock, end))
        ;
    g_mutex_unlock(&closing_lock);
}

static void *prepare_end(void *unused) {
    atexit(wait_for_closing);
    return NULL;
}

/* Until it is closed, or fails. */
static bool watch(Device *device) {
    while (!g_atomic_int_get(&device->is_closed)) {
        g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
            device->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS | GST_MESSAGE_APPLICATION);

        if (message && GST_MESSAGE_TYPE(message) != GST_MESSAGE_APPLICATION)
            return false;
    }
    return true;
}

/* NULL: it is not there, or does not work. */
static GstElement *start(Device *device) {
    GstElement *pipeline;

    devices_wait(devices_get());
    g_mutex_lock(&door);
    pipeline = make_pipeline(device);
    if (pipeline && gst_element_set_state(pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        gst_element_set_state(pipeline, GST_STATE_NULL);
        g_clear_pointer(&pipeline, gst_object_unref);
    }
    g_mutex_unlock(&door);
    return pipeline;
}

static void stop(Device *device, GstElement *pipeline) {
    set_source(device, NULL);
    g_atomic_pointer_set(&device->name, NULL);
    g_mutex_lock(&door);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_element_set_bus(pipeline, NULL);
    gst_object_unref(pipeline);
    g_mutex_unlock(&door);
    gst_bus_set_flushing(device->bus, FALSE); /* the pipeline left it so; what comes next is the word to close */
}

static void tell_failure(Device *device) {
    if (g_atomic_int_compare_and_exchange(&device->failed, 0, 1))
        log_warning("a sound device is not there, or failed: silence until it is");
}

/* One time from its opening to its end. */
static void use(Device *device) {
    GstElement *pipeline = start(device);

    if (!pipeline) {
        if (device->wanted) /* who has no device at all misses none */
            tell_failure(device);
        return;
    }
    g_atomic_int_set(&device->failed, 0);
    if (!watch(device))
        tell_failure(device);
    stop(device, pipeline);
}

static void *run(void *userdata) {
    Device *device = userdata;

    while (!g_atomic_int_get(&device->is_closed)) {
        g_autoptr(GstMessage) message = NULL;

        use(device);
        if (!g_atomic_int_get(&device->is_closed))
            message = gst_bus_timed_pop_filtered(device->bus, AGAIN, GST_MESSAGE_APPLICATION);
    }
    g_atomic_rc_box_release_full(device, clear);
    count_closing(-1);
    return NULL;
}

Device *device_open(const char *name, bool is_input) {
    static GOnce once = G_ONCE_INIT;
    Device *device = g_atomic_rc_box_new0(Device);
    GThread *thread;

    g_once(&once, prepare_end, NULL);
    device->wanted = g_strdup(name);
    device->is_input = is_input;
    device->bus = gst_bus_new();
    g_mutex_init(&device->lock);
    fifo_init(&device->samples, WAITING_FRAMES * FRAME_SAMPLES);
    thread = g_thread_try_new("device", run, g_atomic_rc_box_acquire(device), NULL);
    if (thread) {
        g_thread_unref(thread);
        device->has_thread = true;
        return device;
    }
    device->failed = 1;
    g_atomic_rc_box_release_full(device, clear); /* the thread's */
    return device;
}

Device *device_close(Device *device) {
    if (!device)
        return NULL;
    if (device->has_thread)
        count_closing(1);
    g_atomic_int_set(&device->is_closed, 1);
    gst_bus_post(device->bus, gst_message_new_application(NULL, gst_structure_new_empty("close")));
    g_atomic_rc_box_release_full(device, clear);
    return NULL;
}

const char *device_name(Device *device) {
    return g_atomic_pointer_get(&device->name);
}

void device_take(Device *device, Frame *ret) {
    *ret = (Frame) {};
    g_mutex_lock(&device->lock);
    if (device->samples.filled >= FRAME_SAMPLES)
        fifo_take(&device->samples, ret->samples, FRAME_SAMPLES);
    g_mutex_unlock(&device->lock);
}

void device_put(Device *device, const Frame *frame) {
    g_mutex_lock(&device->lock);
    if (device->source)
        gst_app_src_push_buffer(GST_APP_SRC(device->source), gst_buffer_new_memdup(frame->samples, sizeof(frame->samples)));
    g_mutex_unlock(&device->lock);
}

bool device_has_failed(Device *device) {
    return g_atomic_int_compare_and_exchange(&device->failed, 1, 2);
}
