//! Every check, shown failing on a small broken input and silent on a sound one.

mod code;
mod graph;
mod manifest;
mod requirements;
mod signals;
mod source;
mod tracked;

use super::finding::Finding;

/// The findings as a person sees them.
fn said(findings: impl IntoIterator<Item = Finding>) -> String {
    findings.into_iter().map(|finding| format!("{finding}\n")).collect()
}
