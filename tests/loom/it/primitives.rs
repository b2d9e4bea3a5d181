//! loom's primitives, by the names under which the keeper's files know the standard library's.

pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
