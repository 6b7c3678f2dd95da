#!/bin/sh
# make-root.sh DEST: the file system of a glibc runtime image, from Debian packages.
set -eu
dest=$1
debs=$(mktemp -d)

# Upstream's own list: base-nossl, libssl3, and what makes it "cc". gcc-12-base holds the licences.
# As root, apt would hand the download to its own user, who may not write here; so it is told not to.
cd "$debs"
apt-get update
apt-get download -o APT::Sandbox::User=root \
    base-files ca-certificates gcc-12-base libc6 libgcc-s1 libgomp1 libssl3 libstdc++6 netbase tzdata

# The links of the merged /usr come first, and tar keeps them: dpkg-deb -x would replace them.
mkdir -p "$dest"
cd "$dest"
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 etc/ssl/certs home/nonroot var/lib/dpkg/status.d
for folder in bin sbin lib lib64; do
    ln -s "usr/$folder" "$folder"
done
for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - --keep-directory-symlink
    # Where scanners look for the packages of an image without dpkg.
    dpkg-deb --field "$deb" >"var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)"
done
find usr/share/ca-certificates -name '*.crt' | sort | xargs cat >etc/ssl/certs/ca-certificates.crt

# gconv holds the tables of iconv, which no Rust program asks for; the rest is for people and for dpkg.
rm -rf usr/bin/* usr/sbin/* usr/lib/*-linux-gnu/gconv usr/share/ca-certificates etc/ca-certificates \
    etc/update-motd.d usr/share/bug usr/share/doc/*/changelog* usr/share/gcc usr/share/gdb \
    usr/share/lintian usr/share/locale usr/share/man usr/share/perl*

cat >etc/passwd <<'END'
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
END
cat >etc/group <<'END'
root:x:0:
nobody:x:65534:
tty:x:5:
staff:x:50:
nonroot:x:65532:
END
cat >etc/nsswitch.conf <<'END'
passwd: files
group: files
hosts: files dns
services: files
END
chmod 700 root home/nonroot
chown 65532:65532 home/nonroot
chmod 1777 tmp
rm -rf "$debs"
echo "distroless root: $(du -sh "$dest" | cut -f1), $(grep -c 'BEGIN CERT' etc/ssl/certs/ca-certificates.crt) CA certificates"
