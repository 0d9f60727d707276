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
#     <gen>/new    the hashes of this release; base has those of the release before, was those of files/
#     <gen>/stage  what waits for its rename, proved, with its owner and mode
#     <gen>/dirs   folders that were made
#     changed/<n>  what others had put where these sounds go, a folder for each time; never removed
#     lock         the number of the process that is at it
# Files are copied, renamed and removed by one process for all of a folder: a PBX may have one slow core.
# The package need not hold what is on the PBX already. TAKEN lists files of others that are in the way.
set -eu
umask 022
LC_ALL=C
export LC_ALL
unset CDPATH
newline='
'

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

place() { # where folder $1 really lies, and a dot, that a newline at its end is not lost
    cd -P -- "$1" && pwd -P && printf .
}

owner_of() { # "uid:gid" of $1
    # shellcheck disable=SC2012  # stat is no part of POSIX
    ls -ldn "$1" | { read -r _ _ uid gid _; say "$uid:$gid"; }
}

no_links() { # on the way to folder $1 of the sounds, but root's and ours: through another's we would write elsewhere
    case $1 in */*) no_links "${1%/*}" ;; esac
    if [ -h "$sounds/$1" ]; then
        whose=$(owner_of "$sounds/$1")
        case ${whose%%:*} in
            0 | "$user") ;;
            *) die "$sounds/$1 is a link of user ${whose%%:*}; put a folder in its place, then run this again" ;;
        esac
    fi
    [ -d "$sounds/$1" ] || [ ! -e "$sounds/$1" ] || die "$sounds/$1 is no folder; remove it, then run this again"
}

in_folders() { # for each folder of the paths in file $1: $2 FOLDER, with the names in it in $own/names
    last=
    : > "$own/names"
    while read -r path; do
        if [ "${path%/*}" != "$last" ]; then
            [ -z "$last" ] || "$2" "$last"
            last=${path%/*}
            no_links "$last"
            : > "$own/names"
        fi
        say "${path##*/}" >> "$own/names"
    done < "$1"
    [ -z "$last" ] || "$2" "$last"
}

# One process for many files; a name holds nothing that xargs or a shell could take for something else.
many() { # $1 (cp -p, mv -f ...) for all of $own/names in folder $2, into folder $3
    # shellcheck disable=SC2016  # for the shell below
    (cd "$2" && xargs sh -c 'what=$1 into=$2; shift 2; exec $what "$@" "$into/"' sh "$1" "$3" < "$own/names")
}

make_folder() { # $1 below the sounds, each level with the owner of the one above
    [ -d "$sounds/$1" ] && return 0
    case $1 in */*) make_folder "${1%/*}" ;; esac
    above=$sounds
    case $1 in */*) above=$sounds/${1%/*} ;; esac
    [ -d "$sounds/$1" ] || {
        mkdir "$sounds/$1"
        [ "$user" != 0 ] || chown -h "$(owner_of "$above")" "$sounds/$1"
    }
}

keep() { # copies of the sounds in folder $1, as they are, mode and owner too, in $kept
    mkdir -p "$kept/$1"
    many 'cp -p' "$sounds/$1" "$kept/$1"
}

set_aside() { # copies of what others put there, the paths in file $1, where no generation removes them
    [ -s "$1" ] || return 0
    number=0
    for one in "$own/changed"/*; do
        one=${one##*/}
        case $one in 0* | *[!0-9]* | ??????????*) continue ;; esac
        [ "$one" -le "$number" ] || number=$one
    done
    number=$((number + 1)) kept=$own/changed.new
    rm -rf "$kept"
    in_folders "$1" keep
    mkdir -p "$own/changed"
    mv -f "$kept" "$own/changed/$number"
    say "what others had put there is kept in $own/changed/$number"
}

enter() { # the state $1 of generation $2, durably
    printf '%s %s\n' "$1" "$2" > "$own/state.new"
    sync
    mv -f "$own/state.new" "$own/state"
    sync
    state=$1 gen=$2
}

