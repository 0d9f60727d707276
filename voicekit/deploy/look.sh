# What is in folder $1 of sounds, or "" for that of the Asterisk here; writes nothing. The paths on standard input,
# one a line and sorted, are those that are asked for; those that voicekit put there are told besides.
# Runs behind lib.sh. Each line begins with what it is; look.py says what they mean.

trusted_here() { # what is remembered there is believed as `trusted` does, only that a look refuses nothing
    (trusted) 2>&1 || :
}

gather() { # the paths that we put there, or are about to
    for one in new base was; do
        [ ! -f "$own/$gen/$one" ] || sed "s/^/$one /" "$own/$gen/$one"
    done
}

here=/
into=${1:-$(default_folder)}
case $into in
    '') die "where are Asterisk's sounds? say it in voicekit.toml: sounds = \"/var/lib/asterisk/sounds\"" ;;
    *"$newline"*) die "more than one folder of sounds here; say in voicekit.toml which: sounds = \"...\"" ;;
esac
opened "$into"
cd "$sounds"
say "sounds $sounds"
say "user $user $(owner_of .)"
say "room $(df -Pk . | { read -r _; read -r _ _ _ free _; say "$free"; })"
refused=$(trusted_here)
if [ -n "$refused" ]; then
    say "untrusted $refused"
    gen=none
else
    [ ! -f .voicekit/identity ] || say "identity $(cat .voicekit/identity)"
    state=none gen=0-none
    [ ! -f "$own/state" ] || read -r state gen < "$own/state" || :
    say "state $state $gen"
    case $gen in *[!0-9a-fnoe-]*) gen=none ;; esac # it becomes part of a path
    gather
    announced | sed 's/^/on /'
    for one in .voicekit/say/*/UNTIL; do
        [ ! -f "$one" ] || sed "s|^|armed ${one%/UNTIL} |" "$one"
    done
fi
# shellcheck disable=SC2016  # a name is one line without blanks: whatever is none was not put there by us
paths=$({ cat; gather | sed 's/^[a-z]* [0-9a-f]*  //'; } | grep '^[A-Za-z0-9_][A-Za-z0-9_./-]*$' | sort -u) || :
[ -n "$paths" ] || exit 0
say "$paths" | xargs sha256sum 2> /dev/null | sed 's/^/is /' || :
say "$paths" | sed -n 's|/[^/]*$||p' | sort -u | while read -r one; do
    [ -d "$one" ] || continue
    find "$one/." ! -name . -prune -type f | sed "s|^.*/|file $one/|"
    find "$one/." ! -name . -prune ! -type f | sed "s|^.*/|other $one/|"
    if [ -h "$one" ]; then say "link $(owner_of "$one") $one"; fi
done
