/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIPp: scenarios from short steps, and the program. */
#include "tests/peers/sipp.h"

#include <check.h>
#include <string.h>

#define LOAD_TIMEOUT_MS 30000 /* whoever waits so long in a load has failed */
#define OUR_TAG "[pid]SIPp[call_number]"

static const char voice[] = "v=0\r\no=sipp 1 1 IN IP[local_ip_type] [local_ip]\r\ns=-\r\nc=IN IP[media_ip_type] [media_ip]\r\nt=0 0\r\n"
                            "m=audio [media_port] RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                            "a=fmtp:101 0-15\r\na=sendrecv\r\n";

/* Of the INVITE that comes, for answers that come later. */
static const struct {
    const char *header, *variable;
} kept_headers[] = {
    { "From", "caller" },
    { "To", "called" },
    { "Via", "via" },
    { "CSeq", "number" },
};

/* What is written so far. */
typedef struct Writer {
    GString *xml;
    bool is_caller;
    bool in_dialog;     /* the INVITE is there, its headers are known */
    const char *user;
    unsigned number;    /* CSeq of our last request */
    unsigned index, invite; /* of the step that is written, and of our INVITE */
    unsigned variables;
} Writer;

/* ---- What SIPp sends ---- */

static bool has_line(char **lines, const char *prefix) {
    for (; *lines; lines++)
        if (g_str_has_prefix(*lines, prefix))
            return true;
    return false;
}

/* The further lines of a step: headers, or "sdp" and the description. */
static void add_lines(Writer *writer, char **lines) {
    g_autoptr(GString) body = g_string_new(NULL);
    bool is_body = false, has_type = has_line(lines, "Content-Type:");

    if (!has_line(lines, "Contact:"))
        g_string_append(writer->xml, "Contact: <sip:[service]@[local_ip]:[local_port];transport=[transport]>\r\n");
    for (; *lines; lines++) {
        if (!is_body && g_str_equal(*lines, "sdp")) {
            is_body = true;
            if (!has_type)
                g_string_append(writer->xml, "Content-Type: application/sdp\r\n");
            continue;
        }
        g_string_append_printf(is_body ? body : writer->xml, "%s\r\n", *lines);
    }
    g_string_append_printf(writer->xml, "Content-Length: [len]\r\n\r\n%s", is_body && body->len == 0 ? voice : body->str);
}

/* To what came last, or (`to_invite`) to the INVITE that began it all. "200 OK @two": by another one of those whom we stand for. */
static void write_answer(Writer *writer, const char *text, bool to_invite, char **lines) {
    g_auto(GStrv) parts = g_strsplit(text, " @", 2);
    bool has_tag = !to_invite && (writer->is_caller || writer->in_dialog);

    g_string_append_printf(writer->xml, "<send><![CDATA[\r\nSIP/2.0 %s\r\n", parts[0]);
    if (to_invite)
        g_string_append_printf(writer->xml, "Via:[$via]\r\nFrom:[$caller]\r\nTo:[$called];tag=" OUR_TAG "%s\r\n[last_Call-ID:]\r\n"
                                            "CSeq:[$number]\r\n", parts[1] ? parts[1] : "");
    else
        g_string_append_printf(writer->xml, "[last_Via:]\r\n[last_From:]\r\n[last_To:]%s%s\r\n[last_Call-ID:]\r\n[last_CSeq:]\r\n"
                                            "[last_Record-Route:]\r\n",
                               has_tag ? "" : ";tag=" OUR_TAG, parts[1] ? parts[1] : "");
    add_lines(writer, lines);
    g_string_append(writer->xml, "]]></send>\n");
}

/* Who is who in a request of ours. */
static void write_parties(Writer *writer, bool without_tag) {
    if (!writer->is_caller) {
        g_string_append(writer->xml, "From: <sip:[service]@[local_ip]:[local_port]>;tag=" OUR_TAG "\r\nTo:[$caller]\r\n");
        return;
    }
    g_string_append_printf(writer->xml,
                           "From: \"SIPp\" <sip:sipp@[local_ip]:[local_port]>;tag=" OUR_TAG "\r\nTo: <sip:%s@[remote_ip]:[remote_port]>%s\r\n",
                           writer->user, without_tag ? "" : "[peer_tag_param]");
}

