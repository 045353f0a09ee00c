/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Assisted dialling: who wants a call is heard by the best of those who take such wishes. */
#include "service/recipient.h"

#include "service/priority.h"
#include "tests/unit/stage.h"

static Client *a, *b;

static void set_up(void) {
    manager_set_priorities(manager, priorities_new(NULL));
    a = arrives("a");
    b = arrives("b");
}

static const CallWish wish = { .address = "102", .called_party = "Carol", .comment = "?" };

START_TEST(nobody_takes_it) {
    expect_refusal(manager_request_call(manager, &wish), REFUSAL_TARGET_NOT_FOUND);
    client_register_recipient(a, false);
    client_register_recipient(a, true);
    client_register_recipient(a, false);
    expect_refusal(manager_request_call(manager, &wish), REFUSAL_TARGET_NOT_FOUND);
}
END_TEST

START_TEST(the_first_that_registered_takes_it) {
    client_register_recipient(b, true);
    client_register_recipient(a, true);
    client_register_recipient(b, true);
    expect_granted(manager_request_call(manager, &wish));
    client_vanish(b);
    expect_granted(manager_request_call(manager, &wish));
    expect_story("b:wish(102) a:wish(102)");
}
END_TEST

START_TEST(the_first_in_the_list_takes_it) {
    static const char *const list[] = { "org.b", "org.a", NULL };

    client_register_recipient(a, true);
    client_register_recipient(b, true);
    opens_as(a, line0, "org.a", MEDIA_ALL, true);
    opens_as(b, drop_line, "org.b", MEDIA_ALL, true);
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_VIDEO, list));
    expect_granted(manager_request_call(manager, &(CallWish) { .address = "102", .media_mode = MEDIA_VIDEO }));
    expect_granted(manager_request_call(manager, &wish));
    expect_story("b:wish(102) a:wish(102)");
}
END_TEST

START_TEST(wishes_stay_with_their_user) {
    Client *other = arrives("Another user's");
    CallWish theirs = { .address = "101", .user = client_user(other) };

    client_register_recipient(a, true);
    expect_refusal(manager_request_call(manager, &theirs), REFUSAL_TARGET_NOT_FOUND);
    client_register_recipient(other, true);
    expect_granted(manager_request_call(manager, &theirs));
    expect_granted(manager_request_call(manager, &(CallWish) { .address = "102", .user = client_user(b) }));
    expect_story("Another user's:wish(101) a:wish(102)");
    client_vanish(other);
}
END_TEST

START_TEST(there_are_bad_wishes) {
    g_autofree char *much = g_strnfill(TEXT_MAX + 1, 'x');

    client_register_recipient(a, true);
    expect_refusal(manager_request_call(manager, &(CallWish) { .address = "*21#" }), REFUSAL_NOT_SUPPORTED);
    expect_refusal(manager_request_call(manager, &(CallWish) { .address = "" }), REFUSAL_INVALID_ADDRESS);
    expect_refusal(manager_request_call(manager, &(CallWish) { "102", .called_party = much }), REFUSAL_TOO_BIG);
    expect_refusal(manager_request_call(manager, &(CallWish) { "102", .comment = much }), REFUSAL_TOO_BIG);
    expect_story("");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("recipient");
    TCase *tcase = stage_case(suite, "recipient");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nobody_takes_it);
    tcase_add_test(tcase, the_first_that_registered_takes_it);
    tcase_add_test(tcase, the_first_in_the_list_takes_it);
    tcase_add_test(tcase, wishes_stay_with_their_user);
    tcase_add_test(tcase, there_are_bad_wishes);
    return run_suite(suite);
}
