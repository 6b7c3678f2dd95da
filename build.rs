//! Strategies and the sample app are embedded in the program: a changed file there must lead
//! to a new build of it, which cargo cannot know by itself.

fn main() {
    for path in [
        "strategies",
        "sample-app/src",
        "sample-app/crates",
        "sample-app/tests",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
}
