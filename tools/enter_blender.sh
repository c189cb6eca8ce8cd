#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# enter_blender.sh ROOT HOME FOLDERS COMMAND...
# Runs COMMAND inside the directory tree ROOT, in a mount namespace of its own: nothing stays mounted afterwards.
# Inside, HOME, /tmp and FOLDERS (one on each line) are seen under their own paths. Needs root.
set -eu

if [ "${FACESHOT_INSIDE_NAMESPACE:-}" != 1 ]; then
    FACESHOT_INSIDE_NAMESPACE=1 exec unshare --mount --propagation slave -- /bin/sh "$0" "$@"
fi
unset FACESHOT_INSIDE_NAMESPACE

root=$1
home=$2
folders=$3
shift 3
here=$(pwd -P)

for place in proc sys dev tmp; do
    mount --rbind "/$place" "$root/$place"
done

show() {
    # What lies below /tmp is seen already; the tree's own system folders must not be covered.
    case "$1/" in
        /tmp/* | /proc/* | /sys/* | /dev/*) return 0 ;;
        / | // | /usr/* | /bin/* | /sbin/* | /lib*/* | /etc/* | /var/* | /run/*) return 0 ;;
    esac
    [ -d "$1" ] || return 0
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
}

show "$home"
printf '%s\n' "$folders" | {
    while IFS= read -r folder; do
        [ -z "$folder" ] || show "$folder"
    done
}
[ -d "$root$here" ] || here=/

export HOME="$home" LANG=C.UTF-8 LC_ALL=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec chroot "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$here" "$@"
