//! What cargo 1.95.0 printed in builds (`tests/recorded`), and what nobody prints.

use proptest::prelude::*;

use super::*;

macro_rules! recorded {
    ($name:literal) => {
        include_str!(concat!(
            "../../../tests/recorded/cargo-1.95.0/",
            $name,
            ".txt"
        ))
    };
}

fn read(text: &str) -> Option<Crates> {
    let mut output = CargoOutput::default();
    text.lines().for_each(|line| output.read(line));
    output.crates()
}

#[test]
fn without_being_told_to_cargo_names_no_fresh_crate() {
    let crates = read(recorded!("plain")).unwrap();
    assert_eq!(crates.to_string(), "2 crates compiled");
    assert_eq!(crates.fresh, None);
    assert!(crates.lines().is_empty());
}

#[test]
fn a_look_tells_reasons_and_times() {
    let crates = read(recorded!("looked")).unwrap();
    assert_eq!(crates.to_string(), "2 crates compiled, 0 fresh");
    assert_eq!(
        crates.lines(),
        [
            "dep v0.1.0 (0.62 s): the file `dep/src/lib.rs` has changed",
            "wcx v0.1.0 (0.67 s): the dependency `dep` was rebuilt"
        ]
    );
}

#[test]
fn colours_do_not_matter_and_a_fresh_build_script_makes_no_fresh_crate() {
    let crates = read(recorded!("coloured")).unwrap();
    assert_eq!(crates.to_string(), "2 crates compiled, 1 fresh");
    let dep = &crates.looked_at[0];
    let reason = dep.dirty.as_deref();
    assert_eq!(reason, Some("the file `dep/src/lib.rs` has changed"));
    // Its build script took 0.000 s, its library 0.195910138 s − 0.095845794 s.
    assert!(dep.seconds.is_some_and(|s| (0.1..0.101).contains(&s)));
}

#[test]
fn all_can_be_fresh() {
    let crates = read(recorded!("fresh")).unwrap();
    assert_eq!(crates.to_string(), "no crate compiled, 3 fresh");
    assert!(crates.lines().is_empty());
}

#[test]
fn where_all_is_new_the_compilers_command_line_shows_that_none_was_fresh() {
    let looked = recorded!("looked");
    let lines: Vec<&str> = looked
        .lines()
        .filter(|line| !line.contains("Dirty"))
        .collect();
    let crates = read(&lines.join("\n")).unwrap();
    assert_eq!(crates.fresh, Some(0));
    assert_eq!(
        crates.lines(),
        ["no earlier result of wcx v0.1.0 (0.67 s), dep v0.1.0 (0.62 s)"]
    );
}

#[test]
fn what_a_later_command_finds_fresh_was_compiled_all_the_same() {
    let both = [recorded!("looked"), recorded!("fresh")].concat();
    assert_eq!(
        read(&both).unwrap().to_string(),
        "2 crates compiled, 1 fresh"
    );
}

#[test]
fn where_output_was_left_out_the_fresh_are_not_counted() {
    let clipped = format!("{}{LEFT_OUT} (its log limit: 1MiB)\n", recorded!("fresh"));
    assert_eq!(read(&clipped).unwrap().fresh, None);
}

#[test]
fn only_cargos_own_lines_count() {
    let nothing = [
        "Compiling assets v1.0.0",
        "   Compiling assets",
        "   Compiling the version of today",
        "     Running `target/release/app`",
        "hello",
        "",
    ];
    assert_eq!(read(&nothing.join("\n")), None);
    let crates = read("    Finished `release` profile [optimized] target(s) in 0.1s").unwrap();
    assert_eq!((crates.compiled, crates.fresh), (0, None));
}

#[test]
fn long_lists_are_cut_and_the_slowest_are_named() {
    let crates = Crates {
        compiled: 30,
        fresh: Some(0),
        looked_at: (0..30_u32)
            .map(|number| CompiledCrate {
                name: format!("c{number} v1.0.0"),
                dirty: (number < 22).then(|| "the profile configuration changed".into()),
                seconds: Some(f64::from(number)),
            })
            .collect(),
    };
    let lines = crates.lines();
    assert_eq!(lines.len(), 22);
    assert_eq!(lines[20], "and 2 more");
    assert!(
        lines[21].starts_with("no earlier result of c29 v1.0.0 (29.0 s), c28"),
        "{lines:?}"
    );
    assert!(lines[21].ends_with(" and 3 more"), "{lines:?}");
}

proptest! {
    #[test]
    fn no_text_breaks_it(
        text in "( {3}Compiling | {7}Dirty | {7}Fresh |::job_queue: |start |end |Unit \\{|\\}|s |[0-9.]| v|: |\u{1b}\\[1m|name: \"|\"|ä|\\PC|\n){0,40}"
    ) {
        if let Some(crates) = read(&text) {
            prop_assert!(crates.looked_at.len() <= crates.compiled);
            prop_assert!(crates.lines().len() <= crates.compiled);
        }
    }
}
