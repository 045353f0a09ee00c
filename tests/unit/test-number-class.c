/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a number costs and whom it reaches, however it is written. */
#include "service/number-class.h"
#include "tests/unit/stage.h"

/* ---- Lines ---- */

static Provider *real;
static Line *outside;

static int on_start(Provider *unused, RequestId unused_request) {
    return -1;
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    return -1;
}

static int on_drop(Call *call, RejectReason reason, RequestId request) {
    return -1;
}

/* A network that others are on. */
static const ProviderOps real_ops = { .name = "real", .start = on_start, .stop = on_start, .dial = on_dial, .drop = on_drop };

static void set_up(void) {
    LineInfo info = {
        .name = "outside",
        .addresses = (const char *const[]) { "sip:me@Example.org", "sips:me@gateway:5061", "sip:me@[2001:db8::1]:5060", NULL },
        .media_modes = MEDIA_ALL,
        .emergency_numbers = (const char *const[]) { "110", "112", NULL },
    };

    stage_begin();
    real = provider_new(manager, &real_ops, NULL);
    ck_assert_int_eq(provider_add_line(real, &info, &outside), 0);
}

static void tear_down(void) {
    line_free(outside);
    provider_free(real);
    stage_end();
}

/* What the administrator wrote; prefixes with ';' between. */
static void decide(Line *line, const char *country, const char *prefixes) {
    LinePolicy *policy = line_policy_new(line_name(line));

    policy->country_code = g_strdup(country);
    policy->costly_prefixes = prefixes ? g_strsplit(prefixes, ";", -1) : NULL;
    manager_set_line_policy(manager, policy);
}

static void expect_class(const Line *line, const char *address, NumberClass expected) {
    NumberClass class = line_number_class(line, address);

    ck_assert_msg(class == expected, "'%s' is %s and not %s", address, number_class_to_string(class),
                  number_class_to_string(expected));
}

static void expect_classes(const Line *line, const char *const *addresses, NumberClass expected) {
    for (; *addresses; addresses++)
        expect_class(line, *addresses, expected);
}

/* ---- The rules ---- */

START_TEST(names_go_both_ways) {
    for (NumberClass i = 0; i < _NUMBER_CLASS_MAX; i++)
        ck_assert_int_eq(number_class_from_string(number_class_to_string(i)), i);
    ck_assert_ptr_null(number_class_to_string(_NUMBER_CLASS_MAX));
    ck_assert_int_eq(number_class_from_string("cheap"), _NUMBER_CLASS_INVALID);
}
END_TEST

START_TEST(on_a_line_of_the_machine_all_is_ordinary) {
    expect_classes(line0, (const char *const[]) { "100", "+4930123", "0044123", "0900123", "answer", "911", "", NULL },
                   NUMBER_ORDINARY);
    expect_class(line0, "112", NUMBER_EMERGENCY);
}
END_TEST

START_TEST(without_a_country_all_of_abroad_is_costly) {
    expect_classes(outside, (const char *const[]) { "+4930123", "004930123", "tel:+1", "sip:+44123@example.org", NULL }, NUMBER_COSTLY);
    expect_classes(outside, (const char *const[]) { "030123", "0900123", "123", "sip:alice@example.org", "", "+", NULL },
                   NUMBER_ORDINARY);
}
END_TEST

START_TEST(without_a_country_every_way_abroad_is_costly) {
    static const char *const numbers[] = { "011442079460000", "8104930123", "001144207946", "01072123", "119123", "990123", "994123",
                                           "tel:999123", "8-10 49 30 123", "0 1144", NULL };

    expect_classes(outside, numbers, NUMBER_COSTLY);
    expect_classes(line0, numbers, NUMBER_ORDINARY);
    expect_classes(outside, (const char *const[]) { "101", "030123", "8123", "999", "01", NULL }, NUMBER_ORDINARY);
    decide(outside, "49", NULL);
    expect_classes(outside, (const char *const[]) { "011442079460000", "8104930123", "0171123", NULL }, NUMBER_ORDINARY);
}
END_TEST

