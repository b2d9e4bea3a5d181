//! Room for logins under way: who is kept, and for how long, when many come.
//!
//! Nobody's login is ever taken away for somebody else's. Half of the room is for everybody. When that is full, a
//! browser that came without our cookie is given one and asked to come once more, and nothing is kept of it: who only
//! ever starts logins costs no row. The other half is for those who bring their cookie along; a login that begins
//! there is kept for a shorter time, so that it is soon empty again when a flood is over.

use std::time::Duration;

use gatepass::ports::{Parking, PendingKey, Room, Sealed, StoreError};

use crate::Login;

/// How long the store keeps a login that was started; the person has a little less.
const KEEP: Duration = Duration::from_secs(11 * 60);

/// The same when more than half of the room is taken: long enough to type a password and a code.
const KEEP_CROWDED: Duration = Duration::from_secs(4 * 60);

/// Logins that one browser may have under way.
const PER_BROWSER: u32 = 32;

/// Logins that may be under way in all, unless the application says otherwise.
pub(crate) const IN_ALL: u32 = 65_536;

impl Login {
    /// Keeps a login that was started, if there is room. `known`: the browser brought its cookie along.
    pub(crate) async fn park(
        &self,
        key: &PendingKey,
        login: Sealed,
        known: bool,
    ) -> Result<Parking, StoreError> {
        let inner = self.inner();
        let whole = inner.logins_under_way;
        let half = Room::new(PER_BROWSER, whole.div_ceil(2));
        match inner.pending.park(key, login.clone(), KEEP, half).await? {
            Parking::Full if known => {
                inner.pending.park(key, login, KEEP_CROWDED, Room::new(PER_BROWSER, whole)).await
            }
            parking => Ok(parking),
        }
    }
}
