# How full the disk of spool $1 is, and how busy this machine; with $2, what else lies on that disk, largest first.
# Writes nothing.
[ -d "$1" ] || die "$1: no such folder"
cd -P -- "$1" || die "$1: may not be entered"
df -Pk . | { read -r _; read -r _ _ used free _ _; say "room $used $free"; }
say "load $(cut -d ' ' -f 1 < /proc/loadavg 2> /dev/null || :)"
[ -n "${2:-}" ] || exit 0
point=$(df -P . | { read -r _; read -r _ _ _ _ _ point; say "$point"; })
deep=2
[ "$point" != / ] || deep=3
du -xk -d "$deep" "$point" 2> /dev/null | sort -rn | head -n 60 | sed 's/^/folder /'
# What was removed while a process had it open fills the disk until that process ends.
device=$(stat -c %d .)
find -L /proc/[0-9]*/fd -maxdepth 1 -type f -links 0 -exec stat -L -c "%d %i %s" {} + 2> /dev/null | sort -u |
    { sum=0; while read -r on _ size; do [ "$on" != "$device" ] || sum=$((sum + size)); done; say "removed $((sum / 1024))"; }
