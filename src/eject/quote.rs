//! Words as a shell, a Dockerfile and a workflow must have them written.

/// Signs that mean themselves everywhere.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c)
}

/// A word, quoted for a POSIX shell where that is needed.
#[must_use]
pub fn shell_word(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The default of an `ARG`, quoted where that is needed.
pub(super) fn argument_value(value: &str) -> String {
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A string of YAML that a workflow takes as it is: JSON's strings are YAML's, and what opens an
/// expression is made by one.
pub(super) fn yaml_string(value: &str) -> String {
    let json = serde_json::Value::from(value).to_string();
    json.replace("${{", "${{ '${{' }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_would_be_read_otherwise() {
        assert_eq!(shell_word("--features=a,b"), "--features=a,b");
        assert_eq!(shell_word("it's $A"), r"'it'\''s $A'");
        assert_eq!(argument_value("rust:1@sha256:ab"), "rust:1@sha256:ab");
        assert_eq!(argument_value(r#"a "$b" \"#), r#""a \"\$b\" \\""#);
        assert_eq!(argument_value(""), "");
        assert_eq!(yaml_string("a: \"b\""), r#""a: \"b\"""#);
        assert_eq!(yaml_string("${{ x }}"), "\"${{ '${{' }} x }}\"");
    }
}