/* Those that belong to our INVITE have its number, and what belongs to its transaction, its branch. */
static void write_request(Writer *writer, const char *method, char **lines) {
    bool is_ack = g_str_equal(method, "ACK"), is_cancel = g_str_equal(method, "CANCEL");
    bool is_new = !writer->in_dialog && (!is_ack && !is_cancel);
    g_autofree char *branch = g_strdup("[branch]"), *uri = g_strdup("[next_url]");

    if (!is_ack && !is_cancel)
        writer->number++;
    if (g_str_equal(method, "INVITE"))
        writer->invite = writer->index;
    if (!writer->in_dialog) {
        g_free(uri);
        uri = g_strdup_printf("sip:%s@[remote_ip]:[remote_port]", writer->user);
    }
    if (!writer->in_dialog && !is_new) {
        g_free(branch);
        branch = g_strdup_printf("[branch-%u]", writer->index - writer->invite);
    }
    g_string_append_printf(writer->xml, "<send%s><![CDATA[\r\n%s %s SIP/2.0\r\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=%s\r\n",
                           is_ack ? "" : " retrans=\"500\"", method, uri, branch);
    write_parties(writer, is_new || is_cancel);
    g_string_append_printf(writer->xml, "Call-ID: [call_id]\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n%s", writer->number, method,
                           writer->in_dialog ? "[routes]\r\n" : "");
    add_lines(writer, lines);
    g_string_append(writer->xml, "]]></send>\n");
}

static void write_send(Writer *writer, const char *what, char **lines) {
    if (g_ascii_isdigit(*what))
        write_answer(writer, what, /* to_invite= */ false, lines);
    else
        write_request(writer, what, lines);
}

/* ---- What it receives ---- */

/* "?Header: expression" of what comes. */
static void add_matches(Writer *writer, char **lines) {
    for (; *lines; lines++) {
        g_auto(GStrv) pair = g_strsplit(*lines + 1, ": ", 2);
        g_autofree char *expression = g_markup_escape_text(pair[1] ? pair[1] : ".*", -1);

        ck_assert_msg(**lines == '?', "'%s' is no match", *lines);
        g_string_append_printf(writer->xml, "<ereg regexp=\"%s\" search_in=\"hdr\" header=\"%s:\" check_it=\"true\" assign_to=\"%u\"/>",
                               expression, pair[0], ++writer->variables);
    }
}

static void write_receive(Writer *writer, const char *what, bool optional, char **lines) {
    bool is_answer = g_ascii_isdigit(*what), is_first = !writer->in_dialog && g_str_equal(what, "INVITE");

    g_string_append_printf(writer->xml, "<recv %s=\"%s\"%s%s%s>", is_answer ? "response" : "request", what,
                           optional ? " optional=\"true\"" : "",
                           is_first || (writer->is_caller && is_answer) ? " rrs=\"true\"" : "",
                           is_answer ? "" : " crlf=\"true\"");
    g_string_append(writer->xml, "<action>");
    for (size_t i = 0; is_first && i < G_N_ELEMENTS(kept_headers); i++)
        g_string_append_printf(writer->xml, "<ereg regexp=\".*\" search_in=\"hdr\" header=\"%s:\" assign_to=\"%s\"/>",
                               kept_headers[i].header, kept_headers[i].variable);
    add_matches(writer, lines);
    g_string_append(writer->xml, "</action></recv>\n");
}

/* From here on what is sent is in a dialog: requests have the peer's tag, answers have it from the request. */
static void note_dialog(Writer *writer, const char *step) {
    if (writer->is_caller && g_str_has_prefix(step, "< 2"))
        writer->in_dialog = true;
    if (!writer->is_caller && g_str_has_prefix(step, "< ACK"))
        writer->in_dialog = true;
}

static void write_step(Writer *writer, const char *step) {
    g_auto(GStrv) lines = g_strsplit(step, "\n", 0);

    if (g_str_has_prefix(step, "wait "))
        g_string_append_printf(writer->xml, "<pause milliseconds=\"%s\"/>\n", step + strlen("wait "));
    else if (g_str_has_prefix(step, "> "))
        write_send(writer, lines[0] + 2, lines + 1);
    else if (g_str_has_prefix(step, "!> "))
        write_answer(writer, lines[0] + 3, /* to_invite= */ true, lines + 1);
    else if (g_str_has_prefix(step, "<? "))
        write_receive(writer, lines[0] + 3, true, lines + 1);
    else if (g_str_has_prefix(step, "< "))
        write_receive(writer, lines[0] + 2, false, lines + 1);
    else
        ck_abort_msg("'%s' is no step", step);
    note_dialog(writer, step);
    writer->index++;
}

/* Every variable has to be named where it is used, or SIPp refuses the scenario. */
static void write_references(Writer *writer) {
    if (!writer->is_caller)
        g_string_append(writer->xml, "<Reference variables=\"caller,called,via,number\"/>\n");
    for (unsigned i = 1; i <= writer->variables; i++)
        g_string_append_printf(writer->xml, "<Reference variables=\"%u\"/>\n", i);
}

