#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same seed gives the same run, wherever the program and its memory lie. TAP.
#
# usage: test-replay.sh MODEL
set -u

seed=$(date +%s)
digest() {
    "$1" --seed "$seed" --steps 20000 | sed -n 's/.*digest \([0-9a-f]*\).*/\1/p'
}

echo '1..1'
first=$(digest "$1")
second=$(digest "$1")
if [ -n "$first" ] && [ "$first" = "$second" ]; then
    echo "ok 1 - seed $seed gives the digest $first, twice"
else
    echo "not ok 1 - seed $seed gives the digests '$first' and '$second'"
    exit 1
fi
