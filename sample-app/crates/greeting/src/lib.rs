//! Greets a visitor by name, in a language that the visitor reads.

mod language;

pub use language::Language;

/// Longer names are cut: a greeting is no place to store data.
const LONGEST_NAME: usize = 40;

/// Greets `name`, or the world when there is no name to speak of.
#[must_use]
pub fn greet(language: Language, name: Option<&str>) -> String {
    let name = name.map(tidy).filter(|name| !name.is_empty());
    let name = name.as_deref().unwrap_or(language.world());
    format!("{}, {name}!", language.hello())
}

/// The name without control characters, with single spaces, and not too long.
fn tidy(name: &str) -> String {
    let printable: String = name
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let spaced = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = spaced.chars().take(LONGEST_NAME).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_the_world_when_nobody_is_named() {
        assert_eq!(greet(Language::English, None), "Hello, world!");
        assert_eq!(greet(Language::German, Some(" \t")), "Hallo, Welt!");
    }

    #[test]
    fn greets_by_name() {
        assert_eq!(greet(Language::French, Some("Zoé")), "Bonjour, Zoé!");
    }

    #[test]
    fn a_name_cannot_break_the_line() {
        assert_eq!(tidy("  Ada\r\n\u{1b} Lovelace "), "Ada Lovelace");
    }

    #[test]
    fn a_long_name_is_cut_at_a_character() {
        let name = tidy(&"é".repeat(100));
        assert_eq!(name.chars().count(), LONGEST_NAME);
    }
}
