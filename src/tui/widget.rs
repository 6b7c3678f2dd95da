//! Small pieces that know nothing of builds: text that fits, colours of logs, frames, bars.

pub(super) mod frame;
pub(super) mod input;
pub(super) mod sgr;
pub(super) mod text;
