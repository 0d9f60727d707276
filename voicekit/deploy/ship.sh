# Unpacks the package on standard input in folder $1 of sounds, and runs its script $2 there with what follows.
# Runs behind lib.sh.
umask 077
here=/
opened "$1"
script=$2
shift 2
trusted
boxes=$sounds/.voicekit
# What root runs must lie where nobody else can put another file in its place: who owns the sounds may rename .voicekit.
[ "$user" != 0 ] || boxes=${ASTERISK_ROOT:-}/var/lib/voicekit
[ -d "$boxes" ] || (umask 022 && mkdir -p "$boxes")
for one in "$boxes"/ship.*; do # of those that were cut off
    [ ! -d "$one" ] || alive "${one##*.}" || rm -rf "$one"
done
box=$boxes/ship.$$
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