alike() { # of the hashes in $1, the paths that FOLDER $2 has with these bytes
    (cd "$2" && sha256sum -c "$1" 2>/dev/null || :) | while read -r line; do
        case $line in *': OK') say "${line%: OK}" ;; esac
    done
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
        checked_path SHA256SUMS
        [ "${path%%/*}" != "$named" ] || die "$named is the folder of a language; name the one above it"
    done < "$here/SHA256SUMS"
    [ -e "$here/TAKEN" ] || return 0
    while read -r path; do checked_path TAKEN; done < "$here/TAKEN"
}

checked_path() { # of list $1; a name that begins with a dash would be an option of cp or mv
    case $path in
        '' | [/.-]* | */[.-]* | *//* | */ | *[!A-Za-z0-9_./-]*) die "$1: \"$path\" is no name of a sound" ;;
        */*) ;;
        *) die "$1: \"$path\" lies in no language" ;;
    esac
}

planned() { # what is to change: generation $1 is written and staged, nothing else
    dir=$own/$1
    rm -rf "$dir"
    mkdir -p "$dir/files" "$dir/stage"
    cp "$here/SHA256SUMS" "$dir/new"
    case $state in
        applied) cp "$own/$gen/new" "$dir/base" ;;
        rolled-back) cp "$own/$gen/base" "$dir/base" ;;
        *) : > "$dir/base" ;;
    esac
    differing "$dir/new" "$sounds" > "$dir/differing"
    present "$dir/differing" > "$dir/replaced"
    { gone; taken_over; } > "$dir/deleted"
    kept=$dir/files
    in_folders "$dir/replaced" keep
    in_folders "$dir/deleted" keep
    sort -u "$dir/replaced" "$dir/deleted" > "$dir/touched"
    (cd "$dir/files" && hashes "$dir/touched") > "$dir/was"
    staged "$dir/differing"
    {
        while read -r path; do
            if [ -e "$dir/files/$path" ]; then say "put $path"; else say "add $path"; fi
        done < "$dir/differing"
        while read -r path; do say "del $path"; done < "$dir/deleted"
    } > "$dir/plan"
    while read -r path; do missing_folders "${path%/*}"; done < "$dir/differing" > "$dir/dirs"
    alike "$dir/base" "$sounds" > "$dir/alike" # what the release before had brought needs no copy but that in files/
    without "$dir/touched" "$dir/alike" > "$dir/theirs"
    set_aside "$dir/theirs"
}

hashes() { [ ! -s "$1" ] || xargs sha256sum < "$1"; } # of the files in list $1

without() { # the lines of $1, each there once, that are not in $2
    sort "$1" "$2" "$2" > "$dir/sorted"
    uniq -u "$dir/sorted"
}

foreign() { # of the paths in $1, each there once, those that are neither as before this generation nor as it has them
    { alike "$dir/new" "$sounds"; alike "$dir/was" "$sounds"; } > "$dir/alike"
    without "$1" "$dir/alike" > "$dir/unlike"
    present "$dir/unlike" > "$dir/theirs"
}

present() { # of the paths in $1, those that lie there already
    last=
    while read -r path; do
        [ "${path%/*}" = "$last" ] || no_links "${path%/*}"
        last=${path%/*}
        plain "$path"
        if [ -e "$sounds/$path" ]; then say "$path"; fi
    done < "$1"
}

taken_over() { # files of others that are in the way of these, as the package says
    [ -e "$here/TAKEN" ] || return 0
    while read -r path; do
        plain "$path"
        if [ -e "$sounds/$path" ]; then say "$path"; fi
    done < "$here/TAKEN"
}

plain() { # links are followed by nothing that writes
    if [ -h "$sounds/$1" ]; then die "$sounds/$1 is a link; remove it, then run this again"; fi
    if [ -e "$sounds/$1" ] && [ ! -f "$sounds/$1" ]; then die "$sounds/$1 is no file; nothing was changed"; fi
}

gone() { # what the release before had and this one has not, if nobody changed it since
    differing "$dir/base" "$sounds" > "$dir/foreign"
    while read -r _ path; do say "$path"; done < "$dir/base" > "$dir/old"
    while read -r _ path; do say "$path"; done < "$dir/new" > "$dir/wanted"
    sort "$dir/wanted" "$dir/foreign" > "$dir/stays"
    without "$dir/old" "$dir/stays" > "$dir/gone"
    while read -r path; do
        if [ -f "$sounds/$path" ] && [ ! -h "$sounds/$path" ]; then say "$path"; fi
    done < "$dir/gone"
}

missing_folders() { # each level that is not there, from the top
    case $1 in */*) missing_folders "${1%/*}" ;; esac
    [ -d "$sounds/$1" ] || say "$1"
}

