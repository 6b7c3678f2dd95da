//! A small REST service: what it answers and how it is served.

mod routes;
mod serve;

pub use routes::router;
pub use serve::serve;
