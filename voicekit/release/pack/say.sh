#!/bin/sh
# Puts an announcement where other sounds lie, and brings those back: each at its time, and by this machine alone.
#
#     sh say.sh arm FOLDER            in the package of an announcement: keeps it, and has the scheduler here run tick
#     sh say.sh tick NAME FOLDER      does what is due
#     sh say.sh cancel NAME FOLDER    takes it off, or never puts it on
#     sh say.sh able FOLDER           says which scheduler would take one, or refuses
#     sh say.sh list FOLDER           a line for each: NAME FROM UNTIL waiting|on SCHEDULER; writes nothing
#
# FOLDER is Asterisk's folder of sounds. Files are swapped by rename: a call that plays one hears it to its end. Stopped
# at any moment, the next run goes on: all of the announcement is there then, or all that was there before.
#
# An announcement that is armed is its package, in FOLDER/.voicekit/say/NAME:
#     NAME FROM UNTIL WORKSPACE SHA256SUMS TAKEN files/    as they came; TAKEN has files of others that are in the way
#     kept/      files/, what was there when it was put on, the only originals; new and was, the hashes of both;
#                dirs, folders that were made; stage/ is there while files are being swapped
#     on         the paths that it holds: apply.sh leaves them alone. It is there before the first of them is changed
#     over       it is being taken off, and is never put on again, whatever the clock says
# The scheduler runs copies of these scripts, which lie with its own name, and the jobs of at, in /var/lib/voicekit or,
# where root has no part in it, in FOLDER/.voicekit. As root, what is done in the sounds is done by a process of their
# owner: `said` hands it the second half of a verb, which is admit, due, withdraw or listed.
set -eu
umask 022
unset CDPATH
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
. "$here/lib.sh"
root=${ASTERISK_ROOT:-}

# ---- one announcement ------------------------------------------------------------------------------------------------

about() { # announcement $1, and where all of it lies
    case $1 in '' | -* | *[!a-z0-9-]*) die "\"$1\" is no name of an announcement" ;; esac
    name=$1 home=$all/$1 dir=$all/$1/kept
    sum=$(say "$sounds" | sha256sum)
    entry=voicekit-say-$name-${sum%"${sum#????????}"} # a machine may have more than one folder of sounds
    code=$desk/$entry
    command="test ! -f '$code/say.sh' || sh '$code/say.sh' tick $name '$sounds'"
}

hours() { # of the package in folder $1
    second_of "$1/FROM"
    from=$second
    second_of "$1/UNTIL"
    until=$second
    now=$(date +%s)
}

second_of() {
    IFS= read -r second < "$1" || :
    case $second in
        '' | 0?* | *[!0-9]* | ????????????*) die "${1##*/}: \"$second\" is no time" ;;
    esac
}

paths_of() { # all that the package in folder $1 puts there or takes away
    while read -r _ path; do say "$path"; done < "$1/SHA256SUMS"
    [ ! -e "$1/TAKEN" ] || cat "$1/TAKEN"
}

# ---- on and off ------------------------------------------------------------------------------------------------------

prepared() { # all but the renames, of the package $here
    rm -rf "$dir"
    mkdir -p "$dir/files"
    cp "$here/SHA256SUMS" "$dir/new"
    while read -r _ path; do say "$path"; done < "$dir/new" > "$dir/wanted"
    present "$dir/wanted" > "$dir/replaced"
    taken_over > "$dir/taken"
    sort -u "$dir/replaced" "$dir/taken" > "$dir/touched"
    copies "$dir/touched" "$sounds" "$dir/files"
    (cd "$dir/files" && hashes "$dir/touched") > "$dir/was"
    staged "$dir/wanted"
    while read -r path; do missing_folders "${path%/*}"; done < "$dir/wanted" > "$dir/dirs"
}

put_on() {
    if [ ! -e "$home/on" ]; then
        prepared
        sort -u "$dir/wanted" "$dir/taken" > "$home/on.new"
        sync # or a power cut may leave the list, and not the copies
        mv -f "$home/on.new" "$home/on"
        sync
    elif [ -d "$dir/stage" ]; then # stopped here: what others changed since is kept aside
        foreign "$home/on"
        set_aside "$dir/theirs"
    else
        return 0
    fi
    swap "$dir/wanted"
    in_folders "$dir/taken" remove
    sync
    rm -rf "$dir/stage"
    say "$name is on"
}

