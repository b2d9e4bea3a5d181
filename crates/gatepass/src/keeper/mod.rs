//! The keeper of grants in asynchronous programs.

mod builder;
mod course;
mod holding;
mod operator;
mod sweep;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gatepass_core::ports::{GrantKey, GrantStore};
use gatepass_core::renewal::{Ended, Lineage, Verdict, Which};
use gatepass_core::{Body, Client, TokenSet, World, drive};
use http::Request;
use tracing::{Instrument as _, Span, info_span};

use crate::bearer::{ApiError, Bearer, Call};
use crate::book::{Boarding, Book, Conclusion, Flight, Known, Standing};
use crate::keep_error::KeepError;
use crate::sealing::{KeyRing, SealError};
use crate::sync::{Events, Posting, Seat};
use crate::tokens::{AccessToken, Slot};
use crate::unavailable::Unavailable;
use crate::undertaking::Undertaking;

pub use builder::KeeperBuilder;
pub use holding::Holding;
pub use operator::Progress;
pub use sweep::Swept;

/// How often a caller or a flight looks again before it says "later".
pub(crate) const ROUNDS: u32 = 4;

/// Keeps grants: installs what a login brought, hands out access tokens and renews them, and logs out.
///
/// Cloning is cheap, and clones are one keeper. Everything that must not be cut short (a renewal, a login, a logout)
/// runs in a task of its own through [`Spawn`](gatepass_core::ports::Spawn): a caller whose future is dropped takes
/// nothing with it. Any number of processes may keep grants in one store. See [`crate`] for an example.
#[derive(Clone)]
pub struct Keeper(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) book: Arc<Book>,
    pub(crate) store: Arc<dyn GrantStore>,
    pub(crate) world: World,
}

impl Keeper {
    /// Begins with where grants are kept, the keys that seal them, and the world.
    pub fn builder(store: Arc<dyn GrantStore>, ring: KeyRing, world: World) -> KeeperBuilder {
        KeeperBuilder::new(store, ring, world)
    }

    /// Keeps the tokens of a login or of a connected account.
    ///
    /// What the key held before is replaced and, where the provider's profile says that this touches no other family,
    /// revoked.
    ///
    /// # Errors
    /// [`KeepError`]; of `StoreUnavailable`, the tokens are kept in memory and written when the store is back.
    pub async fn install(&self, key: &GrantKey, tokens: TokenSet) -> Result<(), KeepError> {
        let known = self.known(key)?;
        let mut undertaking =
            Undertaking::install(&self.0.book, known, key, tokens).map_err(|_| NO_ENTROPY)?;
        let (posting, seat) = Posting::new(Err(KeepError::Lost));
        let keeper = self.clone();
        self.task(info_span!("install", provider = key.provider()), async move {
            let verdict = keeper.course(&mut undertaking, |away| posting.early(Err(lost_store(away)))).await;
            keeper.0.book.rests.ended(undertaking.key(), None, keeper.0.book.clock.monotonic());
            posting.last(installed(verdict));
            if let Verdict::Installed(Some(which)) | Verdict::Superseded(Some(which)) = verdict {
                keeper.revoke_leftovers(&undertaking, which).await;
            }
        });
        seat.await
    }

    /// An access token for whatever the grant allows.
    ///
    /// A fresh one costs one read of the store, or none where it is
    /// [served from memory](KeeperBuilder::serve_from_memory). A stale one is served while a renewal runs. One that has ended is
    /// waited for.
    ///
    /// # Errors
    /// [`Unavailable`], by what the program can do about it.
    pub async fn access_token(&self, key: &GrantKey) -> Result<AccessToken, Unavailable> {
        self.serve(key, &Slot::new(), None).await
    }

    /// An access token for a resource, or for some of the scopes.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token), and [`Unavailable::NotGranted`].
    pub async fn access_token_for(&self, key: &GrantKey, slot: &Slot) -> Result<AccessToken, Unavailable> {
        self.serve(key, slot, None).await
    }

    /// Another access token in place of one that the API refused with 401.
    ///
    /// It is renewed only if it is still the current one: many callers that met the same refusal cause one renewal.
    ///
    /// # Errors
    /// As [`access_token`](Self::access_token).
    pub async fn unauthorized(
        &self,
        key: &GrantKey,
        refused: AccessToken,
    ) -> Result<AccessToken, Unavailable> {
        let slot = refused.slot().clone();
        self.0.book.forget(key);
        let other = self.serve(key, &slot, Some(&refused)).await;
        // Somebody may have read the refused token meanwhile.
        self.0.book.forget(key);
        other
    }

