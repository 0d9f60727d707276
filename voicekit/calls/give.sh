# Gives spool $1 a file back, changed last in second $2. The first line of standard input is its path, folder/name, each
# byte as \0ooo; the rest is the file. $3 is a word that no other run has. Says `there` where something has that name, and
# leaves it.
#
# A path tells of callers, and what is an argument is in the list of processes for all to see.
# Behind written.sh, lib.sh and owner.sh. The name is given when all of the file is there.
cd -P -- "$1" || die "the spool may not be entered"
spool=$(pwd -P)
owned
# shellcheck disable=SC2016  # for the shell below
as_user sh -c '
    set -eu
    read -r path
    path=$(printf "%b/" "$path") # of a line break at its end nothing would be left but for the slash
    path=${path%/}
    folder=${path%/*} name=${path##*/}
    mkdir -p -- "./$folder"
    cd -P -- "./$folder"
    [ "$(pwd -P)" = "${1%/}${folder:+/$folder}" ] || { echo link; exit 0; } # one leads elsewhere
    if [ -e "./$name" ] || [ -h "./$name" ]; then echo there; cat > /dev/null; exit 0; fi
    hidden=./.voicekit-giving-$3
    trap "rm -f \"$hidden\"" EXIT
    cat > "$hidden"
    touch -d "@$2" "$hidden"
    ln "$hidden" "./$name" 2> /dev/null || mv "$hidden" "./$name"
    stat -c "given %s %Y" "./$name"
' sh "$spool" "$2" "$3"
