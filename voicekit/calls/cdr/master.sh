# What was written to $1, a Master.csv, and to the files that it was rotated into, from when it was $2 on that machine's
# clock until it was $3, in digits: year to second; and some more. Files not written to since $4, seconds since 1970, are
# passed over. Before each part stand two numbers: whether it begins within a line (0: no), and its bytes.
# Files may have gigabytes, and are written in order of the time at which calls end: a search for it reads a few blocks.
set -eu
unset CDPATH
LC_ALL=C
export LC_ALL
block=65536

say() { printf '%s\n' "$*"; }

die() { printf '%s\n' "$*" >&2; exit 1; }

ended() { # $at: when, in digits, the first call of block $1 ended; empty, if no line there says so
    at=$(dd if=/dev/fd/3 bs=$block skip="$1" count=1 2> /dev/null | sed -n '
        s/^.*"\([0-9]\{4\}\)-\([0-9][0-9]\)-\([0-9][0-9]\) \([0-9][0-9]\):\([0-9][0-9]\):\([0-9][0-9]\)",-\{0,1\}[0-9]\{1,\},-\{0,1\}[0-9]\{1,\},".*$/\1\2\3\4\5\6/
        t found
        d
        :found
        p
        q')
}

search() { # $low: the last block of file 3, of $size bytes, that begins before $1; a block that says nothing is of $2
    low=0 high=$((size / block))
    while [ "$low" -lt "$high" ]; do
        middle=$(((low + high + 1) / 2))
        ended "$middle"
        if [ "${at:-$2}" -lt "$1" ]; then low=$middle; else high=$((middle - 1)); fi
    done
}

part() { # of file $1, unless that was read under another name, when it was rotated a moment ago
    exec 3< "$1"
    [ "$(stat -L -c %Y /dev/fd/3)" -ge "$written" ] || return 0
    number=$(stat -L -c %d:%i /dev/fd/3)
    case " $seen " in *" $number "*) return 0 ;; esac
    seen="$seen $number" size=$(stat -L -c %s /dev/fd/3)
    search "$until" 0
    [ "$size" -le $(((low + 1) * block)) ] || size=$(((low + 1) * block))
    search "$since" "$since"
    left=$((size - low * block))
    say "$low $left"
    dd if=/dev/fd/3 bs=$block skip="$low" 2> /dev/null | head -c "$left"
}

since=$2 until=$3 written=$4 seen=
[ -e "$1" ] || die "$1 is not there: does cdr.conf have [csv], and is cdr_csv.so loaded?"
[ -r "$1" ] || die "$1 can't be read by user $(id -u); say sudo = true in voicekit.toml"
part "$1"
for file in "$1"[.-][0-9]*; do
    case $file in *.gz | *.bz2 | *.xz | *.zst) continue ;; esac
    [ ! -f "$file" ] || part "$file"
done