char *sipp_scenario(const char *const *steps, bool is_caller, const char *user) {
    Writer writer = { .xml = g_string_new(NULL), .is_caller = is_caller, .user = user ? user : "line" };

    g_string_append(writer.xml, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"test\">\n");
    for (; *steps; steps++)
        write_step(&writer, *steps);
    write_references(&writer);
    g_string_append(writer.xml, "</scenario>\n");
    return g_string_free(writer.xml, FALSE);
}

/* ---- The program ---- */

char *sipp_uri(unsigned address, const char *user) {
    return g_strdup_printf("sip:%s@%s:%u", user, peer_address(address), SIPP_PORT);
}

static void add_number(GPtrArray *argv, const char *option, unsigned n) {
    g_ptr_array_add(argv, g_strdup(option));
    g_ptr_array_add(argv, g_strdup_printf("%u", n));
}

static void add_text(GPtrArray *argv, const char *option, const char *text) {
    g_ptr_array_add(argv, g_strdup(option));
    g_ptr_array_add(argv, g_strdup(text));
}

Peer *sipp_start(const SippOptions *options) {
    const char *folder = peer_folder("sipp");
    const char *address = peer_address(options->address ? options->address : PEER_FIRST);
    g_autofree char *scenario = sipp_scenario(options->steps, options->target, options->user);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    Peer *sipp;

    peer_write(folder, "scenario.xml", scenario);
    g_ptr_array_add(argv, g_strdup("sipp"));
    if (options->target)
        g_ptr_array_add(argv, g_strdup(options->target));
    add_text(argv, "-sf", "scenario.xml");
    add_text(argv, "-i", address);
    add_text(argv, "-mi", address);
    add_text(argv, "-s", options->user ? options->user : "sipp");
    add_text(argv, "-t", options->transport ? options->transport : "u1");
    add_text(argv, "-message_file", "messages");
    add_text(argv, "-error_file", "errors");
    add_text(argv, "-default_behaviors", "all,-abortunexp");
    add_number(argv, "-p", SIPP_PORT);
    add_number(argv, "-m", options->calls ? options->calls : 1);
    add_number(argv, "-r", options->rate ? options->rate : 10);
    if (options->calls > 1)
        add_number(argv, "-recv_timeout", LOAD_TIMEOUT_MS);
    if (options->limit)
        add_number(argv, "-l", options->limit);
    g_ptr_array_add(argv, g_strdup("-trace_err"));
    if (options->calls <= 1)
        g_ptr_array_add(argv, g_strdup("-trace_msg"));
    g_ptr_array_add(argv, g_strdup("-nostdin"));
    g_ptr_array_add(argv, NULL);
    sipp = peer_start(folder, (const char *const *) argv->pdata);
    if (!options->target)
        peer_await_listening(sipp, address, SIPP_PORT, options->transport && *options->transport == 't');
    return sipp;
}

void sipp_await(Peer *sipp) {
    peer_await_end(sipp, 0);
    sipp_expect_no_surprise(sipp);
}

char *sipp_messages(const Peer *sipp) {
    return peer_log(sipp, "messages");
}

/* ---- What it did not expect ---- */

#define RULE "-----------------------------------------------"

/* The messages that came, each once; with how many more came that were there before, as UDP repeats them. */
static GHashTable *received_messages(const char *log, unsigned *ret_repeated) {
    GHashTable *messages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) entries = g_strsplit(log, RULE, -1);

    *ret_repeated = 0;
    for (char **entry = entries; *entry; entry++) {
        char *text = strstr(*entry, " message received [") ? strstr(*entry, "\n\n") : NULL;

        if (text && !g_hash_table_add(messages, g_strdup(g_strstrip(text))))
            (*ret_repeated)++;
    }
    return messages;
}

unsigned sipp_count(const Peer *sipp, const char *begin) {
    g_autofree char *log = sipp_messages(sipp);
    g_autoptr(GHashTable) messages = NULL;
    unsigned repeated, n = 0;
    GHashTableIter iter;
    void *message;

    messages = received_messages(log, &repeated);
    g_hash_table_iter_init(&iter, messages);
    while (g_hash_table_iter_next(&iter, &message, NULL))
        n += g_str_has_prefix(message, begin);
    return n;
}

/* What is repeated may have been taken for what was expected, which comes later then. */
bool sipp_is_surprised(const Peer *sipp) {
    g_autofree char *errors = peer_log(sipp, "errors"), *log = NULL;
    g_auto(GStrv) warnings = g_strsplit(errors, "Continuing call on ", -1);
    g_autoptr(GHashTable) messages = NULL;
    unsigned repeated;

    if (g_strv_length(warnings) <= 1)
        return false;
    log = sipp_messages(sipp);
    messages = received_messages(log, &repeated);
    return *log && g_strv_length(warnings) - 1 > repeated;
}

void sipp_expect_no_surprise(const Peer *sipp) {
    if (sipp_is_surprised(sipp))
        peers_fail("a SIPp did not expect what came");
}
