# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of callbusctl(1) for bash. Calls and lines are those of the running service; without one there are none.
# shellcheck shell=bash

_callbusctl_commands='lines line forward priority dial redial open answer pickup redirect complete cancel calls show watch log
    hangup hold unhold swap mute unmute audio secure digits gather tone park unpark handoff transfer conference split'
_callbusctl_options='--help --version --session --system --host= --full --json= --no-legend --no-auto-start --no-ask-password --no-pager'
_callbusctl_modes='interactive-voice automated-voice data-modem g3-fax g4-fax digital-data tdd video unknown'

# The words of the line as a person sees them, in $words: bash also breaks them at ':', '=' and '@'.
_callbusctl_read_words() {
    local line=$COMP_LINE word i

    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -eq 0 || $line == [[:space:]]* || -z $line ]]; then
            words+=("$word")
            line=${line#"${line%%[![:space:]]*}"}
        else
            words[-1]+=$word
        fi
        line=${line#"$word"}
    done
}

# Sets $command, $position (of the current word among the command's arguments, from 1) and $bus.
_callbusctl_read_command() {
    local i=1 last=$((${#words[@]} - 1))

    command='' position=0 bus=()
    for (( ; i < last; i++)); do
        case ${words[i]} in
        --session | --system | --host=* | -H?*)
            bus+=("${words[i]}")
            ;;
        -H | --host)
            bus+=(-H "${words[i + 1]}")
            i=$((i + 1))
            ;;
        --json | --media-mode | --ring-time | --device | --volume | --group | --reason | --state | --since | --until | --line | --number | --outcome | --direction | --lines | \
            -n | --export)
            i=$((i + 1))
            ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then
                command=${words[i]}
            else
                position=$((position + 1))
            fi
            ;;
        esac
    done
    position=$((position + 1))
}

_callbusctl_ask() {
    "${words[0]/#\~/$HOME}" "${bus[@]}" --no-auto-start --quiet "$@" 2>/dev/null
}

# Offers those of the lines on stdin that begin as the current word does.
_callbusctl_offer() {
    local current=${words[-1]//\\/} token=${COMP_WORDS[COMP_CWORD]//\\/} before candidate reply

    # what stands before the last break is not replaced, nor is the break
    [[ $token == [:=@] ]] && token=''
    before=${current%"$token"}
    while IFS= read -r candidate; do
        [[ -n $candidate && $candidate == "$current"* ]] || continue
        printf -v reply %q "${candidate#"$before"}"
        COMPREPLY+=("$reply")
    done
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

_callbusctl_offer_words() {
    # shellcheck disable=SC2086
    _callbusctl_offer < <(printf '%s\n' $1)
}

_callbusctl_offer_calls() {
    _callbusctl_offer < <(_callbusctl_ask "$@" calls)
}

_callbusctl_offer_options() {
    local more=''

    case $command in
    dial) more='--detach --media-mode= --hide-caller-id --ring-time=' ;;
    redial) more='--detach --media-mode= --hide-caller-id --ring-time= --missed --line=' ;;
    answer | open) more=--detach ;;
    audio) more='--device= --volume=' ;;
    transfer | conference) more=--consult ;;
    pickup) more=--group= ;;
    hangup) more=--reason= ;;
    forward) more='--clear --dnd' ;;
    priority) more=--clear ;;
    watch) more=--digits ;;
    calls) more='--all --state= --quiet' ;;
    lines) more=--quiet ;;
    log)
        more='--since= --until= --line= --number= --missed --outcome= --direction= --lines= --reverse --follow --all --quiet
            --export= --remove --clear --yes'
        ;;
    esac
    _callbusctl_offer_words "$_callbusctl_options $more"
}

# Of what follows an option of log: its values, with the beginning of the word before each.
_callbusctl_offer_values() {
    local option=$1 before=$2 values=''

    case $option in
    --line)
        _callbusctl_offer < <(_callbusctl_ask lines | sed "s/^/$before/")
        return
        ;;
    --outcome)
        values='answered missed rejected busy no-answer cancelled failed forwarded answered-elsewhere blocked'
        ;;
    --direction) values='in out' ;;
    --lines | -n) values='10 100 all' ;;
    --export) values='json csv' ;;
    --since | --until) values='today yesterday -1h -1d -1w' ;;
    esac
    _callbusctl_offer < <(for value in $values; do printf '%s%s\n' "$before" "$value"; done)
}

_callbusctl_offer_when() {
    local base

    if [[ $position -gt 1 && $((position % 2)) -eq 1 ]]; then
        _callbusctl_offer_words dnd
        return
    fi
    base=${words[-1]%%@*}
    if [[ ${words[-1]} == *@* ]]; then
        _callbusctl_offer_words "$base@internal $base@external"
    else
        _callbusctl_offer_words 'always busy no-answer busy-no-answer'
    fi
}

