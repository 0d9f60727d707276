#!/bin/sh
# Puts the sounds of this package on a PBX, and keeps what was there before: rollback.sh brings that back.
#
#     sh apply.sh [FOLDER]
#
# FOLDER is Asterisk's folder of sounds, as /var/lib/asterisk/sounds; without it, /etc/asterisk/asterisk.conf is asked
# (below ASTERISK_ROOT, if that is set: for a system that is mounted, and for tests).
# Nothing is changed before every file of the package is proved. Each file is swapped by rename: a call that plays an
# old one hears it to its end. Stopped at any moment, run this again, or rollback.sh: all is new then, or all is old.
#
# What it keeps lies in FOLDER/.voicekit/pack:
#     state        one line, replaced by rename: what was last done, with which generation
#     <gen>/plan   add, put, del and a path: all that this generation changes; files/ has what was there before
#     <gen>/new    the hashes of this release; base has those of the release before
#     <gen>/dirs   folders that were made; changed/ has what somebody else had put there meanwhile
set -eu
umask 022
LC_ALL=C
export LC_ALL

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# ---- the folder of sounds --------------------------------------------------------------------------------------

configured() { # astdatadir of asterisk.conf; a section that is a template, [directories](!), says nothing
    section=
    while read -r key arrow value _ || [ -n "$key" ]; do
        case $key in
            '['*) section=$key ;;
            astdatadir)
                case $section$arrow in '[directories]=>' | '[directories]=') found=$value ;; esac ;;
            astdatadir=*)
                case $section in '[directories]') found=${key#astdatadir=} found=${found#>} ;; esac ;;
        esac
    done < "$conf"
    [ -z "$found" ] || say "${found%%;*}/sounds"
}

default_folder() {
    root=${ASTERISK_ROOT:-} found=
    conf=$root/etc/asterisk/asterisk.conf
    [ ! -f "$conf" ] || configured
    [ -z "$found" ] || return 0
    for one in "$root/var/lib/asterisk/sounds" "$root/usr/share/asterisk/sounds"; do
        if [ -d "$one" ]; then say "$one"; fi
    done
}

# ---- small things ----------------------------------------------------------------------------------------------

owned_like() { # $1 gets the owner of $2, when we may
    [ "$user" = 0 ] || return 0
    owner=$(ls -ldn "$2") target_of_owner=$1
    # shellcheck disable=SC2086  # its words are wanted
    set -- $owner
    chown "$3:$4" "$target_of_owner"
}

beside() { # the name under which a file waits for its rename
    tmp=${1%/*}/.${1##*/}.vk
}

