//! Sessions in memory.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use gatepass_core::Timestamp;
use gatepass_core::ports::{Found, Hash32, SessionId, SessionRow, StoreError, StoreErrorKind};

#[derive(Default)]
pub(super) struct Sessions {
    rows: BTreeMap<SessionId, SessionRow>,
    cookies: HashMap<Hash32, (SessionId, Timestamp)>,
    deeds: HashMap<Hash32, Timestamp>,
}

impl Sessions {
    pub(super) fn create(
        &mut self,
        _: Timestamp,
        session: &SessionRow,
        cookie: Hash32,
    ) -> Result<(), StoreError> {
        if self.rows.contains_key(&session.id) {
            return Err(refused("there is a session of this id"));
        }
        if self.cookies.contains_key(&cookie) {
            return Err(refused("there is a session with this cookie"));
        }
        self.rows.insert(session.id.clone(), session.clone());
        self.cookies.insert(cookie, (session.id.clone(), Timestamp::MAX));
        Ok(())
    }

    pub(super) fn find(&mut self, now: Timestamp, cookie: Hash32) -> Result<Found, StoreError> {
        let id = self.cookies.get(&cookie).filter(|(_, until)| *until > now).map(|(id, _)| id);
        let session = id.and_then(|id| self.rows.get(id)).filter(|session| session.expires > now);
        Ok(Found::new(session.cloned(), now))
    }

    pub(super) fn rotate(
        &mut self,
        now: Timestamp,
        id: &SessionId,
        cookie: Hash32,
        keep_old: Duration,
    ) -> Result<bool, StoreError> {
        if self.rows.get(id).is_none_or(|session| session.expires <= now) {
            return Ok(false);
        }
        if self.cookies.contains_key(&cookie) {
            return Err(refused("there is a session with this cookie"));
        }
        let end = now.saturating_add(keep_old);
        for (_, until) in self.cookies.values_mut().filter(|(session, _)| session == id) {
            *until = end.min(*until);
        }
        self.cookies.insert(cookie, (id.clone(), Timestamp::MAX));
        Ok(true)
    }

    pub(super) fn touch(
        &mut self,
        now: Timestamp,
        id: &SessionId,
        last_seen: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(session) = self.rows.get_mut(id).filter(|session| session.expires > now) {
            session.last_seen = last_seen.max(session.last_seen);
            session.expires = expires.max(session.expires);
        }
        Ok(())
    }

    pub(super) fn end(&mut self, _: Timestamp, id: &SessionId) -> Result<bool, StoreError> {
        self.cookies.retain(|_, (session, _)| session != id);
        Ok(self.rows.remove(id).is_some())
    }

    pub(super) fn by_owner(&mut self, _: Timestamp, owner: &str) -> Result<Vec<SessionRow>, StoreError> {
        Ok(self.all(|session| session.owner.as_deref() == Some(owner)))
    }

    pub(super) fn by_sid(
        &mut self,
        _: Timestamp,
        iss: &str,
        sid: &str,
    ) -> Result<Vec<SessionRow>, StoreError> {
        Ok(self.all(|session| {
            session
                .subject
                .as_ref()
                .is_some_and(|subject| *subject.iss == *iss && subject.sid.as_deref() == Some(sid))
        }))
    }

    pub(super) fn by_subject(
        &mut self,
        _: Timestamp,
        iss: &str,
        sub: &str,
    ) -> Result<Vec<SessionRow>, StoreError> {
        Ok(self.all(|session| {
            session.subject.as_ref().is_some_and(|subject| *subject.iss == *iss && *subject.sub == *sub)
        }))
    }

    fn all(&self, which: impl Fn(&SessionRow) -> bool) -> Vec<SessionRow> {
        self.rows.values().filter(|session| which(session)).cloned().collect()
    }

    pub(super) fn purge(&mut self, now: Timestamp, limit: u32) -> Result<Vec<SessionId>, StoreError> {
        let expired = self.rows.values().filter(|session| session.expires <= now);
        let expired: Vec<_> = expired.map(|session| session.id.clone()).take(limit as usize).collect();
        for id in &expired {
            self.end(now, id)?;
        }
        let over = self.deeds.iter().filter(|(_, until)| **until <= now);
        let over: Vec<_> = over.map(|(deed, _)| *deed).take(limit as usize).collect();
        for deed in over {
            self.deeds.remove(&deed);
        }
        Ok(expired)
    }

    pub(super) fn remember(
        &mut self,
        _: Timestamp,
        deed: Hash32,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let known = self.deeds.entry(deed).or_insert(until);
        *known = until.max(*known);
        Ok(())
    }

    pub(super) fn remembers(&mut self, now: Timestamp, deed: Hash32) -> Result<bool, StoreError> {
        Ok(self.deeds.get(&deed).is_some_and(|until| *until > now))
    }
}

fn refused(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Refused).with_source(why)
}
