//! Why a program could not start or did not live: the loader's and the kernel's words, explained.

/// What a program's file asks of the image around it, as its ELF headers say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linkage {
    /// The loader that the kernel must find (`PT_INTERP`); `None` for a static program.
    pub interpreter: Option<String>,
    /// Whether that file is in the image.
    pub interpreter_is_there: bool,
}

/// One sentence or two on why the engine could not start the program: what is missing, and what
/// to do. `message` is the engine's.
#[must_use]
pub fn explain_start(program: &str, linkage: Option<&Linkage>, message: &str) -> String {
    let lower = message.to_lowercase();
    let missing = linkage
        .filter(|linkage| !linkage.interpreter_is_there)
        .and_then(|linkage| linkage.interpreter.as_deref());
    if let Some(interpreter) = missing {
        return format!(
            "`{program}` is there but cannot start: it is linked dynamically and asks for its loader \
             {interpreter}, which the image does not have. {}",
            remedy_for_loader(interpreter)
        );
    }
    if lower.contains("exec format error") {
        return format!(
            "`{program}` cannot start: it was built for another processor, or is no program (exec format error)"
        );
    }
    if lower.contains("permission denied") {
        return format!("`{program}` cannot start: it may not be executed by the image's user");
    }
    if is_not_found(&lower) && linkage.is_none() {
        return format!("`{program}` cannot start: the image has no such file");
    }
    format!("`{program}` cannot start: {}", message.trim())
}

/// Whether the image is to blame for a start that failed, and not the engine.
#[must_use]
pub fn is_images_fault(message: &str) -> bool {
    let lower = message.to_lowercase();
    let signs = ["exec format error", "permission denied"];
    is_not_found(&lower) || signs.iter().any(|sign| lower.contains(sign))
}

fn is_not_found(lower: &str) -> bool {
    ["no such file", "not found", "missing dynamic library"]
        .iter()
        .any(|sign| lower.contains(sign))
}

fn remedy_for_loader(interpreter: &str) -> &'static str {
    if interpreter.contains("musl") {
        "That is musl's: link statically (`-Ctarget-feature=+crt-static`), or ship on Alpine."
    } else {
        "That is glibc's: link statically for an empty image (a musl target, as `scratch` does), or \
         ship on a base with glibc, as `distroless` does."
    }
}

/// What the last lines of a program that ended say of why, in plain words; `None` where they say
/// nothing that we know.
#[must_use]
pub fn explain_end(lines: &[String]) -> Option<String> {
    lines.iter().rev().find_map(|line| explain_line(line))
}

/// Messages of glibc's loader (ld.so) 2.36 and musl's 1.2.
fn explain_line(line: &str) -> Option<String> {
    if let Some((_, rest)) = line.split_once("error while loading shared libraries: ") {
        let library = rest.split(':').next().unwrap_or(rest).trim();
        return Some(lacks_library(library));
    }
    if let Some((_, rest)) = line.split_once("Error loading shared library ") {
        let library = rest.split(':').next().unwrap_or(rest).trim();
        return Some(lacks_library(library));
    }
    let (before, _) = line.split_once("' not found (required by")?;
    let (_, version) = before
        .rsplit_once('`')
        .or_else(|| before.rsplit_once('\''))?;
    Some(format!(
        "the program was built with a newer C library than the image has: it wants {version}. Build \
         on the Debian release of the runtime image, or ship on a newer one."
    ))
}

fn lacks_library(library: &str) -> String {
    format!(
        "the image lacks the shared library {library} that the program is linked to: ship on a base \
         that has it, link it statically (many -sys crates have a `vendored`, `bundled` or `static` \
         feature), or copy the libraries along, as `slim-closure` does."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_loader_is_named_with_what_to_do() {
        let linkage = Linkage {
            interpreter: Some("/lib64/ld-linux-x86-64.so.2".into()),
            interpreter_is_there: false,
        };
        // podman 4.3.1 with runc 1.1.5
        let message = "runc: runc create failed: unable to start container process: exec /server: no such file or directory: OCI runtime attempted to invoke a command that was not found";
        assert!(is_images_fault(message));
        let told = explain_start("/server", Some(&linkage), message);
        assert!(told.contains("/lib64/ld-linux-x86-64.so.2"), "{told}");
        assert!(told.contains("musl"), "{told}");
        let absent = explain_start("/server", None, message);
        assert!(absent.contains("no such file"), "{absent}");
        let there = Linkage {
            interpreter_is_there: true,
            ..linkage
        };
        let other = explain_start("/server", Some(&there), "exec format error");
        assert!(other.contains("another processor"), "{other}");
    }

    #[test]
    fn the_loaders_last_words_are_explained() {
        let glibc = "/server: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory";
        let musl = "Error loading shared library libgcc_s.so.1: No such file or directory (needed by /server)";
        let newer = "/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.39' not found (required by /server)";
        for (line, word) in [
            (glibc, "libpq.so.5"),
            (musl, "libgcc_s.so.1"),
            (newer, "GLIBC_2.39"),
        ] {
            let told = explain_end(&["x".into(), line.into()]).unwrap();
            assert!(told.contains(word), "{told}");
        }
        assert_eq!(explain_end(&["listening".into()]), None);
        assert!(!is_images_fault("address already in use"));
    }
}
