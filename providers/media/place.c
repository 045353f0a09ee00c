/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Place: where sound comes from and goes to, as the configuration says it. */
#include "providers/media/place.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define HZ_MAX 7000.0
#define VOLUME_OF_TONE 0.5

static bool parse_number(const char *text, double min, double max, double *ret) {
    char *end = NULL;
    double value = g_ascii_strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= min && value <= max))
        return false;
    *ret = value;
    return true;
}

static bool parse_tone(const char *text, Place *ret) {
    g_auto(GStrv) parts = g_strsplit(text, ",", 2);

    ret->kind = PLACE_TONE;
    ret->volume = VOLUME_OF_TONE;
    return parts[0] && parse_number(parts[0], 1, HZ_MAX, &ret->hz) &&
        (!parts[1] || parse_number(parts[1], 0, 1, &ret->volume));
}

static bool parse_name(const char *text, const char *prefix, PlaceKind kind, Place *ret) {
    if (!g_str_has_prefix(text, prefix) || text[strlen(prefix)] == '\0')
        return false;
    ret->kind = kind;
    ret->name = g_strdup(text + strlen(prefix));
    return true;
}

int place_parse(const char *text, bool is_input, Place *ret, char **ret_why) {
    *ret = (Place) {};
    if (!text || text[0] == '\0')
        return 0;
    if (strcmp(text, "none") == 0) {
        ret->kind = PLACE_NONE;
        return 0;
    }
    if (parse_name(text, "device:", PLACE_DEVICE, ret) || parse_name(text, "file:", PLACE_FILE, ret))
        return 0;
    if (is_input && g_str_has_prefix(text, "tone:") && parse_tone(text + strlen("tone:"), ret))
        return 0;
    *ret_why = g_strdup_printf("%s is no place for sound; wanted is none, device:NAME, file:PATH%s", text,
                               is_input ? " or tone:HZ[,VOLUME] with 1 to 7000 Hz and a volume of 0 to 1" : "");
    return -EINVAL;
}

void place_done(Place *place) {
    g_free(place->name);
    *place = (Place) {};
}

bool place_is_device(const Place *place) {
    return place->kind == PLACE_USUAL || place->kind == PLACE_DEVICE;
}
