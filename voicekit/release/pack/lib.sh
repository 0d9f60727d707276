# What the scripts of a package have in common. They source it; it does nothing by itself.
#
# $here is the folder of the package, $sounds that of Asterisk's sounds, $own what is kept in $sounds/.voicekit/pack
# (apply.sh says what); $dir is what a run works in, with stage/ in it. $user is who works in the sounds: we ourselves,
# and for root who owns them. In a folder of others, root could be led to write elsewhere, by a link at the right moment.
# Files are copied, renamed and removed by one process for all of a folder: a PBX may have one slow core.
LC_ALL=C
export LC_ALL
newline='
'
part='[A-Za-z0-9_][A-Za-z0-9_.-]*'
good="$part\\(/$part\\)\\{1,\\}" # a path that can be one of ours
hash='[0-9a-f]\{64\}'
later= # the exit code of what comes again by itself: it leaves when somebody else is at work

# ---- small things ----------------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

place() { # where folder $1 really lies, and a dot, that a newline at its end is not lost
    cd -P -- "$1" && pwd -P && printf .
}

owner_of() { # "uid:gid" of $1
    # shellcheck disable=SC2012  # stat is no part of POSIX
    ls -ldn "$1" | { read -r _ _ uid gid _; say "$uid:$gid"; }
}

has() { command -v "$1" > /dev/null 2>&1; }

quoted() { # words as a shell reads them
    for one; do printf "'%s' " "$(say "$one" | sed "s/'/'\\\\''/g")"; done
}

