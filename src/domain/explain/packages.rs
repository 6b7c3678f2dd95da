//! Which package of each distribution brings a library or tool. Only the common ones.

use super::super::settings::SystemPackages;

/// Names of one library, and what brings it.
struct Library {
    /// As pkg-config, the linker (`-lNAME`) and `-sys` crates call it.
    names: &'static [&'static str],
    debian: &'static [&'static str],
    alpine: &'static [&'static str],
}

const fn library(
    names: &'static [&'static str],
    debian: &'static [&'static str],
    alpine: &'static [&'static str],
) -> Library {
    Library {
        names,
        debian,
        alpine,
    }
}

// Names as of Debian 12 and Alpine 3.22.
#[rustfmt::skip]
const LIBRARIES: [Library; 34] = [
    library(&["openssl", "ssl", "crypto", "libssl", "libcrypto"], &["libssl-dev"], &["openssl-dev", "openssl-libs-static"]),
    library(&["zlib", "z", "libz"], &["zlib1g-dev"], &["zlib-dev", "zlib-static"]),
    library(&["sqlite3", "libsqlite3"], &["libsqlite3-dev"], &["sqlite-dev", "sqlite-static"]),
    library(&["libpq", "pq"], &["libpq-dev"], &["libpq-dev"]),
    library(&["mysqlclient", "libmysqlclient", "mariadb", "libmariadb"], &["default-libmysqlclient-dev"], &["mariadb-connector-c-dev"]),
    library(&["dbus-1", "libdbus"], &["libdbus-1-dev"], &["dbus-dev"]),
    library(&["libudev", "udev"], &["libudev-dev"], &["eudev-dev"]),
    library(&["alsa", "asound"], &["libasound2-dev"], &["alsa-lib-dev"]),
    library(&["libxml-2.0", "xml2"], &["libxml2-dev"], &["libxml2-dev"]),
    library(&["libcurl", "curl"], &["libcurl4-openssl-dev"], &["curl-dev"]),
    library(&["libgit2", "git2"], &["libgit2-dev"], &["libgit2-dev"]),
    library(&["libssh2", "ssh2"], &["libssh2-1-dev"], &["libssh2-dev"]),
    library(&["libzstd", "zstd"], &["libzstd-dev"], &["zstd-dev"]),
    library(&["liblz4", "lz4"], &["liblz4-dev"], &["lz4-dev"]),
    library(&["liblzma", "lzma"], &["liblzma-dev"], &["xz-dev"]),
    library(&["bzip2", "bz2", "libbz2"], &["libbz2-dev"], &["bzip2-dev"]),
    library(&["fontconfig"], &["libfontconfig-dev"], &["fontconfig-dev"]),
    library(&["freetype2", "freetype"], &["libfreetype-dev"], &["freetype-dev"]),
    library(&["glib-2.0", "gio-2.0", "gobject-2.0"], &["libglib2.0-dev"], &["glib-dev"]),
    library(&["gtk+-3.0"], &["libgtk-3-dev"], &["gtk+3.0-dev"]),
    library(&["libsodium", "sodium"], &["libsodium-dev"], &["libsodium-dev"]),
    library(&["rdkafka", "librdkafka"], &["librdkafka-dev"], &["librdkafka-dev"]),
    library(&["libsasl2", "sasl2"], &["libsasl2-dev"], &["cyrus-sasl-dev"]),
    library(&["libpcap", "pcap"], &["libpcap-dev"], &["libpcap-dev"]),
    library(&["krb5-gssapi", "libgssapi", "gssapi_krb5"], &["libkrb5-dev"], &["krb5-dev"]),
    library(&["libseccomp", "seccomp"], &["libseccomp-dev"], &["libseccomp-dev"]),
    library(&["wayland-client"], &["libwayland-dev"], &["wayland-dev"]),
    library(&["xkbcommon"], &["libxkbcommon-dev"], &["libxkbcommon-dev"]),
    library(&["x11"], &["libx11-dev"], &["libx11-dev"]),
    library(&["pam", "libpam"], &["libpam0g-dev"], &["linux-pam-dev"]),
    library(&["libusb-1.0", "usb-1.0", "libusb1"], &["libusb-1.0-0-dev"], &["libusb-dev"]),
    library(&["fuse3", "fuse"], &["libfuse3-dev"], &["fuse3-dev"]),
    library(&["libsystemd", "systemd"], &["libsystemd-dev"], &[]),
    library(&["vips", "libvips"], &["libvips-dev"], &["vips-dev"]),
];

// Tools by the name under which a build script looks for them.
#[rustfmt::skip]
const TOOLS: [Library; 16] = [
    library(&["cmake"], &["cmake", "make", "g++"], &["cmake", "make", "g++"]),
    library(&["protoc"], &["protobuf-compiler"], &["protoc", "protobuf-dev"]),
    library(&["libclang"], &["libclang-dev"], &["clang-dev"]),
    library(&["clang"], &["clang"], &["clang"]),
    library(&["pkg-config"], &["pkg-config"], &["pkgconf"]),
    library(&["cc", "gcc"], &["gcc", "libc6-dev"], &["gcc", "musl-dev"]),
    library(&["c++", "g++"], &["g++"], &["g++"]),
    library(&["musl-gcc", "x86_64-linux-musl-gcc"], &["musl-tools"], &["gcc", "musl-dev"]),
    library(&["make", "gmake"], &["make"], &["make"]),
    library(&["perl"], &["perl"], &["perl"]),
    library(&["nasm"], &["nasm"], &["nasm"]),
    library(&["git"], &["git"], &["git"]),
    library(&["python3", "python"], &["python3"], &["python3"]),
    library(&["mold"], &["mold"], &["mold"]),
    library(&["lld", "ld.lld"], &["lld"], &["lld"]),
    library(&["autoreconf"], &["autoconf", "automake", "libtool"], &["autoconf", "automake", "libtool"]),
];

/// What brings this library.
pub(super) fn of_library(name: &str) -> Option<SystemPackages> {
    find(&LIBRARIES, name)
}

/// What brings this tool.
pub(super) fn of_tool(name: &str) -> Option<SystemPackages> {
    find(&TOOLS, name)
}

/// What brings the library that a `-sys` crate binds: `openssl-sys` → `openssl`.
pub(super) fn of_crate(name: &str) -> Option<(&str, SystemPackages)> {
    let library = name.strip_suffix("-sys")?;
    Some((library, of_library(library)?))
}

fn find(table: &[Library], name: &str) -> Option<SystemPackages> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let found = table.iter().find(|one| one.names.contains(&name))?;
    Some(SystemPackages {
        debian: owned(found.debian),
        alpine: owned(found.alpine),
    })
}