START_TEST(with_a_country_another_one_is_costly) {
    decide(outside, "49", NULL);
    expect_classes(outside, (const char *const[]) { "+4930123", "004930123", "030123", "+49 (0)30 123", "0900123", "00", NULL },
                   NUMBER_ORDINARY);
    expect_classes(outside, (const char *const[]) { "+44123", "0044123", "+4", "+1", "001", "000", "++44", "+0049123", NULL },
                   NUMBER_COSTLY);
}
END_TEST

START_TEST(a_line_of_the_machine_may_be_guarded_too) {
    decide(line0, "49", "0900");
    expect_class(line0, "+44123", NUMBER_COSTLY);
    expect_class(line0, "0900123", NUMBER_COSTLY);
    expect_class(line0, "100", NUMBER_ORDINARY);
    decide(line0, NULL, "0900");
    expect_class(line0, "+44123", NUMBER_ORDINARY);
    expect_class(line0, "0900123", NUMBER_COSTLY);
}
END_TEST

/* How a country dials abroad, and between its towns. */
static const struct {
    const char *country, *prefixes, *address;
    NumberClass class;
} customs[] = {
    { "1", NULL, "12125550123", NUMBER_ORDINARY },
    { "1", NULL, "2125550123", NUMBER_ORDINARY },
    { "1", NULL, "+12125550123", NUMBER_ORDINARY },
    { "1", NULL, "011442079460000", NUMBER_COSTLY },
    { "1", NULL, "01442079460000", NUMBER_COSTLY },
    { "1", NULL, "0014420", NUMBER_ORDINARY }, /* read as 00 and its own code: see the next */
    { "1", "001", "0014420", NUMBER_COSTLY },
    { "1", "1900;1809", "+1 900 555 0123", NUMBER_COSTLY },
    { "1", "1900;1809", "1-809-555-0123", NUMBER_COSTLY },
    { "1", "1900;1809", "8095550123", NUMBER_COSTLY },
    { "1", "+1900", "900 555 0123", NUMBER_COSTLY },
    { "1", "+1900", "001 900", NUMBER_COSTLY },
    { "7", NULL, "810441234", NUMBER_COSTLY },
    { "7", NULL, "84951234567", NUMBER_ORDINARY },
    { "7", "8809", "+7809123", NUMBER_COSTLY },
    { "7", "+7809", "8809123", NUMBER_COSTLY },
    { "36", "0690", "+3690123", NUMBER_COSTLY },
    { "36", "+3690", "0690123", NUMBER_COSTLY },
    { "81", NULL, "01049301234", NUMBER_COSTLY },
    { "81", NULL, "0312345678", NUMBER_ORDINARY },
    { "34", "803", "+34803123456", NUMBER_COSTLY },
    { "34", "803", "0034 803 123 456", NUMBER_COSTLY },
    { "49", "0900", "+49900123", NUMBER_COSTLY },
    { "49", "0900", "+49 (0) 900 123", NUMBER_COSTLY },
    { "49", "0900", "0049900123", NUMBER_COSTLY },
    { "49", "+49 900", "0900123", NUMBER_COSTLY },
    { "49", "0049900", "+49900123", NUMBER_COSTLY },
    { "49", "0049900", "0900123", NUMBER_COSTLY },
    { "49", "0049900", "+49 (0) 900 123", NUMBER_COSTLY },
    { "49", "+49 900", "+49 (0) 900 123", NUMBER_COSTLY },
    { "49", "+49 900", "0049 0900 123", NUMBER_COSTLY },
    { "49", NULL, "010330044123", NUMBER_COSTLY },
    { "49", NULL, "01033 030 123", NUMBER_COSTLY },
    { "1", NULL, "101 0321 011 44 20", NUMBER_COSTLY },
    { "1", NULL, "1011234 1 900 555", NUMBER_COSTLY },
    { "358", NULL, "990 44 20", NUMBER_COSTLY },
    { "358", NULL, "99944207946", NUMBER_COSTLY },
    { "358", NULL, "09123456", NUMBER_ORDINARY },
    { "49", "0900", "090012", NUMBER_COSTLY },
    { "49", "0900", "090", NUMBER_ORDINARY },
    { "49", "0900", "10900", NUMBER_ORDINARY },
};

