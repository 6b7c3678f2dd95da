//! How this program was compiled: the build script asks, this crate remembers.

/// What the build script found out.
#[derive(Clone, Copy, Debug)]
pub struct Build {
    /// The target triple, e.g. `x86_64-unknown-linux-musl`.
    pub target: &'static str,
    /// `debug` or `release`, whatever the profile is called.
    pub profile: &'static str,
    /// The compiler's own words.
    pub rustc: &'static str,
}

/// This build.
pub const BUILD: Build = Build {
    target: env!("BUILD_INFO_TARGET"),
    profile: env!("BUILD_INFO_PROFILE"),
    rustc: env!("BUILD_INFO_RUSTC"),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_script_found_all_of_it() {
        assert!(BUILD.target.contains('-'), "{BUILD:?}");
        assert!(matches!(BUILD.profile, "debug" | "release"), "{BUILD:?}");
        assert!(BUILD.rustc.starts_with("rustc "), "{BUILD:?}");
    }
}
