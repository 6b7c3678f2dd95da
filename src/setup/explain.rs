//! What a failed command's last lines mean, in a sentence with what to do next.

/// How many of the last lines stand behind the sentence.
const SHOWN: usize = 6;

/// Words in the output, in lower case → what they mean and what to do. The first match wins.
const MEANINGS: [(&[&str], &str); 8] = [
    // E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (apt-get)
    // E: Unable to acquire the dpkg frontend lock; error: Timeout …; zypper: "System management is locked"
    (
        &[
            "could not get lock",
            "unable to acquire the dpkg",
            "unable to lock database",
            "unable to lock directory",
            "system management is locked",
        ],
        "another package manager is at work and holds the lock. Wait until it has ended, then try again",
    ),
    // E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.
    (
        &["dpkg was interrupted"],
        "an earlier installation was interrupted. Run `dpkg --configure -a` as root, then try again",
    ),
    // Temporary failure resolving 'mirror.example'; Could not connect to …; curl's words in dnf and pacman
    (
        &[
            "temporary failure resolving",
            "could not resolve",
            "could not connect",
            "connection refused",
            "connection timed out",
            "network is unreachable",
            "failed to fetch",
            "temporary error (try again later)",
        ],
        "the package mirror was not reached. Look at the network and the proxy settings, then try again",
    ),
    // E: Unable to locate package podman; dnf: No match for argument; pacman: target not found
    (
        &[
            "unable to locate package",
            "has no installation candidate",
            "no match for argument",
            "target not found",
            "no such package",
            "not found in package names",
        ],
        "the distribution's lists do not have the package. Either the lists could not be fetched (see above), or the distribution is too old (Debian 12 is the oldest that is known to work)",
    ),
    // sudo: a password is required
    (
        &["a password is required", "is not in the sudoers file"],
        "sudo asks for a password. Run the command by hand, or start imgtui as root",
    ),
    (
        &["no space left on device", "don't have enough free space"],
        "the disk is full. Free some space, then try again",
    ),
    // dpkg: error: requested operation requires superuser privilege
    (
        &["superuser privilege", "are you root?", "permission denied"],
        "this needs the rights of root",
    ),
    (
        &["no such file or directory (os error 2)"],
        "the program is not installed",
    ),
];

/// A message for people: which command, what happened, what to do, and its last words.
pub(super) fn explain(command: &[String], ended: &str, last: &[String]) -> String {
    let line = command.join(" ");
    let mut message = match meaning(ended, last) {
        Some(meaning) => format!("`{line}` failed ({ended}): {meaning}."),
        None => format!("`{line}` failed ({ended}). Run it by hand to see more."),
    };
    let from = last.len().saturating_sub(SHOWN);
    for line in &last[from..] {
        message.push_str("\n  ");
        message.push_str(line);
    }
    message
}

fn meaning(ended: &str, last: &[String]) -> Option<&'static str> {
    let mut text = last.join("\n").to_lowercase();
    text.push_str(&ended.to_lowercase());
    MEANINGS
        .iter()
        .find(|(words, _)| words.iter().any(|word| text.contains(word)))
        .map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(last: &[&str]) -> String {
        let last: Vec<String> = last.iter().map(|line| (*line).to_owned()).collect();
        explain(
            &["apt-get".into(), "install".into()],
            "exit status: 100",
            &last,
        )
    }

    #[test]
    fn a_held_lock_says_so() {
        let message = told(&[
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)",
            "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
        ]);
        assert!(
            message.starts_with(
                "`apt-get install` failed (exit status: 100): another package manager"
            )
        );
        assert!(message.contains("\n  E: Could not get lock"));
    }

    #[test]
    fn a_missing_network_wins_over_the_missing_package_that_follows_from_it() {
        let message = told(&[
            "W: Failed to fetch http://mirror.example/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror.example'",
            "E: Unable to locate package podman",
        ]);
        assert!(message.contains("the package mirror was not reached"));
    }

    #[test]
    fn what_is_not_known_is_not_guessed_and_only_the_last_lines_are_shown() {
        let message = told(&["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert!(message.contains("Run it by hand"));
        assert!(!message.contains("\n  2"));
        assert!(message.ends_with("\n  8"));
    }
}