make_folder() { # $1 below the sounds, each level with the owner of the one above
    [ -d "$sounds/$1" ] && return 0
    case $1 in */*) make_folder "${1%/*}" ;; esac
    above=$sounds
    case $1 in */*) above=$sounds/${1%/*} ;; esac
    [ -d "$sounds/$1" ] || { mkdir "$sounds/$1"; owned_like "$sounds/$1" "$above"; }
}

save() { # a copy of the sound $1 below $2, as it is, mode and owner too
    mkdir -p "$2/${1%/*}"
    cp -p "$sounds/$1" "$2/$1"
}

enter() { # the state $1 of generation $2, durably
    printf '%s %s\n' "$1" "$2" > "$own/state.new"
    sync
    mv -f "$own/state.new" "$own/state"
    sync
    state=$1 gen=$2
}

differing() { # of the hashes in $1, the paths that FOLDER $2 has not with these bytes
    (cd "$2" && sha256sum -c "$1" 2>/dev/null || :) | while read -r line; do
        case $line in
            *': OK') ;;
            *': FAILED'*) say "${line%: FAILED*}" ;;
        esac
    done
}

# ---- forth -----------------------------------------------------------------------------------------------------

checked_paths() { # a list from a stranger can name no place but a file of a language's folder
    while read -r sum path rest; do
        case $sum in *[!0-9a-f]*) die "SHA256SUMS: \"$sum\" is no hash" ;; esac
        [ -z "$rest" ] || die "SHA256SUMS: \"$path $rest\" is no name of a sound"
        case $path in
            '' | /* | .* | */.* | *//* | */ | *[!A-Za-z0-9_./-]*) die "SHA256SUMS: \"$path\" is no name of a sound" ;;
            */*) ;;
            *) die "SHA256SUMS: \"$path\" lies in no language" ;;
        esac
    done < "$here/SHA256SUMS"
}

planned() { # what is to change: generation $1 is written, nothing else
    dir=$own/$1
    rm -rf "$dir"
    mkdir -p "$dir/files"
    cp "$here/SHA256SUMS" "$dir/new"
    case $state in
        applied) cp "$own/$gen/new" "$dir/base" ;;
        rolled-back) cp "$own/$gen/base" "$dir/base" ;;
        *) : > "$dir/base" ;;
    esac
    : > "$dir/plan"
    : > "$dir/dirs"
    differing "$dir/new" "$sounds" > "$dir/differing"
    while read -r path; do
        plain "$path"
        if [ -e "$sounds/$path" ]; then save "$path" "$dir/files"; say "put $path"; else say "add $path"; fi
    done < "$dir/differing" > "$dir/plan"
    gone >> "$dir/plan"
    while read -r op path; do
        [ "$op" = del ] || missing_folders "${path%/*}"
    done < "$dir/plan" > "$dir/dirs"
}

plain() { # links are followed by nothing that writes
    if [ -h "$sounds/$1" ]; then die "$sounds/$1 is a link; remove it, then run this again"; fi
    if [ -e "$sounds/$1" ] && [ ! -f "$sounds/$1" ]; then die "$sounds/$1 is no file; nothing was changed"; fi
}

gone() { # what the release before had and this one has not, if nobody changed it since
    differing "$dir/base" "$sounds" > "$dir/foreign"
    while read -r sum path; do
        if [ -e "$here/files/$path" ] || [ ! -f "$sounds/$path" ] || [ -h "$sounds/$path" ]; then continue; fi
        foreign=
        while read -r other; do [ "$other" != "$path" ] || foreign=1; done < "$dir/foreign"
        [ -z "$foreign" ] || continue
        save "$path" "$dir/files"
        say "del $path"
    done < "$dir/base"
}

missing_folders() { # each level that is not there, from the top
    case $1 in */*) missing_folders "${1%/*}" ;; esac
    [ -d "$sounds/$1" ] || say "$1"
}

stage() { # the new file beside the old one, with its owner and mode
    beside "$sounds/$1"
    make_folder "${1%/*}"
    if [ -e "$sounds/$1" ]; then
        cp -p "$sounds/$1" "$tmp"
        cat "$here/files/$1" > "$tmp"
    else
        cat "$here/files/$1" > "$tmp"
        chmod 644 "$tmp"
        owned_like "$tmp" "${sounds}/${1%/*}"
    fi
}

swap() { # all of $1 (op and path a line): first every file is written, then they get their names
    while read -r op path; do [ "$op" = del ] || stage "$path"; done < "$1"
    sync
    while read -r op path; do
        beside "$sounds/$path"
        case $op in
            del) rm -f "$sounds/$path" ;;
            *) mv -f "$tmp" "$sounds/$path" ;;
        esac
    done < "$1"
    sync
}

