//! The strategy that installs a tool by `cargo binstall`, with a server on the machine itself in
//! place of the hosts that it fetches from.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, bail, ensure};
use imgtui::{
    catalog::embedded,
    domain::{
        record::BuildRecord,
        verdict::{Proof, Verdict},
    },
};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::{
    Done,
    archive::tar_gz,
    binstall,
    downloads::Downloads,
    ground::{BASE, Ground},
    room::Room,
};

const FOLDER: &str = "710-install-binstall";
const ID: &str = "install-binstall";

/// The tool that stands in for cargo-hack.
const TOOL: &str = "greeter";
const VERSION: &str = "1.0.0";

/// What the server sends as the tool.
const SENT: &str = "#!/bin/sh\necho sent by the server\n";

/// What compiling it gives.
const COMPILED: &str = "#!/bin/sh\necho compiled\n";

/// Finds `cargo binstall` as cargo does, and compiles without a compiler: a build that falls back
/// to compiling comes to a good end on this base, and is found out.
const CARGO: &str = r#"#!/bin/sh
case "$1" in
binstall) exec cargo-binstall "$@" ;;
install) mkdir -p /tools/bin && cp /usr/local/share/compiled /tools/bin/greeter ;;
*) exit 1 ;;
esac
"#;

const BASE_DOCKERFILE: &str = "ARG DEBIAN_SLIM
FROM ${DEBIAN_SLIM}
COPY cargo /usr/local/bin/cargo
COPY compiled /usr/local/share/compiled
RUN chmod 755 /usr/local/bin/cargo /usr/local/share/compiled
";

const BASES: &str = r#"[[base]]
id = "cargo-stand-in"
title = "A stand-in for cargo"
upstream = "localhost/imgtui-test/cargo-stand-in:1"
recipe = "bases/cargo-stand-in"
parents = { DEBIAN_SLIM = "debian-slim" }
equivalent_summary = "a script in place of cargo"
"#;

/// A room with the strategy, and the server that it is pointed to.
struct Shop<'a> {
    /// Of the app.
    name: &'static str,
    room: Room<'a>,
    server: Downloads,
    /// Path of the release of cargo-binstall on the server.
    binstall: String,
}

impl<'a> Shop<'a> {
    /// Everything is there but the tool itself.
    fn open(ground: &'a Ground, name: &'static str) -> anyhow::Result<Self> {
        let dockerfile = own_file("Dockerfile")?;
        let version = default_of(&dockerfile, "BINSTALL_VERSION")?;
        let target = default_of(&dockerfile, "BINSTALL_TARGET")?;
        let shop = Self {
            name,
            // No proxy knows this machine's own addresses.
            room: Room::new(ground, name)?
                .with_gate()
                .with_variable("NO_PROXY", "127.0.0.1".into()),
            server: Downloads::start()?,
            binstall: format!("/binstall/v{version}/cargo-binstall-{target}.tgz"),
        };
        let program = binstall::program(ground, version)?;
        let archive = tar_gz(&[("cargo-binstall", &program)])?;
        shop.server.add(&shop.binstall, archive);
        shop.list_tool()?;
        shop.add_base()?;
        shop.add_strategy(FOLDER, ID, &dockerfile)?;
        shop.point_to_server()?;
        Ok(shop)
    }

    /// The registry knows the tool, and its Cargo.toml names where the archive should be.
    fn list_tool(&self) -> Done {
        let repository = self.server.url("/tool");
        let manifest = format!(
            "[package]\nname = \"{TOOL}\"\nversion = \"{VERSION}\"\nedition = \"2021\"\n\
             repository = \"{repository}\"\n\n[package.metadata.binstall]\n\
             pkg-url = \"{{ repo }}/releases/download/v{{ version }}/{{ name }}-{{ target }}.tar.gz\"\n\
             bin-dir = \"{{ bin }}{{ binary-ext }}\"\npkg-fmt = \"tgz\"\n"
        );
        let archive = tar_gz(&[
            (&format!("{TOOL}-{VERSION}/Cargo.toml"), manifest.as_bytes()),
            (&format!("{TOOL}-{VERSION}/src/main.rs"), b"fn main() {}\n"),
        ])?;
        let checksum = format!("{:x}", Sha256::digest(&archive));
        let entry = serde_json::json!({
            "name": TOOL, "vers": VERSION, "deps": [], "features": {},
            "cksum": checksum, "yanked": false,
        });
        let settings = serde_json::json!({ "dl": self.server.url("/crates") });
        let server = &self.server;
        server.add("/index/config.json", settings.to_string());
        server.add(&format!("/index/gr/ee/{TOOL}"), entry.to_string());
        server.add(&format!("/crates/{TOOL}/{VERSION}/download"), archive);
        Ok(())
    }

    fn add_base(&self) -> Done {
        let strategies = &self.room.strategies;
        let recipe = strategies.join("bases/cargo-stand-in");
        fs::create_dir_all(&recipe)?;
        fs::write(recipe.join("Dockerfile"), BASE_DOCKERFILE)?;
        fs::write(recipe.join("cargo"), CARGO)?;
        fs::write(recipe.join("compiled"), COMPILED)?;
        Ok(fs::write(strategies.join("bases.toml"), BASES)?)
    }

