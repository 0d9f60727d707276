# What an announcement has to know: the clock, its zone, and where the dialplan plays prompt $1. Runs behind lib.sh.
root=${ASTERISK_ROOT:-}
say "now $(date +%s)"
say "offset $(date +%z)"
zone=
if [ -h "$root/etc/localtime" ]; then
    zone=$(ls -l "$root/etc/localtime" | sed 's/.*zoneinfo\///')
elif [ -f "$root/etc/timezone" ]; then
    read -r zone < "$root/etc/timezone" || :
fi
say "zone $zone"
plan=$(asterisk -rx 'dialplan show' 2> /dev/null) || plan=
if [ -n "$plan" ]; then
    say "dialplan $(say "$plan" | grep -cF -- "$1" || :)"
elif [ -r "$root/etc/asterisk" ] && [ -d "$root/etc/asterisk" ]; then
    say "dialplan $(grep -rlF -- "$1" "$root/etc/asterisk" 2> /dev/null | grep -c . || :)"
fi
