//! Stores, one file a concern.

mod contracts;
