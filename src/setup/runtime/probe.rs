//! The probe: a real `podman build` with one RUN and a real `podman run`, in a store of their
//! own, of an image made of `true` and the libraries it needs.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

use super::{candidates::Candidate, settings};
use crate::setup::{command, host::Host};

/// One podman command of the probe takes well below a second.
const LIMIT: Duration = Duration::from_secs(30);
/// Name of the probe's image in the probe's own store.
const IMAGE: &str = "localhost/imgtui-probe";
/// Longest line kept of a failure, in characters.
const LONGEST_FAILURE: usize = 400;

/// What became of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Builds and runs.
    Works,
    /// Builds; a container fails to start with these words.
    BuildsOnly(String),
    /// The build fails with these words.
    Fails(String),
}

/// The version of this podman, e.g. `4.3.1`.
pub(super) async fn version(podman: &Path) -> Result<String, String> {
    let text = command::capture(podman, &["--version"], &[], LIMIT).await?;
    // "podman version 4.3.1"
    text.split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .map(str::to_owned)
        .ok_or_else(|| format!("`podman --version` printed {text:?}"))
}

/// Everything the probe needs, in a folder that goes away with it.
pub(super) struct Bench<'a> {
    host: &'a Host,
    podman: &'a Path,
    version: &'a str,
    folder: TempDir,
    /// podman's files of running containers; held for its life only.
    _run: TempDir,
}

impl<'a> Bench<'a> {
    pub(super) async fn set_up(
        host: &'a Host,
        podman: &'a Path,
        version: &'a str,
    ) -> Result<Self, String> {
        let named = |place: &Path, error: std::io::Error| format!("{}: {error}", place.display());
        let state = &host.state.0;
        fs::create_dir_all(state).map_err(|error| named(state, error))?;
        let folder = tempfile::Builder::new()
            .prefix("probe-")
            .tempdir_in(state)
            .map_err(|error| named(state, error))?;
        let run = run_folder(host).map_err(|error| named(Path::new("/tmp"), error))?;
        let context = folder.path().join("context");
        for file in needed_files(host).await? {
            let target = context.join(file.strip_prefix("/").unwrap_or(&file));
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).map_err(|error| named(parent, error))?;
            }
            fs::copy(&file, &target).map_err(|error| named(&file, error))?;
        }
        let write = |name: &str, text: String| {
            let file = folder.path().join(name);
            fs::write(&file, text).map_err(|error| named(&file, error))
        };
        write(
            "Dockerfile",
            "FROM scratch\nCOPY . /\nRUN [\"/bin/true\"]\n".into(),
        )?;
        // vfs needs nothing of the kernel or the file system, and is quick for 2 MB.
        let at = |name: &str| folder.path().join(name).display().to_string();
        write(
            "storage.conf",
            format!(
                "[storage]\ndriver = \"vfs\"\ngraphroot = {:?}\nrunroot = {:?}\n",
                at("store"),
                run.path().display().to_string()
            ),
        )?;
        Ok(Self {
            host,
            podman,
            version,
            folder,
            _run: run,
        })
    }

    /// Builds and runs with this configuration.
    ///
    /// # Errors
    /// When the settings file cannot be made.
    pub(super) async fn try_out(&self, candidate: &Candidate) -> Result<Verdict, String> {
        let at = |name: &str| self.at(name);
        let variables = self.environment(candidate)?;
        let (temporary, dockerfile, context) = (at("tmp"), at("Dockerfile"), at("context"));
        // A plain user's podman keeps its helper process under this folder: leave it the usual one.
        let global: &[&str] = if self.host.is_root() {
            &["--tmpdir", &temporary]
        } else {
            &[]
        };
        let build = [
            "build",
            "--quiet",
            "--no-cache",
            "--network",
            "host",
            "--tag",
            IMAGE,
            "--file",
            &dockerfile,
            &context,
        ];
        let run = [
            "run",
            "--rm",
            "--network",
            "host",
            "--pull",
            "never",
            IMAGE,
            "/bin/true",
        ];
        if let Err(output) = self.podman(global, &build, &variables).await {
            return Ok(Verdict::Fails(failure(&output)));
        }
        Ok(match self.podman(global, &run, &variables).await {
            Ok(_) => Verdict::Works,
            Err(output) => Verdict::BuildsOnly(failure(&output)),
        })
    }

    /// The name of the runtime that podman uses with this configuration.
    pub(super) async fn runtime_name(&self, candidate: &Candidate) -> Result<String, String> {
        let ask = ["info", "--format", "{{.Host.OCIRuntime.Name}}"];
        let printed = self
            .podman(&[], &ask, &self.environment(candidate)?)
            .await?;
        // Warnings stand before it.
        let name = printed
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty());
        Ok(name.unwrap_or("podman's choice").to_owned())
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn environment(&self, candidate: &Candidate) -> Result<Vec<(String, String)>, String> {
        let mut variables = vec![
            (
                "CONTAINERS_STORAGE_CONF".to_owned(),
                self.at("storage.conf"),
            ),
            ("PODMAN_IGNORE_CGROUPSV1_WARNING".to_owned(), "1".to_owned()),
        ];
        if !candidate.is_plain() {
            let text = settings::render(self.host, self.version, candidate)?;
            let file = self.folder.path().join("containers.conf");
            settings::write(&file, &text)?;
            variables.push((
                settings::variable(self.version).to_owned(),
                self.at("containers.conf"),
            ));
        }
        Ok(variables)
    }

    async fn podman(
        &self,
        global: &[&str],
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> Result<String, String> {
        let all = [global, arguments].concat();
        command::capture(self.podman, &all, variables, LIMIT).await
    }
}

