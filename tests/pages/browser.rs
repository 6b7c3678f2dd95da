//! A headless chromium: on the search path, or installed where that is allowed.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, ensure};
use libtest_mimic::Failed;

use crate::{Done, say};

const PROGRAM: &str = "chromium";

/// What this machine has.
#[derive(Debug)]
pub(crate) struct Browsers {
    may_install: bool,
    found: Option<PathBuf>,
    why: Option<String>,
}

impl Browsers {
    /// For `--list`: nothing is looked at, nothing is left out.
    pub(crate) fn unseen() -> Self {
        Self {
            may_install: true,
            found: None,
            why: None,
        }
    }

    /// Looks, and installs what is missing where that is allowed.
    pub(crate) fn look() -> Self {
        let may_install = std::env::var("IMGTUI_YES")
            .is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false" | "no" | "off"));
        let mut browsers = Self {
            may_install,
            found: find(),
            why: None,
        };
        if may_install && browsers.found.is_none() {
            browsers.why = install().err().map(|error| format!("{error:#}"));
            browsers.found = find();
        }
        browsers
    }

    /// Where installing is allowed nothing is left out: what is missing then is a failure.
    pub(crate) fn leaves_out(&self) -> bool {
        !self.may_install && self.found.is_none()
    }

    pub(crate) fn get(&self) -> Result<Browser, Failed> {
        let program = self.found.clone().ok_or_else(|| {
            let why = self.why.as_deref().unwrap_or("not on the search path");
            format!("there is no {PROGRAM}: {why}")
        })?;
        Ok(Browser { program })
    }
}

/// Which colours the reader asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A window's size and colours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scheme: Scheme,
}

/// One that can be started.
#[derive(Debug)]
pub(crate) struct Browser {
    program: PathBuf,
}

impl Browser {
    /// The page's elements after it was shown.
    pub(crate) fn elements(&self, page: &Path, window: Window) -> anyhow::Result<String> {
        let output = self.open(page, window, &["--dump-dom"])?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Takes a picture, and tells how many colours are in it.
    pub(crate) fn picture(&self, page: &Path, window: Window, to: &Path) -> anyhow::Result<Seen> {
        let shot = format!("--screenshot={}", to.display());
        self.open(page, window, &[&shot, "--hide-scrollbars"])?;
        Seen::of(to)
    }

    fn open(&self, page: &Path, window: Window, arguments: &[&str]) -> anyhow::Result<Output> {
        // Nothing is kept between two pages.
        let own = tempfile::tempdir()?;
        let scheme = match window.scheme {
            Scheme::Dark => 0,
            Scheme::Light => 1,
        };
        let output = Command::new(&self.program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
            ])
            .arg(format!("--user-data-dir={}", own.path().display()))
            .arg(format!("--window-size={},{}", window.width, window.height))
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .output()
            .context("the browser cannot be started")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the browser failed: {said}");
        Ok(output)
    }
}

/// What is in a picture.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) width: u32,
    /// How many different ones.
    pub(crate) colours: usize,
    /// Mean of all channels, from 0 to 255.
    pub(crate) brightness: u64,
}

impl Seen {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let mut reader = png::Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
        let size = reader
            .output_buffer_size()
            .context("the picture is too large")?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let channels = info.color_type.samples();
        let colours: HashSet<&[u8]> = pixels.chunks_exact(channels).collect();
        let sum: u64 = pixels.iter().map(|byte| u64::from(*byte)).sum();
        Ok(Self {
            width: info.width,
            colours: colours.len(),
            brightness: sum / u64::try_from(pixels.len().max(1))?,
        })
    }
}

/// Where pictures and pages stay.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn find() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&paths).map(|folder| folder.join(PROGRAM));
    places.find(|path| path.is_file())
}

fn install() -> Done {
    say("IMGTUI_YES: installing chromium");
    let apt = ["install", "-y", "--no-install-recommends", PROGRAM];
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        command.args(["-n", "apt-get"]);
    }
    let output = command.args(apt).stdin(Stdio::null()).output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