staged() { # the new files of list $1, proved, with the owner and mode that they will have
    [ -s "$1" ] || return 0
    needed "$1" > "$dir/needed"
    (cd "$here/files" && sha256sum -c "$dir/needed" > /dev/null 2>&1) ||
        die "the package is damaged: unpack it again, or fetch it again; nothing was changed"
    in_folders "$1" stage
}

needed() { # the lines of the new list for the paths in $1, which are in its order
    exec 3< "$1"
    wanted=
    read -r wanted <&3 || :
    while read -r sum path; do
        [ "$path" = "$wanted" ] || continue
        say "$sum  $path"
        wanted=
        read -r wanted <&3 || :
    done < "$dir/new"
    exec 3<&-
}

stage() { # the names of folder $1
    mkdir -p "$dir/stage/$1"
    many cp "$here/files/$1" "$dir/stage/$1"
    (cd "$dir/stage/$1" && xargs chmod 644 < "$own/names")
    nearest "$1"
    owner=$(owner_of "$sounds/$nearest")
    case $user in
        0) (cd "$dir/stage/$1" && xargs chown "$owner" < "$own/names") ;;
        "${owner%:*}") ;;
        *) die "$sounds/$nearest belongs to user ${owner%:*}: run this as that user, or as root; nothing was changed" ;;
    esac
    [ ! -d "$sounds/$1" ] || dressed "$1"
}

