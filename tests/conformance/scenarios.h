/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scenarios by which every provider is judged: one list. Each names the operations that the lines must have and the
 * traits that the network must have for it to apply, and how many variants it has. BEGIN begins a group, with the scene that
 * is set before each of its scenarios.
 */
#pragma once

#include "service/call-state.h"
#include "tests/conformance/adapter.h"

#define A(name) OPERATION_BIT(OPERATION_##name)
#define T(name) TRAIT_##name

/* Abilities that go together. */
#define TALK A(ANSWER)
#define HOLDS (TALK | A(HOLD) | A(UNHOLD))
#define DIGITS (TALK | A(SEND_DIGITS) | A(MONITOR_DIGITS))
#define CONSULTS (TALK | A(SETUP_TRANSFER))
#define TRANSFERS (CONSULTS | A(COMPLETE_TRANSFER))
#define CONFERS (TALK | A(SETUP_CONFERENCE) | A(ADD_TO_CONFERENCE))
#define GROWS (CONFERS | A(PREPARE_ADD_TO_CONFERENCE))
#define PARKS (TALK | A(PARK) | A(UNPARK))
#define PICKS_UP (TALK | A(PICKUP))
#define COMPLETES (TALK | A(COMPLETE_CALL))

#define SCENARIOS(BEGIN, SCENARIO)                                                                        \
    BEGIN("calls", scene_people)                                                                          \
    SCENARIO(the_lines_have_these_abilities, 0, 0, 1)                                                     \
    SCENARIO(a_call_has_two_ends_and_one_call_id, TALK, T(CALL_ID), 1)                                    \
    SCENARIO(each_call_has_its_own_call_id, 0, T(CALL_ID) | T(THIRD_LINE), 1)                             \
    SCENARIO(the_called_end_may_hang_up_too, TALK, 0, 1)                                                  \
    SCENARIO(a_caller_may_give_up, 0, 0, 1)                                                               \
    SCENARIO(an_accepted_call_still_rings, TALK | A(ACCEPT), 0, 1)                                        \
    SCENARIO(a_rejected_caller_learns_how, 0, 0, 3)                                                       \
    SCENARIO(an_accepted_call_may_be_rejected, A(ACCEPT), 0, 2)                                           \
    SCENARIO(two_answers_connect_once, TALK, 0, 1)                                                        \
    SCENARIO(answer_and_giving_up_at_once, TALK, 0, 2)                                                    \
    SCENARIO(two_drops_are_both_done, TALK, 0, 1)                                                         \
    SCENARIO(ones_own_number_is_busy, 0, 0, 1)                                                            \
    SCENARIO(a_full_line_is_busy, 0, T(SMALL_LINE) | T(THIRD_LINE), 1)                                    \
    SCENARIO(nobody_has_an_unknown_number, 0, 0, 1)                                                       \
    SCENARIO(a_malformed_address_is_no_call, 0, T(MALFORMED), 1)                                          \
    SCENARIO(patience_has_an_end, 0, T(PATIENCE), 1)                                                      \
    SCENARIO(patience_ends_with_the_answer, TALK, T(PATIENCE) | T(THIRD_LINE), 1)                         \
    BEGIN("parties", scene_people)                                                                        \
    SCENARIO(both_ends_know_who_talks, TALK, T(NAMES), 1)                                                 \
    SCENARIO(a_hidden_caller_is_not_named, TALK, T(HIDING), 1)                                            \
    SCENARIO(what_is_said_at_dialling_arrives, 0, T(USER_USER_INFO), 1)                                   \
    SCENARIO(a_line_without_call_ids_has_none, 0, T(PLAIN_LINE) | T(CALL_ID) | T(THIRD_LINE), 1)          \
    BEGIN("redirection", scene_people)                                                                    \
    SCENARIO(a_redirected_call_goes_on, TALK | A(REDIRECT), T(THIRD_LINE) | T(NAMES) | T(CALL_ID), 1)     \
    SCENARIO(a_redirected_caller_hears_what_dialling_gives, A(REDIRECT), 0, 3)                            \
    SCENARIO(a_malformed_redirection_changes_nothing, TALK | A(REDIRECT), T(MALFORMED), 1)                \
    SCENARIO(a_hidden_caller_stays_hidden_when_sent_on, A(REDIRECT), T(THIRD_LINE) | T(HIDING), 1)        \
    SCENARIO(redirection_and_the_end_at_once, TALK | A(REDIRECT), T(THIRD_LINE), 4)                       \
    BEGIN("deaths", scene_people)                                                                         \
    SCENARIO(a_caller_that_dies_takes_its_call_along, TALK, 0, 2)                                         \
    SCENARIO(a_caller_that_dies_while_it_dials_leaves_nothing, 0, 0, 1)                                   \
    BEGIN("hold", scene_talk)                                                                             \
    SCENARIO(a_held_end_is_told, HOLDS, T(FAR_HOLD), 1)                                                   \
    SCENARIO(both_may_hold, HOLDS, T(FAR_HOLD), 1)                                                        \
    SCENARIO(a_held_call_may_end, HOLDS, 0, 2)                                                            \
    SCENARIO(two_holds_at_once_hold_once, HOLDS, 0, 1)                                                    \
    SCENARIO(two_calls_are_swapped, HOLDS | A(SWAP_HOLD), T(THIRD_LINE) | T(FAR_HOLD), 1)                 \
    SCENARIO(a_swap_with_a_call_that_ends_changes_nothing, HOLDS | A(SWAP_HOLD), T(THIRD_LINE), 1)        \
    SCENARIO(requests_do_not_outlive_the_call, HOLDS | DIGITS | A(MUTE), 0, 2)                            \
    BEGIN("digits", scene_talk)                                                                           \
    SCENARIO(digits_are_heard_in_order, DIGITS, 0, 1)                                                     \
    SCENARIO(pause_and_flash_are_silent, DIGITS, 0, 1)                                                    \
    SCENARIO(both_ends_may_send_at_once, DIGITS, 0, 1)                                                    \
    SCENARIO(nobody_hears_who_does_not_listen, DIGITS, 0, 1)                                              \
    SCENARIO(new_digits_replace_the_old, DIGITS, 0, 1)                                                    \
    SCENARIO(no_digits_stop_the_old, DIGITS, 0, 1)                                                        \
    SCENARIO(digits_end_with_hold_and_with_the_call, DIGITS | HOLDS, 0, 1)                                \
    SCENARIO(a_held_end_hears_no_digits, DIGITS | HOLDS, 0, 1)                                            \
    SCENARIO(digits_that_were_heard_are_gathered, DIGITS, 0, 1)                                           \
    BEGIN("tones", scene_talk)                                                                            \
    SCENARIO(a_tone_ends_by_itself, TALK | A(SEND_TONE), 0, 1)                                            \
    SCENARIO(a_tone_is_stopped, TALK | A(SEND_TONE), 0, 2)                                                \
    SCENARIO(tones_and_digits_replace_each_other, DIGITS | A(SEND_TONE), 0, 1)                            \
    SCENARIO(a_tone_ends_with_hold_and_with_the_call, HOLDS | A(SEND_TONE), 0, 1)                         \
    SCENARIO(user_user_information_arrives, TALK | A(SEND_USER_USER_INFO), 0, 1)                          \
    SCENARIO(a_secured_call_is_not_disturbed, TALK | A(SECURE), T(THIRD_LINE), 1)                         \
    BEGIN("media", scene_talk)                                                                            \
    SCENARIO(each_end_hears_the_other, TALK, T(MEDIA), 1)                                                 \
    SCENARIO(a_muted_end_is_not_heard, TALK | A(MUTE), T(MEDIA), 1)                                       \
    SCENARIO(a_held_call_is_silent, HOLDS, T(MEDIA) | T(THIRD_LINE), 1)                                   \
    SCENARIO(mute_outlasts_hold, HOLDS | A(MUTE), T(MEDIA), 1)                                            \
    SCENARIO(a_ringing_call_is_silent, TALK, T(MEDIA) | T(THIRD_LINE), 1)                                 \
    SCENARIO(a_volume_is_of_one_end, TALK | A(SET_VOLUME), 0, 1)                                          \
    SCENARIO(a_volume_is_chosen_while_it_rings, TALK | A(SET_VOLUME), T(THIRD_LINE), 1)                   \
    SCENARIO(a_device_that_is_not_there_changes_nothing, TALK | A(SET_AUDIO_DEVICE), 0, 1)                \
    SCENARIO(both_ends_know_that_they_are_encrypted, TALK, T(ENCRYPTION), 1)                              \
    SCENARIO(a_call_is_found_by_what_the_network_calls_it, TALK, T(NETWORK_IDS), 1)                       \
    BEGIN("consultation", scene_talk)                                                                     \
    SCENARIO(a_consultation_holds_the_call, CONSULTS, T(THIRD_LINE), 1)                                   \
    SCENARIO(a_consultation_waits_for_digits, CONSULTS | A(DIAL_DIGITS), T(THIRD_LINE), 2)                \
    SCENARIO(a_consultation_is_cancelled, CONSULTS | A(UNHOLD), T(THIRD_LINE), 6)                         \
    SCENARIO(a_consultation_has_one_of_its_own, CONSULTS | A(UNHOLD), T(THIRD_LINE), 2)                   \
    SCENARIO(who_is_consulted_may_turn_it_down, CONSULTS, T(THIRD_LINE), 2)                               \
    SCENARIO(the_first_call_may_end_meanwhile, CONSULTS, T(THIRD_LINE), 2)                                \
    SCENARIO(a_consultation_is_swapped, TRANSFERS | A(SWAP_HOLD), T(THIRD_LINE), 1)                       \
    SCENARIO(setup_and_the_end_at_once, CONSULTS, T(THIRD_LINE), 4)                                       \
    SCENARIO(two_consultations_at_once_are_one, CONSULTS, T(THIRD_LINE), 1)                               \
    SCENARIO(who_dies_with_a_consultation_leaves_nothing, CONSULTS, T(THIRD_LINE), 1)                     \
    BEGIN("transfer", scene_talk)                                                                         \
    SCENARIO(a_transfer_connects_the_others, TRANSFERS, T(THIRD_LINE), 1)                                 \
    SCENARIO(a_transfer_is_told_to_both, TRANSFERS, T(THIRD_LINE) | T(NAMES) | T(CALL_ID), 1)             \
    SCENARIO(a_transfer_while_it_rings, TRANSFERS, T(THIRD_LINE) | T(RINGING_MOVES), 1)                   \
    SCENARIO(a_transfer_that_is_turned_down, TRANSFERS, T(THIRD_LINE) | T(RINGING_MOVES), 3)              \
    SCENARIO(two_calls_become_a_transfer, TRANSFERS | A(HOLD), T(THIRD_LINE), 1)                          \
    SCENARIO(the_called_end_transfers, TRANSFERS, T(THIRD_LINE), 1)                                       \
    SCENARIO(a_transfer_and_the_end_at_once, TRANSFERS, T(THIRD_LINE), 6)                                 \
    SCENARIO(two_transfers_at_once_are_one, TRANSFERS, T(THIRD_LINE), 1)                                  \
    SCENARIO(a_blind_transfer_goes_on, TALK | A(BLIND_TRANSFER), T(THIRD_LINE), 2)                        \
    SCENARIO(a_blind_transfer_is_told_to_both, TALK | A(BLIND_TRANSFER), T(THIRD_LINE) | T(NAMES), 1)     \
    SCENARIO(who_is_hidden_hands_over_unnamed, TRANSFERS | PARKS | A(BLIND_TRANSFER),                     \
             T(THIRD_LINE) | T(HIDING) | T(NAMES), 3)                                                     \
    SCENARIO(a_blind_transfer_to_nowhere, TALK | A(BLIND_TRANSFER), T(THIRD_LINE), 2)                     \
    SCENARIO(a_blind_transfer_and_the_end_at_once, TALK | A(BLIND_TRANSFER), T(THIRD_LINE), 4)            \
    SCENARIO(a_transfer_becomes_a_conference, TRANSFERS | A(ADD_TO_CONFERENCE), T(THIRD_LINE), 1)         \
    BEGIN("conference", scene_talk)                                                                       \
    SCENARIO(a_conference_begins, CONFERS, T(THIRD_LINE), 1)                                              \
    SCENARIO(a_conference_is_a_call_of_its_own, CONFERS, T(THIRD_LINE) | T(CALL_ID), 1)                   \
    SCENARIO(everyone_hears_everyone_else, CONFERS, T(THIRD_LINE) | T(HEARING), 1)                        \
    SCENARIO(a_conference_is_cancelled, CONFERS | A(UNHOLD), T(THIRD_LINE), 4)                            \
    SCENARIO(a_conference_grows, GROWS, T(THIRD_LINE), 1)                                                 \
    SCENARIO(a_growing_conference_is_cancelled, GROWS | A(UNHOLD), T(THIRD_LINE), 2)                      \
    SCENARIO(a_hidden_caller_stays_hidden_in_a_conference, GROWS, T(THIRD_LINE) | T(HIDING), 2)           \
    SCENARIO(an_intruder_stays_when_a_participant_is_removed,                                             \
             CONFERS | COMPLETES | A(REMOVE_FROM_CONFERENCE), T(THIRD_LINE), 1)                           \
    SCENARIO(a_participant_is_removed, GROWS | A(REMOVE_FROM_CONFERENCE), T(THIRD_LINE), 1)               \
    SCENARIO(a_participant_leaves, GROWS, T(THIRD_LINE), 2)                                               \
    SCENARIO(a_conference_shrinks_to_one, CONFERS, T(THIRD_LINE), 2)                                      \
    SCENARIO(a_conference_ends_with_its_participants, CONFERS, T(THIRD_LINE), 1)                          \
    SCENARIO(a_conference_is_held, CONFERS | HOLDS, T(THIRD_LINE), 1)                                     \
    SCENARIO(a_held_conference_goes_on, CONFERS | HOLDS, T(THIRD_LINE) | T(HEARING), 1)                   \
    SCENARIO(a_conference_without_a_first_call, CONFERS, T(THIRD_LINE), 1)                                \
    SCENARIO(a_call_that_rings_is_added, CONFERS, T(THIRD_LINE), 1)                                       \
    SCENARIO(a_conference_and_the_end_at_once, CONFERS, T(THIRD_LINE), 6)                                 \
    SCENARIO(two_additions_at_once_are_one, CONFERS, T(THIRD_LINE), 1)                                    \
    SCENARIO(who_dies_with_a_conference_leaves_nothing, CONFERS, T(THIRD_LINE), 1)                        \
    BEGIN("elsewhere", scene_talk)                                                                        \
    SCENARIO(a_parked_call_is_taken_up, PARKS, T(THIRD_LINE), 2)                                          \
    SCENARIO(a_parked_call_may_end, PARKS, T(THIRD_LINE), 1)                                              \
    SCENARIO(nothing_is_parked_there, PARKS, 0, 1)                                                        \
    SCENARIO(two_take_up_one_call, PARKS, T(THIRD_LINE), 1)                                               \
    SCENARIO(parking_and_the_end_at_once, PARKS, 0, 4)                                                    \
    SCENARIO(a_ringing_call_is_picked_up, PICKS_UP, T(THIRD_LINE), 1)                                     \
    SCENARIO(a_ringing_call_of_a_group_is_picked_up, PICKS_UP, T(THIRD_LINE) | T(GROUP), 1)               \
    SCENARIO(a_waiting_call_is_picked_up, PICKS_UP, T(THIRD_LINE), 1)                                     \
    SCENARIO(nothing_rings_there, PICKS_UP, 0, 1)                                                         \
    SCENARIO(pickup_and_answer_at_once, PICKS_UP, T(THIRD_LINE), 2)                                       \
    BEGIN("forwarding", scene_people)                                                                     \
    SCENARIO(all_calls_are_forwarded, TALK | A(FORWARD), T(THIRD_LINE) | T(NAMES), 1)                     \
    SCENARIO(forwarding_is_cancelled, A(FORWARD), T(THIRD_LINE), 1)                                       \
    SCENARIO(some_calls_are_forwarded, A(FORWARD), T(THIRD_LINE) | T(NAMES), 4)                           \
    SCENARIO(calls_of_a_busy_line_are_forwarded, A(FORWARD), T(THIRD_LINE) | T(SMALL_LINE), 2)            \
    SCENARIO(unanswered_calls_are_forwarded, A(FORWARD), T(THIRD_LINE), 2)                                \
    SCENARIO(who_is_not_to_be_disturbed_is_not, A(FORWARD), T(THIRD_LINE), 1)                             \
    SCENARIO(a_circle_of_forwarding_ends, A(FORWARD), T(THIRD_LINE), 1)                                   \
    BEGIN("completion", scene_people)                                                                     \
    SCENARIO(a_call_camps_on, COMPLETES, T(SMALL_LINE) | T(THIRD_LINE), 1)                                \
    SCENARIO(a_call_is_called_back, COMPLETES, T(SMALL_LINE) | T(THIRD_LINE), 1)                          \
    SCENARIO(a_callback_is_cancelled, COMPLETES | A(CANCEL_COMPLETION), T(SMALL_LINE) | T(THIRD_LINE), 1) \
    SCENARIO(a_call_intrudes, COMPLETES, T(SMALL_LINE) | T(THIRD_LINE), 1)                                \
    SCENARIO(an_intruder_is_sent_elsewhere, COMPLETES | PARKS | A(BLIND_TRANSFER),                        \
             T(SMALL_LINE) | T(THIRD_LINE), 2)                                                            \
    SCENARIO(nobody_intrudes_on_a_secured_participant, COMPLETES | CONFERS | A(SECURE), T(THIRD_LINE), 1) \
    SCENARIO(a_line_that_comes_back_is_free, COMPLETES, T(SMALL_LINE) | T(THIRD_LINE) | T(LINE_STATE), 1) \
    SCENARIO(a_hidden_caller_stays_hidden_when_called_back, COMPLETES,                                    \
             T(SMALL_LINE) | T(THIRD_LINE) | T(HIDING), 1)                                                \
    SCENARIO(callbacks_wait_for_a_secured_call, COMPLETES | A(SECURE), T(SMALL_LINE) | T(THIRD_LINE), 1)   \
    SCENARIO(nobody_is_there_to_wait_for, COMPLETES, 0, 4)                                                \
    SCENARIO(a_message_is_left, COMPLETES, 0, 1)                                                          \
    SCENARIO(completion_and_the_end_at_once, COMPLETES, 0, 4)                                             \
    BEGIN("lines", scene_people)                                                                          \
    SCENARIO(all_lines_are_in_service, 0, 0, 1)                                                           \
    SCENARIO(a_failing_line_ends_its_calls, TALK, T(LINE_STATE), 1)                                       \
    SCENARIO(a_failing_line_ends_ringing_calls, 0, T(LINE_STATE), 2)                                      \
    SCENARIO(a_line_out_of_service_is_unreachable, 0, T(LINE_STATE) | T(INCOMING), 1)                     \
    SCENARIO(a_line_comes_back, TALK, T(LINE_STATE), 1)                                                   \
    SCENARIO(a_dial_on_a_failing_line_is_answered, 0, T(LINE_STATE), 2)                                   \
    SCENARIO(a_removed_line_voids_its_calls, TALK, T(LINE_STATE), 1)                                      \
    SCENARIO(a_removed_line_answers_what_was_asked, TALK | A(HOLD) | A(MUTE), T(LINE_STATE), 1)           \
    SCENARIO(a_line_fails_in_a_consultation, TRANSFERS, T(LINE_STATE) | T(THIRD_LINE), 6)                 \
    SCENARIO(a_line_fails_in_a_conference, CONFERS, T(LINE_STATE) | T(THIRD_LINE), 6)                     \
    SCENARIO(a_call_comes_in, HOLDS | DIGITS, T(INCOMING), 1)                                             \
    SCENARIO(a_call_that_came_in_is_forwarded, TALK | A(FORWARD), T(INCOMING) | T(PLAIN_LINE), 1)         \
    SCENARIO(a_call_that_came_in_is_sent_on, TALK | A(REDIRECT), T(INCOMING) | T(THIRD_LINE), 1)          \
    SCENARIO(the_bell_rings_while_a_call_is_offered, TALK, T(BELL), 1)                                    \
    SCENARIO(answering_drops_or_holds_the_other_call, HOLDS, T(ANSWER_MODES), 2)                          \
    SCENARIO(a_pickup_drops_or_holds_the_other_call, HOLDS | PICKS_UP, T(ANSWER_MODES), 2)                \
    SCENARIO(an_added_line_works_as_others_do, TALK, T(MORE_LINES), 1)                                    \
    SCENARIO(calls_end_with_their_line, TALK, T(MORE_LINES), 3)                                           \
    SCENARIO(its_name_and_its_address_are_free_again, 0, T(MORE_LINES), 1)                                \
    SCENARIO(a_setting_that_makes_no_sense_is_refused, 0, T(MORE_LINES), 1)                               \
    SCENARIO(two_removals_at_once_are_one, 0, T(MORE_LINES), 1)                                           \
    SCENARIO(a_dial_and_a_removal_at_once, 0, T(MORE_LINES), 2)                                           \
    BEGIN("stop", scene_people)                                                                           \
    SCENARIO(a_stop_ends_a_call, TALK, 0, 1)                                                              \
    SCENARIO(a_stop_ends_all_calls, TALK, T(THIRD_LINE), 1)                                               \
    SCENARIO(a_stop_answers_what_was_asked, TALK | A(HOLD), T(INCOMING) | T(THIRD_LINE), 1)               \
    SCENARIO(a_stop_during_each_operation, 0, T(THIRD_LINE), 21)                                          \
    BEGIN("storm", scene_nobody)                                                                          \
    SCENARIO(any_order_keeps_the_contract, 0, 0, 5)                                                       \
    SCENARIO(a_stop_in_a_storm_leaves_nothing, 0, 0, 5)
