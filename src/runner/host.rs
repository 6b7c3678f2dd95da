//! What of this machine a build needs to reach the network: certificates and proxies.
//!
//! Behind a company's proxy, cargo in a build fails with the base image's own certificates. The
//! host's bundle is mounted while instructions run, so that it stays out of the image.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::engine::BuildMount;

/// Where Debian and Alpine, and with them the bases of the strategies, look for certificates.
pub(super) const BUNDLE_INSIDE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Where distributions keep the bundle: Debian, Alpine and Arch; Fedora; openSUSE; macOS.
const BUNDLES: [&str; 4] = [
    BUNDLE_INSIDE,
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where an administrator puts certificates that the distribution does not bring: Debian; Fedora;
/// openSUSE; Arch.
const OWN_CERTIFICATES: [&str; 4] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];

/// Build arguments that every engine knows without a declaration, and that are not part of the
/// cache key (Dockerfile reference, "Predefined ARGs").
const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Certificates and proxies of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    bundle: Option<PathBuf>,
    /// Whether there is more in it than any distribution brings.
    has_own: bool,
    proxies: BTreeMap<String, String>,
}

impl Host {
    /// What this machine has.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let known = BUNDLES.iter().map(PathBuf::from);
        let has_own = OWN_CERTIFICATES
            .iter()
            .any(|folder| is_used(Path::new(folder)));
        let bundle = named.into_iter().chain(known).find(|file| file.is_file());
        let proxies = PROXY_VARIABLES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            bundle,
            has_own,
            proxies,
        }
    }

    /// The bundle, where it holds certificates that no base image has.
    #[must_use]
    pub fn own_bundle(&self) -> Option<&Path> {
        self.bundle.as_deref().filter(|_| self.has_own)
    }

    /// Mounted read-only while instructions run.
    #[must_use]
    pub fn mounts(&self) -> Vec<BuildMount> {
        let bundle = self.bundle.iter().map(|host| BuildMount {
            // The engine needs the file itself, not a link that leads nowhere in the container.
            host: host.canonicalize().unwrap_or_else(|_| host.clone()),
            inside: Path::new(BUNDLE_INSIDE).to_path_buf(),
        });
        bundle.collect()
    }

    /// Build arguments.
    #[must_use]
    pub fn proxies(&self) -> BTreeMap<String, String> {
        self.proxies.clone()
    }
}

fn is_used(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