as_user() { # runs these words as $user
    group=${keeper#*:}
    if [ "$user" = "$me" ]; then
        "$@"
    elif setpriv --reuid="$user" --regid="$group" --clear-groups sh -c : 2> /dev/null; then
        setpriv --reuid="$user" --regid="$group" --clear-groups "$@"
    elif has su; then
        # shellcheck disable=SC2012  # stat is no part of POSIX
        su -s /bin/sh "$(ls -ld "$sounds" | { read -r _ _ name _; say "$name"; })" -c "$(quoted "$@")"
    else
        die "neither setpriv nor su is here: run this as user $user, whose $sounds is; nothing was changed"
    fi
}

readable() { # whether $user can read this package
    as_user sh -c : # this says what is missing
    as_user cat "$here/lib.sh" > /dev/null 2>&1 ||
        die "user $user, whose $sounds is, can't read $here: unpack the package where others can, as in /var/tmp"
}

no_links() { # on the way to folder $1 of the sounds, but root's and ours: through another's we would write elsewhere
    case $1 in */*) no_links "${1%/*}" ;; esac
    if [ -h "$sounds/$1" ]; then
        whose=$(owner_of "$sounds/$1")
        case ${whose%%:*} in
            0 | "$user") ;;
            *) die "$sounds/$1 is a link of user ${whose%%:*}; put a folder in its place, then run this again" ;;
        esac
    fi
    [ -d "$sounds/$1" ] || [ ! -e "$sounds/$1" ] || die "$sounds/$1 is no folder; remove it, then run this again"
}

folders() { sed -n 's|/[^/]*$||p' "$1" | sort -u; } # of the paths in $1

in_folders() { # for each folder of the paths in file $1: $2 FOLDER, with the names in it in $own/names
    folders "$1" > "$own/folders"
    while read -r folder <&3; do
        no_links "$folder"
        pattern=$folder
        case $folder in *.*) pattern=$(say "$folder" | sed 's/[.]/[.]/g') ;; esac
        sed -n "s|^$pattern/\\([^/]*\\)\$|\\1|p" "$1" > "$own/names"
        "$2" "$folder"
    done 3< "$own/folders"
}

# A name holds nothing that xargs or a shell could take for something else.
many() { # $1 (cp -p, mv -f ...) for all of $own/names in folder $2, into folder $3
    # shellcheck disable=SC2016  # for the shell below
    (cd "$2" && xargs sh -c 'what=$1 into=$2; shift 2; exec $what "$@" "$into/"' sh "$1" "$3" < "$own/names")
}

make_folder() { # $1 below the sounds, each level with the owner of the one above
    [ -d "$sounds/$1" ] && return 0
    case $1 in */*) make_folder "${1%/*}" ;; esac
    above=$sounds
    case $1 in */*) above=$sounds/${1%/*} ;; esac
    [ -d "$sounds/$1" ] || {
        mkdir "$sounds/$1"
        [ "$user" != 0 ] || chown -h "$(owner_of "$above")" "$sounds/$1"
    }
}

hashes() { # of the files in list $1; in two halves at once, for most machines have two processors
    [ -s "$1" ] || return 0
    sed -n 'p;n' "$1" > "$own/half"
    sed -n 'n;p' "$1" > "$own/other-half"
    xargs sha256sum < "$own/half" > "$own/half.is" &
    half=$!
    other=0
    [ ! -s "$own/other-half" ] || xargs sha256sum < "$own/other-half" > "$own/other-half.is" || other=$?
    wait "$half" || other=$?
    cat "$own/half.is"
    [ ! -s "$own/other-half" ] || cat "$own/other-half.is"
    return "$other"
}

without() { # the lines of $1, each there once, that are not in $2
    sort "$1" "$2" "$2" > "$own/sorted"
    uniq -u "$own/sorted"
}

# ---- the folder of sounds --------------------------------------------------------------------------------------------

configured() { # astdatadir of asterisk.conf; a section that is a template, [directories](!), says nothing
    section=
    while read -r key arrow value _ || [ -n "$key" ]; do
        case $key in
            '['*) section=$key ;;
            astdatadir)
                case $section$arrow in '[directories]=>' | '[directories]=') found=$value ;; esac ;;
            astdatadir=*)
                case $section in '[directories]') found=${key#astdatadir=} found=${found#>} ;; esac ;;
        esac
    done < "$conf"
    [ -z "$found" ] || say "${found%%;*}/sounds"
}

default_folder() {
    root=${ASTERISK_ROOT:-} found=
    conf=$root/etc/asterisk/asterisk.conf
    [ ! -f "$conf" ] || configured
    [ -z "$found" ] || return 0
    for one in "$root/var/lib/asterisk/sounds" "$root/usr/share/asterisk/sounds"; do
        if [ -d "$one" ]; then say "$one"; fi
    done
}

# ---- what is there ---------------------------------------------------------------------------------------------------

# A shell reads a file byte by byte: what goes over all lines of a list is done by sed.
alike() { # of the hashes in $1, the paths that the sounds have with these bytes
    checked "$1" | sed -n 's/: OK$//p'
}

differing() { # of the hashes in $1, the paths that the sounds have not with these bytes
    checked "$1" | sed -n 's/: FAILED.*$//p'
}

checked() { # of the hashes in $1, what sha256sum says of the sounds; a pipe it would read for ever
    specials "$1" > "$own/specials"
    list=$1
    if [ -s "$own/specials" ]; then
        grep -f "$own/specials" "$1" | sed 's/^[0-9a-f]*  //; s/$/: FAILED/'
        grep -v -f "$own/specials" "$1" > "$own/regular" || :
        list=$own/regular
    fi
    (cd "$sounds" && sha256sum -c "$list" 2> /dev/null || :)
}

specials() { # patterns of the lines of hashes $1 that could be of a pipe, a socket or a device: most often none
    paths "$1" | sed -n 's|/[^/]*$||p' | sort -u | special_files | sed 's/[.]/[.]/g; s/.*/  &$/'
}

special_files() { # in the folders of the sounds that standard input names
    # shellcheck disable=SC2016  # for the shell below
    sed 's|$|/.|' |
        (cd "$sounds" && xargs sh -c 'find "$@" ! -name . -prune ! -type f ! -type d ! -type l 2> /dev/null' sh || :) |
        sed -n 's|/\./|/|; /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/p'
}

as_listed() { # of the paths in $1, those where the sounds have the bytes that the hashes in $2 say
    [ -s "$1" ] || return 0
    (cd "$sounds" && hashes "$1" 2> /dev/null || :) > "$own/found"
    sort "$own/found" "$2" > "$own/both"
    uniq -d "$own/both" | sed 's/^[0-9a-f]*  //'
}

paths() { sed 's/^[0-9a-f]*  //' "$1"; } # of the hashes in $1

