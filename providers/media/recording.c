/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording: a file of sound, read by a thread of its own. */
#include "providers/media/recording.h"

#include <glib.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <string.h>

#include "service/log.h"

enum {
    LENGTH_MAX = 600 * FRAME_RATE, /* samples: ten minutes are kept in memory */
};

/* Of both threads: the one that ends last frees it. */
struct Recording {
    char *path;
    GArray *samples; /* atomic: the reader sets it when all is there */
    int failed;      /* atomic: not, is, and was told */
    size_t at;
};

static void clear(void *data) {
    Recording *recording = data;

    g_free(recording->path);
    if (recording->samples)
        g_array_unref(recording->samples);
}

static void append(GArray *samples, GstSample *sample) {
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;

    if (!buffer || !gst_buffer_map(buffer, &map, GST_MAP_READ))
        return;
    g_array_append_vals(samples, map.data, (guint) (map.size / sizeof(int16_t)));
    gst_buffer_unmap(buffer, &map);
}

/* An error ends it as well: not every one comes as an end of the sound. */
static bool is_over(GstElement *pipeline, GstElement *sink) {
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) error = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

    return error || gst_app_sink_is_eos(GST_APP_SINK(sink));
}

static void read_all(GstElement *pipeline, GArray *samples) {
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");

    if (gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
        while (samples->len < LENGTH_MAX) {
            GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 100 * GST_MSECOND);

            if (sample) {
                append(samples, sample);
                gst_sample_unref(sample);
            } else if (is_over(pipeline, sink)) {
                break;
            }
        }
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

static GArray *load(const char *path) {
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(int16_t));
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) file = NULL;
    GstElement *pipeline = gst_parse_launch("filesrc name=file ! wavparse ! audioconvert ! audioresample ! "
                                            FRAME_CAPS " ! "
                                            "appsink name=sink sync=false max-buffers=16", &error);

    if (!pipeline || error) {
        log_warning("can't read files of sound: %s", error->message);
        g_clear_pointer(&pipeline, gst_object_unref);
        return samples;
    }
    gst_object_ref_sink(pipeline);
    file = gst_bin_get_by_name(GST_BIN(pipeline), "file");
    g_object_set(file, "location", path, NULL);
    read_all(pipeline, samples);
    gst_object_unref(pipeline);
    return samples;
}

static void *run(void *userdata) {
    Recording *recording = userdata;
    GArray *samples = load(recording->path);

    if (samples->len >= FRAME_SAMPLES) {
        g_atomic_pointer_set(&recording->samples, samples);
    } else {
        log_warning("%s is no WAV, or has no sound: silence is sent instead", recording->path);
        g_array_unref(samples);
        g_atomic_int_set(&recording->failed, 1);
    }
    g_atomic_rc_box_release_full(recording, clear);
    return NULL;
}

Recording *recording_open(const char *path) {
    Recording *recording = g_atomic_rc_box_new0(Recording);
    GThread *thread;

    recording->path = g_strdup(path);
    thread = g_thread_try_new("recording", run, g_atomic_rc_box_acquire(recording), NULL);
    if (thread) {
        g_thread_unref(thread);
        return recording;
    }
    g_atomic_rc_box_release_full(recording, clear); /* its own hold on it */
    recording->failed = 1;
    return recording;
}

Recording *recording_close(Recording *recording) {
    if (recording)
        g_atomic_rc_box_release_full(recording, clear);
    return NULL;
}

void recording_take(Recording *recording, Frame *ret) {
    GArray *samples = g_atomic_pointer_get(&recording->samples);

    *ret = (Frame) {};
    for (size_t done = 0; samples && done < FRAME_SAMPLES;) {
        size_t part = MIN(FRAME_SAMPLES - done, samples->len - recording->at);

        memcpy(ret->samples + done, (int16_t *) samples->data + recording->at, part * sizeof(int16_t));
        recording->at = (recording->at + part) % samples->len;
        done += part;
    }
}

bool recording_has_failed(Recording *recording) {
    return g_atomic_int_compare_and_exchange(&recording->failed, 1, 2);
}
