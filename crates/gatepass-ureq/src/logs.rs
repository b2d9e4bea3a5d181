//! The logs of ureq, whose finest level shows what must stay secret.

use std::error::Error;
use std::fmt;

use log::Level;

/// Whether a logger takes the records with which ureq shows queries, and ureq-proto the bytes on the wire.
pub(crate) fn show_the_wire() -> bool {
    log::log_enabled!(target: "ureq::util", Level::Trace)
        || log::log_enabled!(target: "ureq_proto::util", Level::Trace)
}

/// A logger would show the request and its answer.
#[derive(Debug)]
pub(crate) struct WireLogged;

impl fmt::Display for WireLogged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the log level trace of ureq and ureq_proto would show tokens; set both to debug")
    }
}

impl Error for WireLogged {}