unlike() { # of the hashes in $1, the paths that the sounds have not with these bytes, but for those in announced
    announced > "$own/announced"
    if [ ! -s "$own/announced" ]; then
        differing "$1"
        return
    fi
    differing "$1" > "$own/differing"
    without "$own/differing" "$own/announced"
}

announced() { # the paths where an announcement lies until its time is over: say.sh brings back what was there
    for one in "$sounds/.voicekit/say"/*/on; do
        [ ! -f "$one" ] || cat "$one"
    done
}

present() { # of the paths in $1, those that lie there already
    last=
    while read -r path; do
        [ "${path%/*}" = "$last" ] || no_links "${path%/*}"
        last=${path%/*}
        plain "$path"
        if [ -e "$sounds/$path" ]; then say "$path"; fi
    done < "$1"
}

plain() { # links are followed by nothing that writes
    if [ -h "$sounds/$1" ]; then die "$sounds/$1 is a link; remove it, then run this again"; fi
    if [ -e "$sounds/$1" ] && [ ! -f "$sounds/$1" ]; then die "$sounds/$1 is no file; nothing was changed"; fi
}

checked_path() { # of list $1; a name that begins with a dash would be an option of cp or mv
    case $path in
        '' | [/.-]* | */[.-]* | *//* | */ | *[!A-Za-z0-9_./-]*) die "$1: \"$path\" is no name of a sound" ;;
        */*) ;;
        *) die "$1: \"$path\" lies in no language" ;;
    esac
}

checked_paths() { # a list from a stranger can name no place but a file of a language's folder
    if odd "$hash  $good" "$here/SHA256SUMS"; then
        while read -r sum path rest; do
            case $sum in *[!0-9a-f]*) die "SHA256SUMS: \"$sum\" is no hash" ;; esac
            [ -z "$rest" ] || die "SHA256SUMS: \"$path $rest\" is no name of a sound"
            checked_path SHA256SUMS
        done < "$here/SHA256SUMS"
        die "SHA256SUMS: not as sha256sum writes it"
    fi
    while read -r language; do
        [ "$language" != "$named" ] || die "$named is the folder of a language; name the one above it"
    done << END
$(sed 's|^[0-9a-f]*  ||; s|/.*||' "$here/SHA256SUMS" | uniq)
END
    [ -e "$here/TAKEN" ] || return 0
    ! odd "$good" "$here/TAKEN" || while read -r path; do checked_path TAKEN; done < "$here/TAKEN"
}

odd() { # whether file $2 has a line that is not of the form $1
    grep -qv "^$1\$" "$2"
}

changed() { # of the paths in $1, each there once, those that are neither as they were kept nor as list new has them
    { alike "$dir/new"; alike "$dir/was"; } > "$dir/alike"
    without "$1" "$dir/alike"
}

foreign() { # those of them that are there
    changed "$1" > "$dir/unlike"
    present "$dir/unlike" > "$dir/theirs"
}

taken_over() { # files of others that are in the way of these, as the package says
    [ -e "$here/TAKEN" ] || return 0
    while read -r path; do
        plain "$path"
        if [ -e "$sounds/$path" ]; then say "$path"; fi
    done < "$here/TAKEN"
}

missing_folders() { # each level that is not there, from the top
    case $1 in */*) missing_folders "${1%/*}" ;; esac
    [ -d "$sounds/$1" ] || say "$1"
}

# ---- putting files in their places -----------------------------------------------------------------------------------

copies() { # of the files in list $1, as they lie in $2, mode and owner too, into $3
    source=$2 kept=$3
    in_folders "$1" keep
}

keep() { # those of folder $1
    mkdir -p "$kept/$1"
    many 'cp -p' "$source/$1" "$kept/$1"
}

set_aside() { # copies of what others put there, the paths in file $1, where no generation removes them
    aside "$1" "$sounds" "what others had put there"
}

