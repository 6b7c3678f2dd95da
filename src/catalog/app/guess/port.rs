//! Reads a port off sources and Dockerfiles, by the few forms in which people write one.
//!
//! The forms are ordered by how sure they are. Where the surest form names several ports, the
//! first is taken and the guess says so.

use super::sources::{Kind, Source};
use crate::domain::settings::Known;

/// A form, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `EXPOSE 8080`, `port = 8000` in Rocket.toml.
    Declared,
    /// An address of every interface: `"0.0.0.0:8080"`, `([0, 0, 0, 0], 8080)`.
    Everywhere,
    /// The default of an argument or variable that is called port, or a constant of that name.
    Named,
    /// `bind("127.0.0.1:8080")`.
    Loopback,
}

/// The port, and where it stands.
pub(super) fn guess(sources: &[Source]) -> Option<Known<u16>> {
    let mut found: Vec<(Form, u16, String)> = Vec::new();
    for source in sources {
        for (form, port, line) in read(source) {
            found.push((form, port, format!("{}:{line}", source.name)));
        }
    }
    let surest = found.iter().map(|(form, _, _)| *form).min()?;
    found.retain(|(form, _, _)| *form == surest);
    let (_, port, place) = found.first()?.clone();
    let others = found.iter().find(|(_, other, _)| *other != port);
    let from = match others {
        Some((_, other, at)) => format!("{place}; {at} says {other}"),
        None => place,
    };
    Some(Known::guessed(port, from))
}

/// Everything in one text, with lines from 1.
fn read(source: &Source) -> Vec<(Form, u16, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let port = match source.kind {
            Kind::Dockerfile => exposed(line).map(|port| (Form::Declared, port)),
            Kind::Rocket => after_key(line, "port").map(|port| (Form::Declared, port)),
            Kind::Rust if line.trim_start().starts_with("#[cfg(test)]") => break,
            Kind::Rust if line.trim_start().starts_with("//") => None,
            Kind::Rust => rust(&lines, index),
        };
        if let Some((form, port)) = port {
            found.push((form, port, index + 1));
        }
    }
    found
}

fn rust(lines: &[&str], index: usize) -> Option<(Form, u16)> {
    let line = lines[index];
    if let Some(port) = everywhere(line) {
        return Some((Form::Everywhere, port));
    }
    if let Some(port) = constant(line)
        .or_else(|| variable(lines, index))
        .or_else(|| argument(lines, index))
    {
        return Some((Form::Named, port));
    }
    let binds = ["bind", "listen", "SocketAddr", "Server::http"];
    let port = binds
        .iter()
        .any(|word| line.contains(word))
        .then(|| loopback(line))?;
    Some((Form::Loopback, port?))
}

/// `EXPOSE 8080`, `EXPOSE 8080/tcp`.
fn exposed(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    let is_expose = words.next()?.eq_ignore_ascii_case("EXPOSE");
    let word = is_expose.then(|| words.next())??;
    valid(word.strip_suffix("/tcp").unwrap_or(word))
}

/// `port = 8000`.
fn after_key(line: &str, key: &str) -> Option<u16> {
    let rest = line.trim_start().strip_prefix(key)?.trim_start();
    leading(rest.strip_prefix('=')?)
}

/// `"0.0.0.0:8080"`, `"[::]:8080"`, `([0, 0, 0, 0], 8080)`, `(Ipv4Addr::UNSPECIFIED, 8080)`.
fn everywhere(line: &str) -> Option<u16> {
    const TEXTS: [&str; 2] = ["0.0.0.0:", "[::]:"];
    const TUPLES: [&str; 5] = [
        "[0, 0, 0, 0]",
        "[0,0,0,0]",
        "\"0.0.0.0\"",
        "UNSPECIFIED",
        "Ipv4Addr::new(0, 0, 0, 0)",
    ];
    behind_address(line, &TEXTS, &TUPLES)
}

