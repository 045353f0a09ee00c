/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl --help. */
#include "interfaces/cli/ctl.h"

#include <stdio.h>

static const struct {
    const char *title, *text;
} sections[] = {
    {"Lines",
     "  lines                       List the lines (the default)\n"
     "  line NAME                   Show one line\n"
     "  line add NAME PROVIDER [KEY=VALUE...]  Add a line, with the keys of lines.d\n"
     "  line remove NAME            Remove a line that was added\n"
     "  forward LINE [WHEN TO]...   Show where its calls go, or replace all rules; --clear, --dnd\n"
     "  priority [MODE [APP...]]    Show or set who is offered calls of a media mode first; --clear\n"},
    {"Calls",
     "  dial [LINE] ADDRESS         Call a number, and stay until the call has ended\n"
     "  redial [ID]                 Call again: the last number dialled, --missed, or an entry of the log\n"
     "  open URI                    Call what a tel:, sip:, sips: or callto: link names\n"
     "  answer [CALL]               Answer a call, and stay until it has ended\n"
     "  pickup LINE [ADDRESS]       Take a call that rings at ADDRESS or in --group=, or waits on LINE\n"
     "  redirect CALL ADDRESS       Send an incoming call elsewhere\n"
     "  complete CALL MODE          Busy, or no answer: camp-on, callback, intrude or message\n"
     "  cancel LINE ID              Give up what 'complete' began\n"
     "  calls                       List the calls on all lines\n"
     "  show [CALL]                 Show one call\n"
     "  watch                       Print what happens, one line per event, until Ctrl-C\n"
     "  log                         List the calls that are over, the newest first\n"
     "  hangup [CALL]               End a call, or turn one down that still rings\n"},
    {"During a call",
     "  hold [CALL]                 Put a call on hold\n"
     "  unhold [CALL]               Take a call off hold; ends a consultation about it\n"
     "  swap CALL [CALL]            Swap the active call and the one on hold\n"
     "  mute [CALL]                 Stop the far end from hearing us\n"
     "  unmute [CALL]               Let it hear us again\n"
     "  audio [CALL]                Show where it is heard, and how loud; --device=, --volume= set it\n"
     "  secure CALL                 Let nobody break in, for the rest of the call\n"
     "  digits CALL DIGITS          Send tones: 0-9 A-D * #, ',' is a pause, '!' a hook flash; or dial on\n"
     "  gather CALL [MAX]           Wait for digits from the far end, up to '#', and print them\n"
     "  tone CALL TONE [SECONDS]    Send ringback, busy, beep or billing\n"
     "  park CALL [PLACE]           Leave a call at a place, or where the switch likes; prints where\n"
     "  unpark LINE PLACE           Get a parked call back\n"
     "  handoff CALL TARGET         Make another application an owner: bus name, app id, media:MODE\n"},
    {"Several calls",
     "  transfer CALL ADDRESS       Send the far end to another number, at once\n"
     "  transfer --consult CALL [ADDRESS]    Call somebody about it first, with CALL on hold\n"
     "  transfer CALL [CALL]        Then connect these two with each other, and leave\n"
     "  conference                  List the conferences, and who is in them\n"
     "  conference --consult CALL [ADDRESS]  Call somebody who is to join the call or the conference\n"
     "  conference CALL...          Then take them in; or make a conference of calls on one line\n"
     "  split CALL                  Take a call out of its conference, and put it on hold\n"},
    {"Options",
     "  -h --help                   Show this help\n"
     "     --version                Show the version\n"
     "     --session                Talk to the session bus (the default)\n"
     "     --system                 Talk to the system bus\n"
     "  -H --host=[USER@]HOST       Talk to the system bus of another machine, over ssh\n"
     "     --detach                 dial, redial, answer, open: leave at once; the call goes on\n"
     "     --media-mode=MODE        dial, redial: such as video (default: interactive-voice)\n"
     "     --hide-caller-id         dial, redial: do not tell the far end who calls\n"
     "     --ring-time=SECONDS      dial, redial: give up when it has rung for so long\n"
     "     --device=NAME            audio: use this sound device; '' is the default one\n"
     "     --volume=PERCENT         audio: so loud, 0 to 200\n"
     "     --consult                transfer, conference: call somebody first\n"
     "     --group=GROUP            pickup: on the lines of this group\n"
     "     --reason=busy|declined   hangup: what the caller is told\n"
     "     --clear, --dnd           forward: remove all rules; do not disturb\n"
     "     --since=WHEN             log: calls that began then or later: today, -2h, 2026-08-05\n"
     "     --until=WHEN             log: calls that began then or before\n"
     "     --line=LINE              log, redial: calls on this line\n"
     "     --number=NUMBER          log: calls from or to this number\n"
     "     --missed                 log, redial: calls that were missed\n"
     "     --outcome=OUTCOME        log: only answered, missed, rejected, busy, no-answer, failed ...\n"
     "     --direction=in|out       log: calls that came in, or went out\n"
     "  -n --lines=N|all            log: at most so many (default: 50)\n"
     "     --reverse                log: the oldest first\n"
     "  -f --follow                 log: the latest, then new ones as they come, until Ctrl-C\n"
     "     --export=json|csv        log: all of it, for other programs\n"
     "     --remove                 log: erase the entries with the ids that follow\n"
     "     --clear                  log: erase all entries, or those that the options above select\n"
     "     --yes                    log: do not ask before erasing\n"
     "     --digits                 watch: also show the digits that far ends send\n"
     "  -a --all                    calls: also those that have ended; log: those of all users\n"
     "     --state=STATE[,STATE...] calls: only those in one of these states\n"
     "  -q --quiet                  lines, calls, log: only the names or ids, as commands take them\n"
     "  -l --full                   Do not shorten anything\n"
     "     --json=MODE              Print JSON: short, pretty, or off\n"
     "  -j                          Same as --json=pretty on a terminal, else --json=short\n"
     "     --no-legend              Print neither headers nor totals\n"
     "     --no-auto-start          Fail if callbusd is not running; do not start it\n"
     "     --no-ask-password        Ask nobody for a password; fail where one is needed\n"
     "     --no-pager               Accepted; there is no pager\n"},
    {"Exit status",
     "  0  done; of a call: it was connected, and ended in the ordinary way\n"
     "  1  the operation failed                   2  wrong usage\n"
     "  dial, redial, answer and open tell how the call ended:\n"
     "  3  busy                                   4  no answer\n"
     "  5  rejected, blocked or taken elsewhere   6  not a number that can be reached\n"
     "  7  the network failed                     8  the line or callbusd failed\n"
     "  9  given up before it was answered\n"},
};

