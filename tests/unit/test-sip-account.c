/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the [Sip] group of a line may say, and what is said of what it may not. */
#include <string.h>

#include "providers/sip/account.h"
#include "providers/sip/mwi.h"
#include "tests/unit/run.h"

static SipAccount *account;
static char *why;

static void tear_down(void) {
    account = sip_account_free(account);
    g_clear_pointer(&why, g_free);
}

/* The account that these settings make, or NULL and why not. */
static SipAccount *parse(const char *const *settings) {
    tear_down();
    if (sip_account_new(settings, &account, &why) < 0)
        ck_assert_ptr_nonnull(why);
    return account;
}

#define PARSE(...) parse((const char *const[]) { __VA_ARGS__, NULL })
#define BAD(text, ...)                                                  \
    do {                                                                \
        ck_assert_ptr_null(PARSE(__VA_ARGS__));                         \
        ck_assert_msg(strstr(why, text), "'%s' in '%s'", text, why);    \
    } while (0)

START_TEST(four_lines_make_an_account) {
    ck_assert_ptr_nonnull(PARSE("Registrar", "sip.example.org", "User", "alice", "PasswordFile", "/etc/secret"));
    ck_assert_str_eq(account->registrar.host.name, "sip.example.org");
    ck_assert_uint_eq(account->registrar.host.port, 0);
    ck_assert_str_eq(account->auth_user, "alice");
    ck_assert_str_eq(account->domain, "sip.example.org");
    ck_assert_int_eq(account->transport, SIP_TRANSPORT_UDP);
    ck_assert_int_eq(account->encryption, SDP_ENCRYPTION_NONE);
    ck_assert_uint_eq(account->expires_s, 600);
    ck_assert_uint_gt(account->codecs.n, 1);
}
END_TEST

START_TEST(nothing_is_a_direct_line) {
    g_autofree char *address = NULL, *registrar = NULL;

    ck_assert_int_eq(sip_account_new(NULL, &account, &why), 0);
    registrar = sip_account_registrar_uri(account);
    address = sip_account_address(account, "192.0.2.1:5060");
    ck_assert_ptr_null(registrar);
    ck_assert_str_eq(address, "sip:192.0.2.1:5060");
}
END_TEST

START_TEST(servers_have_many_forms) {
    static const struct {
        const char *text, *name;
        unsigned port;
        SipTransport transport;
        const char *uri;
    } forms[] = {
        { "example.org", "example.org", 0, SIP_TRANSPORT_UDP, "sip:example.org" },
        { "example.org:5070", "example.org", 5070, SIP_TRANSPORT_UDP, "sip:example.org:5070" },
        { "sip:example.org", "example.org", 0, SIP_TRANSPORT_UDP, "sip:example.org" },
        { "sip:example.org;transport=tcp", "example.org", 0, SIP_TRANSPORT_TCP, "sip:example.org;transport=tcp" },
        { "sips:example.org", "example.org", 0, SIP_TRANSPORT_TLS, "sip:example.org;transport=tls" },
        { "192.0.2.1", "192.0.2.1", 0, SIP_TRANSPORT_UDP, "sip:192.0.2.1" },
        { "2001:db8::1", "2001:db8::1", 0, SIP_TRANSPORT_UDP, "sip:[2001:db8::1]" },
        { "[2001:db8::1]:5070", "2001:db8::1", 5070, SIP_TRANSPORT_UDP, "sip:[2001:db8::1]:5070" },
    };
    g_autofree char *uri = NULL;

    ck_assert_msg(PARSE("Registrar", forms[_i].text, "User", "alice"), "%s", why);
    uri = sip_account_registrar_uri(account);
    ck_assert_str_eq(account->registrar.host.name, forms[_i].name);
    ck_assert_uint_eq(account->registrar.host.port, forms[_i].port);
    ck_assert_int_eq(account->transport, forms[_i].transport);
    ck_assert_str_eq(uri, forms[_i].uri);
}
END_TEST

START_TEST(what_is_no_server) {
    static const char *const texts[] = { "", "a b", "alice@example.org", "example.org:0", "example.org:99999", "example.org:x", "[::1",
                                         "-x", "sip:example.org;transport=sctp", "sip:example.org;x=y", "example.org;transport=tcp",
                                         "exa..mple", "sip:" };

    BAD("Registrar: '", "Registrar", texts[_i], "User", "alice");
}
END_TEST

