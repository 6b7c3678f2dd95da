//! The workflow that tests the app, builds its image and pushes it.
//!
//! Actions are named by their major version, which their authors move on; sccache's has none yet.

use std::fmt::Write as _;

use super::{
    AppFacts, Order,
    mounts::{CacheMount, cache_mounts},
    quote::{shell_word, yaml_string},
};
use crate::parse::dockerfile::instructions;

const HEAD: &str = "\
# Tests the program, builds its image, and pushes that to GitHub's registry.
# Written by `imgtui eject`; it is yours to change.
name: image

on:
  push:
    branches: [main, master]
    tags: [\"v*\"]
  pull_request:
  workflow_dispatch:

# A newer commit of a pull request makes the run of the older one pointless.
concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

permissions:
  contents: read

jobs:
";

/// The whole file; `dockerfile` is the one beside it.
pub(super) fn render(order: &Order<'_>, dockerfile: &str) -> String {
    let mut text = HEAD.to_owned();
    let instructions = instructions(dockerfile);
    let has_sccache = instructions
        .iter()
        .any(|found| found.text.contains("sccache"));
    text.push_str(&test_job(&order.app, has_sccache));
    text.push('\n');
    text.push_str(&image_job(&order.app, &cache_mounts(&instructions)));
    text
}

fn test_job(app: &AppFacts<'_>, has_sccache: bool) -> String {
    let mut text = String::from("  test:\n    runs-on: ubuntu-latest\n    timeout-minutes: 30\n");
    if let Some(folder) = app.folder {
        let folder = yaml_string(folder);
        let _ = writeln!(
            text,
            "    defaults:\n      run:\n        working-directory: {folder}"
        );
    }
    text.push_str("    env:\n      CARGO_TERM_COLOR: always\n");
    if has_sccache {
        text.push_str("      # As in the image: rustc's output is kept for equal input.\n");
        text.push_str("      RUSTC_WRAPPER: sccache\n      SCCACHE_GHA_ENABLED: \"true\"\n");
    }
    for (name, value) in &app.settings.env {
        let _ = writeln!(text, "      {name}: {}", yaml_string(value));
    }
    text.push_str("    steps:\n      - uses: actions/checkout@v7\n");
    text.push_str(&packages(app));
    text.push_str("      # A rust-toolchain.toml of yours wins over this.\n");
    text.push_str("      - uses: dtolnay/rust-toolchain@stable\n");
    if has_sccache {
        text.push_str("      - uses: mozilla-actions/sccache-action@v0.0.11\n");
    }
    text.push_str(&rust_cache(app, has_sccache));
    text.push_str("      - uses: taiki-e/install-action@v2\n        with:\n");
    text.push_str("          tool: nextest\n");
    text.push_str("      # nextest runs no doc tests: for a library add `cargo test --doc`.\n");
    let _ = writeln!(text, "      - run: {}", yaml_string(&tests(app)));
    text
}

fn packages(app: &AppFacts<'_>) -> String {
    let packages = &app.settings.packages.debian;
    if packages.is_empty() {
        return String::new();
    }
    let words: Vec<String> = packages.iter().map(|name| shell_word(name)).collect();
    let command = format!(
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
        words.join(" ")
    );
    format!(
        "      - name: Install what compiling needs of the system\n        run: {}\n",
        yaml_string(&command)
    )
}

fn rust_cache(app: &AppFacts<'_>, has_sccache: bool) -> String {
    let mut options = String::new();
    if let Some(folder) = app.folder {
        let _ = writeln!(options, "          workspaces: {}", yaml_string(folder));
    }
    let kept = if has_sccache {
        options.push_str("          cache-targets: \"false\"\n");
        "crates from one run to the next; what was compiled is sccache's"
    } else {
        "crates and compiled dependencies from one run to the next"
    };
    if !options.is_empty() {
        options.insert_str(0, "        with:\n");
    }
    format!("      # Keeps {kept}.\n      - uses: Swatinem/rust-cache@v2\n{options}")
}

/// The app's own choice of packages and features, else all of it.
fn tests(app: &AppFacts<'_>) -> String {
    let flags = &app.settings.build_flags;
    let flags: Vec<String> = match flags.as_slice() {
        [] => vec!["--workspace".into()],
        flags => flags.iter().map(|flag| shell_word(flag)).collect(),
    };
    format!(
        "cargo nextest run --locked --no-tests=pass {}",
        flags.join(" ")
    )
}

const IMAGE_HEAD: &str = "  image:
    needs: test
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
      packages: write
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v4
        id: buildx
      - uses: docker/login-action@v4
        # A pull request builds the image and pushes nothing.
        if: github.event_name != 'pull_request'
        with:
          registry: ghcr.io
          username: ${{ github.actor }}
          password: ${{ secrets.GITHUB_TOKEN }}
      - uses: docker/metadata-action@v6
        id: meta
        with:
          images: ghcr.io/${{ github.repository }}
          tags: |
            type=ref,event=branch
            type=ref,event=pr
            type=semver,pattern={{version}}
            type=sha
";

const IMAGE_END: &str = "          push: ${{ github.event_name != 'pull_request' }}
          tags: ${{ steps.meta.outputs.tags }}
          labels: ${{ steps.meta.outputs.labels }}
          # The layers of all stages (`mode=max`), so that a step with the same input is not run
          # again. GitHub keeps so many GB a repository and drops what was not used for long.
          cache-from: type=gha
          cache-to: type=gha,mode=max
          # In the registry instead, where nothing is dropped (write the name in lower case):
          # cache-from: type=registry,ref=ghcr.io/OWNER/NAME:cache
          # cache-to: type=registry,ref=ghcr.io/OWNER/NAME:cache,mode=max
";

fn image_job(app: &AppFacts<'_>, mounts: &[CacheMount]) -> String {
    let mut text = IMAGE_HEAD.to_owned();
    if !mounts.is_empty() {
        text.push_str(&about_mounts(mounts));
    }
    text.push_str("      - uses: docker/build-push-action@v7\n        with:\n");
    let context = app.folder.unwrap_or(".");
    let _ = writeln!(text, "          context: {}", plain_or_string(context));
    text.push_str(IMAGE_END);
    text
}

fn plain_or_string(text: &str) -> String {
    if text == "." {
        text.to_owned()
    } else {
        yaml_string(text)
    }
}

const ABOUT_MOUNTS: &str =
    "      # The Dockerfile compiles in cache mounts (RUN --mount=type=cache). Each job gets a new
      # machine, and neither cache below keeps a mount: here every build compiles all
      # dependencies. What helps: a strategy that keeps dependencies in a layer, such as
      # `imgtui eject chef-distroless`; a runner of your own; or these two steps, which carry the
      # mounts through GitHub's cache. They pack and unpack all of it: time it before you keep it.
";

const MOUNT_STEPS: &str = "- uses: actions/cache@v6
  id: mounts
  with:
    path: ${{ runner.temp }}/mounts
    key: mounts-${{ hashFiles('**/Cargo.lock') }}-${{ github.sha }}
    restore-keys: mounts-${{ hashFiles('**/Cargo.lock') }}-
- uses: reproducible-containers/buildkit-cache-dance@v3
  with:
    builder: ${{ steps.buildx.outputs.name }}
    scratch-dir: ${{ runner.temp }}/scratch
    skip-extraction: ${{ steps.mounts.outputs.cache-hit }}
    cache-map: |
      {
";

/// The honest note, and the steps that help, as a comment.
fn about_mounts(mounts: &[CacheMount]) -> String {
    let mut steps = MOUNT_STEPS.to_owned();
    for (index, mount) in mounts.iter().enumerate() {
        let target = serde_json::Value::from(mount.target.as_str());
        let id = mount.id.as_deref().map_or_else(String::new, |id| {
            format!(", \"id\": {}", serde_json::Value::from(id))
        });
        let comma = if index + 1 < mounts.len() { "," } else { "" };
        let _ = writeln!(
            steps,
            "        \"${{{{ runner.temp }}}}/mounts/{index}\": {{\"target\": {target}{id}}}{comma}"
        );
    }
    steps.push_str("      }\n");
    let steps = steps.lines().map(|line| format!("      # {line}\n"));
    ABOUT_MOUNTS.to_owned() + &steps.collect::<String>()
}