static const char notes[] =
    "CALL is a Call ID or the beginning of one; or LINE, LINE/NUMBER, LINE/ID or LINE/conference where\n"
    "that is one call only: 'callbusctl hangup loop0'. Without CALL it is the only call that there is;\n"
    "'answer' means the one that rings. Both ends of a call between two lines have one Call ID, and so\n"
    "have all calls of a conference: say LINE/NUMBER. 'dial' and 'answer' end their call on Ctrl-C; on\n"
    "a terminal, keys send tones, hold, mute and hang up. No other command ends a call by ending\n"
    "itself; those that make a call print its Call ID.\n"
    "Without LINE, 'dial' takes the first line that can dial the address.\n"
    "WHEN is always, busy, no-answer or busy-no-answer, with ':' and how many rings, with '@' and whose\n"
    "calls: internal, external or a number. TO is an address, or dnd: 'callbusctl forward loop0 busy\n"
    "101 no-answer:4@+4930123 dnd'.\n"
    "JSON has the names of the bus properties as keys. 'dial', 'answer' and 'watch' print one object\n"
    "per line. Counts of owners, monitors and opens leave out callbusctl itself.\n";

void ctl_print_help(const Look *look) {
    const char *strong = style_on(look, STYLE_STRONG), *off = style_off(look, STYLE_STRONG);

    printf("callbusctl [OPTIONS...] COMMAND ...\n\n"
           "%sPlace, answer and watch the calls on the lines of callbusd.%s\n", strong, off);
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        printf("\n%s%s:%s\n%s", style_on(look, STYLE_HEADER), sections[i].title, off, sections[i].text);
        if (i + 2 == G_N_ELEMENTS(sections))
            printf("\n%s", notes);
    }
}
