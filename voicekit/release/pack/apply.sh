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
# The package need not hold what is on the PBX already. TAKEN lists files of others that are in the way, EXPECTED has
# the state that all this was planned for; with ONCE, the package itself is used up.
set -eu
umask 022
unset CDPATH
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/lib.sh"

# ---- forth -----------------------------------------------------------------------------------------------------------

enter() { # the state $1 of generation $2, durably
    printf '%s %s\n' "$1" "$2" > "$own/state.new"
    sync
    mv -f "$own/state.new" "$own/state"
    sync
    state=$1 gen=$2
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
    unlike "$dir/new" > "$dir/differing"
    present "$dir/differing" > "$dir/replaced"
    { gone; taken_over; } > "$dir/in-the-way"
    sort -u -o "$dir/in-the-way" "$dir/in-the-way"
    without "$dir/in-the-way" "$own/announced" > "$dir/deleted"
    copies "$dir/replaced" "$sounds" "$dir/files"
    copies "$dir/deleted" "$sounds" "$dir/files"
    sort -u "$dir/replaced" "$dir/deleted" > "$dir/touched"
    (cd "$dir/files" && hashes "$dir/touched") > "$dir/was"
    staged "$dir/differing"
    {
        sed 's/^/put /' "$dir/replaced"
        without "$dir/differing" "$dir/replaced" | sed 's/^/add /'
        sed 's/^/del /' "$dir/deleted"
    } > "$dir/plan"
    folders "$dir/differing" > "$dir/into"
    while read -r folder; do missing_folders "$folder"; done < "$dir/into" > "$dir/dirs"
    as_listed "$dir/touched" "$dir/base" > "$dir/alike" # what the release before had brought needs no copy but that in files/
    without "$dir/touched" "$dir/alike" > "$dir/theirs"
    set_aside "$dir/theirs"
}

gone() { # what the release before had and this one has not, if nobody changed it since
    paths "$dir/base" > "$dir/old"
    paths "$dir/new" > "$dir/wanted"
    without "$dir/old" "$dir/wanted" > "$dir/gone"
    while read -r path; do
        if [ -f "$sounds/$path" ] && [ ! -h "$sounds/$path" ]; then say "$path"; fi
    done < "$dir/gone" > "$dir/there"
    as_listed "$dir/there" "$dir/base"
}

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
    unlike "$dir/new" > "$dir/mended"
    sort -u "$dir/mended" "$dir/deleted" > "$dir/touched"
    foreign "$dir/touched"
    mend
}

repair() { # the same release again: what was changed since, or came beside it, is kept aside
    dir=$own/$gen
    unlike "$dir/new" > "$dir/mended"
    taken_over | sort -u > "$dir/in-the-way"
    without "$dir/in-the-way" "$own/announced" > "$dir/taken"
    if [ ! -s "$dir/mended" ] && [ ! -s "$dir/taken" ]; then
        say "$release is there already; nothing was changed"
        return
    fi
    { present "$dir/mended"; cat "$dir/taken"; } > "$dir/theirs"
    mend
    in_folders "$dir/taken" remove
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

proved() { # that all are there; their bytes were proved before they got their names
    paths "$own/$gen/new" > "$own/wanted"
    (cd "$sounds" && xargs ls -d < "$own/wanted" > /dev/null 2>&1) ||
        die "not all files are there; run this again, or rollback.sh"
}

# ---- back ------------------------------------------------------------------------------------------------------------

back() { # all that a generation changed, as it was before
    dir=$own/$gen
    sed 's/^... //' "$dir/plan" > "$dir/touched"
    sort -u -o "$dir/touched" "$dir/touched"
    foreign "$dir/touched"
    set_aside "$dir/theirs"
    enter rolling-back "$gen"
    sed -n 's/^put //p; s/^del //p' "$dir/plan" > "$dir/restored"
    sed -n 's/^add //p' "$dir/plan" > "$dir/added"
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
                [ -z "$(announced)" ] || die "an announcement is on the air; call it off first; nothing was changed"
                back
                say "rolled back: $sounds is as it was before $release"
                return
            fi
            [ "$state" = applied ] || die "$state ${gen#*-} was stopped here; use the rollback.sh of that package"
            ;;
    esac
    say "$release is not applied to $sounds; nothing was changed"
}

# ---- a run -----------------------------------------------------------------------------------------------------------

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

expected() { # a plan holds only for what it was made of
    [ -e "$here/EXPECTED" ] || return 0
    IFS= read -r planned < "$here/EXPECTED"
    [ "$planned" = "$state $gen" ] || die "somebody else was here since this was planned ($state $gen); plan again"
}

yielded() { # by root to who owns the sounds
    [ "$user" != "$me" ] || return 0
    readable
    option=
    [ "$action" = apply ] || option=--rollback
    code=0
    as_user sh "$here/apply.sh" $option "$sounds" || code=$?
    exit "$code"
}

main() {
    action=apply
    if [ "${1-}" = --rollback ]; then action=rollback; shift; fi
    case ${1-} in -*) die "usage: sh $action.sh [FOLDER OF SOUNDS]" ;; esac
    here=$(place "$here")
    here=${here%"$newline".}
    into=${1:-$(default_folder)}
    case $into in
        '') die "where are Asterisk's sounds? sh $action.sh /var/lib/asterisk/sounds" ;;
        *"$newline"*) die "more than one folder of sounds here; name one: sh $action.sh /var/lib/asterisk/sounds" ;;
    esac
    opened "$into"
    read -r release < "$here/RELEASE"
    case $release in '' | *[!0-9a-f]*) die "RELEASE: this is no package of voicekit" ;; esac
    yielded
    checked_paths
    alone
    remembered
    expected
    "$action"
}

main "$@"
