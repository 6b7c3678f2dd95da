//! The only part of the screen that does something: it reads keys, draws, and passes effects on.
//!
//! One `select!` puts everything into one order. Whatever is there is taken in first (keys before
//! messages, and of a flood of messages only so many that keys never wait); then the screen is
//! drawn once, if something changed, and at most sixty times a second.

use std::{io, time::Duration};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{self, Receiver, error::TryRecvError},
    task::AbortHandle,
    time::Instant,
};

use super::{
    effect::Effect,
    msg::{Level, Msg},
    state::State,
    update::update,
    view::view,
};

mod terminal;

use terminal::Screen;

/// Messages taken in between two looks at the keys.
const BATCH: usize = 2_000;
/// Longest time spent on messages between two looks at the keys.
const SLICE: Duration = Duration::from_millis(8);
/// Least time between two drawings.
const FRAME: Duration = Duration::from_micros(16_667);

/// Runs the screen until the user leaves it. The first frame is drawn before anything else is
/// waited for. Effects that are not about the terminal go to `perform`, which must not block;
/// what comes of them arrives through `messages`.
///
/// # Errors
/// The terminal cannot be set up or written to, or some part of the program panicked. The
/// terminal is as it was before in every case.
pub async fn run(
    state: State,
    messages: Receiver<Msg>,
    perform: impl FnMut(Effect),
) -> io::Result<()> {
    let mut shell = Shell {
        epoch: Instant::now(),
        offset: state.now,
        screen: Screen::open(state.mouse)?,
        state,
        perform,
        drawn: None,
        leaving: false,
    };
    let (width, height) = shell.screen.size()?;
    shell.take_in(Msg::Resize(width, height));
    shell.draw()?;
    shell.live(messages).await
}

struct Shell<P> {
    state: State,
    screen: Screen,
    perform: P,
    epoch: Instant,
    /// What the program's time was at `epoch`.
    offset: Duration,
    drawn: Option<Instant>,
    leaving: bool,
}

impl<P: FnMut(Effect)> Shell<P> {
    async fn live(&mut self, mut messages: Receiver<Msg>) -> io::Result<()> {
        let mut keyboard = Keyboard::open();
        let mut term = signal(SignalKind::terminate())?;
        let mut hup = signal(SignalKind::hangup())?;
        let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
        let mut open = true;
        while !self.leaving {
            let wake = self.next_wake();
            tokio::select! {
                biased;
                () = terminal::panicked() => {
                    return Err(io::Error::other("a part of the program panicked, see above"));
                }
                _ = term.recv() => self.take_in(Msg::Terminated),
                _ = hup.recv() => self.take_in(Msg::Terminated),
                event = keyboard.events.recv() => self.take_event(event),
                message = messages.recv(), if open => match message {
                    Some(message) => self.take_in(message),
                    None => open = false,
                },
                () = sleep_until(wake) => {}
            }
            self.drain(&mut keyboard, &mut messages, &mut open);
            if self.screen.wants_suspend() {
                self.suspend(&mut continued).await?;
            }
            self.draw_when_due()?;
        }
        Ok(())
    }

    /// Takes in what is there already: all keys, and a bounded number of messages.
    fn drain(&mut self, keyboard: &mut Keyboard, messages: &mut Receiver<Msg>, open: &mut bool) {
        while let Ok(event) = keyboard.events.try_recv() {
            self.take_event(Some(event));
        }
        let begun = Instant::now();
        for _ in 0..BATCH {
            if begun.elapsed() > SLICE {
                return;
            }
            match messages.try_recv() {
                Ok(message) => self.take_in(message),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    *open = false;
                    break;
                }
            }
        }
    }

    fn take_event(&mut self, event: Option<io::Result<Event>>) {
        let message = match event {
            Some(Ok(Event::Key(key))) => Msg::Key(key),
            Some(Ok(Event::Mouse(mouse))) => Msg::Mouse(mouse),
            Some(Ok(Event::Paste(text))) => Msg::Paste(text),
            Some(Ok(Event::Resize(width, height))) => Msg::Resize(width, height),
            Some(Ok(Event::FocusGained | Event::FocusLost)) => return,
            // The terminal is gone.
            Some(Err(_)) | None => Msg::Terminated,
        };
        self.take_in(message);
    }

    fn take_in(&mut self, message: Msg) {
        let now = self.offset + self.epoch.elapsed();
        update(&mut self.state, Msg::Tick { now });
        for effect in update(&mut self.state, message) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let done = match effect {
            Effect::Quit => {
                self.leaving = true;
                Ok(())
            }
            Effect::Suspend => {
                self.screen.ask_suspend();
                Ok(())
            }
            Effect::MouseCapture(on) => self.screen.capture_mouse(on),
            Effect::CopyText(text) => self.screen.copy(&text),
            other => {
                (self.perform)(other);
                Ok(())
            }
        };
        if let Err(error) = done {
            let text = format!("the terminal refused: {error}");
            update(
                &mut self.state,
                Msg::Notice {
                    level: Level::Error,
                    text,
                },
            );
        }
    }

    /// When to wake although nothing happens: to draw what waits, or because something moves.
    fn next_wake(&self) -> Option<Instant> {
        if self.state.is_dirty() {
            return Some(self.drawn.map_or_else(Instant::now, |drawn| drawn + FRAME));
        }
        self.state.next_tick().map(|pause| Instant::now() + pause)
    }

    fn draw_when_due(&mut self) -> io::Result<()> {
        let now = self.offset + self.epoch.elapsed();
        update(&mut self.state, Msg::Tick { now });
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
        if self.state.is_dirty() && due && !self.leaving {
            self.draw()?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        if size != self.state.size {
            update(&mut self.state, Msg::Resize(size.0, size.1));
        }
        self.state.take_dirty();
        let state = &self.state;
        self.screen.draw(|frame| view(state, frame))?;
        self.drawn = Some(Instant::now());
        Ok(())
    }

    async fn suspend(&mut self, continued: &mut Signal) -> io::Result<()> {
        Screen::close();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        // The signal may reach another thread first; and where nobody does job control it is
        // ignored, so there is a limit to the wait.
        let _ = tokio::time::timeout(Duration::from_millis(300), continued.recv()).await;
        self.screen.reopen(self.state.mouse)?;
        self.take_in(Msg::Resumed);
        Ok(())
    }
}

/// Keys, mouse, resize. A task of its own reads them, because crossterm's stream keeps the waker
/// of its first poll: it can be awaited in one place only, and not be tried in between.
struct Keyboard {
    events: Receiver<io::Result<Event>>,
    reader: AbortHandle,
}

impl Keyboard {
    fn open() -> Self {
        const WAITING: usize = 256;
        let (sender, events) = mpsc::channel(WAITING);
        let reader = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        Self {
            events,
            reader: reader.abort_handle(),
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
