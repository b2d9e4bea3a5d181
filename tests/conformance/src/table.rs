//! The table as text.

use std::fmt::Write as _;

use crate::{End, Outcome, Report};

/// The first line.
#[must_use]
pub fn head() -> String {
    format!(
        "{:<72} {:<9} {:<9} {:>7} {:>4}  {}",
        "module", "verdict", "twin", "further", "keys", "what the provider did"
    )
}

/// The line of a row, and what is wrong with it below.
#[must_use]
pub fn line(report: &Report) -> String {
    let row = &report.row;
    let crate::Cast::Played { .. } = row.cast else {
        let crate::Cast::Skipped(why) = row.cast else { return String::new() };
        return format!("{:<72} skipped: {why}", row.module);
    };
    let word = |outcome: &Option<Outcome>| match outcome {
        None => "-",
        Some(outcome) if !outcome.wrong.is_empty() => "RED",
        Some(Outcome { end: End::Accepted, .. }) => "accepted",
        Some(_) => "refused",
    };
    let run = report.run.as_ref();
    let mut text = format!(
        "{:<72} {:<9} {:<9} {:>7} {:>4}  {}",
        row.module,
        word(&report.run),
        word(&report.twin),
        run.map_or(0, |run| run.further),
        run.map_or(0, |run| run.key_fetches),
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
