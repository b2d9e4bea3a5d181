//! Time and allocations of the login path.