nearest() { # the folder that is there, of $1 and those above it
    nearest=$1
    while [ ! -d "$sounds/$nearest" ]; do
        case $nearest in */*) nearest=${nearest%/*} ;; *) nearest=. ;; esac
    done
}

dressed() { # what replaces a file of another owner or mode gets these
    # shellcheck disable=SC2012  # names hold no surprises
    (cd "$sounds/$1" && xargs ls -ldn < "$own/names" 2> /dev/null || :) > "$own/listed"
    while read -r mode _ uid gid rest; do
        name=${rest##* }
        case $mode$user in
            -rw-r--r--*0) [ "$uid:$gid" != "$owner" ] || continue ;;
            -rw-r--r--*) continue ;;
        esac
        cp -p "$sounds/$1/$name" "$dir/stage/$1/.$name"
        cat "$dir/stage/$1/$name" > "$dir/stage/$1/.$name"
        mv -f "$dir/stage/$1/.$name" "$dir/stage/$1/$name"
    done < "$own/listed"
}

swap() { # those of list $1 that are staged still get their names
    while read -r path; do
        if [ -e "$dir/stage/$path" ]; then say "$path"; fi
    done < "$1" > "$dir/waiting"
    in_folders "$dir/waiting" move
}

move() {
    make_folder "$1"
    many 'mv -f' "$dir/stage/$1" "$sounds/$1"
}

remove() { [ ! -d "$sounds/$1" ] || (cd "$sounds/$1" && xargs rm -f < "$own/names"); }

apply() {
    case $state in
        rolling-back) back ;;
        applying) [ "${gen#*-}" = "$release" ] || back ;;
    esac
    if [ "$state" = applied ] && [ "${gen#*-}" = "$release" ]; then
        repair
        return
    fi
    if [ "$state" = applying ]; then
        resumed
    else
        next=$((${gen%%-*} + 1))-$release
        planned "$next"
        enter applying "$next"
        swap "$dir/differing"
    fi
    in_folders "$dir/deleted" remove
    sync
    proved
    enter applied "$gen"
    for one in "$own"/*-*; do
        [ "$one" = "$own/$gen" ] || rm -rf "$one"
    done
    say "applied $release to $sounds; sh rollback.sh brings back what was there"
}

resumed() { # one that was stopped: what others changed since is kept aside
    dir=$own/$gen
    differing "$dir/new" "$sounds" > "$dir/mended"
    sort -u "$dir/mended" "$dir/deleted" > "$dir/touched"
    foreign "$dir/touched"
    mend
}

repair() { # the same release again: what was changed since is kept aside
    dir=$own/$gen
    differing "$dir/new" "$sounds" > "$dir/mended"
    if [ ! -s "$dir/mended" ]; then
        say "$release is there already; nothing was changed"
        return
    fi
    present "$dir/mended" > "$dir/theirs"
    mend
    sync
    proved
    say "mended $release in $sounds"
}

mend() { # the files of list mended, after copies of those in theirs
    rm -rf "$dir/stage"
    staged "$dir/mended"
    set_aside "$dir/theirs"
    sync
    swap "$dir/mended"
}

proved() {
    (cd "$sounds" && sha256sum -c "$own/$gen/new" > /dev/null 2>&1) ||
        die "not all files are what they should be; run this again, or rollback.sh"
}

# ---- back ------------------------------------------------------------------------------------------------------

back() { # all that a generation changed, as it was before
    dir=$own/$gen
    while read -r _ path; do say "$path"; done < "$dir/plan" | sort -u > "$dir/touched"
    foreign "$dir/touched"
    set_aside "$dir/theirs"
    enter rolling-back "$gen"
    while read -r op path; do [ "$op" = add ] || say "$path"; done < "$dir/plan" > "$dir/restored"
    while read -r op path; do [ "$op" != add ] || say "$path"; done < "$dir/plan" > "$dir/added"
    rm -rf "$dir/stage"
    in_folders "$dir/restored" unkeep
    sync
    swap "$dir/restored"
    in_folders "$dir/added" remove
    folders=
    while read -r one; do folders="$one $folders"; done < "$dir/dirs"
    for one in $folders; do rmdir "$sounds/$one" 2> /dev/null || :; done
    sync
    enter rolled-back "$gen"
}

unkeep() { # what was kept of folder $1, ready for its rename
    mkdir -p "$dir/stage/$1"
    many 'cp -p' "$dir/files/$1" "$dir/stage/$1"
}

rollback() {
    case $state in
        none) ;;
        rolled-back)
            [ "${gen#*-}" = "$release" ] ||
                die "${gen#*-} was rolled back, and one step back is all that is kept; nothing was changed"
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

locked() { # a lock has its holder's number from the moment that it is there: ln makes all of it, or nothing
    mine=$own/mine.$$
    rm -f "$mine"
    printf '%s\n' "$$" > "$mine"
    sync # or a power cut may leave a lock that is empty
    taken "$own/lock" || {
        rm -f "$mine"
        die "$refused"
    }
    rm -f "$own"/lock.* "$own"/mine.*
}

taken() { # lock $1; that of a dead process is replaced, by the one that holds the lock which is named after both
    ln "$mine" "$1" 2> /dev/null && return 0
    holder_of "$1"
    refused="somebody else was faster; run this again"
    [ -e "$1" ] || return 1
    refused="$1 does not say whose it is; if no apply.sh is at work, remove it"
    [ -n "$holder" ] || return 1
    refused="process $holder is at it already (if that is no apply.sh, remove $1)"
    ! alive "$holder" || return 1
    set -- "$1" "$holder"
    taken "$1.$2" || return 1
    holder_of "$1" # it may have been replaced before we could
    refused="somebody else was faster; run this again"
    if [ "$holder" = "$2" ] && ln "$mine" "$mine.new" && mv -f "$mine.new" "$1"; then refused=; fi
    rm -f "$1.$2"
    [ -z "$refused" ]
}

holder_of() { # the number in lock $1; none, if that is no number
    holder=
    { read -r holder < "$1"; } 2> /dev/null || :
    case $holder in 0* | *[!0-9]*) holder= ;; esac
}

alive() { # process $1, also one of another user, which can't be signalled: dead is what the system says is not there
    [ "$1" != "$$" ] || return 1 # one of before a restart that had our number
    case $(kill -0 "$1" 2>&1) in *'o such process'*) return 1 ;; esac
}

trusted() { # what apply.sh remembers is believed, and written to: only its own user, and no link, may have put it there
    for one in "$sounds/.voicekit" "$own"; do
        if [ -h "$one" ]; then die "$one is a link; remove it, then run this again"; fi
        [ -e "$one" ] || continue
        [ -d "$one" ] || die "$one is no folder; remove it, then run this again"
        owner=$(owner_of "$one")
        [ "${owner%:*}" = "$user" ] ||
            die "$one belongs to user ${owner%:*}: run this as that user; nothing was changed"
    done
    for one in "$sounds/.voicekit"/* "$own"/* "$own"/*/*; do
        if [ -h "$one" ]; then die "$one is a link; remove it, then run this again"; fi
    done
}

