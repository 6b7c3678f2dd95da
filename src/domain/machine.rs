//! The machine that builds: figures of two machines are not one figure.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::Bytes;

/// Digits of a [`MachineId`].
const DIGITS: usize = 32;
/// A host's name has at most 64 characters on Linux; people may give longer ones.
const LONGEST_NAME: usize = 100;

/// A number that imgtui drew for a machine; it tells nothing about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineId(String);

impl MachineId {
    /// An id of the first of these digits, zeros behind them where they are too few.
    #[must_use]
    pub fn from_digits(digits: &str) -> Self {
        let digits = digits.chars().filter(char::is_ascii_hexdigit);
        let zeros = std::iter::repeat('0');
        let all = digits.map(|digit| digit.to_ascii_lowercase()).chain(zeros);
        Self(all.take(DIGITS).collect())
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MachineId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == DIGITS && text.bytes().all(is_digit) {
            Ok(Self(text))
        } else {
            Err(format!(
                "a machine's id is {DIGITS} hexadecimal digits, this one is not"
            ))
        }
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> Self {
        id.0
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What is known of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What people call it.
    pub name: String,
    /// Processors that programs may use; `None` where nobody said.
    pub processors: Option<usize>,
    /// Bytes of memory; `None` where nobody said.
    pub memory: Option<Bytes>,
    /// The processor's name; `None` where the system does not tell it.
    pub model: Option<String>,
}

impl Machine {
    /// Reads what Linux tells: the texts of `/etc/hostname`, `/proc/cpuinfo` and
    /// `/proc/meminfo` (proc(5)), empty where there are none.
    #[must_use]
    pub fn read(hostname: &str, cpuinfo: &str, meminfo: &str, processors: Option<usize>) -> Self {
        let name = hostname.lines().map(str::trim);
        let mut names = name.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let kibibytes = field(meminfo, "MemTotal").and_then(|value| {
            let number = value.split_whitespace().next()?;
            number.parse::<u64>().ok()
        });
        Self {
            name: names.next().unwrap_or("this machine").to_owned(),
            processors,
            memory: kibibytes.map(|amount| Bytes(amount.saturating_mul(1024))),
            model: field(cpuinfo, "model name").map(str::to_owned),
        }
    }

    /// A name as it may be kept.
    ///
    /// # Errors
    /// When it is empty, too long, or holds what a terminal would obey.
    pub fn check_name(name: &str) -> Result<&str, String> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(format!(
                "a machine's name has 1 to {LONGEST_NAME} characters"
            ));
        }
        if name.chars().any(char::is_control) {
            return Err("a machine's name holds control characters".into());
        }
        Ok(name)
    }
}

/// The value behind `NAME:` in a table of `/proc`.
fn field<'a>(table: &'a str, name: &str) -> Option<&'a str> {
    table.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_read_and_what_it_does_not_is_not_known() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\n";
        let meminfo = "MemTotal:       16384 kB\nMemFree: 1 kB\n";
        let machine = Machine::read("builder\n", cpuinfo, meminfo, Some(4));
        assert_eq!(machine.name, "builder");
        assert_eq!(machine.memory, Some(Bytes(16_777_216)));
        assert_eq!(machine.model.as_deref(), Some("Some CPU @ 2.00GHz"));
        let unknown = Machine::read("", "", "MemTotal: many kB", None);
        assert_eq!(unknown.name, "this machine");
        assert_eq!((unknown.memory, unknown.model), (None, None));
    }

    #[test]
    fn an_id_is_digits_and_a_name_is_no_command_to_a_terminal() {
        assert!(MachineId::try_from("0f".repeat(16)).is_ok());
        for wrong in ["", "0f", &"0F".repeat(16), &"/".repeat(32)] {
            assert!(MachineId::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert_eq!(Machine::check_name(" ci "), Ok("ci"));
        assert!(Machine::check_name("\u{1b}[2J").is_err());
        assert!(Machine::check_name(" ").is_err());
    }
}
