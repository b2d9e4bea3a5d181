//! The table as text.

use std::fmt::Write as _;

use crate::judge::ASSERTIONS;
use crate::{Cast, End, Outcome, Report};

/// The first line.
#[must_use]
pub fn head() -> String {
    format!(
        "{:<72} {:<9} {:<9} {:>7} {:>4} {:>5}  {}",
        "module", "verdict", "twin", "further", "keys", "A.8", "what the provider did"
    )
}

/// The line of a row, and what is wrong with it below.
#[must_use]
pub fn line(report: &Report) -> String {
    let row = &report.row;
    if let Cast::Skipped(why) = row.cast {
        return format!("{:<72} skipped: {why}", row.module);
    }
    let word = |outcome: &Option<Outcome>| match outcome {
        None => "-",
        Some(outcome) if !outcome.wrong.is_empty() => "RED",
        Some(Outcome { end: End::Accepted, .. }) => "accepted",
        Some(_) => "refused",
    };
    let run = report.run.as_ref();
    let held = [&report.run, &report.twin].into_iter().flatten().map(|outcome| outcome.held).min();
    let mut text = format!(
        "{:<72} {:<9} {:<9} {:>7} {:>4} {:>3}/{}  {}",
        row.module,
        word(&report.run),
        word(&report.twin),
        run.map_or(0, |run| run.further),
        run.map_or(0, |run| run.key_fetches),
        held.unwrap_or_default(),
        ASSERTIONS.len(),
        row.plays(),
    );
    if let Some(end @ End::Refused { .. }) = run.map(|run| &run.end) {
        let _ = write!(text, "\n{:>8}{end}", "");
    }
    for wrong in report.wrong() {
        let _ = write!(text, "\n{:>8}RED: {wrong}", "");
    }
    text
}
