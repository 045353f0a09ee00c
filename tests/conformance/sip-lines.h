/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SipLines: the lines of SIP before the suite, however they reach each other, and what is true of all of them. The build tells the
 * column of the table: COLUMN its name, TRANSPORT, ENCRYPTED.
 */
#pragma once

#include "tests/conformance/adapter.h"

/* What SIP has no words for, or only an exchange: feature codes are not set here. */
#define SIP_MISSING                                                                                        \
    (OPERATION_BIT(OPERATION_PARK) | OPERATION_BIT(OPERATION_UNPARK) | OPERATION_BIT(OPERATION_PICKUP) |    \
     OPERATION_BIT(OPERATION_COMPLETE_CALL) | OPERATION_BIT(OPERATION_CANCEL_COMPLETION))

#define SIP_TRAITS                                                                                             \
    (TRAIT_THIRD_LINE | TRAIT_PLAIN_LINE | TRAIT_SMALL_LINE | TRAIT_ANSWER_MODES | TRAIT_CALL_ID | TRAIT_NAMES | \
     TRAIT_HIDING | TRAIT_PATIENCE | TRAIT_BELL | TRAIT_FAR_HOLD | TRAIT_MALFORMED | TRAIT_MORE_LINES |          \
     TRAIT_NETWORK_IDS | (ENCRYPTED ? TRAIT_ENCRYPTION : 0))

enum { SIP_LINES = 7 };

/* For each world: begins its network, and tells the lines in it, SIP_LINES of them. Valid until the end. */
const LineConfig *sip_lines_begin(void);
void sip_lines_end(void);

/* Of the line that is added at run time; the others make no sense. */
extern const char *sip_more_settings[], *sip_bad_settings[];

#define SIP_ADAPTER                                                            \
    .name = COLUMN,                                                            \
    .abilities = (OPERATION_BIT(_OPERATION_MAX) - 1) & ~SIP_MISSING,           \
    .traits = SIP_TRAITS,                                                      \
    .lines = { "sip0", "sip1", "sip2" },                                       \
    .addresses = { "100", "101", "102" },                                      \
    .plain_line = "plain0",                                                    \
    .plain_address = "200",                                                    \
    .small_line = "small0",                                                    \
    .small_address = "300",                                                    \
    .drop_line = "drop0",                                                      \
    .drop_address = "310",                                                     \
    .hold_line = "hold0",                                                      \
    .hold_address = "320",                                                     \
    .nobody = "999",                                                           \
    .malformed = "sip:nobody at home",                                         \
    .more_line = "more0",                                                      \
    .more_address = "330",                                                     \
    .more_settings = sip_more_settings,                                        \
    .bad_settings = sip_bad_settings,                                          \
    .timeout_s = 60