START_TEST(each_mistake_is_told_with_its_key) {
    BAD("Transport: 'udpp' is not one of udp, tcp, tls", "Transport", "udpp");
    BAD("Encryption: 'yes' is not one of none, offered, required", "Encryption", "yes");
    BAD("Dtmf: 'inband' is not one of rfc4733, info", "Dtmf", "inband");
    BAD("Callers: 'friends' is not one of anybody, network", "Callers", "friends");
    BAD("Callers: 'network' needs Registrar= or Proxy=", "Callers", "network");
    BAD("Transfers: 'all' is not one of known, accept, refuse", "Transfers", "all");
    BAD("Keepalive: '4' is not a number of seconds from 5 to 3600, or 0 for none", "Registrar", "a.b", "User", "a", "Keepalive", "4");
    BAD("Keepalive: is of no use without Registrar=", "Keepalive", "10");
    BAD("Expires: '4' is not a number of seconds from 5 to 86400", "Registrar", "a.b", "User", "a", "Expires", "4");
    BAD("SessionExpires: '30' is not", "SessionExpires", "30");
    BAD("Codecs: 'PCMU;GSM' is not a list of", "Codecs", "PCMU;GSM");
    BAD("Codecs: 'PCMU;pcmu' has pcmu twice", "Codecs", "PCMU;pcmu");
    BAD("Codecs: ';' names no codec", "Codecs", ";");
    BAD("RtpPorts: '5000' is not a range of ports", "RtpPorts", "5000");
    BAD("RtpPorts: '6000-5000' is not a range of ports", "RtpPorts", "6000-5000");
    BAD("RtpPorts: '5001-5002' is not a range of ports, at least an even one and the next", "RtpPorts", "5001-5002");
    BAD("AudioInput: microphone is no place for sound", "AudioInput", "microphone");
    BAD("AudioOutput: tone:440 is no place for sound", "AudioOutput", "tone:440");
    BAD("RingDevice: device: is no place for sound", "RingDevice", "device:");
    BAD("AudioInput: is empty", "AudioInput", "");
    BAD("User: 'a@b' is not the part of a SIP address before its @", "User", "a@b");
    BAD("Domain: 'a@b' is not", "Domain", "a@b");
    BAD("Listen: 'example.org' is not an address of this machine", "Listen", "example.org");
    BAD("PasswordFile: 'secret' is not the whole path", "PasswordFile", "secret");
    BAD("PasswordCredential: '../x' is not the name of a credential", "PasswordCredential", "../x");
    BAD("ParkCode: '*85 700' is not something that can be dialled", "ParkCode", "*85 700");
    BAD("DisplayName: is empty", "DisplayName", "");
    BAD("DisplayName: is no text without control characters", "DisplayName", "a\nb");
    BAD("DisplayName: is no text", "DisplayName", "\xff");
    BAD("User: is there twice", "User", "a", "User", "b");
}
END_TEST

START_TEST(what_does_not_go_together) {
    BAD("User: is missing", "Registrar", "example.org");
    BAD("PasswordFile: there is PasswordCredential= as well", "PasswordFile", "/a", "PasswordCredential", "b");
    BAD("PasswordFile: is of no use without Registrar=, Proxy= or Realm=", "User", "a", "PasswordFile", "/a");
    BAD("PasswordCredential: is of no use without Registrar=, Proxy= or Realm=", "PasswordCredential", "a");
    BAD("Realm: is of no use without PasswordFile= or PasswordCredential=", "Registrar", "example.org", "User", "a", "Realm", "asterisk");
    BAD("Transport: 'udp' is not tls, as Registrar= has it", "Registrar", "sips:example.org", "User", "a", "Transport", "udp");
    BAD("Transport: 'udp' is not tcp, as Proxy= has it", "Proxy", "sip:p.example.org;transport=tcp", "Transport", "udp");
    BAD("TlsCaFile: is of no use", "TlsCaFile", "/ca.pem");
    BAD("Expires: is of no use", "Expires", "60");
    BAD("AuthUser: can't have a quotation mark", "AuthUser", "a\"b");
}
END_TEST