take_off() { # what others changed meanwhile stays as it is
    changed "$home/on" > "$dir/unlike"
    while read -r path; do
        if [ -e "$sounds/$path" ] || [ -h "$sounds/$path" ]; then say "$path"; fi
    done < "$dir/unlike" > "$dir/theirs"
    without "$home/on" "$dir/theirs" > "$dir/ours"
    while read -r path; do [ ! -e "$dir/files/$path" ] || say "$path"; done < "$dir/ours" > "$dir/restored"
    while read -r path; do [ -e "$dir/files/$path" ] || say "$path"; done < "$dir/ours" > "$dir/added"
    rm -rf "$dir/stage"
    in_folders "$dir/restored" unkeep
    sync
    swap "$dir/restored"
    in_folders "$dir/added" remove
    folders=
    while read -r one; do folders="$one $folders"; done < "$dir/dirs"
    for one in $folders; do rmdir "$sounds/$one" 2> /dev/null || :; done
    while read -r path; do say "$sounds/$path was changed meanwhile, and stays as it is"; done < "$dir/theirs"
    while read -r path; do [ ! -e "$dir/files/$path" ] || say "$path"; done < "$dir/theirs" > "$dir/unwanted"
    aside "$dir/unwanted" "$dir/files" "what was there before the announcement"
    sync
    rm -f "$home/on"
    say "$name is off"
}

withdrawn() { # nothing is left of it in the sounds, on the air or waiting
    [ -d "$home" ] || return 0
    : > "$home/over"
    sync
    [ ! -e "$home/on" ] || take_off
    sync
    mv -f "$home" "$all/.over" # at once: half a package is none
    rm -rf "$all/.over"
    rmdir "$all" 2> /dev/null || :
}

# ---- schedulers ------------------------------------------------------------------------------------------------------
# What they run once a minute, or at the two times, is tick. by_* and disarmed do the same when they are run again.

running() { # is a program of one of these names at work?
    for one in "$root"/proc/[0-9]*/comm; do
        { read -r comm < "$one"; } 2> /dev/null || continue
        for program; do [ "$comm" != "$program" ] || return 0; done
    done
    for program; do # where /proc shows nothing of other users
        for one in "$root/run/$program.pid" "$root/var/run/$program.pid"; do
            { read -r process < "$one"; } 2> /dev/null || continue
            case $process in '' | 0* | *[!0-9]*) continue ;; esac
            [ -e "$root/proc/$process/comm" ] || ! alive "$process" || return 0
        done
    done
    return 1
}

can_systemd() { [ "$me" = 0 ] && [ -d "$root/run/systemd/system" ] && has systemctl; }

by_systemd() { # units, for a timer of systemd-run is gone after a restart
    units=$root/etc/systemd/system
    {
        say "[Unit]"
        say "Description=announcement $name (voicekit say)"
        say "[Service]"
        say "Type=oneshot"
        say "ExecStart=/bin/sh -c \"$command\""
    } > "$units/$entry.service" && {
        say "[Unit]"
        say "Description=announcement $name (voicekit say)"
        say "[Timer]"
        say "OnCalendar=minutely"
        say "AccuracySec=1s"
        say "Persistent=true"
        say "[Install]"
        say "WantedBy=timers.target"
    } > "$units/$entry.timer" &&
        systemctl daemon-reload && systemctl --quiet enable "$entry.timer" && systemctl start "$entry.timer"
}

not_by_systemd() {
    units=$root/etc/systemd/system
    [ -e "$units/$entry.service" ] || [ -e "$units/$entry.timer" ] || return 0
    systemctl stop "$entry.timer" || :
    systemctl --quiet disable "$entry.timer" || :
    rm -f "$units/$entry.timer" "$units/$entry.service"
    systemctl daemon-reload || :
}

can_at() { has at && has atrm && running atd; }

by_at() { # jobs in place of those that are there
    [ ! -e "$code/jobs" ] || cat "$code/jobs" >> "$code/jobs.old"
    : > "$code/jobs"
    { [ "$from" -le "$now" ] || wake "$from"; } && wake "$until" || return 1
    without_jobs "$code/jobs.old"
}

wake() { # a job in the minute that begins at second $1 or after it: at knows minutes, and two of some at the end of summer
    minute=$(TZ=UTC0 date -d "@$(($1 + 59))" +%Y%m%d%H%M) || return 1
    # It starts where this is, and the folder of the package will not be there.
    (cd / && say "$command" | TZ=UTC0 at -t "$minute") > "$code/at.said" 2>&1 || { cat "$code/at.said" >&2; return 1; }
    while read -r word number _; do
        [ "$word" != job ] || say "$number" >> "$code/jobs"
    done < "$code/at.said"
}

