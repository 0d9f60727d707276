# Sends the files of spool $1 that standard input names, each name ended by a zero, as an archive.
command -v tar > /dev/null || die "tar is not installed"
cd -P -- "$1"
whole= # GNU's tar reads \n in a name as a line break
case $(tar --help 2>&1) in *--no-unquote*) whole=--no-unquote ;; esac
# 123: one of them grew, went away or may not be read. Who reads this sees which; complaints would name callers.
xargs -0 tar -cf - --no-recursion $whole 2> /dev/null || [ $? = 123 ]
