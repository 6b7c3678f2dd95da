//! What one instruction takes, read by the crate `parse_dockerfile`.
//!
//! It gets each instruction alone and on one line, with its heredocs behind it. What BuildKit reads
//! otherwise than the crate 0.1.9, we read before: continuation lines (two escapes are none),
//! heredocs (more than one, and behind other words), and flags (their quotes).

use parse_dockerfile::Instruction as Parsed;

use super::{
    heredoc::heredoc,
    mount::mount,
    words::{Flag, flags, keyword, pairs, words},
};
use crate::domain::dockerfile::{
    Argument, Command, Copy, Heredoc, Kind, Run, Setting, SettingName, Source,
};

/// What an instruction is to its file.
pub(super) enum Part {
    /// It begins a stage.
    From {
        name: Option<String>,
        platform: Option<String>,
        image: String,
    },
    /// It belongs to one.
    Kind(Kind),
}

/// Reads one instruction, joined to one line; `escape` is the file's.
///
/// # Errors
/// What is wrong with it, for a person.
pub(super) fn part(line: &str, heredocs: Vec<Heredoc>, escape: char) -> Result<Part, String> {
    let (keyword, rest) = keyword(line);
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        return on_build(rest, heredocs, escape);
    }
    let (flags, arguments) = flags(rest, escape);
    let text = alone(keyword, arguments, &heredocs, escape);
    let parsed = parsed(&text)?;
    let takes_flags = matches!(
        parsed,
        Parsed::From(_)
            | Parsed::Run(_)
            | Parsed::Copy(_)
            | Parsed::Add(_)
            | Parsed::Healthcheck(_)
    );
    if let Some((name, _)) = flags.first().filter(|_| !takes_flags) {
        return Err(unknown_flag(name));
    }
    let setting = |name| {
        let text = rest.to_owned();
        Kind::Setting(Setting { name, text })
    };
    Ok(Part::Kind(match parsed {
        Parsed::From(from) => {
            return Ok(Part::From {
                name: from.as_.map(|(_, name)| name.value.into_owned()),
                platform: platform(flags)?,
                image: from.image.value.into_owned(),
            });
        }
        Parsed::Run(found) => Kind::Run(run(flags, found.arguments, arguments, heredocs)?),
        Parsed::Copy(found) => Kind::Copy(copy(flags, files(found.src, found.dest), heredocs)?),
        Parsed::Add(found) => Kind::Add(copy(flags, files(found.src, found.dest), heredocs)?),
        Parsed::Arg(found) => Kind::Argument(declared(&found.arguments.value, escape)?),
        Parsed::Env(found) => Kind::Environment(named(&found.arguments.value, escape)?),
        Parsed::Label(found) => Kind::Label(named(&found.arguments.value, escape)?),
        Parsed::Workdir(found) => Kind::WorkingFolder(found.arguments.value.into_owned()),
        Parsed::User(found) => Kind::User(found.arguments.value.into_owned()),
        Parsed::Shell(found) => Kind::Shell(owned(found.arguments)),
        Parsed::Cmd(_) => setting(SettingName::Command),
        Parsed::Entrypoint(_) => setting(SettingName::Entrypoint),
        Parsed::Expose(_) => setting(SettingName::Expose),
        Parsed::Volume(_) => setting(SettingName::Volume),
        Parsed::Healthcheck(_) => setting(SettingName::HealthCheck),
        Parsed::Stopsignal(_) => setting(SettingName::StopSignal),
        Parsed::Maintainer(_) => setting(SettingName::Maintainer),
        _ => return Err(format!("{keyword} is not known")),
    }))
}

/// `ONBUILD` and what it puts off: another instruction, except for three.
fn on_build(rest: &str, heredocs: Vec<Heredoc>, escape: char) -> Result<Part, String> {
    let word = keyword(rest).0.to_ascii_uppercase();
    if ["ONBUILD", "FROM", "MAINTAINER"].contains(&word.as_str()) {
        return Err(format!("{word} cannot stand behind ONBUILD"));
    }
    Ok(match part(rest, heredocs, escape)? {
        Part::Kind(kind) => Part::Kind(Kind::OnBuild(Box::new(kind))),
        from @ Part::From { .. } => from,
    })
}

/// The instruction as a file of its own, behind a stage for it to belong to.
fn alone(keyword: &str, arguments: &str, heredocs: &[Heredoc], escape: char) -> String {
    let directive = if escape == '`' { "# escape=`\n" } else { "" };
    let mut text = format!("{directive}FROM _\n{keyword} {arguments}");
    for heredoc in heredocs {
        text.push('\n');
        text.push_str(&heredoc.written);
        text.push_str(&heredoc.name);
    }
    text
}