    /// The strategy on small bases, and without its hosts: they are not reached in this test.
    fn add_strategy(&self, folder: &str, id: &str, dockerfile: &str) -> Done {
        let mut table: Table = own_file("strategy.toml")?.parse()?;
        ensure!(table.remove("needs").is_some(), "it needs no hosts");
        table.insert("id".into(), id.into());
        let bases = [("BASE_IMAGE", "cargo-stand-in"), ("RUNTIME_IMAGE", BASE)];
        let bases = bases.map(|(argument, base)| (argument.to_owned(), Value::from(base)));
        table.insert("bases".into(), Table::from_iter(bases).into());
        let folder = self.room.strategies.join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("strategy.toml"), table.to_string())?;
        Ok(fs::write(folder.join("Dockerfile"), dockerfile)?)
    }

    /// As somebody with a mirror does it.
    fn point_to_server(&self) -> Done {
        let index = self.server.url("/index/");
        let options = format!("--allow-insecure-http --index sparse+{index}");
        let arguments = BTreeMap::from([
            ("BINSTALL_RELEASES", self.server.url("/binstall")),
            ("BINSTALL_OPTIONS", options),
            ("TOOL", TOOL.into()),
            ("TOOL_VERSION", VERSION.into()),
        ]);
        let text = toml::to_string(&BTreeMap::from([("build-args", arguments)]))?;
        Ok(fs::write(self.room.app.join("imgtui.toml"), text)?)
    }

    fn build(&self, id: &str) -> anyhow::Result<BuildRecord> {
        let ended = self.room.imgtui(&["build", id, "--json"])?;
        ended.expect(0)?.record()
    }

    /// The tool in the image.
    fn tool(&self, id: &str) -> anyhow::Result<String> {
        let image = format!("localhost/imgtui/{}:{id}", self.name);
        let run = ["run", "--rm", "--network", "none"];
        let print = ["--entrypoint", "/bin/cat", &image, "/tool"];
        self.room.ground.ask_podman(&[&run[..], &print].concat())
    }
}

/// Where the server has what the tool's authors compiled: for a target that binstall takes on every
/// Linux, after those that it likes better.
fn tool_path() -> String {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    format!("/tool/releases/download/v{VERSION}/{TOOL}-{target}.tar.gz")
}

/// A file of the strategy as it is in the program.
fn own_file(name: &str) -> anyhow::Result<String> {
    let path = format!("{FOLDER}/{name}");
    let bytes = embedded().files.remove(&path);
    Ok(String::from_utf8(bytes.with_context(|| path)?)?)
}

/// The value that a Dockerfile gives an argument.
fn default_of<'a>(dockerfile: &'a str, argument: &str) -> anyhow::Result<&'a str> {
    let given = |line: &'a str| {
        line.strip_prefix("ARG ")?
            .strip_prefix(argument)?
            .strip_prefix('=')
    };
    let value = dockerfile.lines().find_map(given);
    value.with_context(|| format!("no ARG {argument} in {dockerfile}"))
}

pub(super) fn sent_by_server(ground: &Ground) -> Done {
    let shop = Shop::open(ground, "installing")?;
    let archive = tar_gz(&[(TOOL, SENT.as_bytes())])?;
    shop.server.add(&tool_path(), archive);
    let record = shop.build(ID)?;
    let Some(Verdict::Verified {
        proof: Proof::Check,
    }) = record.verdict
    else {
        bail!("{:?}", record.verdict);
    };
    let tool = shop.tool(ID)?;
    ensure!(tool == SENT.trim(), "the tool is {tool}");
    shop.server.was_asked(&shop.binstall, 200)?;
    shop.server.was_asked(&tool_path(), 200)
}

/// The strategy is about what was compiled by others: it fails rather than compile.
pub(super) fn not_compiled(ground: &Ground) -> Done {
    let shop = Shop::open(ground, "installing-nothing")?;
    let told = shop.room.imgtui(&["build", ID])?.expect(1)?.out;
    for words in [
        "FAILED: `RUN cargo binstall",
        "For crate greeter: Fallback to cargo-install is disabled",
    ] {
        ensure!(told.contains(words), "no `{words}` in: {told}");
    }
    shop.server.was_asked(&tool_path(), 404)?;
    // Planted: with leave to compile the same build comes to a good end.
    let only = "--strategies crate-meta-data";
    let dockerfile = own_file("Dockerfile")?;
    ensure!(dockerfile.contains(only), "no place for a fault: {only}");
    let planted = dockerfile.replace(only, "--strategies crate-meta-data,compile");
    shop.add_strategy("10-compiling", "compiling", &planted)?;
    shop.build("compiling")?;
    let tool = shop.tool("compiling")?;
    ensure!(tool == COMPILED.trim(), "the tool is {tool}");
    Ok(())
}
