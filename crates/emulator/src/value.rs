//! Typed values: how a stored value reads on the wire, how it is shown to people, how text from a request
//! becomes a stored value, and the date arithmetic behind all three.
//!
//! Nothing here knows HTTP or SQL text; lookups of referred rows are in [`display`].

pub(crate) mod calendar;
pub(crate) mod display;
pub(crate) mod duration;
pub(crate) mod format;
pub(crate) mod input;
pub(crate) mod journal;
pub(crate) mod literal;
pub(crate) mod number;
pub(crate) mod period;
pub(crate) mod raw;
pub(crate) mod script;
