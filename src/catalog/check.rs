//! Rules for what stands in the files, each with the words that say what would be right.

/// Whether this can be an id: a part of an image's name, and of a folder's.
pub(super) fn id(id: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let edge = |char: char| char == '-';
    if id.is_empty()
        || id.len() > 63
        || !id.chars().all(plain)
        || id.starts_with(edge)
        || id.ends_with(edge)
    {
        return Err(format!(
            "`{}` is no id; use up to 63 lower-case letters, digits and `-` between them",
            id.escape_debug()
        ));
    }
    Ok(())
}

/// Whether this can be shown on one line of at most `limit` characters.
pub(super) fn line(what: &str, text: &str, limit: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("`{what}` is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!(
            "`{what}` must be one line without control characters"
        ));
    }
    let length = text.chars().count();
    if length > limit {
        return Err(format!(
            "`{what}` has {length} characters, {limit} at most can be shown"
        ));
    }
    Ok(())
}

/// Whether this can be a build argument.
pub(super) fn argument(name: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if name.is_empty()
        || !name.chars().all(plain)
        || name.starts_with(|char: char| char.is_ascii_digit())
    {
        return Err(format!(
            "`{}` is no build argument; use letters, digits and `_`",
            name.escape_debug()
        ));
    }
    Ok(())
}
