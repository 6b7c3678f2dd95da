//! The real program, asked over TCP and stopped by a signal, as an engine does it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

struct Program {
    child: Child,
    port: u16,
    // Held open: the program must not find its output closed.
    _stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sample-app"))
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let (_, port) = line.trim_end().rsplit_once(':').unwrap();
        Self {
            child,
            port: port.parse().unwrap(),
            _stdout: stdout,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends the signal; tells how it ended, and how long that took.
    fn stop(mut self, signal: &str) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        // The shell's own: a slim image has no program of that name.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", signal])
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        (status, begin.elapsed())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Does nothing when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn answers_and_ends_with_sigterm() {
    let program = Program::start();
    assert!(program.get("/health").starts_with("HTTP/1.1 200 OK"));
    let answer = program.get("/");
    assert!(answer.contains(r#""stamp":"imgtui:"#), "{answer}");
    let (status, took) = program.stop("TERM");
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(2), "took {took:?}");
}

#[test]
fn ends_with_ctrl_c() {
    let (status, _) = Program::start().stop("INT");
    assert!(status.success(), "{status}");
}

#[test]
fn a_client_that_only_holds_the_line_does_not_keep_it_from_ending() {
    let program = Program::start();
    let silent = program.connect();
    let mut halfway = program.connect();
    halfway.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
    // Answered, so both connections before it were accepted.
    program.get("/health");
    let (status, took) = program.stop("TERM");
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(2), "took {took:?}");
    drop((silent, halfway));
}

#[test]
fn a_port_that_is_none_ends_it_with_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_sample-app"))
        .env("PORT", "http")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("http"));
}
