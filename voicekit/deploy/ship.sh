# Unpacks the package on standard input in folder $1 of sounds, and runs its script $2 there with what follows.
# Runs behind lib.sh.
umask 077
here=/
opened "$1"
script=$2
shift 2
trusted
[ -d "$desk" ] || (umask 022 && mkdir -p "$desk")
for one in "$desk"/ship.*; do # of those that were cut off
    [ ! -d "$one" ] || alive "${one##*.}" || rm -rf "$one"
done
box=$desk/ship.$$
trap '(as_user rm -rf "$box/files") > /dev/null 2>&1 || :; rm -rf "$box"' EXIT
trap 'exit 130' HUP INT TERM
rm -rf "$box"
mkdir "$box"
(cd "$box" && tar -xf -) || die "the package came by half; nothing was changed"
[ -f "$box/WHOLE" ] || die "the package came by half; nothing was changed"
if [ "$user" != "$me" ]; then # what it works with is used up, the scripts are not
    chown -R -h "$keeper" "$box/files" 2> /dev/null || [ ! -e "$box/files" ]
    chmod 755 "$box"
fi
sync & # it has to be done before a name is given; most of it while hashes are made
code=0
sh "$box/$script" "$@" "$sounds" || code=$?
exit $code
