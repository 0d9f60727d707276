# Runs the SQL on standard input in FreePBX's database, as the user that /etc/freepbx.conf names (below ASTERISK_ROOT,
# if that is set), and gives what it selects. Runs behind lib.sh.
# The password goes from a variable of the shell into a pipe: no process has it among its arguments or in its
# environment, where others could read it, and no file has it but FreePBX's own.
conf=${ASTERISK_ROOT:-}/etc/freepbx.conf

said() { # what freepbx.conf says last of $1, as PHP: "word"; // and so on
    sed -n '/^[[:blank:]]*$amp_conf\[["'\'']'"$1"'["'\'']\][[:blank:]]*=[[:blank:]]*/{
s///
h
}
${
x
p
}' "$conf"
}

# What PHP has in quotes, as the client's files have it: each undoes escapes of its own.
requoted='s/^"\([^"\\]*\(\\.[^"\\]*\)*\)"[[:blank:]]*;.*/\1/
t double
s/^'\''\([^'\''\\]*\(\\.[^'\''\\]*\)*\)'\''[[:blank:]]*;.*/\1/
t single
d
:double
s/\\\([\\"$]\)/\1/g
b out
:single
s/\\\([\\'\'']\)/\1/g
:out
s/[\\"]/\\&/g
s/.*/"&"/'

option() { # a line $2=... of the client's options, of what freepbx.conf says of $1; none, where it says nothing
    php=$(said "$1")
    [ -n "$php" ] || return 0
    word=$(say "$php" | sed "$requoted")
    [ -n "$word" ] || die "$conf: what stands there as $1 is not a word in quotes"
    say "$2=$word"
}

[ -f "$conf" ] || die "$conf is not there: is this a FreePBX? If not, remove freepbx = true from voicekit.toml"
[ -r "$conf" ] || die "$conf can't be read by user $(id -u); say sudo = true in voicekit.toml"
client=$(command -v mariadb || command -v mysql) || die "no client of the database is here: neither mariadb nor mysql"
options=$(
    option AMPDBUSER user
    option AMPDBPASS password
    option AMPDBHOST host
    option AMPDBPORT port
    option AMPDBSOCK socket
    option AMPDBNAME database
)
case $options in *user=*database=*) ;; *) die "$conf does not say AMPDBUSER and AMPDBNAME" ;; esac
exec "$client" --defaults-file=/dev/fd/3 --default-character-set=utf8mb4 --connect-timeout=20 \
    --batch --skip-column-names --local-infile=0 3<<END
[client]
$options
END
