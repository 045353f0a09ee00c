# SPDX-License-Identifier: LGPL-2.1-or-later
# To be read by the checks that are shell scripts: goes to the top of the tree and reports in TAP.
# shellcheck shell=sh

LC_ALL=C
export LC_ALL

cd -- "${1:-$(dirname -- "$0")/..}" || exit 1

n=0

# judge WHAT SEEN BAD: fails if BAD (lines, each telling a place) is not empty, or if nothing was SEEN to be judged.
judge() {
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "not ok $n - $1"
        echo "# there is nothing to look at"
    elif [ -n "$3" ]; then
        echo "not ok $n - $1"
        echo "$3" | sed 's/^/# /'
    else
        echo "ok $n - $1"
    fi
}

# on FILES COMMAND...: runs the command with the files, a line each, as its last arguments.
on() {
    files=$1
    shift
    echo "$files" | xargs -r -d '\n' "$@"
}
