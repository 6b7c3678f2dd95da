#!/bin/sh
# Writes root.tar, the whole file system of the debian-slim equivalent, beside this script.
# It runs on the host because Debian cannot be laid down without one: every other base is built
# inside this one. It always makes bookworm, whatever release the host runs.
set -eu
cd "$(dirname "$0")"

command -v mmdebstrap >/dev/null || {
    echo "mmdebstrap is not installed: apt-get install mmdebstrap" >&2
    exit 1
}

# The packages are signed by Debian's archive keys, which a host other than Debian may not have.
if ! [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    echo "Debian's archive keys are missing: apt-get install debian-archive-keyring" >&2
    exit 1
fi

echo "Laying down Debian bookworm with mmdebstrap (about 80 MB, half a minute)"
rm -f root.tar root.tar.part

# - usr-is-merged, the hook and the pin belong together: without them the package usrmerge comes in
#   to do by script what the hook has done already, and brings all of perl (50 MB).
# - The path options are the ones Debian's own slim images use; dpkg keeps them, so packages
#   installed later are slim too. The pin goes again: it has no further purpose.
# - No device nodes: the engine mounts its own /dev, and an ordinary user may not unpack them.
# - resolv.conf and hostname are copies of the host's, and the engine supplies both.
mmdebstrap --variant=minbase --include=usr-is-merged --format=tar \
    --skip=output/dev \
    --aptopt='Acquire::Languages "none"' \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --setup-hook='mkdir -p "$1/etc/apt/preferences.d"' \
    --setup-hook='printf "Package: usrmerge\nPin: release *\nPin-Priority: -1\n" >"$1/etc/apt/preferences.d/no-usrmerge"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/groff/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook='rm "$1/etc/apt/preferences.d/no-usrmerge"' \
    --customize-hook='rm -f "$1/etc/resolv.conf" "$1/etc/hostname"' \
    bookworm - >root.tar.part || {
    rm -f root.tar.part
    if [ "$(id -u)" -ne 0 ]; then
        echo "As an ordinary user mmdebstrap needs user namespaces: the package uidmap and a range in /etc/subuid and /etc/subgid." >&2
    fi
    exit 1
}

# Added last: present earlier, it would also keep mmdebstrap from removing apt's indexes (70 MB).
chmod 644 docker-clean
tar --append --file=root.tar.part --owner=0 --group=0 --numeric-owner \
    --transform='s,^,./etc/apt/apt.conf.d/,' docker-clean

# Renamed only when whole, so that a stopped run leaves nothing a build would take for a base.
mv root.tar.part root.tar
echo "root.tar is ready: $(du -h root.tar | cut -f1)"
