#!/bin/sh
# Brings back what the folder of sounds held before the last apply.sh:  sh rollback.sh [FOLDER]
set -eu
unset CDPATH
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
exec sh "$here/apply.sh" --rollback "$@"
