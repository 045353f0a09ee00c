/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wav: a voice in a file. */
#include "providers/media/wav.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/uio.h>

#include "service/cleanup.h"

enum {
    BLOCK_FRAMES = 50,  /* a second is written at once */
    BYTES = sizeof(int16_t),
};

#define SIZE_MAX_OF_FILE UINT32_C(0x7fff0000) /* 18 hours */

typedef struct Header {
    char riff[4];
    uint32_t riff_size;
    char wave[4], fmt[4];
    uint32_t fmt_size;
    uint16_t format, channels;
    uint32_t rate, bytes_per_second;
    uint16_t block, bits;
    char data[4];
    uint32_t data_size;
} Header;

struct WavWriter {
    int fd;
    uint32_t written; /* bytes of sound */
    Frame block[BLOCK_FRAMES];
    unsigned filled;
};

static int write_header(WavWriter *writer) {
    Header header = {
        .riff = "RIFF",
        .riff_size = GUINT32_TO_LE(writer->written + (uint32_t) sizeof(header) - 8),
        .wave = "WAVE",
        .fmt = "fmt ",
        .fmt_size = GUINT32_TO_LE(16),
        .format = GUINT16_TO_LE(1),
        .channels = GUINT16_TO_LE(1),
        .rate = GUINT32_TO_LE(FRAME_RATE),
        .bytes_per_second = GUINT32_TO_LE(FRAME_RATE * BYTES),
        .block = GUINT16_TO_LE(BYTES),
        .bits = GUINT16_TO_LE(8 * BYTES),
        .data = "data",
        .data_size = GUINT32_TO_LE(writer->written),
    };

    return pwrite(writer->fd, &header, sizeof(header), 0) == sizeof(header) ? 0 : -EIO;
}

int wav_writer_new(const char *path, WavWriter **ret) {
    WavWriter *writer;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    int r;

    if (fd < 0)
        return -errno;
    writer = g_new0(WavWriter, 1);
    writer->fd = fd;
    r = write_header(writer);
    if (r < 0) {
        wav_writer_free(writer);
        return r;
    }
    *ret = writer;
    return 0;
}

static int flush(WavWriter *writer) {
    uint32_t size = writer->filled * (uint32_t) sizeof(Frame);
    ssize_t n;

    if (size == 0)
        return 0;
    for (unsigned i = 0; i < writer->filled; i++)
        for (size_t j = 0; j < FRAME_SAMPLES; j++)
            writer->block[i].samples[j] = GINT16_TO_LE(writer->block[i].samples[j]);
    n = pwrite(writer->fd, writer->block, size, (off_t) (sizeof(Header) + writer->written));
    writer->filled = 0;
    if (n < 0)
        return -errno;
    writer->written += (uint32_t) n;
    return write_header(writer) < 0 || (size_t) n < size ? -ENOSPC : 0;
}

WavWriter *wav_writer_free(WavWriter *writer) {
    if (!writer)
        return NULL;
    flush(writer);
    close(writer->fd);
    g_free(writer);
    return NULL;
}

int wav_writer_put(WavWriter *writer, const Frame *frame) {
    if (writer->written > SIZE_MAX_OF_FILE)
        return -EFBIG;
    writer->block[writer->filled++] = *frame;
    return writer->filled < BLOCK_FRAMES ? 0 : flush(writer);
}