aside() { # list $1, as it lies in $2; $3 says what that is
    [ -s "$1" ] || return 0
    number=0
    for one in "$own/changed"/*; do
        one=${one##*/}
        case $one in 0* | *[!0-9]* | ??????????*) continue ;; esac
        [ "$one" -le "$number" ] || number=$one
    done
    number=$((number + 1))
    rm -rf "$own/changed.new"
    copies "$1" "$2" "$own/changed.new"
    mkdir -p "$own/changed"
    mv -f "$own/changed.new" "$own/changed/$number"
    say "$3 is kept in $own/changed/$number"
}

staged() { # the new files of list $1, proved, with the owner and mode that they will have
    [ -s "$1" ] || return 0
    (cd "$here/files" && hashes "$1") > "$dir/brought" 2> /dev/null && [ -z "$(without "$dir/brought" "$dir/new")" ] ||
        die "the package is damaged: unpack it again, or fetch it again; nothing was changed"
    fetch=cp
    [ ! -e "$here/ONCE" ] || fetch='mv -f'
    in_folders "$1" stage
}

stage() { # the names of folder $1
    mkdir -p "$dir/stage/$1"
    many "$fetch" "$here/files/$1" "$dir/stage/$1"
    (cd "$dir/stage/$1" && xargs chmod 644 < "$own/names")
    nearest "$1"
    owner=$(owner_of "$sounds/$nearest")
    case $user in
        0) (cd "$dir/stage/$1" && xargs chown -h "$owner" < "$own/names") ;;
        "${owner%:*}")
            [ -w "$sounds/$nearest/." ] || die "user $user may not write to $sounds/$nearest; nothing was changed" ;;
        "${keeper%:*}")
            die "$sounds/$nearest belongs to user ${owner%:*}, and all else to $user: chown it; nothing was changed" ;;
        *) die "$sounds/$nearest belongs to user ${owner%:*}: run this as that user, or as root; nothing was changed" ;;
    esac
    [ ! -d "$sounds/$1" ] || dressed "$1"
}

nearest() { # the folder that is there, of $1 and those above it
    nearest=$1
    while [ ! -d "$sounds/$nearest" ]; do
        case $nearest in */*) nearest=${nearest%/*} ;; *) nearest=. ;; esac
    done
}

dressed() { # what replaces a file of another owner or mode gets these
    # shellcheck disable=SC2012  # names hold no surprises
    (cd "$sounds/$1" && xargs ls -ldn < "$own/names" 2> /dev/null || :) > "$own/listed"
    while read -r mode _ uid gid rest; do
        file=${rest##* }
        case $mode$user in
            -rw-r--r--*0) [ "$uid:$gid" != "$owner" ] || continue ;;
            -rw-r--r--*) continue ;;
        esac
        cp -p "$sounds/$1/$file" "$dir/stage/$1/.$file"
        cat "$dir/stage/$1/$file" > "$dir/stage/$1/.$file"
        mv -f "$dir/stage/$1/.$file" "$dir/stage/$1/$file"
    done < "$own/listed"
}

swap() { # those of list $1 that are staged still get their names
    while read -r path; do
        if [ -e "$dir/stage/$path" ]; then say "$path"; fi
    done < "$1" > "$dir/waiting"
    in_folders "$dir/waiting" move
}

move() {
    make_folder "$1"
    many 'mv -f' "$dir/stage/$1" "$sounds/$1"
}

remove() { [ ! -d "$sounds/$1" ] || (cd "$sounds/$1" && xargs rm -f < "$own/names"); }

unkeep() { # what was kept of folder $1, ready for its rename
    mkdir -p "$dir/stage/$1"
    many 'cp -p' "$dir/files/$1" "$dir/stage/$1"
}

# ---- one at a time ---------------------------------------------------------------------------------------------------

opened() { # the folder of sounds $1: where it really lies, whose it is, and where scripts are put that run by themselves
    [ -d "$1" ] || die "$1: no such folder"
    named=${1%/} named=${named##*/} # before links are followed: `en` may lead to the folder of a voice
    sounds=$(place "$1")
    sounds=${sounds%"$newline".} me=$(id -u)
    keeper=$(owner_of "$sounds")
    user=$me desk=$sounds/.voicekit
    # What root runs must lie where nobody else can put another file in its place.
    [ "$me" != 0 ] || user=${keeper%:*} desk=${ASTERISK_ROOT:-}/var/lib/voicekit
    case $here$sounds in *"$newline"*) die "a folder with a line break in its name is more than this can do" ;; esac
    own=$sounds/.voicekit/pack
}

