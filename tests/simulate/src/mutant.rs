//! Drivers that are broken on purpose. The machine stays as it is: what is broken is how its effects meet the world,
//! by ports that do not keep their contracts.

/// One way of breaking a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mutant {
    /// A commit is taken for stored before the store has said so, and so the token is handed out before.
    HandsOutBeforeCommit,
    /// The guard does not reach the HTTP client.
    GuardIsNotPassedOn,
    /// The guard is judged when the request is made, not when the connection is ready.
    GuardIsJudgedTooEarly,
    /// A renewal runs in its caller: it is dropped with it.
    FlightIsDroppedWithItsCaller,
    /// While the store is away a successor is not kept and written later.
    SuccessorIsNotKept,
    /// The HTTP client repeats a request whose answer was lost.
    ClientRetries,
    /// An answer that was lost is taken for a request that never left.
    LostAnswerProvesNothingSent,
    /// The driver does not wait before a token is presented again.
    WaitsAreSkipped,
    /// A swap that was refused is taken for one that was applied.
    RefusedSwapCountsAsDone,
    /// A swap whose reply was lost is taken for one that was not applied, and its row for the one before.
    ReadsAreStale,
}

impl Mutant {
    pub const ALL: [Self; 10] = [
        Self::HandsOutBeforeCommit,
        Self::GuardIsNotPassedOn,
        Self::GuardIsJudgedTooEarly,
        Self::FlightIsDroppedWithItsCaller,
        Self::SuccessorIsNotKept,
        Self::ClientRetries,
        Self::LostAnswerProvesNothingSent,
        Self::WaitsAreSkipped,
        Self::RefusedSwapCountsAsDone,
        Self::ReadsAreStale,
    ];
}

impl Mutant {
    /// The one of this name.
    ///
    /// # Errors
    /// The names that there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|mutant| format!("{mutant:?}") == name);
        found.copied().ok_or_else(|| format!("there are: {:?}", Self::ALL))
    }
}
