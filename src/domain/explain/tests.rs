//! Real messages. Those of cargo and rustc are of 1.95, printed by a crate made for the purpose;
//! of crates whose words differ, the version is named.

use super::*;

fn sentence(message: &str) -> String {
    match explain(message.lines()) {
        Some(Cause::Plain(sentence)) => sentence,
        other => panic!("{other:?} for {message}"),
    }
}

fn missing(message: &str) -> String {
    match explain(message.lines()) {
        Some(Cause::Missing { path }) => path,
        other => panic!("{other:?} for {message}"),
    }
}

/// Each message, and what the sentence must hold.
const SENTENCES: [(&str, &[&str]); 24] = [
    (
        "    Updating crates.io index\nerror: cannot update the lock file /app/Cargo.lock because --locked was passed to prevent this\nhelp: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.",
        &["Cargo.lock does not fit", "`cargo update --workspace`"],
    ),
    (
        // cargo before 1.90
        "error: the lock file /app/Cargo.lock needs to be updated but --locked was passed to prevent this",
        &["Cargo.lock does not fit"],
    ),
    (
        "error: rustc 1.95.0 is not supported by the following package:\n  p@0.1.0 requires rustc 1.199",
        &["p@0.1.0 needs Rust 1.199", "cargo update -p p --precise"],
    ),
    (
        "error: target `p` in package `p` requires the features: `cli`\nConsider enabling them by passing, e.g., `--features=\"cli\"`",
        &["`features = [\"cli\"]` into imgtui.toml"],
    ),
    (
        "error: set `DATABASE_URL` to use query macros online, or run `cargo sqlx prepare` to update the query cache",
        &["cargo sqlx prepare --workspace", ".sqlx"],
    ),
    (
        "error: failed to parse manifest at `/app/Cargo.toml`\n\nCaused by:\n  registry index was not found in any configuration: `corp`",
        &[
            "`[registries.corp]`",
            ".cargo/config.toml in the app's folder",
        ],
    ),
    (
        // cargo's own tests of registries that want a token
        "error: failed to get `bar` as a dependency of package `foo v0.0.1 (/app)`\n\nCaused by:\n  no token found for `alternative`, please run `cargo login --registry alternative`",
        &["`alternative` wants a token", "cargo vendor"],
    ),
    (
        "error: failed to get `x` as a dependency of package `p v0.1.0 (/app)`\n\nCaused by:\n  download of config.json failed\n\nCaused by:\n  failed to download from `https://127.0.0.1:1/index/config.json`\n\nCaused by:\n  [7] Could not connect to server (Failed to connect to 127.0.0.1 port 1 after 0 ms: Could not connect to server)",
        &["https://127.0.0.1:1/index/config.json", "cannot be reached"],
    ),
    (
        "error: failed to get `x` as a dependency of package `p v0.1.0 (/app)`\n\nCaused by:\n  failed to load source for dependency `x`\n\nCaused by:\n  unable to update https://127.0.0.1:1/x.git\n\nCaused by:\n  failed to clone into: /root/.cargo/git/db/x-bfa7a595a3d4e705\n\nCaused by:\n  failed to connect to 127.0.0.1: Connection refused; class=Os (2)",
        &[
            "https://127.0.0.1:1/x.git cannot be reached",
            "cargo vendor",
        ],
    ),
    (
        "Caused by:\n  unable to update ssh://git@127.0.0.1:1/x.git\n\nCaused by:\n  failed to clone into: /root/.cargo/git/db/x-b5e073d5d550e72d\n\nCaused by:\n  failed to authenticate when downloading repository",
        &["ssh://git@127.0.0.1:1/x.git wants credentials"],
    ),
    (
        // openssl-sys 0.9.118
        "  cargo:warning=Could not find directory of OpenSSL installation, and this `-sys` crate cannot proceed without this knowledge.\n\n  --- stderr\n  Could not find directory of OpenSSL installation, and this `-sys` crate cannot\n  proceed without this knowledge.\n\n  $HOST = x86_64-unknown-linux-gnu\n  $TARGET = x86_64-unknown-linux-gnu\n  openssl-sys = 0.9.118\n\nwarning: build failed, waiting for other jobs to finish...",
        &[
            "`openssl`",
            "`debian = [\"libssl-dev\"]`",
            "`alpine = [\"openssl-dev\", \"openssl-libs-static\"]`",
            "`[packages]` in imgtui.toml",
        ],
    ),
    (
        // pkg-config 0.3.34, asked by alsa-sys 0.3.1
        "pkg-config exited with status code 1\n> PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --libs --cflags alsa\n\npkg-config output:\n  Package alsa was not found in the pkg-config search path.\n  Perhaps you should add the directory containing `alsa.pc'\n  to the PKG_CONFIG_PATH environment variable\n  Package 'alsa', required by 'virtual:world', not found\n\nThe system library `alsa` required by crate `alsa-sys` was not found.",
        &["`alsa`", "libasound2-dev", "alsa-lib-dev"],
    ),
    (
        "The system library `dbus-1` required by crate `libdbus-sys` was not found.\nThe file `dbus-1.pc` needs to be installed and the PKG_CONFIG_PATH environment variable must contain its parent directory.",
        &["libdbus-1-dev", "dbus-dev"],
    ),
    (
        "The system library `odd-thing` required by crate `odd-sys` was not found.",
        &["hold the file `odd-thing.pc`", "`[packages]`"],
    ),
    (
        // libudev-sys 0.1.4 prints all of it on one line
        "called `Result::unwrap()` on an `Err` value: \"\\npkg-config exited with status code 1\\n> PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --libs --cflags libudev\\n\\npkg-config output:\\n  Package libudev was not found in the pkg-config search path.",
        &["libudev-dev", "eudev-dev"],
    ),
    (
        // mysqlclient-sys 0.4.7 has words of its own
        "error: failed to run custom build command for `mysqlclient-sys v0.4.7`\n\nCaused by:\n  process didn't exit successfully: `/app/target/release/build/mysqlclient-sys-1/build-script-build` (exit status: 101)\n  --- stderr\n  Did not find a compatible version of libmysqlclient.",
        &["Most likely", "default-libmysqlclient-dev"],
    ),
    (
        // cmake 0.1.58
        "failed to execute command: No such file or directory (os error 2)\nis `cmake` not installed?",
        &["lacks `cmake`", "\"cmake\", \"make\", \"g++\""],
    ),
    (
        // prost-build 0.13
        "called `Result::unwrap()` on an `Err` value: Custom { kind: NotFound, error: \"Could not find `protoc`. If `protoc` is installed, try setting the `PROTOC` environment variable to the path of the `protoc` binary.",
        &["lacks `protoc`", "protobuf-compiler", "protobuf-dev"],
    ),
    (
        // bindgen 0.70.1
        "Unable to find libclang: \"couldn't find any valid shared libraries matching: ['libclang.so', 'libclang-*.so', 'libclang.so.*', 'libclang-*.so.*'], set the `LIBCLANG_PATH` environment variable",
        &["lacks `libclang`", "libclang-dev", "clang-dev"],
    ),
    (
        // cc 1.11
        "error occurred in cc-rs: failed to find tool \"c++\": No such file or directory (os error 2)",
        &["lacks `c++`", "\"g++\""],
    ),
    (
        "error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)",
        &["lacks `cc`", "\"gcc\", \"libc6-dev\""],
    ),
    (
        "  = note: rust-lld: error: unable to find library -lpq\n          collect2: error: ld returned 1 exit status",
        &["no library `pq`", "libpq-dev"],
    ),
    (
        "  = note: /usr/bin/ld.bfd: cannot find -lnosuch: No such file or directory\n          collect2: error: ld returned 1 exit status",
        &["no library `nosuch`", "libnosuch.so"],
    ),
    (
        // pkg-config 0.3.34
        "error: failed to run custom build command for `alsa-sys v0.3.1`\npkg-config has not been configured to support cross-compilation.\n\nInstall a sysroot for the target platform and configure it via\nPKG_CONFIG_SYSROOT_DIR and PKG_CONFIG_PATH",
        &[
            "`alsa-sys` looks for a system library of the musl target",
            "leave-out",
        ],
    ),
];

