# Works for remove.sh in the current folder, in two steps. The first, aside, moves files into a hidden folder, where no
# call opens them: whoever had one open has it open still, and whoever comes later makes a new one. The second, remove,
# is told what is open, and removes what is not, and is still what was archived; the rest gets its name back. Stopped in
# between, the next run gives names back. Every run has a hidden folder of its own ($1): none removes what another moved.
set -eu
newline='
'
hidden=./.voicekit-removing-$1

say() { printf '%s\n' "$*"; }

again() { # its name for file $1, or, where a new file has that, another one
    to=./${1##*/} number=0
    until named "$1" "$to"; do
        number=$((number + 1))
        [ "$number" -lt 100 ] || return 0
        to=./$number.${1##*/}
    done
}

named() { # file $1 as $2, if nothing has that name
    if [ "$1" -ef "$2" ] || ln "$1" "$2"; then # it was given already, by one who was killed; or now
        rm -f "$1"
    elif [ -e "$2" ] || [ -h "$2" ]; then
        return 1
    else
        mv "$1" "$2" # a disk without links
    fi
} 2> /dev/null

back() {
    for file in ./.voicekit-removing-*/*; do
        if [ -f "$file" ] && [ ! -h "${file%/*}" ]; then again "$file"; fi
    done
    rmdir ./.voicekit-removing-* 2> /dev/null || :
}

same() { [ "$(stat -c '%s %Y' "$1" 2> /dev/null)" = "$size $modified" ]; } # as it was archived

aside() {
    back
    mkdir "$hidden"
    while IFS=/ read -r sum size modified name; do
        [ -n "$name" ] && [ -f "./$name" ] && [ ! -h "./$name" ] || continue
        if same "./$name"; then mv "./$name" "$hidden/$name" 2> /dev/null || :; else say "changed $name"; fi
    done
}

remove() {
    open=$newline
    while read -r line && [ -n "$line" ]; do open=$open$line$newline; done
    while IFS=/ read -r sum size modified name; do
        [ -n "$name" ] && [ -f "$hidden/$name" ] || continue
        case $open in
            *"${newline}open $(stat -c %d:%i "$hidden/$name")$newline"*) said=open ;;
            *) said=changed ;;
        esac
        if [ "$said" = changed ] && same "$hidden/$name" && [ "$(sha256sum < "$hidden/$name")" = "$sum  -" ]; then
            rm -f "$hidden/$name"
            said=removed
        fi
        say "$said $name"
    done
    back
}

"$2"
