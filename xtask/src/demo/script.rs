//! The script: scenes and steps as they happen, and the verdict at the end.

use std::time::{Duration, Instant};

use super::browser::Page;
use super::mask::mask;
use crate::verb::Stop;

#[derive(Debug)]
pub(super) struct Script {
    started: Instant,
    quiet: bool,
    steps: usize,
    checks: usize,
    deviations: Vec<String>,
}

impl Script {
    pub(super) fn new(quiet: bool) -> Self {
        Self { started: Instant::now(), quiet, steps: 0, checks: 0, deviations: Vec::new() }
    }

    /// A new scene.
    pub(super) fn scene(&mut self, title: &str) {
        println!("\n--- {title}");
    }

    /// A request that was made and answered.
    pub(super) fn page(&mut self, page: &Page) {
        self.steps += 1;
        if self.quiet {
            return;
        }
        println!("{:>3}  {:<4} {}", self.steps, page.method, mask(&page.url));
        let to = page.location.as_deref().map(|to| format!(" → {}", mask(to))).unwrap_or_default();
        let cookies = page.new_cookies.iter().map(|name| format!("  cookie {name}=…")).collect::<String>();
        println!("          {}{to}{cookies}  ({})", page.status, time(page.took));
    }

    /// Something worth knowing.
    pub(super) fn note(&mut self, text: &str) {
        if !self.quiet {
            println!("          {text}");
        }
    }

    /// What must be so.
    pub(super) fn check(&mut self, holds: bool, what: &str) {
        self.checks += 1;
        if holds {
            if !self.quiet {
                println!("     ok   {what}");
            }
        } else {
            println!("   FAIL   {what}");
            self.deviations.push(what.to_owned());
        }
    }

    /// The last line.
    pub(super) fn verdict(self) -> Result<(), Stop> {
        let Self { steps, checks, deviations, started, .. } = self;
        let took = started.elapsed().as_secs_f64();
        println!();
        if deviations.is_empty() {
            println!("The demo ran as it must: {steps} steps, {checks} checks, {took:.1} s.");
            return Ok(());
        }
        let deviations = deviations.join("; ");
        Err(Stop::Failed(format!("the demo deviated in {steps} steps, {took:.1} s: {deviations}")))
    }
}

fn time(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}
