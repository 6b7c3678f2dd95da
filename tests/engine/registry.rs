//! A registry on the loopback interface that stands in for upstream's.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::Context as _;

use crate::{processes::wait_for, program::LIMIT};

/// The registry at work; ended when dropped.
#[derive(Debug)]
pub(crate) struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    /// The settings file by which podman takes it for docker.io.
    pub(crate) settings: PathBuf,
}

impl Registry {
    /// Starts it on a free port, with its files in this folder.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let address = TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .to_string();
        let configuration = folder.join("registry.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: \"{}\"}}}}\n\
             http: {{addr: \"{address}\"}}\n",
            folder.join("registry").display()
        );
        fs::write(&configuration, text)?;
        let settings = folder.join("registries.conf");
        let text = format!(
            "[[registry]]\nprefix = \"docker.io\"\nlocation = \"{address}/docker.io\"\ninsecure = true\n"
        );
        fs::write(&settings, text)?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("docker-registry cannot be started")?;
        let registry = Self {
            child,
            address,
            settings,
        };
        wait_for("the registry's port", LIMIT, || {
            TcpStream::connect(&registry.address).ok()
        })?;
        Ok(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