    /// Ends a grant here at once, and at the provider in a task of its own or by a later [`sweep`](Self::sweep).
    ///
    /// When this returns, the fence stands: nobody gets a token of the grant any more, and a renewal that is under way
    /// cannot bring it back. A grant that is not there is no error.
    ///
    /// # Errors
    /// [`KeepError`]; of `StoreUnavailable`, the fence is written when the store is back.
    pub async fn logout(&self, key: &GrantKey) -> Result<(), KeepError> {
        let known = self.known(key)?;
        let mut undertaking = Undertaking::fence(&self.0.book, known, key).map_err(|_| NO_ENTROPY)?;
        let (posting, seat) = Posting::new(Err(KeepError::Lost));
        let (keeper, key) = (self.clone(), key.clone());
        self.task(info_span!("logout", provider = key.provider()), async move {
            let verdict = keeper.course(&mut undertaking, |away| posting.early(Err(lost_store(away)))).await;
            posting.last(fenced(verdict));
            if matches!(verdict, Verdict::Fenced | Verdict::Ended(Ended::LoggedOut)) {
                keeper.sweep_soon(key);
            }
        });
        seat.await
    }

    /// A client for the provider's API that attaches the grant's access token.
    #[must_use]
    pub fn api(&self, key: &GrantKey) -> Bearer {
        Bearer::new(self.clone(), key.clone())
    }