alone() { # from here on until the end
    trusted
    known
    [ -d "$sounds/.voicekit" ] || mkdir "$sounds/.voicekit"
    [ -d "$own" ] || mkdir "$own"
    trusted
    locked "$own/lock"
    trap 'rm -f "$own/lock"' EXIT
    trap 'exit 130' HUP INT TERM
    [ -e "$sounds/.voicekit/identity" ] || {
        cp "$here/WORKSPACE" "$own/identity.new"
        mv -f "$own/identity.new" "$sounds/.voicekit/identity"
    }
}

locked() { # lock $1 has its holder's number from the moment that it is there: ln makes all of it, or nothing
    mine=$1.mine.$$
    rm -f "$mine"
    printf '%s\n' "$$" > "$mine"
    sync "$mine" # or a power cut may leave a lock that is empty
    taken "$1" || {
        rm -f "$mine"
        [ -z "$later" ] || exit "$later"
        die "$refused"
    }
    left_behind "$1"
}

left_behind() { # by those that were stopped at lock $1; who is at it just now keeps what it works with
    for one in "$1".*; do
        whose=${one#"$1".mine.}
        if [ "$whose" = "$one" ] || ! alive "${whose%.new}"; then rm -f "$one"; fi
    done
}

taken() { # lock $1; that of a dead process is replaced, by the one that holds the lock which is named after both
    ln "$mine" "$1" 2> /dev/null && return 0
    holder_of "$1"
    refused="somebody else was faster; run this again"
    [ -e "$1" ] || return 1
    refused="$1 does not say whose it is; if no apply.sh is at work, remove it"
    [ -n "$holder" ] || return 1
    refused="process $holder is at it already (if that is no apply.sh, remove $1)"
    ! alive "$holder" || return 1
    set -- "$1" "$holder"
    taken "$1.$2" || return 1
    holder_of "$1" # it may have been replaced before we could
    refused="somebody else was faster; run this again"
    if [ "$holder" = "$2" ] && ln "$mine" "$mine.new" && mv -f "$mine.new" "$1"; then refused=; fi
    rm -f "$1.$2"
    [ -z "$refused" ]
}

holder_of() { # the number in lock $1; none, if that is no number
    holder=
    { read -r holder < "$1"; } 2> /dev/null || :
    case $holder in 0* | *[!0-9]*) holder= ;; esac
}

alive() { # process $1, also one of another user, which can't be signalled: dead is what the system says is not there
    [ "$1" != "$$" ] || return 1 # one of before a restart that had our number
    case $(kill -0 "$1" 2>&1) in *'o such process'*) return 1 ;; esac
    mark= # a container without an init keeps the dead, who answer to signals: Z
    { read -r _ _ mark _ < "/proc/$1/stat"; } 2> /dev/null || :
    [ "$mark" != Z ]
}

trusted() { # what apply.sh remembers is believed, and written to: only its own user, and no link, may have put it there
    for one in "$sounds/.voicekit" "$own" "$sounds/.voicekit/say"; do
        if [ -h "$one" ]; then die "$one is a link; remove it, then run this again"; fi
        [ -e "$one" ] || continue
        [ -d "$one" ] || die "$one is no folder; remove it, then run this again"
        owner=$(owner_of "$one")
        [ "${owner%:*}" = "$user" ] ||
            die "$one belongs to user ${owner%:*}, not to $user; nothing was changed"
    done
    for one in "$sounds/.voicekit"/* "$own"/* "$own"/*/* "$sounds/.voicekit/say"/*/*; do
        if [ -h "$one" ]; then die "$one is a link; remove it, then run this again"; fi
    done
}

known() { # the target belongs to one workspace
    IFS= read -r workspace < "$here/WORKSPACE"
    if [ -e "$sounds/.voicekit/identity" ]; then
        IFS= read -r other < "$sounds/.voicekit/identity" || :
        [ "$other" = "$workspace" ] || die "$sounds has the sounds of \"$other\"; this package is of \"$workspace\""
    fi
}
