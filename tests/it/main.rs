//! The whole system, seen from outside.

mod http_agree;
mod http_logs;
