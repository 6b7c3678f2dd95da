//! `--mount` of a `RUN`, as BuildKit reads it
//! (`frontend/dockerfile/instructions/commands_runmount.go`).

use crate::domain::dockerfile::{Access, Mount, MountKind, Sharing};

/// What is wrong with a mount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MountFault {
    /// A value that we must know, and that is not one of a few.
    #[error("{key}={value} of a mount is not known")]
    Value { key: String, value: String },
    /// `from=$X`
    #[error("from={0} of a mount: variables are not expanded there")]
    From(String),
}

/// Reads the value of `--mount`.
///
/// Whether a kind takes a key is the engine's to judge.
///
/// # Errors
/// When the kind, the sharing or a boolean is none of those that engines know, which a variable
/// never is; when `from` has a variable.
pub(super) fn mount(text: &str) -> Result<Mount, MountFault> {
    let mut mount = Mount {
        kind: MountKind::Bind,
        from: None,
        source: None,
        target: None,
        id: None,
        sharing: None,
        access: Access::ReadOnly,
        required: false,
        others: Vec::new(),
        text: text.to_owned(),
    };
    let mut access = None;
    for field in fields(text) {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (field.as_str(), None),
        };
        let key = key.to_ascii_lowercase();
        match (key.as_str(), value) {
            ("type", Some(value)) => mount.kind = kind(value)?,
            ("from", Some(value)) => mount.from = Some(plain(value)?),
            ("source" | "src", Some(value)) => mount.source = Some(value.to_owned()),
            ("target" | "dst" | "destination", Some(value)) => {
                mount.target = Some(value.to_owned());
            }
            ("id", Some(value)) => mount.id = Some(value.to_owned()),
            ("sharing", Some(value)) => mount.sharing = Some(sharing(value)?),
            ("readonly" | "ro", value) => access = Some(access_of(boolean(&key, value)?)),
            ("readwrite" | "rw", value) => access = Some(access_of(!boolean(&key, value)?)),
            ("required", value) => mount.required = boolean(&key, value)?,
            (_, value) => {
                let value = value.map(str::to_owned);
                mount.others.push((key, value));
            }
        }
    }
    mount.access = access.unwrap_or(match mount.kind {
        MountKind::Cache | MountKind::Tmpfs => Access::ReadWrite,
        MountKind::Bind | MountKind::Secret | MountKind::Ssh => Access::ReadOnly,
    });
    Ok(mount)
}

/// Fields between commas. Quotes can be around a field, and `""` is one in it.
fn fields(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(field) = fields.last_mut() else {
            continue;
        };
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(character),
        }
    }
    fields.retain(|field| !field.is_empty());
    fields
}

fn kind(value: &str) -> Result<MountKind, MountFault> {
    Ok(match value.to_ascii_lowercase().as_str() {
        "bind" => MountKind::Bind,
        "cache" => MountKind::Cache,
        "tmpfs" => MountKind::Tmpfs,
        "secret" => MountKind::Secret,
        "ssh" => MountKind::Ssh,
        _ => return Err(unknown("type", value)),
    })
}

fn sharing(value: &str) -> Result<Sharing, MountFault> {
    Ok(match value.to_ascii_lowercase().as_str() {
        "shared" => Sharing::Shared,
        "private" => Sharing::Private,
        "locked" => Sharing::Locked,
        _ => return Err(unknown("sharing", value)),
    })
}

fn plain(from: &str) -> Result<String, MountFault> {
    // A `$` at the very end begins no variable.
    if from.trim_end_matches('$').contains('$') {
        return Err(MountFault::From(from.to_owned()));
    }
    Ok(from.to_owned())
}

fn access_of(read_only: bool) -> Access {
    if read_only {
        Access::ReadOnly
    } else {
        Access::ReadWrite
    }
}

/// What Go's `strconv.ParseBool` takes; a key alone is yes.
fn boolean(key: &str, value: Option<&str>) -> Result<bool, MountFault> {
    match value.unwrap_or("true") {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(unknown(key, other)),
    }
}

fn unknown(key: &str, value: &str) -> MountFault {
    MountFault::Value {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_a_bind_mount_unless_it_says_so() {
        let found = mount("target=/a,from=tools,src=/b").unwrap();
        assert_eq!(found.kind, MountKind::Bind);
        assert_eq!(found.access, Access::ReadOnly);
        assert_eq!(found.from.as_deref(), Some("tools"));
        assert_eq!(found.source.as_deref(), Some("/b"));
        assert_eq!(found.target.as_deref(), Some("/a"));
        assert_eq!((found.id, found.sharing), (None, None));
        assert_eq!(found.text, "target=/a,from=tools,src=/b");
    }

    #[test]
    fn caches_and_memory_can_be_written() {
        let access = |text| mount(text).unwrap().access;
        assert_eq!(access("type=CACHE,dst=/a"), Access::ReadWrite);
        assert_eq!(access("dst=/a,type=tmpfs"), Access::ReadWrite);
        assert_eq!(access("type=cache,dst=/a,ro"), Access::ReadOnly);
        assert_eq!(access("type=cache,dst=/a,rw=false"), Access::ReadOnly);
        assert_eq!(access("dst=/a,rw"), Access::ReadWrite);
        assert_eq!(access("dst=/a,readonly=0"), Access::ReadWrite);
        assert_eq!(access("type=secret,id=a"), Access::ReadOnly);
    }

    #[test]
    fn all_else_is_kept() {
        let found = mount("type=cache,ID=a,destination=$B,sharing=Locked,uid=10,Z,size=").unwrap();
        assert_eq!(found.id.as_deref(), Some("a"));
        assert_eq!(found.target.as_deref(), Some("$B"));
        assert_eq!(found.sharing, Some(Sharing::Locked));
        let some = |value: &str| Some(value.to_owned());
        let expected = [
            ("uid".to_owned(), some("10")),
            ("z".to_owned(), None),
            ("size".to_owned(), some("")),
        ];
        assert_eq!(found.others, expected);
        assert!(mount("type=secret,id=a,required").unwrap().required);
    }

    #[test]
    fn fields_can_have_commas_in_quotes() {
        let found = mount(r#""target=/a,""b""",type=tmpfs"#).unwrap();
        assert_eq!(found.target.as_deref(), Some(r#"/a,"b""#));
        assert_eq!(found.kind, MountKind::Tmpfs);
        assert_eq!(fields(r#"a=b"c,,d"#), [r#"a=b"c"#, "d"]);
    }

    #[test]
    fn what_must_be_known_cannot_be_a_variable() {
        for text in ["type=$A", "type=x", "sharing=$A", "ro=$A", "required=maybe"] {
            assert!(
                matches!(mount(text), Err(MountFault::Value { .. })),
                "{text}"
            );
        }
        assert_eq!(
            mount("from=$A,target=/a"),
            Err(MountFault::From("$A".to_owned()))
        );
    }
}
