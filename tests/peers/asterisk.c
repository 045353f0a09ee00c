/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asterisk: a few files, and the program in its chroot. */
#include "tests/peers/asterisk.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>

/* Where the test's files are, inside of the chroot: "/callbus-12345". */
static char *inside;
static char *root;

static const char directories[] =
    "[directories]\nastetcdir => %1$s\nastmoddir => /usr/lib/asterisk/modules\nastvarlibdir => /var/lib/asterisk\nastdbdir => %1$s\n"
    "astkeydir => %1$s\nastdatadir => /usr/share/asterisk\nastagidir => %1$s\nastspooldir => %1$s/spool\nastrundir => %1$s\nastlogdir => %1$s\n";

static const char modules[] =
    "[modules]\nautoload=yes\nnoload => chan_sip.so\nnoload => chan_iax2.so\nnoload => chan_skinny.so\nnoload => chan_mgcp.so\n"
    "noload => chan_unistim.so\nnoload => chan_dahdi.so\nnoload => chan_phone.so\nnoload => chan_ooh323.so\nnoload => pbx_dundi.so\n"
    "noload => res_phoneprov.so\nnoload => cdr_radius.so\nnoload => cel_radius.so\nnoload => res_hep.so\nnoload => res_hep_pjsip.so\n"
    "noload => res_hep_rtcp.so\nnoload => app_voicemail_imap.so\nnoload => app_voicemail_odbc.so\n";

static const char endpoint[] =
    "[%1$u]\ntype=endpoint\ncontext=test\naors=%1$u\nauth=%1$u\ndisallow=all\nallow=ulaw\ndirect_media=no\nrtp_symmetric=yes\n"
    "callerid=\"User %1$u\" <%1$u>\ncall_group=1\npickup_group=1\nmedia_address=%2$s\nbind_rtp_to_media_address=yes\n"
    "[%1$u]\ntype=auth\nauth_type=userpass\nusername=%1$u\npassword=" ASTERISK_PASSWORD "\n"
    "[%1$u]\ntype=aor\nmax_contacts=3\nminimum_expiration=5\nmailboxes=%1$u@default\n";

static const char extensions[] =
    "[test]\n"
    "exten => _1XX,1,Dial(PJSIP/${EXTEN},30)\n"
    "exten => 110,1,Dial(PJSIP/100&PJSIP/101,30)\n"
    "exten => echo,1,Answer()\nsame => n,Echo()\n"
    "exten => milliwatt,1,Answer()\nsame => n,Milliwatt()\n"
    "exten => _*5XXX,1,Set(PARKINGEXTEN=${EXTEN:2})\nsame => n,Park(default,s)\n"
    "exten => _*6XXX,1,ParkedCall(default,${EXTEN:2})\n"
    "exten => _*8XXX,1,Pickup(${EXTEN:2}@test)\n"
    "exten => _*7X,1,Pickup()\n"
    "exten => _91XX,1,Answer()\nsame => n,VoiceMail(${EXTEN:1}@default,s)\n";

static void write_voicemail(const char *folder) {
    g_autoptr(GString) text = g_string_new("[general]\nformat=wav\nminsecs=0\nmaxsecs=3\nmaxsilence=10\n[default]\n");

    for (unsigned user = 100; user <= 102; user++)
        g_string_append_printf(text, "%u => 1234,User %u\n", user, user);
    peer_write(folder, "voicemail.conf", text->str);
}

static void write_pjsip(const char *folder, const char *address) {
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "[udp]\ntype=transport\nprotocol=udp\nbind=%s:5060\n[tcp]\ntype=transport\nprotocol=tcp\nbind=%s:5060\n", address,
                           address);
    for (unsigned user = 100; user <= 102; user++)
        g_string_append_printf(text, endpoint, user, address);
    peer_write(folder, "pjsip.conf", text->str);
}

static void remove_inside(void) {
    g_autofree char *path = g_strconcat(root, inside, NULL);
    const char *argv[] = { "rm", "-rf", "--one-file-system", path, NULL };

    g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

Peer *asterisk_start(const char *address) {
    g_autofree char *folder = NULL, *text = NULL, *spool = NULL, *config = NULL;
    const char *argv[] = { "chroot", NULL, "asterisk", "-f", "-n", "-C", NULL, NULL };
    Peer *asterisk;

    ck_assert_msg(g_getenv("CALLBUS_ASTERISK"), "CALLBUS_ASTERISK must name the folder with Asterisk in it: see scripts/test-asterisk");
    root = g_strdup(g_getenv("CALLBUS_ASTERISK"));
    inside = g_strdup_printf("/callbus-%d", (int) getpid());
    atexit(remove_inside);
    folder = g_strconcat(root, inside, NULL);
    spool = g_build_filename(folder, "spool", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(spool, 0700), 0);
    text = g_strdup_printf(directories, inside);
    peer_write(folder, "asterisk.conf", text);
    peer_write(folder, "modules.conf", modules);
    peer_write(folder, "extensions.conf", extensions);
    peer_write(folder, "features.conf", "[general]\n");
    peer_write(folder, "res_parking.conf", "[general]\n[default]\nparkpos => 701-720\ncontext => parkedcalls\nparkingtime => 60\n");
    peer_write(folder, "logger.conf", "[general]\n[logfiles]\nconsole => notice,warning,error,verbose\n");
    peer_write(folder, "rtp.conf", "[general]\nrtpstart=33000\nrtpend=36000\n");
    write_pjsip(folder, address);
    write_voicemail(folder);
    config = g_build_filename(inside, "asterisk.conf", NULL);
    argv[1] = root;
    argv[6] = config;
    asterisk = peer_start(folder, argv);
    peer_set_lasting(asterisk);
    peer_await_listening(asterisk, address, 5060, /* tcp= */ true);
    peer_await(asterisk, "Asterisk Ready");
    return asterisk;
}