/// A short path, however long the state folder's is: with a run root of more than about 50 bytes
/// podman does not hear of a container's end and waits 20 s for it (podman 4.3.1, measured).
fn run_folder(host: &Host) -> std::io::Result<TempDir> {
    let own = host.variable("XDG_RUNTIME_DIR").map(Path::new);
    let base = own.filter(|folder| folder.as_os_str().len() < 30 && folder.is_dir());
    tempfile::Builder::new()
        .prefix("imgtui-")
        .tempdir_in(base.unwrap_or(Path::new("/tmp")))
}

/// `/bin/true`, its loader and its libraries.
async fn needed_files(host: &Host) -> Result<Vec<PathBuf>, String> {
    let program = PathBuf::from("/bin/true");
    let mut files = vec![program.clone()];
    let Some(ldd) = host.find("ldd") else {
        return Err(
            "`ldd` is not on the search path, so the files of a smallest container cannot be found"
                .into(),
        );
    };
    // For a static program it fails with "not a dynamic executable": then there is no more.
    if let Ok(text) = command::capture(&ldd, &["/bin/true"], &[], LIMIT).await {
        files.extend(libraries(&text));
    }
    Ok(files)
}

/// The paths in what `ldd` prints:
/// ```text
///     linux-vdso.so.1 (0x00007fdadacfa000)
///     libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fdadaafd000)
///     /lib64/ld-linux-x86-64.so.2 (0x00007fdadacfc000)
/// ```
fn libraries(text: &str) -> Vec<PathBuf> {
    text.lines()
        .filter_map(|line| {
            line.split_whitespace()
                .find(|word| word.starts_with('/'))
                .map(PathBuf::from)
        })
        .collect()
}

/// The line that says why: the last that is no warning.
fn failure(output: &str) -> String {
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let is_telling =
        |line: &&str| !line.contains("level=warning") && !line.starts_with(": exit status");
    // podman 5 prints the runtime's own words in an "error running container" line before the
    // general "Error: building at STEP … exit status 1".
    let telling = lines
        .clone()
        .find(|line| line.starts_with("error running container"))
        .or_else(|| lines.clone().rfind(is_telling))
        .or_else(|| lines.next_back())
        .unwrap_or("no reason given");
    crate::domain::text::ellipsis(telling, LONGEST_FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_glibc_and_musl_are_found() {
        let glibc = "\tlinux-vdso.so.1 (0x00007fda)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x0)\n\t/lib64/ld-linux-x86-64.so.2 (0x0)\n";
        assert_eq!(
            libraries(glibc),
            [
                PathBuf::from("/lib/x86_64-linux-gnu/libc.so.6"),
                "/lib64/ld-linux-x86-64.so.2".into()
            ]
        );
        let musl = "\t/lib/ld-musl-x86_64.so.1 (0x7f)\n\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f)\n";
        assert_eq!(
            libraries(musl)[0],
            PathBuf::from("/lib/ld-musl-x86_64.so.1")
        );
    }

    #[test]
    fn the_telling_line_of_a_failure_is_kept() {
        // podman 4.3.1
        let run = "time=\"…\" level=warning msg=\"Error validating CNI config file\"\nError: runc: runc create failed: error setting rlimit type 7: operation not permitted: OCI permission denied\n";
        assert!(failure(run).starts_with("Error: runc: runc create failed"));
        // podman 5.4.2
        let build = "error running container: from /usr/bin/runc creating container for [/bin/true]: time=\"…\" level=error msg=\"runc create failed: error setting rlimit type 7: operation not permitted\"\n: exit status 1\nError: building at STEP \"RUN /bin/true\": while running runtime: exit status 1\n";
        assert!(failure(build).contains("rlimit type 7"));
        assert_eq!(failure(""), "no reason given");
    }
}