START_TEST(countries_have_their_customs) {
    decide(outside, customs[_i].country, customs[_i].prefixes);
    expect_class(outside, customs[_i].address, customs[_i].class);
}
END_TEST

/* ---- Evasions ---- */

static const char *const evasions[] = {
    "0 0 4 4 1 2 3",
    "0-0-4.4/1(2)3",
    "tel:0044123",
    "TEL:+44123",
    " tel:+44123",
    "tel:+44-123;isub=1",
    "sip:+44123@gateway",
    "sips:0044123@gateway;user=phone",
    "SIP:0044123:secret@gateway",
    "sip:0044123",
    "sip:%2B44123@gateway",
    "%2B44123",
    "%2b44123",
    "%252B44123",
    "%25252B44123",
    "%30%30%34%34",
    "%2530%2530%2534%2534",
    "0%30" "44",
    "tel:%30044",
    "\xef\xbc\x8b" "44123",             /* full-width '+' */
    "\xef\xbc\x90\xef\xbc\x90" "44123", /* full-width digits */
    "\xd9\xa0\xd9\xa0" "44123",         /* Arabic ones */
    "0\xc2\xa0" "044123",               /* a space that does not break */
    "0\xe2\x80\x8b" "044123",           /* one of no width */
    "0\xc2\xad" "044123",               /* a soft hyphen */
    "0\xe2\x80\x91" "044123",           /* a hard one */
    "\xe2\x81\xba" "44123",             /* a small '+' above */
    "0x044123",
    "0p0w4,4",
    "0,0044123",
    "0+44123",
    "(+44)123",
    "49+44123",
    "+49+44123",
    "0_0_4_4",
    "0\"0'44",
    "0;044",
    "0:044",
    "00?44",
    "tel:123;phone-context=+44",
    "tel:123;Phone-Context=+49900",
    "tel:123;phone-context=%2B44",
    "tel:030123;rn=+44123",
    "0900FLOWERS",
    "+49900",
    "+49-0900",
    "0049 900",
};

/* Germany, where 0900 is dear. */
START_TEST(no_costly_number_slips_through) {
    decide(outside, "49", "0900;0137");
    expect_class(outside, evasions[_i], NUMBER_COSTLY);
}
END_TEST

/* Letters are what is on the keys. */
START_TEST(words_are_numbers) {
    decide(outside, "1", "1900;1800356");
    expect_class(outside, "1-800-FLOWERS", NUMBER_COSTLY);
    expect_class(outside, "1-800-flowers", NUMBER_COSTLY);
    expect_class(outside, "1-800-GLOWERS", NUMBER_ORDINARY);
}
END_TEST

/* ---- Emergencies ---- */

START_TEST(an_emergency_is_known_however_it_is_written) {
    static const char *const ways[] = {
        "112", "911", "110", "1 1 2", "1-1-2", "tel:112", "TEL:112", "tel:1-1-2;phone-context=example.org",
        "tel:112;phone-context=+49", "sip:112@example.org", "sip:112@GATEWAY:5060", "sip:112@[2001:db8::1]", "sips:911@example.org;user=phone", "%31%31%32", " 112 ", NULL,
    };

    expect_classes(outside, ways, NUMBER_EMERGENCY);
    decide(outside, "49", "1;9;0");
    expect_classes(outside, ways, NUMBER_EMERGENCY);
}
END_TEST

