#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What every source file must and must not have. TAP.
#
# usage: check-source.sh [TOP]
set -u

. "$(dirname -- "$0")/tap.sh"

FUNCTION_MAX=60
FILE_MAX=600

# find_files ARGUMENTS...: of the source tree, without what is built.
find_files() {
    find . \( -name .git -o -name __pycache__ -o -name corpus -o -path ./build \) -prune -o -type f "$@" -print
}

# Every C file as file:text, a line each, without comments and string literals.
bare_code() {
    echo "$1" | while IFS= read -r file; do
        gcc -x c -fpreprocessed -dD -E -P -w "$file" | sed -E 's/"([^"\\]|\\.)*"/""/g' | sed "s|^|$file: |"
    done
}

# The functions that are longer than allowed, from the line of their name to the closing brace.
long_functions() {
    on "$1" ctags -x --kinds-C=f --fields=+e --_xformat='%{end} %n %N %F' |
        awk -v max="$FUNCTION_MAX" '$1 - $2 + 1 > max { print $4 ": " $3 "() has " $1 - $2 + 1 " lines" }'
}

long_files() {
    on "$1" awk -v max="$FILE_MAX" 'FNR == max + 1 { print FILENAME ": more than " max " lines" }'
}

code=$(find_files -name '*.[ch]')
tested=$(echo "$code" | grep -av '^\./tests/')
scripts=$(find_files \( -name '*.py' -o -name '*.sh' -o -path './scripts/*' -o -path './.ci/*' \))
others=$(find_files \( -name meson.build -o -name meson_options.txt -o -name '*.xml' -o -name '*.in' -o -name '*.conf' \
    -o -name '*.rst' -o -path './data/*' -o -name '*.service' -o -name '.editorconfig' -o -name '.gitignore' \))
all=$(printf '%s\n%s\n%s' "$code" "$scripts" "$others")
bare=$(bare_code "$code")

echo '1..7'

judge 'every source file names its licence in its first lines' "$all" \
    "$(echo "$all" | while IFS= read -r file; do
        head -n 5 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || echo "$file"
    done)"
judge "no function has more than $FUNCTION_MAX lines" "$(on "$code" ctags -x --kinds-C=f)" "$(long_functions "$code")"
judge "no file has more than $FILE_MAX lines" "$code" "$(long_files "$(printf '%s\n%s' "$code" "$scripts")")"
judge 'no signal is broadcast and no client tracked by sd-bus' "$tested" \
    "$(echo "$bare" | grep -av '^\./tests/' | grep -aE '\bsd_bus_(emit|track)_')"
judge 'no call that overruns, and no goto' "$bare" \
    "$(echo "$bare" | grep -aE '\b((alloca|strcpy|stpcpy|strcat|sprintf|vsprintf|gets|strtok) *\(|goto )')"
judge 'no header guard but #pragma once' "$code" \
    "$(on "$(echo "$code" | grep '\.h$')" grep -L '^#pragma once$')"
judge 'nothing is left for later' "$all" "$(on "$all" grep -HnE '\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b')"