remembered() { # state and generation, in the form that enter() gives them
    state=none gen=0-none
    [ -e "$own/state" ] || return 0
    read -r state gen < "$own/state" || :
    case $state in applying | applied | rolling-back | rolled-back) ;; *) state= ;; esac
    case $gen in *-*) ;; *) state= ;; esac
    case ${gen%%-*} in '' | 0* | *[!0-9]* | ??????????*) state= ;; esac
    case ${gen#*-} in '' | *[!0-9a-f]*) state= ;; esac
    [ -z "$state" ] || [ ! -d "$own/$gen" ] || return 0
    die "$own/state is not what was left there; nothing was changed"
}

known() { # the target belongs to one workspace
    IFS= read -r workspace < "$here/WORKSPACE"
    if [ -e "$sounds/.voicekit/identity" ]; then
        IFS= read -r other < "$sounds/.voicekit/identity" || :
        [ "$other" = "$workspace" ] || die "$sounds has the sounds of \"$other\"; this package is of \"$workspace\""
    fi
}

main() {
    action=apply
    if [ "${1-}" = --rollback ]; then action=rollback; shift; fi
    case ${1-} in -*) die "usage: sh $action.sh [FOLDER OF SOUNDS]" ;; esac
    case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
    here=$(place "$here")
    here=${here%"$newline".}
    sounds=${1:-$(default_folder)}
    case $sounds in
        '') die "where are Asterisk's sounds? sh $action.sh /var/lib/asterisk/sounds" ;;
        *"$newline"*) die "more than one folder of sounds here; name one: sh $action.sh /var/lib/asterisk/sounds" ;;
    esac
    [ -d "$sounds" ] || die "$sounds: no such folder"
    named=${sounds%/} named=${named##*/} # before links are followed: `en` may lead to the folder of a voice
    sounds=$(place "$sounds")
    sounds=${sounds%"$newline".} user=$(id -u)
    case $here$sounds in *"$newline"*) die "a folder with a line break in its name is more than this can do" ;; esac
    own=$sounds/.voicekit/pack
    read -r release < "$here/RELEASE"
    case $release in '' | *[!0-9a-f]*) die "RELEASE: this is no package of voicekit" ;; esac
    checked_paths
    trusted
    known
    [ -d "$sounds/.voicekit" ] || mkdir "$sounds/.voicekit"
    [ -d "$own" ] || mkdir "$own"
    trusted
    locked
    trap 'rm -f "$own/lock"' EXIT
    trap 'exit 130' HUP INT TERM
    [ -e "$sounds/.voicekit/identity" ] || {
        cp "$here/WORKSPACE" "$own/identity.new"
        mv -f "$own/identity.new" "$sounds/.voicekit/identity"
    }
    remembered
    "$action"
}

main "$@"
