#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a test where there is a sound server of its own, with one loudspeaker that is no hardware: "Test Speaker".
#
# usage: with-pipewire.sh TEST
# Its session manager needs a bus of the session: run it by dbus-run-session.
set -eu

folder=$(mktemp -d)
servers=
clean_up() {
    for server in $servers; do
        kill "$server" 2>/dev/null || true
    done
    wait
    rm -rf -- "$folder"
}
trap clean_up EXIT

export XDG_RUNTIME_DIR="$folder" HOME="$folder" XDG_CONFIG_HOME="$folder" XDG_STATE_HOME="$folder"
export PULSE_SERVER="unix:$folder/pulse/native"
unset PIPEWIRE_REMOTE PIPEWIRE_RUNTIME_DIR DISPLAY || true

# start PROGRAM SOCKET: and waits until it listens.
start() {
    "$1" >"$folder/$1.log" 2>&1 &
    servers="$! $servers"
    tries=0
    while [ -n "$2" ] && [ ! -S "$folder/$2" ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}

start pipewire pipewire-0
start wireplumber ''
start pipewire-pulse pulse/native
pw-cli create-node adapter '{ factory.name=support.null-audio-sink node.name=test-speaker node.description="Test Speaker"
    media.class=Audio/Sink object.linger=true audio.position=[MONO] monitor.channel-volumes=true }' >"$folder/pw-cli.log" 2>&1
"$@"
