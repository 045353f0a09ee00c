/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzz: what every target has: one function that takes any bytes, and properties that hold whatever they are.
 *
 * With clang and -Dfuzzers=true a target is linked with libFuzzer. Otherwise replay.c is its main(): it goes through the corpus,
 * and through changed inputs of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One trial. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property: if it does not hold, the program ends here, and the input is a finding. */
#define must(condition, ...)                                                \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__);                                   \
            fputc('\n', stderr);                                            \
            abort();                                                        \
        }                                                                   \
    } while (0)

/* Is that one line of text for a person: not empty, in UTF-8, without control characters? */
bool fuzz_is_message(const char *text);

/* The bytes as text: without those from the first NUL on. To be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/* A folder of this program's own, in memory if there is such a place; removed at the end. */
const char *fuzz_folder(void);

/* Writes a file into it, and returns its path, to be freed. */
char *fuzz_write(const char *name, const void *data, size_t size);

/* What stands in a file of it; NULL: there is none. To be freed. */
char *fuzz_read(const char *name, size_t *ret_size);