    /// What happens to grants, from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.0.book.news.subscribe()
    }

    /// Waits until nothing is under way any more, but not beyond a time; answers how much still is.
    ///
    /// Part of a graceful shutdown: what is cut short leaves grants that are suspect.
    pub async fn drain(&self, at_most: Duration) -> usize {
        let mut timer = self.0.world.timer.sleep(at_most);
        loop {
            let (running, mut seat) = self.0.book.tasks.running();
            if running == 0 {
                return 0;
            }
            let ended = std::future::poll_fn(|context| {
                if std::pin::Pin::new(&mut seat).poll(context).is_ready() {
                    return std::task::Poll::Ready(true);
                }
                timer.as_mut().poll(context).map(|()| false)
            });
            if !ended.await {
                return self.0.book.tasks.running().0;
            }
        }
    }

    /// Runs a task that no caller can cut short and that [`drain`](Self::drain) waits for: the exchange of a code, up
    /// to where its outcome is stored.
    ///
    /// # Errors
    /// [`KeepError::Lost`], when the task panicked or the runtime is shutting down.
    pub async fn undisturbed<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, KeepError> {
        let (posting, seat) = Posting::new(Arc::new(Mutex::new(None)));
        self.task(
            info_span!("undisturbed"),
            async move { posting.last(Arc::new(Mutex::new(Some(task.await)))) },
        );
        let done = seat.await;
        done.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(KeepError::Lost)
    }

    /// The client of this name; its provider is asked, if it is not at hand.
    ///
    /// # Errors
    /// [`Unavailable::NotConfigured`] and [`Unavailable::NoClient`].
    pub async fn client(&self, name: &str) -> Result<Client, Unavailable> {
        let known = self.0.book.known(name).ok_or(Unavailable::NotConfigured)?;
        match known.source.at_hand() {
            Some(client) => Ok(client),
            None => known.source.client(&self.0.world).await.map_err(Unavailable::NoClient),
        }
    }

    /// A request that may carry a token. The provider is asked only if nobody else has said that it may.
    pub(crate) async fn admit(&self, name: &str, request: Request<Body>) -> Result<Call, ApiError> {
        let known = self.0.book.known(name).ok_or(Unavailable::NotConfigured)?;
        if let Some(client) = known.source.at_hand() {
            return Call::new(client.provider(), request);
        }
        match Call::early(&known.source.registered(), request)? {
            Ok(call) => Ok(call),
            Err(request) => {
                let client = known.source.client(&self.0.world).await.map_err(Unavailable::NoClient)?;
                Call::new(client.provider(), request)
            }
        }
    }

    /// The longest time that a claim of ours holds a row.
    pub(crate) fn longest_lease(&self) -> std::time::Duration {
        self.0.book.longest_lease()
    }

    /// The world that the keeper lives in.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The keys that seal.
    #[must_use]
    pub fn key_ring(&self) -> &KeyRing {
        &self.0.book.ring
    }

    async fn serve(
        &self,
        key: &GrantKey,
        slot: &Slot,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, Unavailable> {
        let book = &self.0.book;
        let known = book.known(key.provider()).ok_or(Unavailable::NotConfigured)?;
        for _ in 0..ROUNDS {
            let ticket = match book.recall(key, slot, refused) {
                Ok(token) => return Ok(token),
                Err(ticket) => ticket,
            };
            let reading =
                self.0.store.read(key).await.map_err(|why| Unavailable::StoreUnavailable(Arc::new(why)))?;
            book.saw(reading.now);
            let row = reading.row.as_ref().map(|(_, row)| row);
            let standing = book.look(key, row, reading.now, slot, refused);
            match standing.inspect_err(|_| book.forget(key))? {
                Standing::Serve(token, fresh_for) => {
                    book.remember(ticket.as_ref(), key, &token, fresh_for);
                    return Ok(token);
                }
                Standing::ServeAndRenew(token, lineage, generation) => {
                    if book.rests.rests(key, book.clock.monotonic()) {
                        return Ok(token);
                    }
                    if let Boarding::Fly(flight, _) = book.board(key, slot) {
                        self.fly(known, key, slot, flight, lineage, generation);
                    }
                    return Ok(token);
                }
                Standing::Renew(lineage, generation) => {
                    let began = book.clock.monotonic();
                    if let Some(left) = book.rests.asked_for(key, began) {
                        return Err(Unavailable::Later { retry_after: Some(left) });
                    }
                    let seat = match book.board(key, slot) {
                        Boarding::Joined(seat) => {
                            book.joined(key);
                            seat
                        }
                        Boarding::Fly(flight, seat) => {
                            self.fly(known, key, slot, flight, lineage, generation);
                            seat
                        }
                    };
                    let answer = seat.await;
                    book.waited(key, book.clock.monotonic().saturating_since(began));
                    let token = answer?;
                    if !refused.is_some_and(|refused| refused.is(token.secret())) {
                        return Ok(token);
                    }
                }
            }
        }
        Err(Unavailable::Later { retry_after: None })
    }

    fn fly(
        &self,
        known: &Known,
        key: &GrantKey,
        slot: &Slot,
        flight: Flight,
        mut lineage: Lineage,
        mut generation: u64,
    ) {
        let (keeper, known, key, slot) = (self.clone(), known.clone(), key.clone(), slot.clone());
        self.task(info_span!("renewal", provider = key.provider()), async move {
            let book = &keeper.0.book;
            for _ in 0..ROUNDS {
                // Before anything is claimed: whoever has no client, or no keys to judge by, holds up nobody.
                let client = match known.source.client(&keeper.0.world).await {
                    Ok(client) => client,
                    Err(why) => {
                        let why = Unavailable::NoClient(why);
                        book.rests.ended(&key, Some(&why), book.clock.monotonic());
                        return flight.land(Err(why));
                    }
                };
                let began = Undertaking::renew(book, &known, client, &key, &slot, lineage, generation);
                let Ok(mut undertaking) = began else {
                    return flight.land(Err(Unavailable::Unreadable(SealError::NoEntropy)));
                };
                let since = book.clock.monotonic();
                let away = |away: &Undertaking| flight.answer(Err(away.store_unavailable()));
                let verdict = keeper.course(&mut undertaking, away).await;
                book.renewal_ended(&key, &verdict, book.clock.monotonic().saturating_since(since));
                if verdict == Verdict::Ended(Ended::LoggedOut) {
                    keeper.sweep_soon(key.clone());
                }
                match book.conclude(&undertaking, verdict) {
                    Conclusion::Answer(answer) => {
                        book.rests.ended(&key, answer.as_ref().err(), book.clock.monotonic());
                        return flight.land(answer);
                    }
                    Conclusion::Again(other, later) => (lineage, generation) = (other, later),
                    Conclusion::CatchUp { edition, then: (other, later) } => {
                        if let Err(why) = known.source.catch_up(edition, &keeper.0.world).await {
                            let why = Unavailable::NoClient(why);
                            book.rests.ended(&key, Some(&why), book.clock.monotonic());
                            return flight.land(Err(why));
                        }
                        (lineage, generation) = (other, later);
                    }
                }
            }
            flight.land(Err(Unavailable::Later { retry_after: None }));
        });
    }

    async fn revoke_leftovers(&self, undertaking: &Undertaking, which: Which) {
        for leg in undertaking.leftovers(which) {
            if let Err(why) = drive(leg, &self.0.world, &undertaking.limits()).await {
                tracing::warn!(provider = undertaking.key().provider(), %why, "a replaced token was not revoked");
            }
        }
    }

    fn known(&self, key: &GrantKey) -> Result<&Known, KeepError> {
        self.0.book.known(key.provider()).ok_or(KeepError::NotConfigured)
    }

    /// How many tasks run, and a seat for the next one that ends.
    pub(crate) fn running(&self) -> (usize, Seat<usize>) {
        self.0.book.tasks.running()
    }

    /// Runs to its end whatever becomes of the caller, and is waited for by `drain`.
    fn task(&self, span: Span, task: impl Future<Output = ()> + Send + 'static) {
        let counted = self.0.book.tasks.begin();
        let task = async move {
            task.await;
            drop(counted);
        };
        self.0.world.spawn.spawn(Box::pin(task.instrument(span)));
    }
}

pub(crate) const NO_ENTROPY: KeepError = KeepError::Sealing(SealError::NoEntropy);

pub(crate) fn lost_store(undertaking: &Undertaking) -> KeepError {
    match undertaking.store_unavailable() {
        Unavailable::StoreUnavailable(why) => KeepError::StoreUnavailable(why),
        Unavailable::Unreadable(why) => KeepError::Sealing(why),
        _ => KeepError::Lost,
    }
}

pub(crate) fn installed(verdict: Verdict) -> Result<(), KeepError> {
    match verdict {
        Verdict::Installed(_) => Ok(()),
        Verdict::Superseded(_) => Err(KeepError::Overtaken),
        Verdict::Ended(_) => Err(KeepError::LoggedOut),
        _ => Err(KeepError::Lost),
    }
}

pub(crate) fn fenced(verdict: Verdict) -> Result<(), KeepError> {
    match verdict {
        Verdict::Fenced | Verdict::Ended(_) => Ok(()),
        _ => Err(KeepError::Lost),
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("book", &self.0.book).finish_non_exhaustive()
    }
}
