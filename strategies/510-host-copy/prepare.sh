#!/bin/sh
# Compiles the app on this machine, not in the engine: runs before the image is built, in a folder
# that is kept from build to build. The app is in app/, target/ is ours, and out/ becomes the context.
# Not hermetic: the program depends on the compiler and the libraries that happen to be here.
set -eu
staging=$PWD
# The app may choose a toolchain by a file of its own, which counts from inside of it.
cd app
host=$(rustc -vV | sed -n 's/^host: //p')
case $host in
*-linux-*) ;;
*)
    echo "compiling here gives a program for $host, and images run Linux: use inner-loop instead" >&2
    exit 1
    ;;
esac

# The image is empty, so the program must bring its libc: musl where its library is installed, else
# glibc linked statically. --target keeps these flags away from build scripts and macros, which run here.
target=$(echo "$host" | sed 's/-gnu$/-musl/')
flags=
if ! ls "$(rustc --print target-libdir --target "$target" 2>/dev/null)"/libstd-*.rlib >/dev/null 2>&1; then
    target=$host
    flags=-Ctarget-feature=+crt-static
fi
echo "compiling for $target with $(rustc --version)"

# The same as inner-loop's, so that the two differ in the place alone.
RUSTFLAGS=$flags \
CARGO_TARGET_DIR=$staging/target \
CARGO_PROFILE_RELEASE_INCREMENTAL=true \
CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
CARGO_PROFILE_RELEASE_LTO=off \
CARGO_PROFILE_RELEASE_STRIP=true \
    cargo build --release --locked --target "$target" --bin "$BIN" ${BUILD_FLAGS:-}
mkdir -p "$staging/out"
cp "$staging/target/$target/release/$BIN" "$staging/out/server"
