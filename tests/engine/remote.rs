//! Ways to an engine that are not its socket: TLS over TCP, and ssh. Both end on this machine.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use rustix::process::Signal;

use crate::{
    Done,
    api::Api,
    ground::{Ground, short_folder, unmount_beneath},
    processes::wait_for,
    program::{LIMIT, Running},
};

/// A docker daemon that only speaks TLS with clients that have a certificate; ended when dropped.
#[derive(Debug)]
pub(crate) struct TlsDaemon {
    daemon: Option<Running>,
    pub(crate) port: u16,
    /// Holds what a client needs.
    pub(crate) certificates: PathBuf,
    folder: PathBuf,
    run: tempfile::TempDir,
    bridge: String,
}

impl TlsDaemon {
    /// Starts it, with the base.
    pub(crate) fn start(ground: &Ground) -> anyhow::Result<Self> {
        let folder = ground.path("tls");
        let certificates = folder.join("certificates");
        make_certificates(&certificates)?;
        let run = short_folder()?;
        let mut daemon = Self {
            daemon: None,
            port: free_port()?,
            certificates,
            folder,
            run,
            bridge: format!("imgtui-t{}", std::process::id() % 100_000),
        };
        call(
            "ip",
            &["link", "add", "name", &daemon.bridge, "type", "bridge"],
        )?;
        // Not the machine's own settings.
        fs::write(daemon.run.path().join("daemon.json"), "{}")?;
        daemon.daemon = Some(Running::start(&mut daemon.command())?);
        let socket = daemon.socket();
        wait_for("docker with TLS", LIMIT, || {
            UnixStream::connect(&socket).ok()
        })?;
        let file = ground.save_base()?;
        Api::at(socket).post_file("/images/load", &file)?;
        fs::remove_file(file)?;
        Ok(daemon)
    }

    /// By which the base is brought; the tests' way is TLS.
    fn socket(&self) -> PathBuf {
        self.run.path().join("d.sock")
    }

    fn command(&self) -> Command {
        let run = self.run.path();
        let certificate = |name: &str| self.certificates.join(name).display().to_string();
        let mut command = Command::new("dockerd");
        command.args([
            &format!("--host=tcp://127.0.0.1:{}", self.port),
            &format!("--host=unix://{}", self.socket().display()),
            "--tlsverify",
            &format!("--tlscacert={}", certificate("ca.pem")),
            &format!("--tlscert={}", certificate("server.pem")),
            &format!("--tlskey={}", certificate("server-key.pem")),
            &format!("--config-file={}", run.join("daemon.json").display()),
            &format!("--data-root={}", self.folder.join("data").display()),
            &format!("--exec-root={}", run.join("exec").display()),
            &format!("--pidfile={}", run.join("pid").display()),
            "--exec-opt=native.cgroupdriver=cgroupfs",
            &format!("--bridge={}", self.bridge),
            "--iptables=false",
            "--ip-masq=false",
            "--ip-forward=false",
            "--log-level=error",
        ]);
        command
    }
}

impl Drop for TlsDaemon {
    fn drop(&mut self) {
        // A failure here has failed nothing that was tested.
        if let Some(daemon) = self.daemon.take() {
            let _ = daemon.signal(Signal::TERM);
            let _ = daemon.end(LIMIT);
        }
        unmount_beneath(self.run.path());
        unmount_beneath(&self.folder);
        let _ = fs::remove_dir_all(&self.folder);
        let _ = call("ip", &["link", "delete", &self.bridge]);
    }
}