START_TEST(nothing_else_is_made_an_emergency) {
    static const char *const tricks[] = {
        "1120", "0112", "+112", "112,0900123", "112p0900123", "112;0900123", "1120900", "112x", "112@0900", "tel:112@0900",
        "sip:112@elsewhere", "sip:112@example.org.elsewhere", "sip:112@elsewhere;x=@gateway", "sip:112@gateway;maddr=elsewhere",
        "sip:112@gateway;%6Daddr=elsewhere", "sip:112@gateway?route=elsewhere", "sip:112%40gateway@elsewhere", "sip:112@", "sip:112@:1",
        "sip:112@[2001:db8::2]", "sip:112@[2001:db8::1",
        "tel:112;phone-context=+49;phone-context=+49900", "tel:112;phone-context=0900",
        "tel:112;phone-context=+49900", "tel:112;phone-context=%2B49900", "112?0900", "sip:0900@112", "112\xef\xbc\x90",
        "11\xef\xbc\x92", "%2531%2531%2532", "", ";", "tel:", "tel:;x=112", "sip:@112", NULL,
    };

    decide(outside, "49", "0900");
    for (const char *const *trick = tricks; *trick; trick++)
        ck_assert_msg(line_number_class(outside, *trick) != NUMBER_EMERGENCY, "'%s'", *trick);
}
END_TEST

START_TEST(a_real_line_tells_of_what_is_so_everywhere) {
    ck_assert_uint_eq(g_strv_length((char **) line_emergency_numbers(outside)), 3);
    ck_assert(g_strv_contains(line_emergency_numbers(outside), "911"));
    ck_assert_uint_eq(g_strv_length((char **) line_emergency_numbers(line0)), 1);
}
END_TEST

/* ---- What an administrator may write ---- */

START_TEST(keys_have_a_form) {
    static const char *const good[] = { "0900", "+49900", "0 900", "(0)137", "1", NULL }, *const bad[] = { "", "+", "x", "09a", "0+9", "--", NULL };

    for (const char *const *text = good; *text; text++)
        ck_assert_msg(number_is_prefix(*text), "'%s'", *text);
    for (const char *const *text = bad; *text; text++)
        ck_assert_msg(!number_is_prefix(*text), "'%s'", *text);
    ck_assert(number_is_country_code("1") && number_is_country_code("49") && number_is_country_code("423"));
    ck_assert(!number_is_country_code("") && !number_is_country_code("+49") && !number_is_country_code("049"));
    ck_assert(!number_is_country_code("4930") && !number_is_country_code("4a"));
}
END_TEST

/* ---- Any number, against an oracle ---- */

/* With sanitizers all is some ten times slower. */
#if defined(__SANITIZE_ADDRESS__)
enum { STRINGS = 10000 };
#else
enum { STRINGS = 100000 };
#endif

/* By the words of the manual, for Germany with 0900, 0137 and 118: of a number that is written plainly. */
static bool is_costly_by_the_book(const char *number) {
    static const char book[] = "^(?:(?:\\+|00)(?!49)\\d"       /* abroad */
                               "|(?:\\+|00)490*(?:900|137|118)" /* home, as from abroad */
                               "|010"                             /* another carrier */
                               "|0900|0137|118)";

    return g_regex_match_simple(book, number, 0, 0);
}

static bool is_emergency_by_the_book(const char *number) {
    return g_regex_match_simple("^(?:110|112|911)$", number, 0, 0);
}

static char *random_number(GRand *rand) {
    static const char *const begins[] = { "+", "00", "0", "", "", "+49", "0049", "049", "0900", "+490", "118", "112", "911", "11", "013", "+4" };
    GString *number = g_string_new(begins[g_rand_int_range(rand, 0, G_N_ELEMENTS(begins))]);
    int size = g_rand_int_range(rand, 0, 9);

    if (size > 4)
        size = size * 3 - 12;
    for (int i = 0; i < size; i++)
        g_string_append_c(number, (char) ('0' + g_rand_int_range(rand, 0, 10)));
    return g_string_free(number, FALSE);
}

