//! Hands what cargo tells a build script on to the crate.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    set("BUILD_INFO_TARGET", env::var("TARGET").ok());
    set("BUILD_INFO_PROFILE", env::var("PROFILE").ok());
    set("BUILD_INFO_RUSTC", rustc_version());
}

fn set(name: &str, value: Option<String>) {
    let value = value.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env={name}={value}");
}

/// `rustc 1.96.0 (…)`, from the compiler that cargo uses.
fn rustc_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?)
        .arg("--version")
        .output()
        .ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}