fn parsed(text: &str) -> Result<Parsed<'_>, String> {
    let mut parsed = parse_dockerfile::parse_iter(text).map_err(|error| format!("{error:#}"))?;
    match parsed.nth(1) {
        Some(Ok(instruction)) => Ok(instruction),
        // Without lines, which are those of the text that it got.
        Some(Err(error)) => Err(format!("{error:#}")),
        None => Err("no instruction follows".to_owned()),
    }
}

fn owned<'text>(
    words: impl IntoIterator<Item = parse_dockerfile::UnescapedString<'text>>,
) -> Vec<String> {
    let words = words.into_iter();
    words.map(|word| word.value.into_owned()).collect()
}

fn unknown_flag(name: &str) -> String {
    format!("--{name} is no flag of it")
}

/// The value of a flag that must have one.
fn value((name, value): Flag) -> Result<String, String> {
    value.ok_or_else(|| format!("--{name} has no value"))
}

/// As [`value`]; an empty one says nothing.
fn some_value(flag: Flag) -> Result<Option<String>, String> {
    value(flag).map(|value| Some(value).filter(|value| !value.is_empty()))
}

fn boolean((name, value): &Flag) -> Result<bool, String> {
    match value.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(format!("--{name} is neither true nor false")),
    }
}

fn platform(flags: Vec<Flag>) -> Result<Option<String>, String> {
    let mut platform = None;
    for flag in flags {
        if flag.0 != "platform" {
            return Err(unknown_flag(&flag.0));
        }
        platform = some_value(flag)?;
    }
    Ok(platform)
}

fn declared(text: &str, escape: char) -> Result<Vec<Argument>, String> {
    let argument = |word: String| {
        let (name, default) = match word.split_once('=') {
            Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
            None => (word, None),
        };
        if name.is_empty() {
            return Err("a name is empty".to_owned());
        }
        Ok(Argument { name, default })
    };
    words(text, escape).into_iter().map(argument).collect()
}

fn named(text: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    pairs(text, escape).map_err(|fault| fault.to_string())
}

/// `arguments` is what the crate read the command of.
fn run(
    flags: Vec<Flag>,
    command: parse_dockerfile::Command<'_>,
    arguments: &str,
    heredocs: Vec<Heredoc>,
) -> Result<Run, String> {
    let (mounts, flags): (Vec<Flag>, _) = flags.into_iter().partition(|(name, _)| name == "mount");
    let mounts = mounts
        .into_iter()
        .map(|flag| mount(&value(flag)?).map_err(|fault| fault.to_string()));
    Ok(Run {
        mounts: mounts.collect::<Result<_, _>>()?,
        flags,
        command: match command {
            parse_dockerfile::Command::Exec(words) => Command::Exec(owned(words.value)),
            // The crate leaves `<<NAME` out.
            _ => Command::Shell(arguments.to_owned()),
        },
        heredocs,
    })
}

/// What is copied, and where to; `None` is a heredoc.
fn files<'text>(
    sources: impl IntoIterator<Item = parse_dockerfile::Source<'text>>,
    target: parse_dockerfile::UnescapedString<'text>,
) -> (Vec<Option<String>>, String) {
    let source = |source| match source {
        // `3<<NAME` is one for BuildKit, and none for the crate.
        parse_dockerfile::Source::Path(path) if heredoc(&path.value).is_none() => {
            Some(path.value.into_owned())
        }
        _ => None,
    };
    let sources = sources.into_iter().map(source).collect();
    (sources, target.value.into_owned())
}

fn copy(
    flags: Vec<Flag>,
    (sources, target): (Vec<Option<String>>, String),
    heredocs: Vec<Heredoc>,
) -> Result<Copy, String> {
    if heredoc(&target).is_some() {
        return Err("the target cannot be a heredoc".to_owned());
    }
    let mut heredocs = heredocs.into_iter();
    let source = |path: Option<String>| match path {
        Some(path) => Ok(Source::Path(path)),
        None => (heredocs.next().map(Source::Heredoc))
            .ok_or_else(|| "a heredoc in JSON has no body".to_owned()),
    };
    let mut copy = Copy {
        from: None,
        sources: sources.into_iter().map(source).collect::<Result<_, _>>()?,
        target,
        owner: None,
        mode: None,
        link: false,
        parents: false,
        exclude: Vec::new(),
        flags: Vec::new(),
    };
    for flag in flags {
        match flag.0.as_str() {
            "from" => copy.from = some_value(flag)?,
            "chown" => copy.owner = some_value(flag)?,
            "chmod" => copy.mode = some_value(flag)?,
            "link" => copy.link = boolean(&flag)?,
            "parents" => copy.parents = boolean(&flag)?,
            "exclude" => copy.exclude.push(value(flag)?),
            _ => copy.flags.push(flag),
        }
    }
    Ok(copy)
}
