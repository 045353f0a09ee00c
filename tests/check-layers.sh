#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may include whom: bus -> interfaces -> service -> provider, and nothing the other way. TAP.
#
# usage: check-layers.sh [TOP]
set -u

. "$(dirname -- "$0")/tap.sh"

# The C files below the folders given.
sources() {
    find "$@" -type f -name '*.[ch]'
}

# forbid WHAT FILES PATTERN: none of the files includes a header whose path begins so.
forbid() {
    judge "$1" "$2" "$(on "$2" grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($3)")"
}

# allow WHAT FILES PATTERN: the headers of ours that the files include are all of that pattern.
allow() {
    judge "$1" "$2" "$(on "$2" \
        grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*("|<(service|interfaces|providers|tests)/)' |
        grep -vE "\"($3)\"")"
}

header='[a-z0-9-]+\.h'
service=$(sources service | grep -v '^service/main\.c$')
interfaces=$(sources interfaces | grep -v '^interfaces/cli/')
cli=$(sources interfaces/cli)
providers=$(find providers -mindepth 1 -maxdepth 1 -type d)

echo "1..$((6 + $(echo "$providers" | wc -l)))"

forbid 'service/ knows no bus' "$service" '(systemd/)?sd-bus|dbus/|gio/'
allow 'service/ includes nothing of interfaces/ and providers/' "$service" "service/$header"
allow 'interfaces/ includes nothing of providers/ and of callbusctl' "$interfaces" "(service|interfaces|bus)/$header"
allow 'bus/ includes the words of refusals and itself' "$(sources bus)" "service/refusal\.h|bus/$header"
allow 'callbusctl includes the names and words only' "$cli" \
    "interfaces/names\.h|service/(types|cleanup)\.h|interfaces/cli/$header"
allow 'our headers are included by their full path' "$(sources service interfaces providers bus)" \
    "(service|interfaces|interfaces/cli|providers/[a-z]+|bus)/$header"
for provider in $providers; do
    [ "$provider" = providers/host ] && more='|process|said' || more=
    allow "$provider includes the contract, the words, what all share and itself" "$(sources "$provider")" \
        "service/(provider|call-state|refusal|types|log|cleanup$more)\.h|providers/(media|host|wire)/$header|bus/$header|$provider/$header"
done