START_TEST(a_password_is_not_a_setting) {
    BAD("Password: a password is not kept here", "Password", "secret");
    ck_assert_ptr_null(strstr(why, "secret"));
    BAD("password: a password is not kept here", "password", "secret");
}
END_TEST

START_TEST(an_unknown_key_is_told_with_those_there_are) {
    BAD("Regitsrar: is no setting of a SIP line; there are Registrar, Proxy,", "Regitsrar", "example.org");
}
END_TEST

START_TEST(all_that_can_be_said) {
    ck_assert_msg(PARSE("Registrar", "example.org", "Proxy", "sip:p.example.org:5080;transport=tls;lr", "Listen", "[::1]:5062", "User", "alice",
                        "AuthUser", "alice:work", "PasswordCredential", "sip-password", "Realm", "Our PBX", "Domain", "home.example.org", "DisplayName",
                        "Alice Älter", "Expires", "60", "TlsCaFile", "/ca.pem", "Encryption", "required", "Codecs", "opus;PCMA",
                        "Dtmf", "info", "SessionExpires", "0", "ParkCode", "*85", "UnparkCode", "*86", "PickupCode", "**",
                        "PickupGroupCode", "*8", "AudioInput", "tone:440", "AudioOutput", "none",
                        "RingDevice", "device:bell", "RtpPorts", "20000-20001"), "%s", why);
    ck_assert_str_eq(account->listen.name, "::1");
    ck_assert_uint_eq(account->listen.port, 5062);
    ck_assert_int_eq(account->transport, SIP_TRANSPORT_TLS);
    ck_assert_uint_eq(account->codecs.n, 2);
    ck_assert_int_eq(account->codecs.codecs[0], CODEC_OPUS);
    ck_assert_int_eq(account->dtmf, SIP_DTMF_INFO);
    ck_assert_str_eq(account->realm, "Our PBX");
    ck_assert_uint_eq(account->session_expires_s, 0);
    ck_assert_uint_eq(account->rtp_ports.max, 20001);
    {
        g_autofree char *proxy = sip_account_proxy_uri(account), *registrar = sip_account_registrar_uri(account);
        g_autofree char *address = sip_account_address(account, "x"), *domain = sip_account_domain_uri(account);

        ck_assert_str_eq(domain, "sip:home.example.org;transport=tls");

        ck_assert_str_eq(proxy, "sip:p.example.org:5080;transport=tls;lr");
        ck_assert_str_eq(registrar, "sip:example.org");
        ck_assert_str_eq(address, "sip:alice@home.example.org");
    }
}
END_TEST

START_TEST(messages_that_wait_are_counted) {
    unsigned count = 99;

    ck_assert(mwi_parse("Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n", &count));
    ck_assert_uint_eq(count, 2);
    ck_assert(mwi_parse("messages-waiting : NO\r\n", &count));
    ck_assert_uint_eq(count, 0);
    ck_assert(mwi_parse("Messages-Waiting:yes\n", &count));
    ck_assert_uint_eq(count, 1);
    ck_assert(mwi_parse("Messages-Waiting: yes\r\nVoice-Message: 99999999999999999999/0\r\n", &count));
    ck_assert_uint_eq(count, 9999);
    ck_assert(!mwi_parse("", &count));
    ck_assert(!mwi_parse("Voice-Message: 1/1\r\n", &count));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-account");
    TCase *tcase = tcase_create("settings");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, four_lines_make_an_account);
    tcase_add_test(tcase, nothing_is_a_direct_line);
    tcase_add_loop_test(tcase, servers_have_many_forms, 0, 8);
    tcase_add_loop_test(tcase, what_is_no_server, 0, 13);
    tcase_add_test(tcase, each_mistake_is_told_with_its_key);
    tcase_add_test(tcase, what_does_not_go_together);
    tcase_add_test(tcase, a_password_is_not_a_setting);
    tcase_add_test(tcase, an_unknown_key_is_told_with_those_there_are);
    tcase_add_test(tcase, all_that_can_be_said);
    tcase_add_test(tcase, messages_that_wait_are_counted);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
