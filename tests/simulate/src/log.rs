//! What happened, line by line: the story of a seed, and by its hash the proof that a seed tells one story only.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

use crate::sim::lock;

#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<(u64, String)>>);

impl Log {
    pub fn note(&self, at: u64, text: impl fmt::Display) {
        lock(&self.0).push((at, text.to_string()));
    }

    pub fn take(&self) -> Told {
        Told(std::mem::take(&mut *lock(&self.0)))
    }
}

/// A whole story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told(Vec<(u64, String)>);

impl Told {
    /// Stands for the story.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines around a moment: those at most so many milliseconds before it.
    pub fn before(&self, moment: u64, millis: u64) -> Self {
        let from = moment.saturating_sub(millis);
        Self(self.0.iter().filter(|(at, _)| (from..=moment).contains(at)).cloned().collect())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, text) in &self.0 {
            let (seconds, millis) = (at / 1000, at % 1000);
            writeln!(f, "  {:>3}:{:02}.{millis:03}  {text}", seconds / 60, seconds % 60)?;
        }
        Ok(())
    }
}