/// `"127.0.0.1:8080"`, `("127.0.0.1", 8080)`, `([127, 0, 0, 1], 8080)`.
fn loopback(line: &str) -> Option<u16> {
    const TEXTS: [&str; 3] = ["\"127.0.0.1:", "\"localhost:", "\"[::1]:"];
    const TUPLES: [&str; 5] = [
        "\"127.0.0.1\"",
        "\"localhost\"",
        "[127, 0, 0, 1]",
        "LOCALHOST",
        "Ipv4Addr::new(127, 0, 0, 1)",
    ];
    behind_address(line, &TEXTS, &TUPLES)
}

/// The port right behind an address in a text, or next to one in a tuple.
fn behind_address(line: &str, texts: &[&str], tuples: &[&str]) -> Option<u16> {
    let text = texts
        .iter()
        .find_map(|text| behind(line, text).find_map(leading));
    text.or_else(|| {
        tuples
            .iter()
            .find_map(|tuple| behind(line, tuple).find_map(next_in_tuple))
    })
}

/// `const DEFAULT_PORT: u16 = 7000;`
fn constant(line: &str) -> Option<u16> {
    let (name, value) = line.split_once("const ")?.1.split_once('=')?;
    let (name, kind) = name.split_once(':')?;
    let is_port = name.trim().split('_').any(|word| word == "PORT");
    let is_number = ["u16", "u32", "i32", "usize"].contains(&kind.trim());
    if kind.contains("str") {
        return is_port.then(|| leading(value.trim().trim_start_matches('"')))?;
    }
    (is_port && is_number).then(|| leading(value))?
}

/// The default behind `var("PORT")`: a number in `unwrap_or…` on this line or the next three.
fn variable(lines: &[&str], index: usize) -> Option<u16> {
    let line = lines[index];
    let names = line.split('"').skip(1).step_by(2);
    let is_port = |name: &str| name == "PORT" || name.ends_with("_PORT");
    if !line.contains("var") || !names.into_iter().any(is_port) {
        return None;
    }
    let near = lines[index..lines.len().min(index + 4)].join(" ");
    let near = near.split(';').next()?;
    let (_, default) = near.split_once("unwrap_or")?;
    first_number(default)
}

/// `default_value = "8080"` or `default_value_t = 8080` above a field that is called port.
fn argument(lines: &[&str], index: usize) -> Option<u16> {
    let line = lines[index];
    let value = ["default_value_t", "default_value"]
        .iter()
        .find_map(|key| line.split_once(key))?
        .1
        .trim_start()
        .strip_prefix(['=', '('])?;
    let port = leading(value.trim_start().trim_start_matches('"'))?;
    let field = lines[index..lines.len().min(index + 8)]
        .iter()
        .map(|line| line.trim_start())
        .find_map(field_name);
    let is_port = match field {
        Some(name) => name == "port" || name.ends_with("_port"),
        None => line.contains("port"),
    };
    is_port.then_some(port)
}

/// `pub port: u16,` and nothing else on the line.
fn field_name(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let (name, kind) = line.split_once(':')?;
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    (!kind.starts_with(':') && !name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// What stands behind each place of `sign`.
fn behind<'a>(line: &'a str, sign: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(sign)
        .map(move |(at, _)| &line[at + sign.len()..])
}

/// `.into(), 8080)`: the number after the next comma, if nothing but signs and `into` is between.
fn next_in_tuple(text: &str) -> Option<u16> {
    let (before, after) = text.split_once(',')?;
    let before = before.replace("into", "").replace("octets", "");
    let signs = before.chars().all(|char| "().\": ".contains(char));
    signs.then(|| leading(after))?
}

fn first_number(text: &str) -> Option<u16> {
    let from = text.find(|char: char| char.is_ascii_digit())?;
    leading(&text[from..])
}

/// A port at the very beginning, `8_080` and `8080u16` included.
fn leading(text: &str) -> Option<u16> {
    let text = text.trim_start();
    let plain = |char: char| char.is_ascii_digit() || char == '_';
    let end = text.find(|char| !plain(char)).unwrap_or(text.len());
    let behind = &text[end..];
    // `8080.5` and `10.0.0.1` are no ports.
    if behind.starts_with('.') && behind[1..].starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    valid(&text[..end].replace('_', ""))
}

fn valid(digits: &str) -> Option<u16> {
    digits.parse().ok().filter(|port| *port != 0)
}
