# What is in folder $1 of sounds, or "" for that of the Asterisk here; writes nothing. The paths on standard input,
# one a line and sorted, are those that are asked for; those that voicekit put there are told besides. With "all" as
# $2 each of them is read; else those that nobody has touched since the last release are believed (`since` has the rest).
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
folders=$(say "$paths" | sed -n 's|/[^/]*$||p' | sort -u)
believed=
if [ "$2" != all ] && [ "$gen" != none ] && [ "$state" = applied ]; then
    # By ctime, which nobody sets back by chance; a find that knows it not leaves `believed` empty.
    since=$(say "$folders" | while read -r one; do
        [ ! -d "$one" ] || find "$one/." ! -name . -prune -cnewer "$own/state" || exit 1
    done 2> /dev/null) && believed=$(sed 's/^[0-9a-f]*  //' "$own/$gen/new")
fi
if [ -n "$believed" ]; then
    since=$(say "$since" | sed 's|/\./|/|')
    say "$since" | sed 's/^/since /'
    say believed
    # Of the paths, those that are not believed, and those that are no more.
    read_anew=$({ say "$paths"; say "$believed"; say "$believed"; } | sort | uniq -u
        { say "$paths"; say "$since"; } | sort | uniq -d)
else
    read_anew=$paths
fi
special=$(say "$folders" | special_files)
if [ -n "$special" ]; then # a pipe would be read for ever
    read_anew=$({ say "$read_anew"; say "$special"; say "$special"; } | sort | uniq -u)
fi
[ -z "$read_anew" ] || say "$read_anew" | xargs sha256sum 2> /dev/null | sed 's/^/is /' || :
say "$folders" | while read -r one; do
    [ -d "$one" ] || continue
    find "$one/." ! -name . -prune ! -name '*[!A-Za-z0-9_.-]*' -type f | sed "s|^.*/|file $one/|"
    find "$one/." ! -name . -prune ! -name '*[!A-Za-z0-9_.-]*' ! -type f | sed "s|^.*/|other $one/|"
    if [ -h "$one" ]; then say "link $(owner_of "$one") $one"; fi
done
