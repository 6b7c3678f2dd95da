use super::*;
use proptest::prelude::*;

fn sh(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(String::from).to_vec()
}

#[tokio::test]
async fn both_streams_arrive_in_order_and_the_status_is_known() {
    let mut seen = Vec::new();
    let script = "echo one; echo two >&2; echo three; printf four; exit 3";
    let (ended, last) = stream(
        &sh(script),
        &mut |line| seen.push(line.to_owned()),
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    assert_eq!(seen, ["one", "two", "three", "four"]);
    assert_eq!(last, seen);
    assert!(matches!(ended, Ended::Exited(status) if status.code() == Some(3)));
}

#[tokio::test]
async fn cancel_ends_the_whole_group() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("held");
    let cancel = CancellationToken::new();
    // The grandchild holds the writing end, so reading comes to its end with it.
    let script = format!(
        "mkfifo {0}; echo made; sleep 600 > {0} & wait",
        fifo.display()
    );
    let mut reading = None;
    let (ended, _) = stream(
        &sh(&script),
        &mut |_| {
            let mut held = std::fs::File::open(&fifo).unwrap();
            reading = Some(tokio::task::spawn_blocking(move || {
                std::io::Read::read_to_end(&mut held, &mut Vec::new())
            }));
            cancel.cancel();
        },
        &cancel,
    )
    .await
    .unwrap();
    assert!(matches!(ended, Ended::Cancelled));
    let read = timeout(Duration::from_secs(10), reading.unwrap()).await;
    assert!(
        matches!(read, Ok(Ok(Ok(0)))),
        "the grandchild lives: {read:?}"
    );
}

#[tokio::test]
async fn a_daemon_that_holds_the_pipe_does_not_hold_us() {
    let words = sh("sleep 5 & echo $!; exit 0");
    let mut daemon = None;
    let begun = std::time::Instant::now();
    let (ended, _) = stream(
        &words,
        &mut |line| daemon = line.parse::<i32>().ok(),
        &CancellationToken::new(),
    )
    .await
    .unwrap();
    assert!(matches!(ended, Ended::Exited(status) if status.success()));
    assert!(begun.elapsed() < Duration::from_secs(4));
    let daemon = Pid::from_raw(daemon.unwrap()).unwrap();
    rustix::process::kill_process(daemon, Signal::KILL).unwrap();
}

#[tokio::test]
async fn capture_gives_the_words_of_a_failure_and_a_time_limit() {
    let shell = Path::new("/bin/sh");
    let limit = Duration::from_secs(10);
    let good = capture(
        shell,
        &["-c", "echo $X"],
        &[("X".into(), "y".into())],
        limit,
    )
    .await;
    assert_eq!(good, Ok("y\n".into()));
    let bad = capture(shell, &["-c", "echo why >&2; exit 1"], &[], limit).await;
    assert_eq!(bad, Err("why\n".into()));
    let slow = capture(shell, &["-c", "sleep 60"], &[], Duration::from_millis(50)).await;
    assert!(slow.unwrap_err().contains("did not end"));
    let none = capture(Path::new("/nowhere/x"), &[], &[], limit).await;
    assert!(none.unwrap_err().starts_with("/nowhere/x: "));
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_the_bytes_are_cut(
        text in "[a-c\n\r]{0,80}", cuts in proptest::collection::vec(1usize..9, 1..20),
    ) {
        let mut whole = Vec::new();
        let mut lines = Lines::default();
        lines.push(text.as_bytes(), &mut |line| whole.push(line));
        lines.finish(&mut |line| whole.push(line));
        let mut pieces = Vec::new();
        let mut lines = Lines::default();
        let mut rest = text.as_bytes();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            lines.push(piece, &mut |line| pieces.push(line));
            rest = tail;
        }
        lines.finish(&mut |line| pieces.push(line));
        prop_assert_eq!(whole, pieces);
    }
}

#[test]
fn an_endless_line_is_cut() {
    let mut lines = Lines::default();
    let mut seen = Vec::new();
    for _ in 0..100 {
        lines.push(&[b'x'; 1000], &mut |line| seen.push(line));
    }
    lines.push(b"\nnext\n", &mut |line| seen.push(line));
    assert_eq!(seen[0].len(), LONGEST_LINE);
    assert_eq!(seen[1], "next");
}