#[test]
fn common_causes_are_told_with_what_to_put_where() {
    for (message, parts) in SENTENCES {
        let sentence = sentence(message);
        for part in parts {
            assert!(sentence.contains(part), "{part} is not in: {sentence}");
        }
        assert!(
            sentence.ends_with('.') && !sentence.contains('\n'),
            "{sentence}"
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    for (message, path) in [
        (
            "error: couldn't read `src/../templates/a.html`: No such file or directory (os error 2)\n --> src/main.rs:1:27",
            "src/../templates/a.html",
        ),
        (
            // rustc before 1.80 had no quotes
            "error: couldn't read src/a.sql: No such file or directory (os error 2)",
            "src/a.sql",
        ),
        (
            "error: failed to parse manifest at `/app/Cargo.toml`\n\nCaused by:\n  can't find `b` bench at `benches/b.rs` or `benches/b/main.rs`. Please specify bench.path if you want to use a non-default path.",
            "benches/b.rs",
        ),
        (
            "error: failed to load manifest for workspace member `/app/m`\n\nCaused by:\n  failed to read `/app/m/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)",
            "/app/m/Cargo.toml",
        ),
        (
            // sqlx-macros
            "error: error canonicalizing migration directory /app/migrations: No such file or directory (os error 2)",
            "/app/migrations",
        ),
        (
            // rust-embed
            "error: proc-macro derive panicked\n  = help: message: #[derive(RustEmbed)] folder '/app/static' does not exist. cwd: '/app'",
            "/app/static",
        ),
        (
            // askama 0.16
            "error: template \"base.html\" not found in directories [\"/app/templates\"]",
            "/app/templates",
        ),
        (
            // git2 in a build script
            "called `Result::unwrap()` on an `Err` value: Error { code: -3, klass: 6, message: \"could not find repository at '.'\" }",
            ".git",
        ),
    ] {
        assert_eq!(missing(message), path, "{message}");
    }
}

#[test]
fn what_is_not_known_is_not_explained() {
    for message in [
        "",
        "error[E0432]: unresolved import `crate::missing`\nerror: could not compile `p` (bin \"p\") due to 1 previous error",
        "error[E0433]: could not find `foo` in `bar`",
        "error: failed to run custom build command for `unknown-sys v0.1.0`",
        "thread 'main' panicked at build.rs:3:5:\nNo such file or directory (os error 2)",
        "   Compiling openssl-sys v0.9.118",
    ] {
        assert_eq!(explain(message.lines()), None, "{message}");
    }
}
