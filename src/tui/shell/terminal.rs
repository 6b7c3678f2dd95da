//! The terminal: taken over, given back after any end.

use std::{
    io::{self, BufWriter, Stdout, Write},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    cursor, event, execute, queue,
    style::Print,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};
use tokio::sync::Notify;

/// Whether the terminal is ours now.
static OPEN: AtomicBool = AtomicBool::new(false);
/// Wakes the shell after a panic anywhere.
static PANICKED: Notify = Notify::const_new();

type Out = BufWriter<Stdout>;

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Out>>,
    suspend: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open(mouse: bool) -> io::Result<Self> {
        restore_on_panic();
        let taken = take(mouse);
        if taken.is_err() {
            give_back();
        }
        taken?;
        let mut terminal = terminal().inspect_err(|_| give_back())?;
        // A program that was killed may have left the alternate screen open, and full.
        execute!(terminal.backend_mut(), Clear(ClearType::All)).inspect_err(|_| give_back())?;
        Ok(Self {
            terminal,
            suspend: false,
        })
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame; terminals that can, show it at once.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(view)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn capture_mouse(&mut self, on: bool) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        if on {
            execute!(out, event::EnableMouseCapture)
        } else {
            execute!(out, event::DisableMouseCapture)
        }
    }

    /// Puts text into the clipboard of the user's terminal.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = format!("\u{1b}]52;c;{}\u{7}", base64(text.as_bytes()));
        execute!(self.terminal.backend_mut(), Print(sequence))
    }

    /// The next [`Self::wants_suspend`] says yes.
    pub(super) fn ask_suspend(&mut self) {
        self.suspend = true;
    }

    /// Whether the program is to go to the background; asked once.
    pub(super) fn wants_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    /// Gives the terminal back for a while.
    pub(super) fn close() {
        give_back();
    }

    /// Takes the terminal over again; everything will be drawn anew.
    pub(super) fn reopen(&mut self, mouse: bool) -> io::Result<()> {
        take(mouse)?;
        // Not `clear` of the old one: it asks the terminal where the cursor is, and the task that
        // reads the keys would get the answer.
        self.terminal = terminal()?;
        execute!(self.terminal.backend_mut(), Clear(ClearType::All))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Resolves after a panic of any thread.
pub(super) async fn panicked() {
    PANICKED.notified().await;
}

/// With nothing drawn yet.
fn terminal() -> io::Result<Terminal<CrosstermBackend<Out>>> {
    const BUFFER: usize = 64 * 1024;
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
        BUFFER,
        io::stdout(),
    )))
}

fn take(mouse: bool) -> io::Result<()> {
    OPEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    let mut out = io::stdout();
    queue!(
        out,
        EnterAlternateScreen,
        cursor::Hide,
        event::EnableBracketedPaste
    )?;
    if mouse {
        queue!(out, event::EnableMouseCapture)?;
    }
    out.flush()
}

/// Once only: leaving the alternate screen twice would move the cursor over what was printed
/// in between. Errors are ignored, as there is nothing left to be done about them.
fn give_back() {
    if !OPEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(
        io::stdout(),
        event::DisableMouseCapture,
        event::DisableBracketedPaste,
        EndSynchronizedUpdate,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// The message of a panic must be readable: the terminal is given back before it is printed,
/// and the shell ends, whichever thread panicked.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if OPEN.load(Ordering::SeqCst) {
                give_back();
                PANICKED.notify_one();
            }
            before(panic);
        }));
    });
}

/// Base64 with padding, as OSC 52 wants it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                let index = (word >> (18 - 6 * place)) & 63;
                text.push(char::from(LETTERS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_rfc() {
        let shown = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(shown, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
