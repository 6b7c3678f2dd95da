//! What must be there before anything can be built, and how it gets there: checks with their
//! remedies, the system's package manager, and a container runtime that really works.
//!
//! The user's system configuration is never changed. Where the plain configuration does not
//! work, a settings file of our own in the state folder is handed to podman by an environment
//! variable ([`Runtime::environment`]). Packages are installed by [`set_up`] only, which the
//! caller runs after the user said yes.
//!
//! Three callers: `imgtui doctor` ([`examine`]), `imgtui setup` and the screen ([`set_up`]),
//! and the start of everything ([`examine_quick`], a few file look-ups and no child process).

mod checks;
mod command;
mod explain;
mod host;
mod network;
mod packages;
mod perform;
mod plan;
mod runtime;

pub use host::{Host, Limits, Rights, StateFolder};
pub use packages::PackageSystem;
pub use perform::{Sanitize, Tell, check_line, perform, set_up};
pub use plan::{BaseState, Depth, Examination, ServiceProbe, Wanted, examine};
pub use runtime::{
    Runtime, RuntimeError, SettingsFile, cached as cached_runtime, find as find_runtime,
    for_builds as settings_for_builds,
};

/// What [`examine_quick`] saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quick {
    /// podman is there, and an earlier probe of the runtime still holds.
    Ready(Box<Runtime>),
    /// podman is there; whether containers run has to be probed ([`find_runtime`]).
    Unproven,
    /// There is no podman program; only [`set_up`] helps.
    NoEngine,
}

/// Whether set-up is needed at all: file look-ups only, so that it can run before the first
/// frame.
#[must_use]
pub fn examine_quick(host: &Host) -> Quick {
    if host.find("podman").is_none() {
        return Quick::NoEngine;
    }
    cached_runtime(host).map_or(Quick::Unproven, |found| Quick::Ready(Box::new(found)))
}
