//! Those who use the keepers, and what befalls the machines that the keepers run on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gatepass::{AccessToken, Body, Callback, Roundtrip, Scopes, Step, TokenSet};

use crate::kept::Kept;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::run::{Replicas, alive};
use crate::sim::{Life, lock};
use crate::stage::Stage;
use crate::threads;
use crate::truth::{CallId, Wish, Wrong};

pub struct People {
    stage: Arc<Stage>,
    replicas: Replicas,
    /// The token of each grant that was served last.
    served: Mutex<HashMap<usize, AccessToken>>,
    /// After so many steps more, this befalls whoever ran.
    armed: Mutex<Vec<(u64, Blow)>>,
}

/// What befalls a process at a step of its own.
#[derive(Clone, Copy, Debug)]
pub enum Blow {
    Kill,
    /// It stands still for so many milliseconds; its monotonic clock as well, if it is suspended.
    Freeze {
        lasts: u64,
        suspend: bool,
    },
}

impl People {
    pub fn new(stage: &Arc<Stage>) -> Arc<Self> {
        let mut replicas: Vec<Replica> =
            (0..stage.plan.replicas).map(|index| Replica::new(stage, index)).collect();
        replicas.iter_mut().for_each(|replica| replica.start(stage));
        Arc::new(Self {
            stage: Arc::clone(stage),
            replicas: Mutex::new(replicas),
            served: Mutex::default(),
            armed: Mutex::default(),
        })
    }

    /// Somebody says that the API refused the token that was served last, if any was.
    pub fn refuse(self: &Arc<Self>, replica: usize, grant: usize) {
        let refused = lock(&self.served).get(&grant).cloned();
        let wish = match refused {
            Some(refused) => Wish::Another { grant, refused },
            None => Wish::Token { grant, slot: gatepass::Slot::new() },
        };
        self.ask(replica, wish);
    }

    pub fn ask(self: &Arc<Self>, replica: usize, wish: Wish) {
        let Some((life, keeper)) = alive(&self.replicas, replica) else { return };
        let sim = &self.stage.sim;
        let id = self.stage.truth().begins(sim.now(), life, &wish);
        sim.note(format_args!("{life}: call {id} {wish}"));
        let people = Arc::clone(self);
        if self.stage.plan.threads {
            threads::spawn(&self.stage, life, move || threads::block(people.call(id, keeper, wish)));
            return;
        }
        let task = sim.spawn(life, Box::pin(async move { people.call(id, keeper, wish).await }));
        if sim.dice(|dice| dice.happens(self.stage.plan.gone)) {
            let after = sim
                .dice(|dice| if dice.happens(500) { dice.between(0, 100) } else { dice.between(0, 4_000) });
            let stage = Arc::clone(&self.stage);
            sim.after(after, move || {
                let children = stage.is(Mutant::FlightIsDroppedWithItsCaller);
                if stage.sim.drop_task(task, children) {
                    stage.sim.note(format_args!("{life}: the caller of {id} goes away"));
                    stage.truth().gone(stage.sim.now(), id);
                    stage.truth().fault("caller gone");
                }
            });
        }
    }

    async fn call(&self, id: CallId, keeper: Kept, wish: Wish) {
        let key = self.stage.truth().keys[wish.grant()].clone();
        let sim = &self.stage.sim;
        let told = match &wish {
            Wish::Token { grant, slot } => {
                let answer = keeper.access_token(&key, slot).await;
                self.served(id, *grant, &answer)
            }
            Wish::Another { grant, refused } => {
                let answer = keeper.unauthorized(&key, refused.clone()).await;
                self.served(id, *grant, &answer)
            }
            Wish::Logout { .. } => {
                let answer = keeper.logout(&key).await;
                self.stage.truth().settled(sim.now(), id, &answer).to_owned()
            }
            Wish::LogIn { grant } => {
                let tokens = self.log_in(id, &keeper, *grant);
                let answer = keeper.install(&key, tokens).await;
                self.stage.truth().settled(sim.now(), id, &answer).to_owned()
            }
        };
        sim.note(format_args!("call {id}: {told}"));
    }

    fn served(
        &self,
        id: CallId,
        grant: usize,
        answer: &Result<AccessToken, gatepass::Unavailable>,
    ) -> String {
        let sim = &self.stage.sim;
        if let Ok(token) = answer {
            lock(&self.served).insert(grant, token.clone());
        }
        let told = self.stage.truth().served(sim.now(), id, answer, sim.reads());
        match answer {
            Ok(token) => format!("{told}, {}", token.secret().expose()),
            Err(_) => told.to_owned(),
        }
    }

