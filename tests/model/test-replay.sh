#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same seed gives the same run, wherever the program and its memory lie; and one that is killed leaves no file behind. TAP.
#
# usage: test-replay.sh MODEL
set -u

seed=$(date +%s)
digest() {
    "$1" --seed "$seed" --steps 20000 | sed -n 's/.*digest \([0-9a-f]*\).*/\1/p'
}

echo '1..2'
first=$(digest "$1")
second=$(digest "$1")
if [ -n "$first" ] && [ "$first" = "$second" ]; then
    echo "ok 1 - seed $seed gives the digest $first, twice"
else
    echo "not ok 1 - seed $seed gives the digests '$first' and '$second'"
    exit 1
fi

folder=$(mktemp -d)
for i in 1 2 3 4 5; do
    TMPDIR=$folder setsid "$1" --seed "$((seed + i))" --steps 2000000 > /dev/null 2>&1 &
    group=$!
    sleep 0.5
    kill -KILL "-$group"
    wait "$group" 2> /dev/null
done
left=$(ls "$folder")
rm -rf "$folder"
if [ -z "$left" ]; then
    echo "ok 2 - nothing is left behind"
else
    echo "not ok 2 - something is left behind"
    exit 1
fi
