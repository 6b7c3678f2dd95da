//! The ignore file for an app that has none.

/// Leaves out what no program is compiled from, and nothing that a `Cargo.toml`, an
/// `include_str!` or a build script may name.
pub const TUNED_IGNORE_FILE: &str = "\
# What an image is not built from. Everything sent is part of `COPY . .`: a change in it, needed
# or not, makes the engine compile again.

# Output of cargo: hundreds of megabytes, and never right for another target.
**/target

# Version control. A build script that asks git for the version needs it: take the line out then.
.git
.gitignore

# How images are built is not part of what is built.
Dockerfile*
Containerfile*
.dockerignore
.containerignore
compose*.y*ml
.github

# Editors and systems.
.idea
.vscode
**/*.swp
**/*~
**/.DS_Store

# Never into an image.
**/.env
**/.env.*
**/*.pem
**/*.key
";
