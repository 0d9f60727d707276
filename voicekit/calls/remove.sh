# Removes files of spool $1 that are still what was archived. Standard input has a line for each: SHA-256, size, second
# of the last change, path. A line of the answer for each: removed, changed or open, and the path.
#
# A file is first renamed, to a hidden name that no call opens, and then looked at: whoever has it open still has it
# open then, and whoever comes later makes a new one. Stopped in between, the next run gives names back.
set -eu
unset CDPATH
LC_ALL=C
export LC_ALL

say() { printf '%s\n' "$*"; }

aside() { # the hidden name of $1
    case $1 in
        */*) say "${1%/*}/.voicekit-${1##*/}" ;;
        *) say ".voicekit-$1" ;;
    esac
}

back() { # its name for file $1, unless a new one has it
    ln "$1" "$2" 2> /dev/null || return 0
    rm -f "$1"
}

written() { # whether anybody has $1 open for writing
    number=$(stat -c %d:%i "$1")
    find /proc/[0-9]*/fd -type l -perm -200 -exec stat -L -c %d:%i {} + 2> /dev/null | grep -qxF "$number"
}

one() {
    [ -f "$path" ] && [ ! -h "$path" ] || return 0
    hidden=$(aside "$path")
    said=changed
    [ "$(stat -c '%s %Y' "$path")" = "$size $modified" ] || { say "$said $path"; return; }
    mv "$path" "$hidden"
    if written "$hidden"; then
        said=open
    elif [ "$(stat -c '%s %Y' "$hidden")" = "$size $modified" ] && [ "$(sha256sum < "$hidden")" = "$sum  -" ]; then
        rm -f "$hidden"
        said=removed
    fi
    [ "$said" = removed ] || back "$hidden" "$path"
    say "$said $path"
}

cd -P -- "$1"
find . -xdev -type f -name '.voicekit-*' | while IFS= read -r hidden; do
    folder=${hidden%/*} name=${hidden##*/}
    back "$hidden" "$folder/${name#.voicekit-}"
done
while IFS=' ' read -r sum size modified path; do one < /dev/null; done
