//! What the stores need of a database: statements with bound values, and several of them as one.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::StoreError;

use crate::error::corrupt;
use crate::sql::Statements;

/// How often a write that found the row otherwise, followed by a look that found it as the write had wanted, is tried.
pub(crate) const LOOKS: usize = 8;

/// A bound value. It has no `Debug`, so that none is ever shown.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Int(i64),
    MaybeInt(Option<i64>),
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
}

/// One statement of several that are applied together.
pub(crate) struct Step<'a> {
    pub(crate) sql: &'static str,
    pub(crate) values: &'a [Value<'a>],
    /// Whether nothing is to be applied when this statement returns no row.
    pub(crate) must_return: bool,
}

/// A database.
pub(crate) trait Engine: Send + Sync + fmt::Debug {
    type Row: Cells + Send;

    fn sql(&self) -> &'static Statements;

    /// Runs one statement that only reads.
    fn read(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Runs one statement that writes; it is committed when this is `Ok`.
    fn write(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Applies all steps or none. `Some(n)`: step `n` had to return a row and did not, and nothing was applied.
    fn atomically(
        &self,
        steps: &[Step<'_>],
    ) -> impl Future<Output = Result<Option<usize>, StoreError>> + Send;
}

/// The cells of a row that was returned, by position.
pub(crate) trait Cells {
    fn maybe_int(&self, at: usize) -> Result<Option<i64>, StoreError>;
    fn maybe_text(&self, at: usize) -> Result<Option<String>, StoreError>;
    fn maybe_bytes(&self, at: usize) -> Result<Option<Vec<u8>>, StoreError>;

    fn int(&self, at: usize) -> Result<i64, StoreError> {
        self.maybe_int(at)?.ok_or_else(corrupt)
    }

    fn text(&self, at: usize) -> Result<String, StoreError> {
        self.maybe_text(at)?.ok_or_else(corrupt)
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>, StoreError> {
        self.maybe_bytes(at)?.ok_or_else(corrupt)
    }

    fn time(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.int(at).map(Timestamp::from_unix_millis)
    }

    fn maybe_time(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_int(at)?.map(Timestamp::from_unix_millis))
    }
}

/// A duration in the milliseconds that are added to the database's clock, short enough for the sum to fit.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).min(i64::MAX / 4)
}
