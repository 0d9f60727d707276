# Removes files of folder $2 of spool $1 that are still what was archived. Standard input has a line for each: SHA-256,
# size, second of the last change, name, with slashes between. What became of it is said with its name: removed, changed
# or open; nothing of one that is gone. $3 is a word that no other run has, $4 aside.sh, which does the work.
#
# Behind written.sh and lib.sh, whose as_user makes root work with the rights of the folder's owner: whoever owns it could have put a
# link in the place of a file, or of the folder. What is open is looked at with our own rights, for it takes root's.

cd -P -- "$1" || die "the spool may not be entered"
spool=$(pwd -P) sounds=. me=$(id -u)
cd -P -- "./$2" 2> /dev/null || exit 0
[ "$(pwd -P)" = "${spool%/}${2:+/$2}" ] || exit 0 # a link was put in its place
keeper=$(owner_of .)
user=$me
if [ "$me" = 0 ]; then
    user=${keeper%:*}
    [ "$user" != 0 ] || [ -z "$(find . ! -name . -prune -o \( -perm -020 -o -perm -002 \) -print)" ] ||
        die "a folder of recordings belongs to root, and others may write to it: chown it to the user of Asterisk"
fi
list=$(cat)
say "$list" | as_user sh -c "$4" sh "$3" aside
open=$(written)
{ say "$open"; say; say "$list"; } | as_user sh -c "$4" sh "$3" remove
