//! The crate seen from outside.

mod loopback;
