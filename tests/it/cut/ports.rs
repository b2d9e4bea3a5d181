//! Ports that let others take a turn before they do anything, and after it.

use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{
    Claim, Found, GrantKey, GrantStore, Hash32, HttpClient, HttpError, Limits, Parking, PendingKey,
    PendingStore, Reading, Revision, Room, Row, Sealed, SessionId, SessionRow, SessionStore, StoreError,
    Swap, blocking,
};
use gatepass::{Body, Timestamp};
use gatepass_testkit::memory::MemoryStore;
use gatepass_ureq::Ureq;
use http::{Request, Response};

use super::turns::wait;

/// The store in memory.
#[derive(Clone, Debug)]
pub(crate) struct Store(pub(crate) MemoryStore);

/// A client of real connections.
#[derive(Debug)]
pub(crate) struct Http(pub(crate) Ureq);

#[async_trait]
impl HttpClient for Http {
    async fn send(&self, request: Request<Body>, limits: &Limits) -> Result<Response<Body>, HttpError> {
        wait().await;
        let answer = blocking::HttpClient::send(&self.0, request, limits);
        wait().await;
        answer
    }
}

macro_rules! in_turns {
    ($port:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)+ }) => {
        #[async_trait]
        impl $port for Store {
            $(async fn $name(&self $(, $arg: $type)*) -> Result<$out, StoreError> {
                wait().await;
                let answer = blocking::$port::$name(&self.0 $(, $arg)*);
                wait().await;
                answer
            })+
        }
    };
}

in_turns!(GrantStore {
    fn read(key: &GrantKey) -> Reading;
    fn swap(key: &GrantKey, expected: Option<Revision>, next: Option<Row>) -> Swap;
    fn due(before: Timestamp, limit: u32) -> Vec<GrantKey>;
    fn scan(after: Option<&GrantKey>, limit: u32) -> Vec<(GrantKey, Revision, Row)>;
});

in_turns!(PendingStore {
    fn park(key: &PendingKey, login: Sealed, keep: Duration, room: Room) -> Parking;
    fn claim(key: &PendingKey) -> Claim;
    fn land(key: &PendingKey, outcome: Sealed, keep: Duration) -> bool;
    fn purge(limit: u32) -> u64;
    fn now() -> Timestamp;
});

in_turns!(SessionStore {
    fn create(session: &SessionRow, cookie: Hash32) -> ();
    fn find(cookie: Hash32) -> Found;
    fn rotate(id: &SessionId, cookie: Hash32, keep_old: Duration) -> bool;
    fn touch(id: &SessionId, last_seen: Timestamp, expires: Timestamp) -> ();
    fn end(id: &SessionId) -> bool;
    fn by_owner(owner: &str) -> Vec<SessionRow>;
    fn by_sid(iss: &str, sid: &str) -> Vec<SessionRow>;
    fn by_subject(iss: &str, sub: &str) -> Vec<SessionRow>;
    fn purge(limit: u32) -> Vec<SessionId>;
    fn remember(deed: Hash32, until: Timestamp) -> ();
    fn remembers(deed: Hash32) -> bool;
});