    /// A whole login at the provider, in no time.
    fn log_in(&self, id: CallId, keeper: &Kept, grant: usize) -> TokenSet {
        let client = &self.stage.client;
        let asked = client.authorize(&Scopes::new("read write").unwrap());
        let (url, pending) = asked.start(keeper.attempt()).unwrap();
        let state = url::Url::parse(url.as_str()).unwrap();
        let (_, state) = state.query_pairs().find(|(name, _)| name == "state").unwrap();
        let callback = Callback::from_query(&format!("code=c&state={state}")).unwrap();
        let exchange = pending.receive(callback, keeper.clock().now()).unwrap();
        let (_, sent) = exchange.request(keeper.attempt()).unwrap();
        let body = self.stage.truth().authorize(self.stage.sim.now(), grant);
        let answer = http::Response::builder().header("content-type", "application/json");
        let answer = answer.body(Body::from(body)).unwrap();
        match gatepass::Exchange::response(sent, answer, keeper.clock().now()) {
            Ok(Step::Done(tokens)) => {
                let refresh = tokens.refresh_token().unwrap().expose();
                self.stage.truth().issued(id, refresh);
                self.stage.sim.note(format_args!("the provider grants {refresh} to grant {grant}"));
                tokens
            }
            other => panic!("the exchange of a login failed: {:?}", other.err()),
        }
    }

    /// After a step of a task: perhaps it was the last one of its process, for some time or for ever.
    pub fn after_step(self: &Arc<Self>, life: Life) {
        let mut armed = lock(&self.armed);
        armed.iter_mut().for_each(|(left, _)| *left -= 1);
        let blows: Vec<Blow> = armed.iter().filter(|(left, _)| *left == 0).map(|(_, blow)| *blow).collect();
        armed.retain(|(left, _)| *left > 0);
        drop(armed);
        for blow in blows {
            match blow {
                Blow::Kill => self.crash(life),
                Blow::Freeze { lasts, suspend } => self.freeze(life, lasts, suspend),
            }
        }
    }

    /// From a moment on so many steps are counted, and then it happens.
    pub fn arm(self: &Arc<Self>, at: u64, steps: u64, blow: Blow) {
        let people = Arc::clone(self);
        self.stage.sim.after(at, move || lock(&people.armed).push((steps, blow)));
    }

    fn crash(self: &Arc<Self>, life: Life) {
        let gone = {
            let mut replicas = lock(&self.replicas);
            let replica = &mut replicas[life.replica];
            if replica.life != life {
                return;
            }
            replica.keeper.take()
        };
        self.stage.sim.note(format_args!("! {life} is killed"));
        self.stage.truth().fault("crash");
        self.stage.truth().died(life);
        self.stage.sim.end(life);
        drop(gone);
        let (people, after) = (Arc::clone(self), self.stage.sim.dice(|dice| dice.between(50, 15_000)));
        self.stage.sim.after(after, move || lock(&people.replicas)[life.replica].start(&people.stage));
    }

    fn freeze(self: &Arc<Self>, life: Life, lasts: u64, suspend: bool) {
        let stage = &self.stage;
        stage.truth().fault(if suspend { "suspend" } else { "freeze" });
        stage.stall(life, lasts);
        if suspend {
            let (people, index) = (Arc::clone(self), life.replica);
            lock(&self.replicas)[index].clocks.suspend();
            stage.sim.after(lasts, move || lock(&people.replicas)[index].clocks.resume());
        }
    }

    /// The wall clock of a replica jumps.
    pub fn jump(self: &Arc<Self>, at: u64, by: i64) {
        let people = Arc::clone(self);
        let index = self.stage.sim.dice(|dice| dice.below(self.stage.plan.replicas as u64)) as usize;
        self.stage.sim.after(at, move || {
            people.stage.sim.note(format_args!("! the wall clock of replica {index} jumps by {by} ms"));
            people.stage.truth().fault("wall clock jump");
            lock(&people.replicas)[index].clocks.jump(by);
        });
    }

    /// Nothing goes wrong any more.
    pub fn calm(&self) {
        self.stage.sim.note("nothing goes wrong any more");
        self.stage.quiet(true);
        lock(&self.armed).clear();
    }

    /// Every replica is shut down in good order.
    pub fn drain(self: &Arc<Self>) {
        for index in 0..self.stage.plan.replicas {
            let Some((life, keeper)) = alive(&self.replicas, index) else { continue };
            let stage = Arc::clone(&self.stage);
            let work = async move {
                let left = keeper.drain(Duration::from_secs(30)).await;
                stage.sim.note(format_args!("{life} is drained, {left} left"));
                if left > 0 {
                    stage.truth().accuse(
                        stage.sim.now(),
                        Wrong::NotDrained,
                        format_args!("{life}: {left} left"),
                    );
                }
            };
            self.stage.sim.spawn(life, Box::pin(work));
        }
    }

    /// Everybody goes.
    pub fn leave(&self) {
        let keepers: Vec<_> = lock(&self.replicas).iter_mut().map(|replica| replica.keeper.take()).collect();
        drop(keepers);
        lock(&self.served).clear();
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}