/// An authority, the daemon's certificate and the client's, as docker's manual has them made
/// ("Protect the Docker daemon socket"), and a stranger's authority beside them.
fn make_certificates(folder: &Path) -> Done {
    fs::create_dir_all(folder.join("stranger"))?;
    let at = |name: &str| folder.join(name).display().to_string();
    for (key, authority) in [
        ("ca-key.pem", "ca.pem"),
        ("stranger/key.pem", "stranger/ca.pem"),
    ] {
        call(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=imgtui test authority",
                "-keyout",
                &at(key),
                "-out",
                &at(authority),
            ],
        )?;
    }
    let usages = [
        (
            "server",
            "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
        ),
        ("client", "extendedKeyUsage=clientAuth\n"),
    ];
    for (name, usage) in usages {
        let (key, request) = (at(&format!("{name}-key.pem")), at(&format!("{name}.csr")));
        let subject = format!("/CN={name}");
        call(
            "openssl",
            &[
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-keyout", &key, "-out",
                &request,
            ],
        )?;
        fs::write(folder.join("usage.cnf"), usage)?;
        call(
            "openssl",
            &[
                "x509",
                "-req",
                "-days",
                "2",
                "-in",
                &request,
                "-CA",
                &at("ca.pem"),
                "-CAkey",
                &at("ca-key.pem"),
                "-CAcreateserial",
                "-extfile",
                &at("usage.cnf"),
                "-out",
                &at(&format!("{name}.pem")),
            ],
        )?;
    }
    // As docker's client calls them.
    for folder_of in [folder.to_owned(), folder.join("stranger")] {
        fs::copy(at("client.pem"), folder_of.join("cert.pem"))?;
        fs::copy(at("client-key.pem"), folder_of.join("key.pem"))?;
    }
    Ok(())
}

/// A server for ssh on the loopback interface, and a client that finds it; ended when dropped.
#[derive(Debug)]
pub(crate) struct SshServer {
    server: Option<Running>,
    pub(crate) port: u16,
    folder: PathBuf,
}

impl SshServer {
    pub(crate) fn start(ground: &Ground) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = ground.path(&format!("ssh-{port}"));
        fs::create_dir_all(folder.join("bin"))?;
        let at = |name: &str| folder.join(name).display().to_string();
        for key in ["host-key", "key"] {
            call(
                "ssh-keygen",
                &["-q", "-t", "ed25519", "-N", "", "-f", &at(key)],
            )?;
        }
        fs::copy(at("key.pub"), at("authorized"))?;
        let server = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
             AllowTcpForwarding yes\nAllowStreamLocalForwarding yes\n",
            at("host-key"),
            at("authorized")
        );
        fs::write(folder.join("server.conf"), server)?;
        let host_key = fs::read_to_string(folder.join("host-key.pub"))?;
        fs::write(
            folder.join("known"),
            format!("[127.0.0.1]:{port} {host_key}"),
        )?;
        let client = format!(
            "IdentityFile {}\nIdentitiesOnly yes\nUserKnownHostsFile {}\nStrictHostKeyChecking yes\n",
            at("key"),
            at("known")
        );
        fs::write(folder.join("client.conf"), client)?;
        // The user's own settings are not the test's.
        let ssh = find("ssh")?;
        let wrapper = folder.join("bin/ssh");
        let text = format!(
            "#!/bin/sh\nexec '{}' -F '{}' \"$@\"\n",
            ssh.display(),
            at("client.conf")
        );
        fs::write(&wrapper, text)?;
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
        // Where it gives up its rights (sshd(8)).
        fs::create_dir_all("/run/sshd")?;
        let mut command = Command::new(find("sshd")?);
        command.args(["-D", "-e", "-f", &at("server.conf")]);
        let server = Self {
            server: Some(Running::start(&mut command)?),
            port,
            folder,
        };
        wait_for("sshd", LIMIT, || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        })?;
        Ok(server)
    }

    /// The search path on which its client comes first.
    pub(crate) fn search_path(&self) -> PathBuf {
        let own = self.folder.join("bin").display().to_string();
        let other = std::env::var("PATH").unwrap_or_default();
        format!("{own}:{other}").into()
    }

    /// What `--engine` is given for a socket of this machine.
    pub(crate) fn address(&self, socket: &Path) -> String {
        let user = if rustix::process::geteuid().is_root() {
            "root".to_owned()
        } else {
            std::env::var("USER").unwrap_or_default()
        };
        format!("ssh://{user}@127.0.0.1:{}{}", self.port, socket.display())
    }

    /// The client has never seen this server.
    pub(crate) fn forget_host(&self) -> Done {
        Ok(fs::write(self.folder.join("known"), "")?)
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = server.signal(Signal::TERM);
            let _ = server.end(LIMIT);
        }
    }
}

fn find(program: &str) -> anyhow::Result<PathBuf> {
    let host = imgtui::setup::Host::current(imgtui::setup::StateFolder("/none".into()));
    host.find(program)
        .with_context(|| format!("there is no program `{program}`"))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn call(program: &str, arguments: &[&str]) -> Done {
    let ended = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    ensure!(
        ended.status.success(),
        "{program} {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&ended.stderr)
    );
    Ok(())
}
