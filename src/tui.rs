//! The screen: what is building, what was cached, what it cost, which strategy is best.
//!
//! [`update`] takes a [`Msg`] in and answers with [`Effect`]s; it is pure: no I/O, no clock.
//! [`view()`] draws a [`State`] and only reads it. [`run`] is the shell around the two: it owns
//! the terminal, turns keys into messages, and hands every effect that is not about the terminal
//! to whoever started it. One table, [`keymap`], makes key handling, footer, help and the
//! README's list of keys.
//!
//! Nothing outside this room knows of ratatui or crossterm.

mod areas;
mod effect;
mod figures;
pub mod keymap;
mod msg;
pub mod picture;
mod shell;
mod state;
mod theme;
mod update;
mod view;
mod widget;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod screens;

pub use effect::Effect;
pub use msg::{Level, Msg};
pub use shell::run;
pub use state::{Start, State};
pub use theme::Colour;
pub use update::update;
pub use view::{draw, view};
