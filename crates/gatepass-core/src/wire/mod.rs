//! Parsing and rendering. Private: what these files know is not part of the interface.

mod digest;

pub(crate) use digest::digest;
