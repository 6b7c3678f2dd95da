//! `ARG` with the values of one app in place of what it said.

use std::collections::BTreeMap;

use super::quote::argument_value;
use crate::parse::dockerfile::Instruction;

/// One `NAME` or `NAME=value` of an `ARG`, the value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

/// What an `ARG` declares; empty for another instruction.
pub(super) fn declared(instruction: &Instruction) -> Vec<Declared> {
    if !instruction.is("ARG") {
        return Vec::new();
    }
    let words = words(instruction.rest());
    words
        .into_iter()
        .map(|word| match word.split_once('=') {
            None => Declared {
                name: word,
                value: None,
            },
            Some((name, value)) => Declared {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            },
        })
        .collect()
}

/// The `ARG` with its values, and whether they are others than it had.
///
/// An argument of a stage that has no default takes that of the one before the first `FROM`: it
/// `inherits`, and stays as it is.
pub(super) fn with_values(
    declared: &[Declared],
    values: &BTreeMap<String, String>,
    inherits: impl Fn(&str) -> bool,
) -> (String, bool) {
    let mut text = String::from("ARG");
    let mut changed = false;
    for one in declared {
        let stays = one.value.is_none() && inherits(&one.name);
        let given = values.get(&one.name).filter(|_| !stays);
        let value = given
            .map(|value| argument_value(value))
            .or_else(|| one.value.clone());
        changed |= value != one.value;
        text.push(' ');
        text.push_str(&one.name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(&value);
        }
    }
    (text, changed)
}

/// Words apart by blanks, as long as no quotes are around them.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"') | None) => escaped = true,
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::dockerfile::instructions;

    fn rewritten(text: &str) -> Option<String> {
        let values = BTreeMap::from([
            ("BIN".to_owned(), "server".to_owned()),
            ("NOTE".to_owned(), "two words".to_owned()),
        ]);
        let found = declared(&instructions(text)[0]);
        let (text, changed) = with_values(&found, &values, |name| name == "BIN");
        changed.then_some(text)
    }

    #[test]
    fn values_take_the_place_of_defaults_and_nothing_else_changes() {
        let arg = |text: &str| rewritten(text);
        assert_eq!(arg("ARG BIN=app").unwrap(), "ARG BIN=server");
        assert_eq!(arg("ARG BIN"), None, "it inherits");
        assert_eq!(arg("ARG BIN=server"), None);
        assert_eq!(arg("ARG OTHER=x"), None);
        assert_eq!(arg("RUN BIN=app"), None);
        assert_eq!(
            arg("arg  A=\"b c\" \\\n  NOTE D").unwrap(),
            "ARG A=\"b c\" NOTE=\"two words\" D"
        );
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(
            words(r#"a="b \" c"  d='e "f' g\ h "#),
            [r#"a="b \" c""#, r#"d='e "f'"#, r"g\ h"]
        );
    }
}
