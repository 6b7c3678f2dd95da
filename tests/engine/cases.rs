//! The tests, each with what it needs.

mod caching;
mod cleaning;
mod dying;
mod ending;
mod full_disk;
mod gate;
mod installing;
mod leaving;
mod machine;
mod pulling;
mod running;
mod sockets;
mod strategies;

use crate::{Done, ground::Ground};

/// What a test needs besides the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it is about engines that are not there.
    Nothing,
    /// podman that runs containers.
    Podman,
    /// podman, and the program `docker-registry`.
    Registry,
    /// podman, and root's rights.
    Root,
    /// podman, and leave to install packages.
    Leave,
    /// podman, network, and many minutes.
    Minutes,
}

/// One test.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) needs: Needs,
    pub(crate) run: fn(&Ground) -> Done,
}

const fn case(name: &'static str, needs: Needs, run: fn(&Ground) -> Done) -> Case {
    Case { name, needs, run }
}

/// All tests, the quick ones first.
pub(crate) const CASES: &[Case] = &[
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
        "only_steps_from_the_changed_copy_on_run_again",
        Needs::Podman,
        caching::an_edit,
    ),
    case(
        "the_json_object_has_the_promised_fields",
        Needs::Podman,
        caching::json_fields,
    ),
    case(
        "stages_that_interleave_keep_their_steps_apart",
        Needs::Podman,
        caching::stages,
    ),
    case(
        "cancel_ends_a_flooding_run_at_once_and_leaves_nothing",
        Needs::Podman,
        ending::cancel_a_flood,
    ),
    case(
        "cancel_ends_a_silent_run_at_once_and_leaves_nothing",
        Needs::Podman,
        ending::cancel_silence,
    ),
    case(
        "a_failing_run_is_named_with_its_status_and_last_lines",
        Needs::Podman,
        ending::failing_run,
    ),
    case(
        "an_unknown_instruction_is_one_readable_error",
        Needs::Podman,
        ending::unknown_instruction,
    ),
    case(
        "a_missing_base_is_one_readable_error",
        Needs::Podman,
        ending::missing_base,
    ),
    case(
        "a_service_killed_in_a_build_is_told_and_the_next_build_works",
        Needs::Podman,
        dying::service_killed,
    ),
    case(
        "a_socket_of_somebody_elses_builds_without_cpu_figures",
        Needs::Podman,
        sockets::somebody_elses,
    ),
    case(
        "run_asks_the_image_and_stops_it_at_once",
        Needs::Podman,
        running::answers,
    ),
    case(
        "clean_removes_what_carries_our_label_and_nothing_else",
        Needs::Podman,
        cleaning::only_ours,
    ),
    case(
        "an_image_that_answers_with_yesterdays_stamp_is_invalid",
        Needs::Podman,
        gate::yesterdays_stamp,
    ),
    case(
        "an_image_that_never_listens_or_ends_is_invalid",
        Needs::Podman,
        gate::no_answer,
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
    case("a_full_disk_is_told_as_one", Needs::Root, full_disk::told),
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
