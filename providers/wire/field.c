/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Field: dictionaries of a message as structs, by a table of the keys that there are. */
#include "providers/wire/field.h"

#include <string.h>

#include "providers/wire/list.h"
#include "service/provider.h"

static const char *const signatures[_WIRE_FIELD_KIND_MAX] = {
    [WIRE_FIELD_TEXT] = "s",
    [WIRE_FIELD_TRUTH] = "b",
    [WIRE_FIELD_NUMBER] = "u",
    [WIRE_FIELD_LONG] = "t",
    [WIRE_FIELD_BYTES] = "ay",
    [WIRE_FIELD_WORD] = "s",
    [WIRE_FIELD_WORDS_32] = "as",
    [WIRE_FIELD_WORDS_64] = "as",
    [WIRE_FIELD_TEXTS] = "as",
    [WIRE_FIELD_PAIRS] = "a{ss}",
    [WIRE_FIELD_PARTY] = "(sss)",
    [WIRE_FIELD_PARTY_PTR] = "(sss)",
};

/* Bytes in the struct, as WIRE_FIELD_BYTES has them. */
typedef struct Bytes {
    const uint8_t *data;
    size_t size;
} Bytes;

/* ---- From a message ---- */

static void reset(const WireField *field, void *place) {
    switch (field->kind) {
    case WIRE_FIELD_TEXT: *(const char **) place = NULL; break;
    case WIRE_FIELD_TRUTH: *(bool *) place = false; break;
    case WIRE_FIELD_NUMBER: *(unsigned *) place = (unsigned) field->absent; break;
    case WIRE_FIELD_LONG: *(uint64_t *) place = (uint64_t) field->absent; break;
    case WIRE_FIELD_BYTES: *(Bytes *) place = (Bytes) {}; break;
    case WIRE_FIELD_WORD: *(int *) place = (int) field->absent; break;
    case WIRE_FIELD_WORDS_32: *(uint32_t *) place = (uint32_t) field->absent; break;
    case WIRE_FIELD_WORDS_64: *(uint64_t *) place = (uint64_t) field->absent; break;
    case WIRE_FIELD_TEXTS:
    case WIRE_FIELD_PAIRS: *(const char *const **) place = NULL; break;
    case WIRE_FIELD_PARTY: *(PartyInfo *) place = (PartyInfo) {}; break;
    case WIRE_FIELD_PARTY_PTR: *(const PartyInfo **) place = NULL; break;
    case _WIRE_FIELD_KIND_MAX: break;
    }
}

static int unknown_word(const WireField *field, const char *word, char **ret_why) {
    *ret_why = g_strdup_printf("%s: '%s' is not one of %s", field->name, word, field->words->known);
    return -EINVAL;
}

static int read_word(sd_bus_message *m, const WireField *field, int *place, char **ret_why) {
    const char *word = NULL;
    int r = sd_bus_message_read_basic(m, 's', &word);

    if (r < 0)
        return r;
    *place = field->words->from_string(word);
    return *place < 0 ? unknown_word(field, word, ret_why) : 0;
}

