//! Logins under way, in memory.

use std::collections::HashMap;
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{Claim, Hash32, Parking, PendingKey, Room, Sealed, StoreError, StoreErrorKind};

#[derive(Default)]
pub(super) struct PendingLogins {
    rows: HashMap<Hash32, Login>,
    parked: u64,
}

struct Login {
    key: PendingKey,
    number: u64,
    phase: Phase,
    claimed: Timestamp,
    sealed: Sealed,
    until: Timestamp,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Parked,
    Claimed,
    Landed,
}

impl PendingLogins {
    pub(super) fn park(
        &mut self,
        now: Timestamp,
        key: &PendingKey,
        login: Sealed,
        keep: Duration,
        room: Room,
    ) -> Result<Parking, StoreError> {
        if self.rows.contains_key(&key.state) {
            return Err(StoreError::new(StoreErrorKind::Refused)
                .with_source("a login with this state was parked before"));
        }
        let mut parked: Vec<_> = self
            .rows
            .values()
            .filter(|login| {
                login.key.browser == key.browser && login.phase == Phase::Parked && login.until > now
            })
            .map(|login| (login.number, login.key.state))
            .collect();
        parked.sort_by(|one, other| other.cmp(one));
        let evicted = parked.split_off(parked.len().min(room.per_browser.max(1) as usize - 1));
        if self.rows.len() - evicted.len() >= room.in_all as usize {
            self.purge(now, u32::MAX)?;
        }
        if self.rows.len() - evicted.len() >= room.in_all as usize {
            return Ok(Parking::Full);
        }
        for (_, state) in evicted {
            self.rows.remove(&state);
        }
        self.parked += 1;
        let until = now.saturating_add(keep);
        let login = Login {
            key: key.clone(),
            number: self.parked,
            phase: Phase::Parked,
            claimed: now,
            sealed: login,
            until,
        };
        self.rows.insert(key.state, login);
        Ok(Parking::Parked)
    }

    pub(super) fn claim(&mut self, now: Timestamp, key: &PendingKey) -> Result<Claim, StoreError> {
        let Some(login) = self.rows.get_mut(&key.state).filter(|login| login.until > now) else {
            return Ok(Claim::Unknown);
        };
        if login.key != *key {
            return Ok(Claim::OtherBrowser);
        }
        Ok(match login.phase {
            Phase::Parked => {
                login.phase = Phase::Claimed;
                login.claimed = now;
                Claim::Yours(login.sealed.clone())
            }
            Phase::Claimed => Claim::Busy(now.saturating_since(login.claimed)),
            Phase::Landed => Claim::Landed(login.sealed.clone()),
        })
    }

    pub(super) fn land(
        &mut self,
        now: Timestamp,
        key: &PendingKey,
        outcome: Sealed,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        let row = self.rows.get_mut(&key.state);
        let claimed =
            row.filter(|login| login.key == *key && login.phase == Phase::Claimed && login.until > now);
        let Some(login) = claimed else { return Ok(false) };
        login.phase = Phase::Landed;
        login.sealed = outcome;
        login.until = now.saturating_add(keep);
        Ok(true)
    }

    pub(super) fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let expired: Vec<_> = self
            .rows
            .values()
            .filter(|login| login.until <= now)
            .map(|login| login.key.state)
            .take(limit as usize)
            .collect();
        for state in &expired {
            self.rows.remove(state);
        }
        Ok(expired.len() as u64)
    }

    pub(super) fn now(&mut self, now: Timestamp) -> Result<Timestamp, StoreError> {
        Ok(now)
    }
}
