#!/bin/sh
# build-musl-std.sh DEST: Rust's standard library for musl, to be laid into rustc's sysroot.
# Debian packages none, but it packages the library's source with every dependency, so it is compiled
# here once, by the same compiler, without a network.
set -eu
arch=$(uname -m)
target=$arch-unknown-linux-musl
lib=$1/$target/lib
linked=$lib/self-contained
musl=/usr/lib/$arch-linux-musl
work=$(mktemp -d)
mkdir -p "$work/src" "$work/.cargo" "$linked"
cd "$work"

# An empty crate to build the library for: -Zbuild-std needs one.
: >src/lib.rs
cat >Cargo.toml <<'END'
[package]
name = "empty"
version = "0.0.0"
edition = "2021"

[profile.release]
codegen-units = 1
END
# -Zbuild-std does not find the vendored dependencies of the library by itself.
cat >.cargo/config.toml <<END
[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "$(rustc --print sysroot)/lib/rustlib/src/rust/library/vendor"
END
# Cargo compiles every crate for unwinding, but panic_abort is of use only when compiled to abort.
cat >wrapper <<'END'
#!/bin/sh
case " $* " in
*" --crate-name panic_abort "*) set -- "$@" -Cpanic=abort ;;
esac
exec "$@"
END
chmod +x wrapper
# Bitcode is embedded so that programs built against this library can use LTO.
RUSTC_BOOTSTRAP=1 RUSTC_WRAPPER="$work/wrapper" RUSTFLAGS=-Cembed-bitcode=yes CARGO_NET_OFFLINE=true \
    cargo build --release --target "$target" -Zbuild-std=std,panic_unwind,panic_abort,proc_macro,test
rm -f "target/$target/release/deps"/libempty-*
cp "target/$target/release/deps"/*.rlib "$lib/"

# What rustc expects beside a musl library: start files, libc, and an unwinder.
cp "$musl/rcrt1.o" "$musl/crt1.o" "$musl/Scrt1.o" "$musl/crti.o" "$musl/crtn.o" "$musl/libc.a" "$linked/"
for object in crtbegin.o crtbeginS.o crtbeginT.o crtend.o crtendS.o; do
    cp "$(gcc -print-file-name="$object")" "$linked/"
done
cp /usr/lib/llvm-19/lib/libunwind.a "$linked/"
# That unwinder was compiled against glibc with fortified calls, of which musl lacks this one.
cat >shim.c <<'END'
#include <stdarg.h>
#include <stdio.h>
int __fprintf_chk(FILE *f, int flag, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int written = vfprintf(f, format, args);
    va_end(args);
    return written;
}
END
musl-gcc -O2 -fPIC -c shim.c
ar r "$linked/libunwind.a" shim.o
cd /
rm -rf "$work"