# Of entries of the log, for --remove.
_callbusctl_offer_ids() {
    [[ " ${words[*]} " == *' --remove '* ]] && _callbusctl_offer < <(_callbusctl_ask log)
}

# What follows 'line add' and 'line remove'.
_callbusctl_offer_line() {
    local verb=${words[-position]}

    if [[ $verb == remove && $position -eq 2 ]]; then
        _callbusctl_offer < <(_callbusctl_ask lines)
    elif [[ $verb == add && $position -eq 3 ]]; then
        _callbusctl_offer_words 'sip loopback'
    elif [[ $verb == add && $position -gt 3 && ${words[-1]} == PasswordFile=* ]]; then
        _callbusctl_offer < <(compgen -f -P PasswordFile= -- "${words[-1]#PasswordFile=}")
    elif [[ $verb == add && $position -gt 3 ]]; then
        _callbusctl_offer_words 'Registrar= User= PasswordFile= Label= Addresses='
    fi
}

# The first argument of each command.
_callbusctl_offer_first() {
    case $command in
    line)
        _callbusctl_offer < <(_callbusctl_ask lines)
        _callbusctl_offer_words 'add remove'
        ;;
    forward | dial | pickup | cancel | unpark)
        _callbusctl_offer < <(_callbusctl_ask lines)
        ;;
    priority) _callbusctl_offer_words "$_callbusctl_modes" ;;
    open) _callbusctl_offer_words 'tel: sip: sips: callto:' ;;
    answer) _callbusctl_offer_calls --state=offering,accepted ;;
    redirect) _callbusctl_offer_calls --state=offering ;;
    complete) _callbusctl_offer_calls --state=busy,ringback ;;
    hold | mute | secure | park | tone) _callbusctl_offer_calls --state=connected ;;
    unmute) _callbusctl_offer_calls --state=connected ;;
    unhold)
        _callbusctl_offer_calls --state=on-hold,on-hold-pending-transfer,on-hold-pending-conference
        ;;
    split) _callbusctl_offer_calls --state=conferenced ;;
    digits | gather) _callbusctl_offer_calls --state=connected,conferenced,dial-tone,dialing ;;
    show | hangup | handoff | swap | transfer | conference | audio) _callbusctl_offer_calls ;;
    log) _callbusctl_offer_ids ;;
    redial) _callbusctl_offer < <(_callbusctl_ask log) ;;
    esac
}

_callbusctl_offer_next() {
    case $command in
    forward) _callbusctl_offer_when ;;
    line) _callbusctl_offer_line ;;
    swap | transfer) [[ $position -eq 2 ]] && _callbusctl_offer_calls ;;
    conference) _callbusctl_offer_calls ;;
    log) _callbusctl_offer_ids ;;
    complete) [[ $position -eq 2 ]] && _callbusctl_offer_words 'camp-on callback intrude message' ;;
    tone) [[ $position -eq 2 ]] && _callbusctl_offer_words 'ringback busy beep billing' ;;
    handoff) [[ $position -eq 2 ]] && _callbusctl_offer_words "media:${_callbusctl_modes//[[:space:]]/ media:}" ;;
    esac
}

_callbusctl() {
    local words command position bus previous

    COMPREPLY=()
    _callbusctl_read_words
    _callbusctl_read_command
    previous=${words[-2]}
    if [[ ${words[-1]} == --json=* ]]; then
        _callbusctl_offer_words '--json=short --json=pretty --json=off'
    elif [[ ${words[-1]} == --media-mode=* ]]; then
        _callbusctl_offer_words "--media-mode=${_callbusctl_modes//[[:space:]]/ --media-mode=}"
    elif [[ $previous == --media-mode ]]; then
        _callbusctl_offer_words "$_callbusctl_modes"
    elif [[ ${words[-1]} == --reason=* ]]; then
        _callbusctl_offer_words '--reason=busy --reason=declined'
    elif [[ $previous == --json ]]; then
        _callbusctl_offer_words 'short pretty off'
    elif [[ ${words[-1]} == --host=* ]]; then
        _callbusctl_offer < <(compgen -A hostname -P --host= -- "${words[-1]#--host=}")
    elif [[ $previous == --host || $previous == -H ]]; then
        _callbusctl_offer < <(compgen -A hostname -- "${words[-1]}")
    elif [[ ${words[-1]} == --@(line|outcome|direction|lines|export|since|until)=* ]]; then
        _callbusctl_offer_values "${words[-1]%%=*}" "${words[-1]%%=*}="
    elif [[ $previous == @(--line|--outcome|--direction|--lines|-n|--export|--since|--until) ]]; then
        _callbusctl_offer_values "$previous" ''
    elif [[ ${words[-1]} == -* ]]; then
        _callbusctl_offer_options
    elif [[ -z $command ]]; then
        _callbusctl_offer_words "$_callbusctl_commands"
    elif [[ $position -eq 1 ]]; then
        _callbusctl_offer_first
    else
        _callbusctl_offer_next
    fi
    return 0
}

complete -F _callbusctl callbusctl
