//! What each step of a build depends on, whether it will come from the cache, and why it did not.
//!
//! No engine tells any of this. So it is worked out from outside: [`ingredients`] says what each step
//! depends on, by the engine's own rules ([`rules`]); [`memory`] remembers which results there must
//! be, from the builds of the past; [`judge()`] goes through a build's steps and says of each what to
//! expect and why, before the build and after it. What an engine hides is marked as likely, with what
//! that is based on.
//!
//! Pure: what was sent and what happened comes in from outside.

mod details;
mod difference;
pub mod estimate;
mod files;
mod hit;
pub mod ingredients;
pub mod judge;
mod key;
pub mod memory;
pub mod past;
pub mod profiles;
pub mod recipe;
pub mod rules;
mod scope;
pub mod selection;
#[cfg(test)]
mod tests;

pub use self::{
    ingredients::{Inputs, footprint},
    judge::{Case, IgnoredFile, Judged, Judgement, judge},
    memory::Memory,
    past::Past,
};