static int read_words(sd_bus_message *m, const WireField *field, uint64_t *ret, char **ret_why) {
    const char *word = NULL;
    int r;

    *ret = 0;
    r = sd_bus_message_enter_container(m, 'a', "s");
    while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &word)) > 0) {
        int value = field->words->from_string(word);

        if (value < 0)
            return unknown_word(field, word, ret_why);
        *ret |= UINT64_C(1) << value;
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_bytes(sd_bus_message *m, Bytes *ret) {
    const void *data = NULL;
    int r = sd_bus_message_read_array(m, 'y', &data, &ret->size);

    ret->data = data;
    return r;
}

static int read_party(sd_bus_message *m, const WireField *field, WireKeep *keep, void *place, char **ret_why) {
    const PartyInfo *party = NULL;
    int r = wire_read_party(m, keep, &party, ret_why);

    if (r < 0)
        return r;
    if (field->kind == WIRE_FIELD_PARTY_PTR)
        *(const PartyInfo **) place = party;
    else if (party)
        *(PartyInfo *) place = *party;
    return 0;
}

static int read_value(sd_bus_message *m, const WireField *field, WireKeep *keep, void *place, char **ret_why) {
    uint64_t set = 0;
    int truth = 0, r;

    switch (field->kind) {
    case WIRE_FIELD_TEXT:
    case WIRE_FIELD_NUMBER:
    case WIRE_FIELD_LONG:
        return sd_bus_message_read_basic(m, signatures[field->kind][0], place);
    case WIRE_FIELD_TRUTH:
        r = sd_bus_message_read_basic(m, 'b', &truth);
        *(bool *) place = truth;
        return r;
    case WIRE_FIELD_BYTES:
        return read_bytes(m, place);
    case WIRE_FIELD_WORD:
        return read_word(m, field, place, ret_why);
    case WIRE_FIELD_WORDS_32:
        r = read_words(m, field, &set, ret_why);
        *(uint32_t *) place = (uint32_t) set;
        return r;
    case WIRE_FIELD_WORDS_64:
        return read_words(m, field, place, ret_why);
    case WIRE_FIELD_TEXTS:
        return wire_read_texts(m, keep, place);
    case WIRE_FIELD_PAIRS:
        return wire_read_pairs(m, keep, place);
    case WIRE_FIELD_PARTY:
    case WIRE_FIELD_PARTY_PTR:
        return read_party(m, field, keep, place, ret_why);
    case _WIRE_FIELD_KIND_MAX:
        break;
    }
    return -EINVAL;
}

static size_t find_field(const WireFields *fields, const char *name) {
    for (size_t i = 0; i < fields->n; i++)
        if (strcmp(fields->fields[i].name, name) == 0)
            return i;
    return fields->n;
}

static int unknown_key(const WireFields *fields, const char *name, char **ret_why) {
    g_autoptr(GString) known = g_string_new(NULL);

    for (size_t i = 0; i < fields->n; i++)
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", fields->fields[i].name);
    *ret_why = g_strdup_printf("Unknown key '%s': known are %s", name, known->str);
    return -EINVAL;
}

/* `seen` is the set of the keys that came before. */
static int read_entry(sd_bus_message *m, const WireFields *fields, WireKeep *keep, uint64_t *seen, void *result,
                      char **ret_why) {
    const WireField *field;
    const char *name = NULL, *contents = NULL;
    size_t i;
    int r = sd_bus_message_read_basic(m, 's', &name);

    if (r < 0)
        return r;
    i = find_field(fields, name);
    if (i == fields->n)
        return fields->lenient ? sd_bus_message_skip(m, "v") : unknown_key(fields, name, ret_why);
    field = &fields->fields[i];
    if (*seen & UINT64_C(1) << i) {
        *ret_why = g_strdup_printf("Key '%s' is there twice: give it once", name);
        return -EINVAL;
    }
    *seen |= UINT64_C(1) << i;
    r = sd_bus_message_peek_type(m, NULL, &contents);
    if (r < 0)
        return r;
    if (strcmp(contents, signatures[field->kind]) != 0) {
        *ret_why = g_strdup_printf("%s has type '%s': it must be '%s'", name, contents, signatures[field->kind]);
        return -EINVAL;
    }
    r = sd_bus_message_enter_container(m, 'v', contents);
    if (r >= 0)
        r = read_value(m, field, keep, (char *) result + field->offset, ret_why);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

int wire_fields_read(sd_bus_message *m, const WireFields *fields, WireKeep *keep, void *result, char **ret_why) {
    uint64_t seen = 0;
    int r;

    g_assert(fields->n <= 64);
    for (size_t i = 0; i < fields->n; i++)
        reset(&fields->fields[i], (char *) result + fields->fields[i].offset);
    r = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (r >= 0) {
        r = sd_bus_message_enter_container(m, 'e', "sv");
        if (r <= 0)
            break;
        r = read_entry(m, fields, keep, &seen, result, ret_why);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0 && !*ret_why)
        *ret_why = g_strdup("A dictionary could not be read: it must be a{sv}");
    return r < 0 ? -EINVAL : 0;
}

/* ---- To a message ---- */

static bool is_nobody(const PartyInfo *party) {
    return !party || (!party->number && !party->name && party->presentation == 0);
}

static bool is_absent(const WireField *field, const void *place) {
    switch (field->kind) {
    case WIRE_FIELD_TEXT:
    case WIRE_FIELD_TEXTS:
    case WIRE_FIELD_PAIRS: return !*(void *const *) place;
    case WIRE_FIELD_TRUTH: return !*(const bool *) place;
    case WIRE_FIELD_NUMBER: return *(const unsigned *) place == (unsigned) field->absent;
    case WIRE_FIELD_LONG:
    case WIRE_FIELD_WORDS_64: return *(const uint64_t *) place == (uint64_t) field->absent;
    case WIRE_FIELD_BYTES: return ((const Bytes *) place)->size == 0;
    case WIRE_FIELD_WORD: return *(const int *) place == (int) field->absent;
    case WIRE_FIELD_WORDS_32: return *(const uint32_t *) place == (uint32_t) field->absent;
    case WIRE_FIELD_PARTY: return is_nobody(place);
    case WIRE_FIELD_PARTY_PTR: return is_nobody(*(const PartyInfo *const *) place);
    case _WIRE_FIELD_KIND_MAX: break;
    }
    return true;
}

static int append_word(sd_bus_message *m, const WireField *field, int value) {
    const char *word = field->words->to_string(value);

    return word ? sd_bus_message_append_basic(m, 's', word) : -EINVAL;
}

static int append_words(sd_bus_message *m, const WireField *field, uint64_t set) {
    int r = sd_bus_message_open_container(m, 'a', "s");

    for (int i = 0; i < 64 && r >= 0; i++)
        if (set & UINT64_C(1) << i)
            r = append_word(m, field, i);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const WireField *field, const void *place) {
    int truth;

    switch (field->kind) {
    case WIRE_FIELD_TEXT:
        return wire_append_text(m, *(const char *const *) place);
    case WIRE_FIELD_TRUTH:
        truth = *(const bool *) place;
        return sd_bus_message_append_basic(m, 'b', &truth);
    case WIRE_FIELD_NUMBER:
    case WIRE_FIELD_LONG:
        return sd_bus_message_append_basic(m, signatures[field->kind][0], place);
    case WIRE_FIELD_BYTES:
        return sd_bus_message_append_array(m, 'y', ((const Bytes *) place)->data, ((const Bytes *) place)->size);
    case WIRE_FIELD_WORD:
        return append_word(m, field, *(const int *) place);
    case WIRE_FIELD_WORDS_32:
        return append_words(m, field, *(const uint32_t *) place);
    case WIRE_FIELD_WORDS_64:
        return append_words(m, field, *(const uint64_t *) place);
    case WIRE_FIELD_TEXTS:
        return wire_append_texts(m, *(const char *const *const *) place);
    case WIRE_FIELD_PAIRS:
        return wire_append_pairs(m, *(const char *const *const *) place);
    case WIRE_FIELD_PARTY:
        return wire_append_party(m, place);
    case WIRE_FIELD_PARTY_PTR:
        return wire_append_party(m, *(const PartyInfo *const *) place);
    case _WIRE_FIELD_KIND_MAX:
        break;
    }
    return -EINVAL;
}

static int append_entry(sd_bus_message *m, const WireField *field, const void *place) {
    int r;

    r = sd_bus_message_open_container(m, 'e', "sv");
    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', field->name);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', signatures[field->kind]);
    if (r >= 0)
        r = append_value(m, field, place);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_fields_append(sd_bus_message *m, const WireFields *fields, const void *from) {
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    for (size_t i = 0; i < fields->n && r >= 0; i++) {
        const WireField *field = &fields->fields[i];
        const void *place = (const char *) from + field->offset;

        if (!is_absent(field, place))
            r = append_entry(m, field, place);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}
