# What lies in spool $1: a line for each file, after all that has to be known to say whether a call still writes to it.
# Writes nothing. Each line begins with what it is; spool.py says what they mean.

kind_of_disk() { # of this folder; an empty word, if that can't be found out
    point=$(df -P . | { read -r _; read -r _ _ _ _ _ point; say "$point"; })
    found=
    while read -r _ at kind _; do [ "$at" != "$point" ] || found=$kind; done < /proc/mounts
    say "$found"
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

listed() { # what goes away meanwhile is no trouble; what may not be looked at is, and its names tell of callers
    { troubles=$(find . -xdev ! -name . \( \
        -name '.voicekit-removing-*' -type d -exec stat -c 'left %n' {} \; -prune -o \
        -name '.*' -o -name tmp -type d -o -name "*$newline*" \) -prune -o \
        -type f -exec stat -c 'file %s %Y %d:%i %h %n' {} + 2>&1 >&3 |
        grep -vc 'No such file or directory' || :); } 3>&1
    say "troubles $troubles"
}

[ -d "$1" ] || die "$1: no such folder"
cd -P -- "$1" || die "$1: may not be entered"
say "now $(date +%s)"
say "disk $(kind_of_disk)"
written
calls
mixing
say files
listed
say end
