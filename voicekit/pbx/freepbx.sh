# Runs the SQL on standard input in one of FreePBX's databases, as the user that /etc/freepbx.conf names (below
# ASTERISK_ROOT, if that is set), and gives what it selects. $1 is the database: AMP, or CDR for the one of call records.
# The password goes from a variable of the shell into a pipe: no process has it among its arguments or in its
# environment, where others could read it, and no file has it but FreePBX's own.
set -eu
unset CDPATH
LC_ALL=C
export LC_ALL
conf=${ASTERISK_ROOT:-}/etc/freepbx.conf

say() { printf '%s\n' "$*"; }

die() { printf '%s\n' "$*" >&2; exit 1; }

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

look_up() { # $word: what stands there as $1; empty, where nothing does
    word=
    php=$(said "$1")
    [ -n "$php" ] || return 0
    word=$(say "$php" | sed "$requoted")
    [ -n "$word" ] || die "$conf: what stands there as $1 is not a word in quotes"
}

common() { # $word: what holds of $1 for the records, where nothing of their own is said
    case $database$1 in
        CDRNAME) word='"asteriskcdrdb"' ;;
        *) look_up "AMPDB$1" ;;
    esac
}

option() { # a line $2=... of the client's options, of what is said of $1; none, where nothing is
    word=
    [ "$database" = AMP ] || look_up "CDRDB$1"
    case $word in '' | '""') common "$1" ;; esac
    [ -z "$word" ] || say "$2=$word"
}

database=$1
[ -f "$conf" ] || die "$conf is not there: is this a FreePBX? If not, voicekit.toml must not say so"
[ -r "$conf" ] || die "$conf can't be read by user $(id -u); say sudo = true in voicekit.toml"
client=$(command -v mariadb || command -v mysql) || die "no client of the database is here: neither mariadb nor mysql"
options=$(
    option USER user
    option PASS password
    option HOST host
    option PORT port
    option SOCK socket
    option NAME database
)
case $options in *user=*database=*) ;; *) die "$conf does not say AMPDBUSER and AMPDBNAME" ;; esac
exec "$client" --defaults-file=/dev/fd/3 --default-character-set=utf8mb4 --connect-timeout=20 \
    --batch --skip-column-names --local-infile=0 3<<END
[client]
$options
END
