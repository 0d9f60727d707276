# Who works in the current folder, for as_user of lib.sh: root does it with the rights of the folder's owner, who could have
# put a link in the place of a file.
owned() {
    sounds=. me=$(id -u)
    keeper=$(owner_of .)
    user=$me
    [ "$me" = 0 ] || return 0
    user=${keeper%:*}
    [ "$user" != 0 ] || [ -z "$(find . ! -name . -prune -o \( -perm -020 -o -perm -002 \) -print)" ] ||
        die "a folder of recordings belongs to root, and others may write to it: chown it to the user of Asterisk"
}
