# Gives the files on standard input, paths in folder $1 of sounds, as an archive. Runs behind lib.sh.
here=/
opened "$1"
cd "$sounds"
xargs tar -cf - --
