//! The tests, each with what it needs.

mod cargo;
mod gate;
mod installing;
mod json;
mod leaving;
mod machine;
mod pulling;
mod remote;
mod sccache;
mod sockets;
mod strategies;

use std::borrow::Cow;

use crate::{
    Done,
    contract::{self, Contract, Facts},
    ground::Ground,
};

/// What a test needs besides the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it is about engines that are not there.
    Nothing,
    /// podman that runs containers.
    Podman,
    /// podman, for the base, and a docker daemon of our own.
    Docker,
    /// podman, and the program `docker-registry`.
    Registry,
    /// podman, root's rights, and `openssl`.
    Certificates,
    /// podman, root's rights, and ssh with its server.
    Ssh,
    /// podman, and root's rights.
    Root,
    /// podman, and leave to install packages.
    Leave,
    /// podman, and the program `redis-server`.
    Redis,
    /// podman, network, and many minutes.
    Minutes,
}

/// One test.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: Cow<'static, str>,
    pub(crate) needs: [Needs; 2],
    pub(crate) run: Run,
}

/// What a test calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// It is about one engine, or none.
    Once(fn(&Ground) -> Done),
    /// It is called for each engine.
    On(&'static Facts, fn(&Contract<'_>) -> Done),
}

impl Run {
    pub(crate) fn call(self, ground: &Ground) -> Done {
        match self {
            Self::Once(test) => test(ground),
            Self::On(facts, test) => test(&Contract { ground, facts }),
        }
    }
}

const fn case(name: &'static str, needs: Needs, test: fn(&Ground) -> Done) -> Case {
    case_with(name, [needs, Needs::Nothing], test)
}

/// A case that needs more than one thing.
const fn case_with(name: &'static str, needs: [Needs; 2], test: fn(&Ground) -> Done) -> Case {
    Case {
        name: Cow::Borrowed(name),
        needs,
        run: Run::Once(test),
    }
}

/// All tests, the quick ones first.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    let quick = |case: &&Case| !case.needs.contains(&Needs::Minutes);
    let long = |case: &&Case| case.needs.contains(&Needs::Minutes);
    let quick = CASES.iter().filter(quick).cloned();
    let long = CASES.iter().filter(long).cloned();
    quick.chain(contract::cases()).chain(long)
}

const CASES: &[Case] = &[
    case(
        "a_socket_where_nobody_listens_is_told_with_a_remedy",
        Needs::Nothing,
        sockets::nobody_listens,
    ),
    case(
        "eject_needs_no_engine_and_replaces_nothing_unasked",
        Needs::Nothing,
        leaving::without_engine,
    ),
    case(
        "the_json_object_has_the_promised_fields",
        Needs::Podman,
        json::fields,
    ),
    case(
        "a_socket_of_somebody_elses_builds_without_cpu_figures",
        Needs::Podman,
        sockets::somebody_elses,
    ),
    case(
        "an_image_that_listens_elsewhere_or_holds_no_stamp_is_invalid",
        Needs::Podman,
        gate::other_answers,
    ),
    case(
        "an_ejected_dockerfile_builds_the_strategys_layers",
        Needs::Podman,
        leaving::tiny,
    ),
    case("doctor_lists_every_check", Needs::Podman, machine::doctor),
    case(
        "a_base_is_pulled_once_then_present_else_made",
        Needs::Registry,
        pulling::pulled_present_made,
    ),
    case(
        "a_base_that_was_pulled_is_ejected_with_its_digest",
        Needs::Registry,
        pulling::ejected_with_digest,
    ),
    case_with(
        "docker_by_tls_builds_and_is_verified",
        [Needs::Docker, Needs::Certificates],
        remote::tls,
    ),
    case_with(
        "docker_by_ssh_builds_and_is_verified",
        [Needs::Docker, Needs::Ssh],
        remote::ssh_to_docker,
    ),
    case(
        "podman_by_ssh_builds_and_is_verified",
        Needs::Ssh,
        remote::ssh_to_podman,
    ),
    case(
        "setup_again_does_nothing",
        Needs::Leave,
        machine::setup_twice,
    ),
    case(
        "a_tool_by_binstall_is_the_one_that_the_server_sent",
        Needs::Minutes,
        installing::sent_by_server,
    ),
    case(
        "a_tool_that_the_server_lacks_is_an_error_and_is_not_compiled",
        Needs::Minutes,
        installing::not_compiled,
    ),
    case_with(
        "what_one_machine_compiled_another_takes_from_redis",
        [Needs::Minutes, Needs::Redis],
        sccache::shared_by_redis,
    ),
    case(
        "cargo_says_which_crate_was_dirty_and_why",
        Needs::Minutes,
        cargo::says_why,
    ),
    case(
        "planted_wrong_builds_of_cargo_are_invalid",
        Needs::Minutes,
        gate::planted,
    ),
    case(
        "all_rows_build_run_and_keep_the_articles_order",
        Needs::Minutes,
        strategies::all_rows,
    ),
    case(
        "scratch_ejected_holds_the_very_same_program",
        Needs::Minutes,
        leaving::scratch,
    ),
];
