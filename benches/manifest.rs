//! The manifest of a large app, in one run: `cargo bench --bench manifest`. Prints the times, and
//! their ratio to that of the first manifest.
//!
//! The app is 60,000 files of 2 KiB in 2,000 folders, in a temporary folder that is removed; they
//! were written just before, so that all of them are in the system's cache. Each figure is the
//! median of seven, with the least of them, which other programs disturbed least; a manifest
//! includes the walk where it says so. Beside the walk stands what the system alone takes, on one
//! core, to list the app and to say what each file is.

use std::{
    error::Error,
    fs::{self, File},
    hint::black_box,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use imgtui::{
    context::{
        Context, IgnoreRules, Index, Layout, VirtualEdit, lay_over, manifest, manifest_of_app,
        refresh, walk,
    },
    domain::manifest::{Manifest, changes, changes_but_times},
};

type Failure = Box<dyn Error>;

const FOLDERS: usize = 2_000;
const FILES: usize = 30;
const BYTES: usize = 2_048;
const TIMES: usize = 7;
/// As the ignore file of an app with exceptions.
const RULES: &str = "target\n**/*.log\n*.md\n!README.md\n";
/// The file that is edited.
const EDITED: &str = "d17/e100/file3.rs";

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to know whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    measure()
}

/// A part of the app's folder for each of 40 folders, 50 folders in each.
fn folder(number: usize) -> PathBuf {
    format!("d{}/e{number}", number % 40).into()
}

fn write_app(root: &Path) -> Result<(), Failure> {
    fs::write(root.join(".dockerignore"), RULES)?;
    let mut text = vec![b'x'; BYTES];
    for number in 0..FOLDERS {
        let folder = root.join(folder(number));
        fs::create_dir_all(&folder)?;
        for file in 0..FILES {
            write!(&mut text[..], "{number} {file}")?;
            fs::write(folder.join(format!("file{file}.rs")), &text)?;
        }
    }
    // The one that is edited below.
    let edited = root.join(EDITED);
    fs::create_dir_all(edited.parent().ok_or("no folder")?)?;
    fs::write(edited, &text)?;
    // What was written just now is never kept in an index.
    std::thread::sleep(imgtui::context::manifest::index::SLACK + Duration::from_millis(100));
    Ok(())
}

/// Sum of the sizes of everything, with the standard library.
fn system_alone(root: &Path) -> Result<u64, Failure> {
    let (mut bytes, mut pending) = (0, vec![root.to_owned()]);
    while let Some(folder) = pending.pop() {
        for one in fs::read_dir(folder)? {
            let one = one?;
            let found = one.metadata()?;
            bytes += found.len();
            if found.is_dir() {
                pending.push(one.path());
            }
        }
    }
    Ok(bytes)
}

/// Prints figures beside the first one.
struct Figures {
    first: Option<Duration>,
}

impl Figures {
    #[expect(
        clippy::print_stdout,
        reason = "the figures are what this program is for"
    )]
    fn print(&mut self, name: &str, took: Duration, least: Duration) {
        let first = *self.first.get_or_insert(took);
        println!(
            "{name:<44} {:>9.2} ms  least {:>9.2} ms   {:>7.4} of the first",
            took.as_secs_f64() * 1e3,
            least.as_secs_f64() * 1e3,
            took.as_secs_f64() / first.as_secs_f64()
        );
    }

    /// The median of several times; `work` says what is timed.
    fn median<Made>(
        &mut self,
        name: &str,
        mut work: impl FnMut() -> Result<(Duration, Made), Failure>,
    ) -> Result<Made, Failure> {
        let mut all = Vec::new();
        let mut last = work()?;
        all.push(last.0);
        for _ in 1..TIMES {
            last = work()?;
            all.push(last.0);
        }
        all.sort();
        self.print(name, all[TIMES / 2], all[0]);
        Ok(last.1)
    }
}

fn timed<Made>(work: impl FnOnce() -> Result<Made, Failure>) -> Result<(Duration, Made), Failure> {
    let start = Instant::now();
    let made = black_box(work()?);
    Ok((start.elapsed(), made))
}

fn measure() -> Result<(), Failure> {
    let app = tempfile::tempdir()?;
    let root = app.path();
    write_app(root)?;
    let rules = IgnoreRules::App;
    let mut figures = Figures { first: None };
    let with_walk = |index: &mut Index| {
        timed(|| {
            let now = SystemTime::now();
            Ok(manifest_of_app(&walk(root, &rules)?, index, now)?)
        })
    };
    figures.median("first manifest, walk included", || {
        with_walk(&mut Index::default())
    })?;
    figures.median("listed by the system alone, on one core", || {
        timed(|| system_alone(root))
    })?;
    figures.median("walk alone", || timed(|| Ok(walk(root, &rules)?)))?;
    let mut index = Index::default();
    let (_, before) = with_walk(&mut index)?;
    figures.median("unchanged, walk included", || with_walk(&mut index))?;
    let context = walk(root, &rules)?;
    figures.median("unchanged, after the walk", || {
        timed(|| Ok(manifest_of_app(&context, &mut index, SystemTime::now())?))
    })?;
    let mut edits = 0_u64;
    let mut edit = || -> Result<(), Failure> {
        edits += 1;
        Ok(File::create(root.join(EDITED))?.write_all(edits.to_string().as_bytes())?)
    };
    let mut after = figures.median("after one edit, walk included", || {
        edit()?;
        with_walk(&mut index)
    })?;
    let changed = [PathBuf::from(EDITED)];
    after = figures.median("after one edit, refreshed", || {
        edit()?;
        timed(|| {
            Ok(refresh(
                &after,
                root,
                &rules,
                &changed,
                &mut index,
                SystemTime::now(),
            )?)
        })
    })?;
    pure(&mut figures, &before, &after)?;
    in_memory(&mut figures, &context, &after, &mut index)?;
    stored(&mut figures, &mut index)
}

/// An edit that is on no disk.
fn in_memory(
    figures: &mut Figures,
    context: &Context,
    app: &Manifest,
    index: &mut Index,
) -> Result<(), Failure> {
    let layout = Layout {
        edit: Some(VirtualEdit {
            path: EDITED.into(),
            bytes: vec![7; BYTES],
        }),
        ..Layout::default()
    };
    figures.median("unchanged, with an edit in memory", || {
        timed(|| Ok(manifest(context, &layout, index, SystemTime::now())?))
    })?;
    figures.median("an edit in memory alone", || {
        timed(|| Ok(lay_over(app, &layout)?))
    })?;
    Ok(())
}

/// What is done with manifests.
fn pure(figures: &mut Figures, before: &Manifest, after: &Manifest) -> Result<(), Failure> {
    figures.median("changes after one edit", || {
        timed(|| Ok(changes(before, after)))
    })?;
    figures.median("changes between two that share nothing", || {
        timed(|| Ok(changes_but_times(&Manifest::default(), after)))
    })?;
    figures.median("listings of all folders", || {
        timed(|| {
            let folders = after.unknown_folders(|_| false);
            let sizes = folders.iter().map(|folder| folder.listing().len());
            Ok(sizes.sum::<usize>())
        })
    })?;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
fn stored(figures: &mut Figures, index: &mut Index) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("index");
    figures.median("index saved", || timed(|| Ok(index.save(&file)?)))?;
    let loaded = figures.median("index loaded", || timed(|| Ok(Index::load(&file))))?;
    println!(
        "{} files in the index, {} bytes",
        loaded.len(),
        fs::metadata(&file)?.len()
    );
    Ok(())
}