without_jobs() { # those that file $1 names; those that have run are not there
    [ ! -s "$1" ] || xargs atrm < "$1" 2> /dev/null || :
    rm -f "$1"
}

not_by_at() {
    [ -e "$code/jobs" ] || [ -e "$code/jobs.old" ] || return 0
    without_jobs "$code/jobs.old"
    without_jobs "$code/jobs"
}

can_cron() { running cron crond && { own_file || has crontab; }; }

own_file() { # may it be a file in cron.d? The cron of busybox reads none
    [ "$me" = 0 ] && [ -d "$root/etc/cron.d" ] || return 1
    for one in "$root"/proc/[0-9]*/comm; do
        { read -r comm < "$one"; } 2> /dev/null || continue
        [ "$comm" = crond ] || continue
        case $(ls -ld "${one%comm}exe" 2> /dev/null) in *busybox) return 1 ;; esac
    done
}

by_cron() {
    if own_file; then
        say "* * * * * root $command" > "$root/etc/cron.d/.$entry" &&
            mv -f "$root/etc/cron.d/.$entry" "$root/etc/cron.d/$entry"
    else
        other_lines && say "* * * * * $command # $entry" >> "$code.crontab" && crontab "$code.crontab" &&
            rm -f "$code".crontab*
    fi
}

other_lines() { # of the user's crontab: only one that is known not to be there is empty
    found=
    crontab -l > "$code.crontab.is" 2> "$code.crontab.said" || {
        said=
        IFS= read -r said < "$code.crontab.said" || :
        case $said in *'no crontab for '* | *'No such file'*) ;; *) say "$said" >&2; return 1 ;; esac
    }
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in *" # $entry") found=yes ;; *) say "$line" ;; esac
    done < "$code.crontab.is" > "$code.crontab"
}

not_by_cron() {
    rm -f "$root/etc/cron.d/.$entry" "$root/etc/cron.d/$entry"
    has crontab && other_lines 2> /dev/null || return 0
    [ -z "$found" ] || crontab "$code.crontab" || :
    rm -f "$code".crontab*
}

disarmed() {
    not_by_systemd
    not_by_at
    not_by_cron
    rm -rf "$code"
}

armed() { # by the first scheduler that does it
    for scheduler in systemd at cron; do
        "can_$scheduler" || continue
        if "by_$scheduler"; then
            say "$scheduler" > "$code/scheduler"
            return 0
        fi
        "not_by_$scheduler"
    done
    said withdraw "$name"
    disarmed
    die "no scheduler took it; nothing was changed"
}

# ---- what is done in the sounds --------------------------------------------------------------------------------------

by_itself() { # alone, and without what a run that was stopped had not named yet
    alone
    rm -rf "$all/.new" "$all/.over"
}

admit() { # the package $here
    checked_paths
    by_itself
    [ -d "$all" ] || mkdir "$all"
    alone_there
    mkdir "$all/.new"
    for one in NAME FROM UNTIL WORKSPACE SHA256SUMS TAKEN; do
        [ ! -e "$here/$one" ] || cp "$here/$one" "$all/.new/$one"
    done
    cp -R "$here/files" "$all/.new/files"
    here=$all/.new dir=$all/.new/kept
    prepared # what could not be put on is told now, and not at its time
    rm -rf "$dir"
    here=$home dir=$home/kept
    withdrawn # one of before by this name
    mv -f "$all/.new" "$home"
    sync
}

alone_there() { # no other announcement holds one of these paths
    paths_of "$here" > "$own/paths"
    sort "$own/paths" > "$own/sorted"
    twice=$(uniq -d "$own/sorted")
    [ -z "$twice" ] || die "${twice%%"$newline"*} is there twice; nothing was changed"
    for other in "$all"/*; do
        [ "$other" != "$home" ] && [ -e "$other/SHA256SUMS" ] || continue
        paths_of "$other" > "$own/others"
        sort "$own/paths" "$own/others" > "$own/sorted"
        twice=$(uniq -d "$own/sorted")
        [ -z "$twice" ] ||
            die "announcement ${other##*/} holds ${twice%%"$newline"*}: cancel it first; nothing was changed"
    done
}

