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

back() { # of hidden folders $1, a pattern
    for file in $1/*; do
        if [ -f "$file" ] && [ ! -h "${file%/*}" ]; then again "$file"; fi
    done
    rmdir $1 2> /dev/null || :
}

same() { [ "$(stat -c '%s %Y' "$1" 2> /dev/null)" = "$size $modified" ]; } # as it was archived

elsewhere() { # whether file $1 is as it was archived, and not in our hidden folder: another run has it in hand
    for file in "./$1" ./.voicekit-removing-*/"$1"; do
        if [ -f "$file" ] && [ ! -h "$file" ] && same "$file"; then return 0; fi
    done
    return 1
}

aside() {
    back './.voicekit-removing-*' # of who was killed; one that is at work goes on without them
    mkdir "$hidden" 2> /dev/null || exit 28 # most often for there is not one free block on the disk
    while IFS=/ read -r sum size modified name; do
        [ -n "$name" ] && [ -f "./$name" ] && [ ! -h "./$name" ] || continue
        if same "./$name"; then mv "./$name" "$hidden/$name" 2> /dev/null || :; else say "changed $name"; fi
    done
}

is_open() { # file $1, by what was read of the list
    case $open in *"${newline}open $(stat -c %d:%i "$1")$newline"*) return 0 ;; esac
    return 1
}

whole() { same "$1" && [ "$(sha256sum < "$1")" = "$sum  -" ]; }

told() { # what is open comes first
    open=$newline
    while read -r line && [ -n "$line" ]; do open=$open$line$newline; done
}

first() { # makes room for the hidden folder: one file goes without having been in it
    told
    while IFS=/ read -r sum size modified name; do
        [ -n "$name" ] && [ -f "./$name" ] && [ ! -h "./$name" ] || continue
        if ! is_open "./$name" && whole "./$name" && same "./$name"; then
            rm -f "./$name"
            say "removed $name"
            return
        fi
    done
}

remove() {
    told
    while IFS=/ read -r sum size modified name; do
        [ -n "$name" ] || continue
        said=changed
        if [ ! -f "$hidden/$name" ]; then
            elsewhere "$name" || continue
            said=open
        elif is_open "$hidden/$name"; then
            said=open
        elif whole "$hidden/$name"; then
            rm -f "$hidden/$name"
            said=removed
        fi
        say "$said $name"
    done
    back "$hidden"
}

"$2"