apply() {
    (cd "$here/files" && sha256sum -c "$here/SHA256SUMS" > /dev/null 2>&1) ||
        die "the package is damaged: unpack it again, or fetch it again; nothing was changed"
    case $state in
        rolling-back) back ;;
        applying) [ "${gen#*-}" = "$release" ] || back ;;
    esac
    if [ "$state" = applied ] && [ "${gen#*-}" = "$release" ]; then
        repair
        return
    fi
    if [ "$state" != applying ]; then
        next=$((${gen%%-*} + 1))-$release
        planned "$next"
        enter applying "$next"
    fi
    swap "$own/$gen/plan"
    proved
    enter applied "$gen"
    for one in "$own"/*-*; do
        [ "$one" = "$own/$gen" ] || rm -rf "$one"
    done
    say "applied $release to $sounds; sh rollback.sh brings back what was there"
}

repair() { # the same release again: what was changed since is kept aside
    differing "$own/$gen/new" "$sounds" > "$own/$gen/differing"
    if [ ! -s "$own/$gen/differing" ]; then
        say "$release is there already; nothing was changed"
        return
    fi
    while read -r path; do
        plain "$path"
        [ ! -e "$sounds/$path" ] || save "$path" "$own/$gen/changed"
        say "put $path"
    done < "$own/$gen/differing" > "$own/$gen/repair"
    swap "$own/$gen/repair"
    proved
    say "mended $release in $sounds; what had been changed is in $own/$gen/changed"
}

proved() {
    (cd "$sounds" && sha256sum -c "$own/$gen/new" > /dev/null 2>&1) ||
        die "not all files are what they should be; run this again, or rollback.sh"
}

# ---- back ------------------------------------------------------------------------------------------------------

back() { # all that a generation changed, as it was before
    dir=$own/$gen
    [ "$state" = rolling-back ] || aside
    enter rolling-back "$gen"
    while read -r op path; do
        beside "$sounds/$path"
        case $op in
            add) rm -f "$sounds/$path" "$tmp" ;;
            *)
                if [ ! -d "$sounds/${path%/*}" ]; then make_folder "${path%/*}"; fi
                cp -p "$dir/files/$path" "$tmp"
                mv -f "$tmp" "$sounds/$path"
                ;;
        esac
    done < "$dir/plan"
    folders=
    while read -r one; do folders="$one $folders"; done < "$dir/dirs"
    for one in $folders; do rmdir "$sounds/$one" 2> /dev/null || :; done
    sync
    enter rolled-back "$gen"
}

aside() { # what somebody else put there since is kept
    [ "$state" = applied ] || return 0
    differing "$dir/new" "$sounds" | while read -r path; do
        if [ -f "$sounds/$path" ] && [ ! -h "$sounds/$path" ]; then save "$path" "$dir/changed"; fi
    done
}

rollback() {
    case $state in
        none) ;;
        rolled-back)
            say "rolled back already; nothing was changed"
            return
            ;;
        *)
            if [ "${gen#*-}" = "$release" ]; then
                back
                say "rolled back: $sounds is as it was before $release"
                return
            fi
            [ "$state" = applied ] || die "$state ${gen#*-} was stopped here; use the rollback.sh of that package"
            ;;
    esac
    say "$release is not applied to $sounds; nothing was changed"
}

# ---- one at a time ---------------------------------------------------------------------------------------------

locked() {
    (set -C; printf '%s\n' "$$" > "$own/lock") 2> /dev/null && return 0
    holder=
    read -r holder < "$own/lock" || :
    if [ -n "$holder" ] && kill -0 "$holder" 2> /dev/null; then
        die "process $holder is at it already (if that is no apply.sh, remove $own/lock)"
    fi
    rm -f "$own/lock"
    (set -C; printf '%s\n' "$$" > "$own/lock") 2> /dev/null || die "somebody else was faster; run this again"
}

known() { # the target belongs to one workspace
    read -r workspace < "$here/WORKSPACE"
    if [ -e "$sounds/.voicekit/identity" ]; then
        read -r other < "$sounds/.voicekit/identity"
        [ "$other" = "$workspace" ] || die "$sounds has the sounds of \"$other\"; this package is of \"$workspace\""
    fi
}

main() {
    action=apply
    if [ "${1-}" = --rollback ]; then action=rollback; shift; fi
    case ${1-} in -*) die "usage: sh $action.sh [FOLDER OF SOUNDS]" ;; esac
    case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
    here=$(cd "$here" && pwd)
    sounds=${1:-$(default_folder)}
    case $sounds in
        '') die "where are Asterisk's sounds? sh $action.sh /var/lib/asterisk/sounds" ;;
        *"
"*) die "more than one folder of sounds here; name one: sh $action.sh /var/lib/asterisk/sounds" ;;
    esac
    [ -d "$sounds" ] || die "$sounds: no such folder"
    sounds=$(cd "$sounds" && pwd) own=$sounds/.voicekit/pack user=$(id -u)
    read -r release < "$here/RELEASE"
    case $release in '' | *[!0-9a-f]*) die "RELEASE: this is no package of voicekit" ;; esac
    checked_paths
    known
    mkdir -p "$own"
    locked
    trap 'rm -f "$own/lock"' EXIT
    trap 'exit 130' HUP INT TERM
    [ -e "$sounds/.voicekit/identity" ] || {
        cp "$here/WORKSPACE" "$own/identity.new"
        mv -f "$own/identity.new" "$sounds/.voicekit/identity"
    }
    state=none gen=0-none
    [ ! -e "$own/state" ] || read -r state gen < "$own/state"
    "$action"
}

main "$@"
