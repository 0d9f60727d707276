# Music on hold: runs the function below that the arguments name. Runs behind lib.sh.

folder() { # of all classes: beside folder $1 of sounds, or, where that is "", beside that of the Asterisk here
    into=${1:-$(default_folder)}
    into=${into%/}
    case $into in
        '' | *"$newline"*) die "where are Asterisk's sounds? say it in voicekit.toml: sounds = \"/var/lib/asterisk/sounds\"" ;;
    esac
    say "${into%/*}/moh"
}

classes() { # that Asterisk has; $1 is `reload`, if it is to read their folders again before
    PATH=$PATH:${ASTERISK_ROOT:-}/usr/sbin:${ASTERISK_ROOT:-}/usr/local/sbin # not in everybody's PATH
    command -v asterisk > /dev/null || die "there is no program asterisk"
    [ "${1-}" != reload ] || asterisk -rx 'moh reload' > /dev/null
    asterisk -rx 'moh show classes'
}

"$@"
