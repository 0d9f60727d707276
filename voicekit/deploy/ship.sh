# Unpacks the package on standard input in folder $1 of sounds, and runs its script $2 there with what follows.
# Runs behind lib.sh.
umask 077
here=/
opened "$1"
script=$2
shift 2
trusted
[ -d "$sounds/.voicekit" ] || mkdir -m 755 "$sounds/.voicekit"
for one in "$sounds/.voicekit"/ship.*; do # of those that were cut off
    [ ! -d "$one" ] || alive "${one##*.}" || rm -rf "$one"
done
box=$sounds/.voicekit/ship.$$
trap 'rm -rf "$box"' EXIT
trap 'exit 130' HUP INT TERM
rm -rf "$box"
mkdir "$box"
(cd "$box" && tar -xf -) || die "the package came by half; nothing was changed"
[ -f "$box/WHOLE" ] || die "the package came by half; nothing was changed"
sync & # it has to be done before a name is given; most of it while hashes are made
code=0
sh "$box/$script" "$@" "$sounds" || code=$?
exit $code