/* With what means nothing between the digits. */
static char *with_separators(GRand *rand, const char *number) {
    static const char *const around[][2] = {
        { "", "" }, { "tel:", "" }, { "TEL:", "" }, { "sip:", "@gateway" }, { "sips:", "@gateway;user=phone" }, { "tel:", ";x=y" },
    };
    size_t i = g_rand_int_range(rand, 0, G_N_ELEMENTS(around));
    GString *text = g_string_new(around[i][0]);

    for (; *number; number++) {
        if (g_rand_int_range(rand, 0, 3) == 0)
            g_string_append_c(text, " -.()/"[g_rand_int_range(rand, 0, 6)]);
        g_string_append_c(text, *number);
    }
    g_string_append(text, around[i][1]);
    return g_string_free(text, FALSE);
}

/* And with the characters themselves written in another way. */
static char *disguised(GRand *rand, const char *text) {
    GString *disguise = g_string_new(NULL);

    for (; *text; text++) {
        int way = g_ascii_isdigit(*text) || *text == '+' ? g_rand_int_range(rand, 0, 8) : 0;

        if (way == 1)
            g_string_append_printf(disguise, "%%%02X", *text);
        else if (way == 2)
            g_string_append_printf(disguise, "%%25%02x", *text);
        else if (way == 3)
            g_string_append_unichar(disguise, 0xff00 + *text - 0x20);
        else
            g_string_append_printf(disguise, "%c%s", *text, way == 4 ? "\xe2\x80\x8b" : "");
    }
    return g_string_free(disguise, FALSE);
}

START_TEST(any_number_is_classed_as_by_the_book) {
    g_autoptr(GRand) rand = g_rand_new_with_seed(20 + _i);
    unsigned costly = 0, emergencies = 0;

    decide(outside, "49", "0900;0137;118");
    for (unsigned i = 0; i < STRINGS / 4; i++) {
        g_autofree char *number = random_number(rand), *written = with_separators(rand, number), *hidden = disguised(rand, written);
        bool is_costly = is_costly_by_the_book(number), is_emergency = is_emergency_by_the_book(number);

        expect_class(outside, number, is_emergency ? NUMBER_EMERGENCY : is_costly ? NUMBER_COSTLY : NUMBER_ORDINARY);
        expect_class(outside, written, is_emergency ? NUMBER_EMERGENCY : is_costly ? NUMBER_COSTLY : NUMBER_ORDINARY);
        if (is_costly)
            expect_class(outside, hidden, NUMBER_COSTLY);
        ck_assert(is_emergency || line_number_class(outside, hidden) != NUMBER_EMERGENCY);
        costly += is_costly;
        emergencies += is_emergency;
    }
    ck_assert_uint_gt(costly, STRINGS / 40);
    ck_assert_uint_lt(costly, STRINGS / 5);
    ck_assert_uint_gt(emergencies, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("number-class");
    TCase *tcase = tcase_create("number-class");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, names_go_both_ways);
    tcase_add_test(tcase, on_a_line_of_the_machine_all_is_ordinary);
    tcase_add_test(tcase, without_a_country_all_of_abroad_is_costly);
    tcase_add_test(tcase, without_a_country_every_way_abroad_is_costly);
    tcase_add_test(tcase, with_a_country_another_one_is_costly);
    tcase_add_test(tcase, a_line_of_the_machine_may_be_guarded_too);
    tcase_add_loop_test(tcase, countries_have_their_customs, 0, G_N_ELEMENTS(customs));
    tcase_add_loop_test(tcase, no_costly_number_slips_through, 0, G_N_ELEMENTS(evasions));
    tcase_add_test(tcase, words_are_numbers);
    tcase_add_test(tcase, an_emergency_is_known_however_it_is_written);
    tcase_add_test(tcase, nothing_else_is_made_an_emergency);
    tcase_add_test(tcase, a_real_line_tells_of_what_is_so_everywhere);
    tcase_add_test(tcase, keys_have_a_form);
    tcase_add_loop_test(tcase, any_number_is_classed_as_by_the_book, 0, 4);
    return run_suite(suite);
}
