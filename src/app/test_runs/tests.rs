use std::fs;

use tokio::{io::AsyncReadExt, net::TcpListener};

use super::*;

/// A package with one test and this in its body.
fn package(body: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let manifest =
        "[workspace]\n[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let source = format!("#[test]\nfn it_works() {{ {body} }}\n");
    fs::write(folder.path().join("src/lib.rs"), source).unwrap();
    folder
}

fn tests<'a>(folder: &'a tempfile::TempDir, cancel: &'a CancellationToken) -> Tests<'a> {
    Tests {
        root: folder.path(),
        flags: &[],
        cancel,
    }
}

#[tokio::test]
async fn a_run_tells_how_many_passed_and_what_it_took() {
    let folder = package("");
    let cancel = CancellationToken::new();
    let tests = tests(&folder, &cancel);
    assert_eq!(tests.sets().await.unwrap(), [TestSet::Usual]);
    tests
        .compile(TestCommand::CargoTestTests, TestSet::Usual)
        .await
        .unwrap();
    let run = tests
        .run(TestCommand::CargoTestTests, TestSet::Usual, 1)
        .await
        .unwrap();
    assert_eq!(run.passed, Some(1));
    assert!(
        run.taken.wall_s > 0.0 && run.taken.cpu.user_s > 0.0,
        "{run:?}"
    );
}

#[tokio::test]
async fn a_failing_test_is_shown_and_is_no_figure() {
    let folder = package("panic!(\"as planted\")");
    let cancel = CancellationToken::new();
    let error = tests(&folder, &cancel)
        .run(TestCommand::CargoTestTests, TestSet::Usual, 1)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("`cargo test --tests` failed"), "{text}");
    assert!(text.contains("as planted"), "{text}");
}

#[tokio::test]
async fn what_is_cancelled_leaves_no_process() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Holds a connection for as long as it lives.
    let folder = package(&format!(
        "let _held = std::net::TcpStream::connect((\"127.0.0.1\", {port})).unwrap(); loop {{ std::thread::park() }}"
    ));
    let cancel = CancellationToken::new();
    let tests = tests(&folder, &cancel);
    let running = tests.run(TestCommand::CargoTestTests, TestSet::Usual, 1);
    let cancelling = async {
        let (connection, _) = listener.accept().await.unwrap();
        cancel.cancel();
        connection
    };
    let (ended, mut connection) = tokio::join!(running, cancelling);
    assert!(matches!(ended, Err(TestRunError::Cancelled)), "{ended:?}");
    let closed = connection.read(&mut [0]).await;
    assert!(matches!(closed, Ok(0) | Err(_)), "{closed:?}");
}
