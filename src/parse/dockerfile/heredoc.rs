//! Which heredocs an instruction opens, as BuildKit finds them
//! (`frontend/dockerfile/parser/parser.go`).

use super::{
    expand::unquote,
    words::{flags, keyword, words},
};
use crate::domain::dockerfile::{Heredoc, Tabs};

/// Heredocs' names are escaped so whatever the file's escape is.
const ESCAPE: char = '\\';

/// The heredocs of an instruction on one line, in their order, still without bodies. `escape` is
/// the file's.
pub(super) fn opened(line: &str, escape: char) -> Vec<Heredoc> {
    // Without that most lines need not be read twice.
    if !line.contains("<<") || !can_open(line, escape) || unquote(line, ESCAPE).is_err() {
        return Vec::new();
    }
    let mut opened = Vec::new();
    let mut words = words(line, ESCAPE).into_iter();
    while let Some(mut word) = words.next() {
        // `<< EOF` is one word.
        if is_opener(&word) {
            word.extend(words.next());
        }
        opened.extend(heredoc(&word));
    }
    opened
}

/// `RUN`, `COPY` and `ADD` can, unless their arguments are JSON; behind `ONBUILD` too.
fn can_open(line: &str, escape: char) -> bool {
    let (mut word, mut rest) = keyword(line);
    if word.eq_ignore_ascii_case("ONBUILD") {
        (word, rest) = keyword(rest);
    }
    let arguments = flags(rest, escape).1;
    ["RUN", "COPY", "ADD"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
        && serde_json::from_str::<Vec<String>>(arguments).is_err()
}

/// `<<`, or `3<<` for another file descriptor.
fn is_opener(word: &str) -> bool {
    without_descriptor(word) == "<<"
}

fn without_descriptor(word: &str) -> &str {
    word.trim_start_matches(|digit: char| digit.is_ascii_digit())
}

/// The heredoc that a word opens, without its body: `<<EOF`, `<<-EOF`, `3<<"EOF"`.
pub(super) fn heredoc(word: &str) -> Option<Heredoc> {
    let word = without_descriptor(word).strip_prefix("<<")?;
    let (tabs, word) = match word.strip_prefix('-') {
        Some(word) => (Tabs::Dropped, word),
        None => (Tabs::Kept, word),
    };
    let word = word.trim_start();
    let name = unquote(word, ESCAPE).ok()?;
    (!name.is_empty() && !word.contains('<')).then(|| Heredoc {
        name,
        expand: !has_quotes(word),
        tabs,
        written: String::new(),
    })
}

/// Whether a part of it is quoted, other than by an escape.
fn has_quotes(word: &str) -> bool {
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => _ = characters.next(),
            '\'' | '"' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Vec<(String, bool, bool)> {
        opened(line, '\\')
            .into_iter()
            .map(|found| (found.name, found.expand, found.tabs == Tabs::Dropped))
            .collect()
    }

    fn names(line: &str) -> Vec<String> {
        told(line).into_iter().map(|(name, ..)| name).collect()
    }

    #[test]
    fn heredocs_have_names_of_many_forms() {
        let one = |name: &str, expand, tabs| vec![(name.to_owned(), expand, tabs)];
        assert_eq!(told("RUN <<EOF"), one("EOF", true, false));
        assert_eq!(told("run <<-'EOF' cat"), one("EOF", false, true));
        assert_eq!(told("COPY <<e'o'f /dest"), one("eof", false, false));
        assert_eq!(told(r"RUN <<eo\'f"), one("eo'f", true, false));
        assert_eq!(told(r"RUN <<'e'o\'f"), one("eo'f", false, false));
        assert_eq!(told("RUN <<'one two' x"), one("one two", false, false));
        assert_eq!(told("RUN << $EOF"), one("$EOF", true, false));
        assert_eq!(told("RUN 3<<EOF cat /dev/fd/3"), one("EOF", true, false));
        assert_eq!(told("COPY <<file.txt /a"), one("file.txt", true, false));
    }

    #[test]
    fn an_instruction_can_open_several() {
        assert_eq!(names("COPY <<A b <<C /d"), ["A", "C"]);
        assert_eq!(
            names("ONBUILD RUN --mount=type=tmpfs,target=/a cat <<X <<Y"),
            ["X", "Y"]
        );
    }

    #[test]
    fn not_all_that_looks_like_one_is_one() {
        let none = [
            "USER <<EOF",
            "RUN \"<<EOF\"",
            "RUN a<<EOF",
            "RUN <<",
            "RUN <<''",
            "RUN <<- EOF",
            "RUN echo $((1<<EOF))",
            "RUN cat <<<EOF",
            "RUN [\"cat\", \"<<EOF\"]",
            "RUN --network=none [\"<<EOF\"]",
            // An open quote, and what is no variable: BuildKit then looks no further.
            "RUN it's <<EOF",
            "RUN ${a[0]} <<EOF",
        ];
        for line in none {
            assert_eq!(names(line), Vec::<String>::new(), "{line}");
        }
        assert_eq!(names("RUN [ -e /a ] || cat <<EOF"), ["EOF"]);
    }
}
