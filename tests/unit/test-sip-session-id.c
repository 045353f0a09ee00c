/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of communications: RFC 7989, and peers that know the older form. */
#include <errno.h>
#include <glib.h>

#include "providers/sip/session-id.h"
#include "tests/unit/run.h"

#define A "ab30317f1a784dc48ff824d0d3715d86"
#define B "47755a9de7794ba387653f2099600ef2"
#define C "f0a8c5e2d1b74e6f9a3c2b1d0e9f8a7b"
#define NIL SESSION_UUID_NIL

static const struct {
    const char *text, *local, *remote;
} good[] = {
    { A, A, "" },
    { A ";remote=" B, A, B },
    { A ";remote=" NIL, A, NIL },
    { "  " A " ; remote = " B "  ", A, B },
    { "AB30317F1A784DC48FF824D0D3715D86;REMOTE=" B, A, B },
    { A ";x=1;remote=" B ";y", A, B },
    { A ";x", A, "" },
    { NIL ";remote=" A, NIL, A },
};

START_TEST(good_ones_are_read) {
    char local[SESSION_UUID_SIZE] = "?", remote[SESSION_UUID_SIZE] = "?";

    ck_assert_int_eq(session_id_parse(good[_i].text, local, remote), 0);
    ck_assert_str_eq(local, good[_i].local);
    ck_assert_str_eq(remote, good[_i].remote);
}
END_TEST

static const char *const bad[] = {
    "", " ", "x", "ab30317f1a784dc48ff824d0d3715d8", A "0", A "-", A " x", A ";", A ";;", A ";remote", A ";remote=", A ";remote=1",
    A ";remote=" B "0", A ";remote=" B ";remote=" B, A ",remote=" B, "ab30317f-1a78-4dc4-8ff8-24d0d3715d86", "\"" A "\"",
};

START_TEST(bad_ones_are_refused) {
    char local[SESSION_UUID_SIZE] = "?", remote[SESSION_UUID_SIZE] = "?";

    ck_assert_int_eq(session_id_parse(bad[_i], local, remote), -EBADMSG);
    ck_assert_str_eq(local, "?");
    ck_assert_str_eq(remote, "?");
}
END_TEST

START_TEST(minted_ones_differ) {
    char one[SESSION_UUID_SIZE], two[SESSION_UUID_SIZE], remote[SESSION_UUID_SIZE];

    session_uuid_mint(one);
    session_uuid_mint(two);
    ck_assert_str_ne(one, two);
    ck_assert_str_ne(one, NIL);
    ck_assert_int_eq(session_id_parse(one, two, remote), 0);
    ck_assert_str_eq(one, two);
}
END_TEST

/* A dialog whose local UUID is A. */
static SessionId begin(void) {
    SessionId id;

    session_id_begin(&id);
    g_strlcpy(id.local, A, sizeof(id.local));
    g_strlcpy(id.own, A, sizeof(id.own));
    return id;
}

/* What came in the dialog, one after the other: "<" a request, ">" a response. What is said after it. */
static const struct {
    const char *came[3], *says;
    SessionIdForm form;
} dialogs[] = {
    { { NULL }, A ";remote=" NIL, SESSION_ID_PAIR },
    /* Two of the new ones. */
    { { ">" B ";remote=" A }, A ";remote=" B, SESSION_ID_PAIR },
    { { "<" B ";remote=" NIL }, A ";remote=" B, SESSION_ID_PAIR },
    { { ">" B ";remote=" NIL }, A ";remote=" B, SESSION_ID_PAIR },
    /* The far end changes: a transfer behind our back. */
    { { ">" B ";remote=" A, "<" C ";remote=" A }, A ";remote=" C, SESSION_ID_PAIR },
    { { "<" B ";remote=" NIL, ">" C ";remote=" A, "<" B ";remote=" A }, A ";remote=" B, SESSION_ID_PAIR },
    /* Nothing is learned from what says nothing, or is broken. */
    { { ">" B ";remote=" A, "<" NIL ";remote=" A }, A ";remote=" B, SESSION_ID_PAIR },
    { { ">" B ";remote=" A, ">nonsense" }, A ";remote=" B, SESSION_ID_PAIR },
    { { ">" NIL }, A ";remote=" NIL, SESSION_ID_PAIR },
    /* The old ones: a request with one UUID names the dialog. */
    { { "<" B }, B, SESSION_ID_SINGLE },
    { { "<" B, ">" B }, B, SESSION_ID_SINGLE },
    /* They answer with the one that they understood, */
    { { ">" A }, A, SESSION_ID_SINGLE },
    { { ">" A, "<" A }, A, SESSION_ID_SINGLE },
    /* or with what they got. */
    { { ">" A ";remote=" NIL }, A ";remote=" NIL, SESSION_ID_MIRROR },
    { { ">" A ";remote=" NIL, "<" A ";remote=" NIL }, A ";remote=" NIL, SESSION_ID_MIRROR },
    /* One UUID, but not ours: a new one that is short of words. */
    { { ">" B }, A ";remote=" B, SESSION_ID_PAIR },
    /* A new one takes over from an old one. */
    { { ">" A, "<" C ";remote=" A }, A ";remote=" C, SESSION_ID_PAIR },
};

