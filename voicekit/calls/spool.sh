# What lies in spool $1: a line for each file, after all that has to be known to say whether a call still writes to it.
# Writes nothing. Each line begins with what it is; spool.py says what they mean.
set -eu
unset CDPATH
LC_ALL=C
export LC_ALL
newline='
'

say() { printf '%s\n' "$*"; }

die() { printf '%s\n' "$*" >&2; exit 1; }

kind_of_disk() { # of this folder; an empty word, if that can't be found out
    point=$(df -P . | { read -r _; read -r _ _ _ _ _ point; say "$point"; })
    found=
    while read -r _ at kind _; do [ "$at" != "$point" ] || found=$kind; done < /proc/mounts
    say "$found"
}

written() { # devices and numbers of all that any process here holds open for writing
    [ -d /proc/self/fd ] || { say "blind there is no /proc"; return; }
    if [ "$(id -u)" != 0 ] && ! ls -d /proc/[0-9]*/fd/. > /dev/null 2>&1; then
        say "blind user $(id -un) can't see what other users' processes have open"
    fi
    # In /proc, the mode of the link says how a file is open. By its number, for a container has other names.
    find /proc/[0-9]*/fd -type l -perm -200 -exec stat -L -c 'open %d:%i' {} + 2> /dev/null | sort -u || :
}

calls() { # that are on
    PATH=$PATH:/usr/sbin:/usr/local/sbin # not in everybody's PATH
    command -v asterisk > /dev/null || return 0
    channels=$(asterisk -rx 'core show channels concise' 2> /dev/null) || return 0
    say "$channels" | sed -n 's/.*!\([^!]*\)$/live \1/p'
}

mixing() { # the two legs of a Monitor become one file, and then they are removed
    for one in /proc/[0-9]*/comm; do
        { read -r comm < "$one"; } 2> /dev/null || continue
        case $comm in sox | soxmix) say mixing; return ;; esac
    done
}

[ -d "$1" ] || die "$1: no such folder"
cd -P -- "$1" || die "$1: may not be entered"
say "now $(date +%s)"
say "disk $(kind_of_disk)"
df -Pk . | { read -r _; read -r _ all _ free _; say "room $free $all"; }
say "load $(cut -d ' ' -f 1 < /proc/loadavg 2> /dev/null || :)"
written
calls
mixing
say files
find . -xdev ! -name . \( -name '.*' -o -name tmp -type d -o -name "*$newline*" \) -prune -o \
    -type f -exec stat -c 'file %s %Y %d:%i %h %n' {} +
say end