due() { # what the clock asks for; once begun, on and off are ended even if it was set back meanwhile
    later=$busy
    by_itself
    here=$home
    [ -d "$home" ] || exit "$gone"
    hours "$home"
    if [ -e "$home/over" ] || [ "$now" -ge "$until" ]; then
        withdrawn
        exit "$gone"
    elif [ -e "$home/on" ] || [ "$now" -ge "$from" ]; then
        put_on
    fi
}

withdraw() {
    by_itself
    [ -d "$home" ] || exit "$gone"
    withdrawn
}

listed() {
    trusted
    for one in "$all"/*; do
        [ -e "$one/SHA256SUMS" ] || continue
        about "${one##*/}"
        state=waiting
        [ ! -e "$home/on" ] || state=on
        [ "$state" = on ] || [ ! -e "$home/over" ] || continue
        (hours "$home" && say "$name $from $until $state") 2> /dev/null || : # it may end just now
    done
}

# ---- a run -----------------------------------------------------------------------------------------------------------

said() { # $1, one of the functions above, as the owner of the sounds
    half=$1
    shift
    as_user sh "$scripts/say.sh" "$half" "$@" "$sounds"
}

at_desk() { # one at a time for each announcement
    trusted
    [ -d "$desk" ] || mkdir -p "$desk"
    whose=$(owner_of "$desk")
    [ "${whose%:*}" = "$me" ] || die "$desk belongs to user ${whose%:*}; nothing was changed"
    locked "$code.lock"
    trap 'rm -f "$code.lock"; rmdir "$desk" 2> /dev/null || :' EXIT
    trap 'exit 130' HUP INT TERM
}

able() {
    for scheduler in systemd at cron; do
        if "can_$scheduler"; then
            say "$scheduler"
            return
        fi
    done
    die "neither systemd (as root) nor atd nor cron is at work here: nobody would take it off; nothing was changed"
}

arm() {
    IFS= read -r name < "$here/NAME" || :
    about "$name"
    hours "$here"
    [ "$now" -lt "$until" ] || die "its time is over; nothing was changed"
    [ "$from" -lt "$until" ] || die "it would end before it begins; nothing was changed"
    case $code$sounds in
        *[\'\"\\\$\`%]* | *[[:cntrl:]]*) die "$sounds: a scheduler would not understand this name; nothing was changed" ;;
    esac
    able > /dev/null
    readable
    at_desk
    said admit "$name"
    disarmed # one of before by this name may have had another scheduler
    mkdir "$code"
    for one in lib.sh say.sh WORKSPACE FROM UNTIL; do
        cp "$scripts/$one" "$code/$one"
    done
    sync
    armed
    say "$name is armed by $scheduler"
    said due "$name" || case $? in "$gone" | "$busy") ;; *) exit 1 ;; esac
}

tick() {
    about "$name"
    # at runs this no more often than it was told to: another comes, whatever becomes of this one.
    if [ -e "$code/jobs" ]; then now=$(date +%s) && wake $((now + 60)) || :; fi
    later=0
    at_desk
    ended=0
    said due "$name" || ended=$?
    case $ended in
        "$gone") disarmed ;;
        "$busy") ;;
        0) if [ -e "$code/jobs" ]; then hours "$code" && by_at; fi ;;
        *) exit "$ended" ;;
    esac
}

cancel() {
    about "$name"
    at_desk
    told="$name is cancelled" ended=0
    said withdraw "$name" || ended=$?
    case $ended in
        "$gone") told="no announcement $name is armed; nothing was changed" ;;
        0) ;;
        *) exit "$ended" ;;
    esac
    disarmed
    say "$told"
}

list() {
    said listed | while read -r name rest; do
        about "$name"
        scheduler=none
        [ ! -e "$code/scheduler" ] || read -r scheduler < "$code/scheduler" || :
        say "$name $rest $scheduler"
    done
}

main() {
    action=${1-}
    case $action:$# in
        arm:2 | able:2 | list:2 | listed:2) folder=$2 ;;
        tick:3 | cancel:3 | admit:3 | due:3 | withdraw:3) name=$2 folder=$3 ;;
        *) die "usage: sh say.sh arm FOLDER | cancel NAME FOLDER | list FOLDER" ;;
    esac
    here=$(place "$here")
    here=${here%"$newline".} scripts=$here gone=9 busy=8
    opened "$folder"
    all=$sounds/.voicekit/say
    case $action in admit | due | withdraw) about "$name" ;; esac
    "$action"
}

main "$@"
