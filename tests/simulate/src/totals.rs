//! The numbers of many seeds.

use std::collections::BTreeMap;
use std::fmt;

use crate::mutant::Mutant;
use crate::run::Outcome;

#[derive(Clone, Debug, Default)]
pub struct Totals {
    pub seeds: u64,
    pub virtual_hours: f64,
    pub steps: u64,
    pub renewals: u64,
    pub longest_wait: u64,
    pub faults: BTreeMap<&'static str, u64>,
    pub answers: BTreeMap<&'static str, u64>,
    pub turns: BTreeMap<&'static str, u64>,
    /// Seeds in which something went wrong that must not.
    pub wrong: u64,
}

impl Totals {
    pub fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.virtual_hours += outcome.lasted as f64 / 3_600_000.0;
        self.steps += outcome.steps;
        self.renewals += outcome.counts.renewals;
        self.longest_wait = self.longest_wait.max(outcome.counts.longest_wait);
        self.wrong += u64::from(!outcome.wrong.is_empty());
        for (mine, its) in [
            (&mut self.faults, &outcome.counts.faults),
            (&mut self.answers, &outcome.counts.answers),
            (&mut self.turns, &outcome.counts.turns),
        ] {
            its.iter().for_each(|(name, count)| *mine.entry(name).or_default() += count);
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, virtual_hours, steps, renewals, .. } = self;
        writeln!(
            f,
            "{seeds} seeds, {virtual_hours:.0} hours of virtual time, {steps} steps, {renewals} renewals"
        )?;
        for (title, counts) in [("faults", &self.faults), ("answers", &self.answers), ("rows", &self.turns)] {
            write!(f, "  {title}:")?;
            for (at, (name, count)) in counts.iter().enumerate() {
                write!(f, "{} {name} {count}", if at == 0 { "" } else { "," })?;
            }
            writeln!(f)?;
        }
        writeln!(f, "  longest wait of a caller: {:.1} s", self.longest_wait as f64 / 1000.0)?;
        writeln!(f, "  seeds in which something went wrong that must not: {}", self.wrong)
    }
}

impl Outcome {
    /// What went wrong first, and how it is seen again.
    pub fn headline(&self) -> String {
        match self.wrong.first() {
            Some((wrong, _, why)) => format!("{wrong:?} in seed {}: {why}", self.plan.seed),
            None => format!("nothing wrong in seed {}", self.plan.seed),
        }
    }

    /// The story up to what went wrong first, and the command that tells it again.
    pub fn report(&self, mutant: Option<Mutant>) -> String {
        let Some((wrong, at, why)) = self.wrong.first() else { return String::new() };
        let story = self.told.before(*at, 40_000);
        let with = mutant.map(|mutant| format!(" --mutant {mutant:?}")).unwrap_or_default();
        format!(
            "{}\n{story}  {wrong:?}: {why}\n  again: cargo xtask simulate --seed {}{with}\n",
            self.plan, self.plan.seed
        )
    }
}
