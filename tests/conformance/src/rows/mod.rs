//! The table: a file for a group of plans.

mod basic;
mod fapi;
mod logout;
mod others;
mod single;

use crate::{Plan, Row};

/// All rows, in the order of their plans.
#[must_use]
pub fn rows() -> Vec<Row> {
    let mut rows = basic::rows();
    rows.extend(single::ROWS);
    rows.extend(logout::ROWS);
    rows.extend(fapi::ROWS);
    rows.extend(others::ROWS);
    rows.sort_by_key(|row| Plan::ALL.iter().position(|plan| *plan == row.plan));
    rows
}
