//! The machine as set-up sees it. Everything that comes from outside (search path, root of the
//! file tree, user, limits) is a field, so that tests can stand up a machine in a folder.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::command;

/// Longest wait for `sudo -n true`, which answers at once or asks a network directory.
const SUDO_WAIT: Duration = Duration::from_secs(3);

/// Our folder for what must outlive one run, e.g. `~/.local/state/imgtui`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(pub PathBuf);

/// Hard limits of this process, which its children cannot exceed; `None` is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open files.
    pub nofile: Option<u64>,
    /// Processes.
    pub nproc: Option<u64>,
}

/// What this user may do to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Is root.
    Root,
    /// `sudo` works without a password.
    Sudo,
    /// Neither.
    None,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Host {
    /// Folders in which programs are looked for, in order.
    pub path: Vec<PathBuf>,
    /// Where the file tree begins: `/`, or a folder in tests.
    pub root: PathBuf,
    /// The operating system, as [`std::env::consts::OS`] writes it.
    pub os: String,
    /// Numeric id of the user.
    pub uid: u32,
    /// The user's name, where the environment tells it.
    pub user: String,
    /// The user's home.
    pub home: PathBuf,
    /// Hard limits.
    pub limits: Limits,
    /// Environment variables that matter here (`CONTAINERS_…`, proxies, `CARGO_HOME`, `XDG_…`).
    pub variables: BTreeMap<String, String>,
    /// Our state folder.
    pub state: StateFolder,
}

impl Host {
    /// This machine, this user.
    #[must_use]
    pub fn current(state: StateFolder) -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| is_of_interest(name))
            .collect();
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        Self {
            path: search_path(std::env::var_os("PATH")),
            root: PathBuf::from("/"),
            os: std::env::consts::OS.to_owned(),
            uid: rustix::process::geteuid().as_raw(),
            user: text("USER"),
            home: PathBuf::from(text("HOME")),
            limits: current_limits(),
            variables,
            state,
        }
    }

    /// The program's file, if there is an executable one of that name on the search path.
    #[must_use]
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|folder| folder.join(program))
            .find(|file| {
                fs::metadata(file)
                    .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
            })
    }

    /// An absolute path of the system, below [`Host::root`].
    #[must_use]
    pub fn system(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }

    /// Whether the user is root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// A variable of the environment; an empty one counts as not set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The user's folder for configuration.
    #[must_use]
    pub fn config_home(&self) -> PathBuf {
        self.variable("XDG_CONFIG_HOME")
            .map_or_else(|| self.home.join(".config"), PathBuf::from)
    }

    /// The folder of podman's image store: where images of this user end up by default.
    #[must_use]
    pub fn image_store(&self) -> PathBuf {
        if self.is_root() {
            return self.system("/var/lib/containers/storage");
        }
        self.variable("XDG_DATA_HOME")
            .map_or_else(|| self.home.join(".local/share"), PathBuf::from)
            .join("containers/storage")
    }

    /// What the user may do. Asks `sudo` at most three seconds long, never for a password.
    pub async fn rights(&self) -> Rights {
        if self.is_root() {
            return Rights::Root;
        }
        let Some(sudo) = self.find("sudo") else {
            return Rights::None;
        };
        let asked = command::capture(&sudo, &["-n", "true"], &[], SUDO_WAIT).await;
        if asked.is_ok() {
            Rights::Sudo
        } else {
            Rights::None
        }
    }
}

fn is_of_interest(name: &str) -> bool {
    name.starts_with("CONTAINERS_")
        || name.starts_with("XDG_")
        || name.starts_with("CARGO_")
        || name.to_ascii_lowercase().ends_with("_proxy")
}

/// The folders of `PATH`, and those for the administrator: a plain user's `PATH` on Debian
/// lacks `/usr/sbin`, where runc lives, and podman finds it there all the same.
fn search_path(path: Option<OsString>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = path
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    for usual in ["/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] {
        let usual = PathBuf::from(usual);
        if !folders.contains(&usual) {
            folders.push(usual);
        }
    }
    // A relative folder would make what is found depend on the working directory.
    folders.retain(|folder| folder.is_absolute());
    folders
}

fn current_limits() -> Limits {
    use rustix::process::{Resource, getrlimit};
    Limits {
        nofile: getrlimit(Resource::Nofile).maximum,
        nproc: getrlimit(Resource::Nproc).maximum,
    }
}

/// The file, or the nearest folder above it that exists.
pub(super) fn nearest_existing(path: &Path) -> &Path {
    path.ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(Path::new("/"))
}

#[cfg(test)]
pub(super) mod fake {
    //! A machine in a folder, with shell scripts for programs.

    use super::*;

    /// Root with nothing installed; keep the folder as long as the host.
    pub(in crate::setup) fn host() -> (tempfile::TempDir, Host) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        for name in ["bin", "etc", "state", "home"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let host = Host {
            path: vec![root.join("bin")],
            os: "linux".into(),
            uid: 0,
            user: "root".into(),
            home: root.join("home"),
            limits: Limits {
                nofile: Some(20_000),
                nproc: Some(90_000),
            },
            variables: BTreeMap::new(),
            state: StateFolder(root.join("state")),
            root,
        };
        (folder, host)
    }

    /// Puts a shell script on the host's search path.
    pub(in crate::setup) fn program(host: &Host, name: &str, script: &str) {
        let file = host.path[0].join(name);
        // Written under another name: executing a file that is open for writing fails, and
        // another test's fork may hold this one open for a moment.
        let text = format!("#!/bin/sh\n{script}\n");
        let made = std::process::Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh"])
            .arg(text)
            .arg(&file)
            .status()
            .unwrap();
        assert!(made.success());
    }

    /// Writes a file of the system.
    pub(in crate::setup) fn file(host: &Host, path: &str, text: &str) {
        let file = host.system(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_only_where_it_can_be_executed() {
        let (_folder, host) = fake::host();
        fake::file(&host, "/bin/podman", "not executable");
        assert_eq!(host.find("podman"), None);
        fake::program(&host, "runc", "exit 0");
        assert_eq!(host.find("runc"), Some(host.path[0].join("runc")));
    }

    #[test]
    fn relative_folders_are_not_searched_and_sbin_always_is() {
        let folders = search_path(Some("bin:/opt/x/bin:.".into()));
        assert_eq!(folders[0], PathBuf::from("/opt/x/bin"));
        assert!(folders.contains(&PathBuf::from("/usr/sbin")));
        assert!(folders.iter().all(|folder| folder.is_absolute()));
    }

    #[tokio::test]
    async fn rights_are_asked_of_sudo_and_never_assumed() {
        let (_folder, mut host) = fake::host();
        assert_eq!(host.rights().await, Rights::Root);
        host.uid = 1000;
        assert_eq!(host.rights().await, Rights::None);
        fake::program(&host, "sudo", "test \"$1\" = -n");
        assert_eq!(host.rights().await, Rights::Sudo);
        fake::program(&host, "sudo", "echo 'a password is required' >&2; exit 1");
        assert_eq!(host.rights().await, Rights::None);
    }
}
