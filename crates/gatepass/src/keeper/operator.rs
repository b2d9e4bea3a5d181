//! The operator's verbs: list suspect grants, mistrust all after a restore, seal again under a new key.

use std::sync::Arc;

use gatepass_core::ports::{GrantKey, Revision, Row, StoreError, Swap};
use gatepass_core::renewal::{State, Verdict};

use super::{Keeper, NO_ENTROPY, lost_store};
use crate::keep_error::KeepError;
use crate::undertaking::Undertaking;

/// Rows that are read at once.
pub(crate) const PAGE: u32 = 256;

/// How far a walk over all grants has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Grants that were looked at.
    pub seen: u64,
    /// Grants that were changed.
    pub changed: u64,
    /// Grants that could not be: no key of the ring opens them, or no client is configured for them.
    pub failed: u64,
}

impl Keeper {
    /// The suspect grants, at most `limit`, in the order of their keys after `after`.
    ///
    /// # Errors
    /// [`KeepError::StoreUnavailable`].
    pub async fn suspects(&self, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>, KeepError> {
        let mut suspects = Vec::new();
        let mut last = after.cloned();
        while suspects.len() < limit {
            let page = self.page(last.as_ref()).await?;
            let Some((key, ..)) = page.last() else { break };
            last = Some(key.clone());
            let found = page.into_iter().filter(|(_, _, row)| row.journal.state == State::Suspect);
            suspects.extend(found.map(|(key, ..)| key).take(limit - suspects.len()));
        }
        Ok(suspects)
    }

    /// Makes every grant suspect whose refresh token rotates: after the database was restored from a backup, the
    /// stored ones may be spent. Valid access tokens serve on; the people are asked to log in again, softly.
    ///
    /// # Errors
    /// [`KeepError`], when it did not reach the end; what was done is done, and it can be called again.
    pub async fn distrust_all(
        &self,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Progress, KeepError> {
        let mut done = Progress::default();
        let mut last = None;
        loop {
            let page = self.page(last.as_ref()).await?;
            let Some((key, ..)) = page.last() else { return Ok(done) };
            last = Some(key.clone());
            for (key, _, row) in page {
                done.seen += 1;
                let Some(known) = self.0.book.known(key.provider()) else {
                    done.failed += 1;
                    continue;
                };
                if !matches!(row.journal.state, State::Active | State::Refreshing) {
                    continue;
                }
                let began = Undertaking::distrust(&self.0.book, known, &key);
                let mut undertaking = began.map_err(|_| NO_ENTROPY)?;
                match self.course(&mut undertaking, |_| {}).await {
                    Verdict::Suspect => done.changed += 1,
                    Verdict::StoreAway => return Err(lost_store(&undertaking)),
                    _ => {}
                }
            }
            progress(done);
        }
    }

    /// Seals everything under the first key of the ring that is not yet. Afterwards the other keys can be dropped.
    ///
    /// # Errors
    /// [`KeepError`], when it did not reach the end; what was done is done, and it can be called again.
    pub async fn reseal_all(&self, mut progress: impl FnMut(Progress) + Send) -> Result<Progress, KeepError> {
        let mut done = Progress::default();
        let mut last = None;
        loop {
            let page = self.page(last.as_ref()).await?;
            let Some((key, ..)) = page.last() else { return Ok(done) };
            last = Some(key.clone());
            for (key, revision, row) in page {
                done.seen += 1;
                self.reseal(&key, revision, row, &mut done).await?;
            }
            progress(done);
        }
    }

    async fn reseal(
        &self,
        key: &GrantKey,
        mut revision: Revision,
        mut row: Row,
        done: &mut Progress,
    ) -> Result<(), KeepError> {
        loop {
            let Some(next) = self.0.book.resealed(key, &row, done)? else { return Ok(()) };
            match self.0.store.swap(key, Some(revision), Some(next)).await.map_err(away)? {
                // Somebody wrote meanwhile: what stands there now may be under an old key still.
                Swap::Moved(reading) => match reading.row {
                    Some(found) => (revision, row) = found,
                    None => return Ok(()),
                },
                _ => {
                    done.changed += 1;
                    return Ok(());
                }
            }
        }
    }

    async fn page(&self, after: Option<&GrantKey>) -> Result<Vec<(GrantKey, Revision, Row)>, KeepError> {
        self.0.store.scan(after, PAGE).await.map_err(away)
    }
}

fn away(why: StoreError) -> KeepError {
    KeepError::StoreUnavailable(Arc::new(why))
}
