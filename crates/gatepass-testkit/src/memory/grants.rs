//! Grants in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use gatepass_core::Timestamp;
use gatepass_core::ports::{GrantKey, Reading, Revision, Row, StoreError, Swap};

#[derive(Default)]
pub(super) struct Grants {
    rows: BTreeMap<GrantKey, (Revision, Row)>,
    /// Counts over all keys, so that none gets a revision twice.
    last: i64,
}

impl Grants {
    pub(super) fn read(&mut self, now: Timestamp, key: &GrantKey) -> Result<Reading, StoreError> {
        Ok(Reading::new(self.rows.get(key).cloned(), now))
    }

    pub(super) fn swap(
        &mut self,
        now: Timestamp,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        let there = self.rows.get(key).map(|(revision, _)| *revision);
        if there != expected || (there.is_none() && next.is_none()) {
            return Ok(Swap::Moved(self.read(now, key)?));
        }
        self.last += 1;
        let revision = Revision::new(self.last);
        match next {
            Some(row) => self.rows.insert(key.clone(), (revision, row)),
            None => self.rows.remove(key),
        };
        Ok(Swap::Done { revision, now })
    }

    pub(super) fn due(
        &mut self,
        _: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<GrantKey>, StoreError> {
        let mut due: Vec<_> = self
            .rows
            .iter()
            .filter_map(|(key, (_, row))| Some((row.journal.due().filter(|due| *due <= before)?, key)))
            .collect();
        due.sort();
        Ok(due.into_iter().take(limit as usize).map(|(_, key)| key.clone()).collect())
    }

    pub(super) fn scan(
        &mut self,
        _: Timestamp,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.rows.range((from, Bound::Unbounded)).take(limit as usize);
        Ok(rest.map(|(key, (revision, row))| (key.clone(), *revision, row.clone())).collect())
    }
}