START_TEST(dialogs_name_themselves) {
    SessionId id = begin();
    g_autofree char *says = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(dialogs[_i].came) && dialogs[_i].came[i]; i++) {
        const char *came = dialogs[_i].came[i];

        if (*came == '<')
            session_id_take_request(&id, came + 1);
        else
            session_id_take_response(&id, came + 1);
    }
    says = session_id_format(&id);
    ck_assert_str_eq(says, dialogs[_i].says);
    ck_assert_int_eq(id.form, dialogs[_i].form);
}
END_TEST

START_TEST(a_change_is_told) {
    SessionId id = begin();

    ck_assert_int_eq(session_id_take_response(&id, NULL), false);
    ck_assert_int_eq(session_id_take_response(&id, B ";remote=" A), true);
    ck_assert_int_eq(session_id_take_response(&id, B ";remote=" A), false);
    ck_assert_int_eq(session_id_take_request(&id, B ";remote=" A), false);
    ck_assert_int_eq(session_id_take_request(&id, C ";remote=" A), true);
    ck_assert_int_eq(session_id_take_request(&id, "?"), -EBADMSG);
    ck_assert_int_eq(session_id_take_request(&id, NULL), false);
}
END_TEST

START_TEST(the_name_is_known_with_both) {
    SessionId id = begin();
    g_autofree char *before = session_id_name(&id), *after = NULL;

    ck_assert_ptr_null(before);
    session_id_take_response(&id, B ";remote=" A);
    after = session_id_name(&id);
    ck_assert_str_eq(after, A ";remote=" B);
}
END_TEST

START_TEST(a_transferred_call_keeps_our_name) {
    SessionId first = begin(), next;
    g_autofree char *says = NULL;

    session_id_take_response(&first, B ";remote=" A);
    session_id_continue(&next, &first);
    says = session_id_format(&next);
    ck_assert_str_eq(says, A ";remote=" NIL);
    session_id_take_response(&next, C ";remote=" A);
    g_free(says);
    says = session_id_format(&next);
    ck_assert_str_eq(says, A ";remote=" C);
}
END_TEST

START_TEST(an_old_peer_is_forgotten_by_a_transfer) {
    SessionId first = begin(), next;
    g_autofree char *says = NULL;

    session_id_take_response(&first, A);
    session_id_continue(&next, &first);
    says = session_id_format(&next);
    ck_assert_str_eq(says, A ";remote=" NIL);
}
END_TEST

START_TEST(a_conference_has_one_name) {
    SessionId first = begin(), second, next;
    g_autofree char *in = NULL, *out = NULL;

    session_id_begin(&second);
    session_id_take_response(&first, B ";remote=" A);
    session_id_join(&first, C);
    session_id_join(&second, C);
    ck_assert_str_eq(first.local, second.local);
    in = session_id_format(&first);
    ck_assert_str_eq(in, C ";remote=" B);
    session_id_continue(&next, &first);
    ck_assert_str_eq(next.local, A);
    session_id_leave(&first);
    out = session_id_format(&first);
    ck_assert_str_eq(out, A ";remote=" B);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-session-id");
    TCase *tcase = tcase_create("session-id");

    tcase_add_loop_test(tcase, good_ones_are_read, 0, G_N_ELEMENTS(good));
    tcase_add_loop_test(tcase, bad_ones_are_refused, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, minted_ones_differ);
    tcase_add_loop_test(tcase, dialogs_name_themselves, 0, G_N_ELEMENTS(dialogs));
    tcase_add_test(tcase, a_change_is_told);
    tcase_add_test(tcase, the_name_is_known_with_both);
    tcase_add_test(tcase, a_transferred_call_keeps_our_name);
    tcase_add_test(tcase, an_old_peer_is_forgotten_by_a_transfer);
    tcase_add_test(tcase, a_conference_has_one_name);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
