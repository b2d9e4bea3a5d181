//! What threads share: the standard library's here, and loom's where these files are compiled for its models
//! (`tests/loom`).

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
