#!/bin/sh
# make-root.sh DEST: a small musl file system with a shell, from Debian packages.
set -eu
dest=$1
arch=$(uname -m)
debs=$(mktemp -d)

# As root, apt would hand the download to its own user, who may not write here; so it is told not to.
cd "$debs"
apt-get update
apt-get download -o APT::Sandbox::User=root busybox-static ca-certificates musl
for deb in *.deb; do
    dpkg-deb -x "$deb" unpacked
done

mkdir -p "$dest"
cd "$dest"
mkdir -p bin dev etc/ssl/certs home lib mnt opt proc root run sbin srv sys tmp \
    usr/bin usr/lib usr/local/bin usr/local/sbin usr/sbin var/cache var/log var/tmp
cp "$debs/unpacked/bin/busybox" bin/
for applet in $(bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s /bin/busybox "bin/$applet"
done
# Some scripts name env by its usual path.
ln -s /bin/busybox usr/bin/env
# In Debian musl's loader lies under its libc's name.
cp "$debs/unpacked/lib/$arch-linux-musl/libc.so" "lib/ld-musl-$arch.so.1"
ln -s "ld-musl-$arch.so.1" "lib/libc.musl-$arch.so.1"

find "$debs/unpacked/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >etc/ssl/certs/ca-certificates.crt
ln -s certs/ca-certificates.crt etc/ssl/cert.pem
cat >etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/sbin/nologin
END
cat >etc/group <<'END'
root:x:0:root
nobody:x:65534:
END
echo /bin/sh >etc/shells
chmod 700 root
chmod 1777 tmp var/tmp
rm -rf "$debs"
echo "root: $(du -sh "$dest" | cut -f1), $(grep -c 'BEGIN CERT' etc/ssl/certs/ca-certificates.crt) CA certificates"
