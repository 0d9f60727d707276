# Removes files of folder $2 of spool $1 that are still what was archived. Standard input has a line for each: SHA-256,
# size, second of the last change, name, with slashes between. What became of it is said with its name: removed, changed
# or open; nothing of one that is gone. $3 is a word that no other run has, $4 aside.sh, which does the work.
#
# Behind written.sh, lib.sh and owner.sh. What is open is looked at with our own rights, for it takes root's.

cd -P -- "$1" || die "the spool may not be entered"
spool=$(pwd -P)
cd -P -- "./$2" 2> /dev/null || exit 0
[ "$(pwd -P)" = "${spool%/}${2:+/$2}" ] || exit 0 # a link was put in its place
owned
list=$(cat)
hide() { say "$list" | as_user sh -c "$4" sh "$3" aside; }

hide "$@" || { # on a disk that is full to the last block
    open=$(written)
    { say "$open"; say; say "$list"; } | as_user sh -c "$4" sh "$3" first
    hide "$@"
}
open=$(written)
{ say "$open"; say; say "$list"; } | as_user sh -c "$4" sh "$3" remove
