//! `cargo xtask bench`: what a fresh access token costs: time, allocations, reads of the store; and what many tasks get
//! at once. Each line is read by xtask.
#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]
#![allow(clippy::print_stdout, reason = "the numbers are read from here")]

use std::collections::HashMap;
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use async_trait::async_trait;
use gatepass::ports::{
    Clock, GrantKey, GrantStore, HttpClient, HttpError, HttpErrorKind, Limits, Owner, Processed, Reading,
    Revision, Row, StoreError, Swap,
};
use gatepass::{Body, Keeper, KeyRing, Monotonic, SystemEntropy, Timestamp, TokioSpawn, TokioTimer, World};
use gatepass_bench::gatepass as flow;
use gatepass_sqlx::SqliteStore;
use gatepass_testkit::memory::MemoryStore;
use tokio::runtime::Runtime;

/// Grants, one a task.
const GRANTS: usize = 8;
const BATCHES: usize = 41;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = |workers| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let two = runtime(2);
    let sqlite = two.block_on(async {
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        let store = SqliteStore::open(&url).await.expect("a database");
        store.migrate().await.expect("its tables");
        store
    });
    let memory = MemoryStore::with_clock(Arc::new(Ticking::new()));
    let filled = Bench::new(&two, memory.clone(), Duration::ZERO);
    let still = two.block_on(Still::of(&memory));
    let ring = filled.ring.clone();

    filled.report(&two, "memory");
    Bench::over(still.clone(), ring.clone(), Duration::ZERO).report(&two, "map");
    Bench::over(still, ring, Duration::from_secs(60)).report(&two, "remembered");
    Bench::new(&two, sqlite, Duration::ZERO).report(&two, "sqlite");
}

/// A keeper over a store that counts.
struct Bench {
    keeper: Keeper,
    store: Arc<dyn GrantStore>,
    reads: Arc<AtomicUsize>,
    ring: KeyRing,
}

impl Bench {
    fn over(store: impl GrantStore + 'static, ring: KeyRing, at_most: Duration) -> Self {
        let store: Arc<dyn GrantStore> = Arc::new(store);
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::new(Counted { store: Arc::clone(&store), reads: Arc::clone(&reads) });
        let (spawn, timer) = (Arc::new(TokioSpawn::new()), Arc::new(TokioTimer::new()));
        let clock = Arc::new(Ticking::new());
        let world = World::new(Arc::new(Nowhere), clock, Arc::new(SystemEntropy::new()), spawn, timer);
        let keeper = Keeper::builder(counted, ring.clone(), world).client("bench", flow::client().0);
        let keeper = keeper.serve_from_memory(at_most).build().expect("a keeper");
        Self { keeper, store, reads, ring }
    }

    fn new(runtime: &Runtime, store: impl GrantStore + 'static, at_most: Duration) -> Self {
        let bench = Self::over(store, KeyRing::generate().expect("a key"), at_most);
        let (client, scopes) = flow::client();
        for id in 0..GRANTS {
            let tokens = flow::exchange(flow::answered(&client, &scopes));
            runtime.block_on(bench.keeper.install(&key(id), tokens)).expect("a grant");
        }
        bench
    }

    fn report(&self, runtime: &Runtime, name: &str) {
        let one = key(0);
        let serve = async || self.keeper.access_token(&one).await.expect("a fresh token");
        let read = async || self.store.read(&one).await.expect("a row");
        // What is served from memory has been read once.
        runtime.block_on(serve());
        self.reads.store(0, Ordering::Relaxed);
        let here = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut served = None;
        let allocations = measure(|| served = Some(here.block_on(serve()))).count_total;
        let none = measure(|| here.block_on(async {})).count_total;
        let reads = self.reads.load(Ordering::Relaxed);
        assert!(reads <= 1, "a fresh token costs one read of the store at most, and not {reads}");
        println!(
            "fresh {name} {:.0} {:.0} {} {reads}",
            quickest(&here, serve),
            quickest(&here, read),
            allocations - none,
        );
        let [(one, alone), (eight, together)] = [1, GRANTS].map(|tasks| self.throughput(runtime, tasks));
        println!("tasks {name} {one:.0} {eight:.0} {alone:.0} {together:.0}");
    }

    /// How many tokens a second so many tasks get, each of a grant of its own, in the best of some runs; and how much
    /// time of a processor each token took, in nanoseconds, which others who use the machine do not change.
    fn throughput(&self, runtime: &Runtime, tasks: usize) -> (f64, f64) {
        let (mut best, mut served, before) = (0.0, 0, processor_time());
        for _ in 0..BATCHES {
            let began = Instant::now();
            let running: Vec<_> = (0..tasks)
                .map(|id| {
                    let (keeper, key) = (self.keeper.clone(), key(id));
                    runtime.spawn(async move {
                        let mut count = 0_u64;
                        while began.elapsed() < Duration::from_millis(40) {
                            for _ in 0..16 {
                                black_box(keeper.access_token(&key).await.expect("a fresh token"));
                                count += 1;
                            }
                            tokio::task::yield_now().await;
                        }
                        count
                    })
                })
                .collect();
            let counts = running.into_iter().map(|task| runtime.block_on(task).expect("a count"));
            let count: u64 = counts.sum();
            best = f64::max(best, count as f64 / began.elapsed().as_secs_f64());
            served += count;
        }
        (best, (processor_time() - before) / served as f64)
    }
}

/// How long the threads of this process have had a processor, in nanoseconds; Linux says it, others do not.
fn processor_time() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    times.sum()
}

/// The time of an act in nanoseconds: the quickest of some batches of a few milliseconds, since whatever else the
/// machine does only adds to it.
fn quickest<T>(runtime: &Runtime, act: impl AsyncFn() -> T) -> f64 {
    let batch = |count: u32| {
        runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..count {
                black_box(act().await);
            }
            began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
        })
    };
    let count = (3e6 / batch(200)).clamp(20.0, 1e5) as u32;
    (0..BATCHES).map(|_| batch(count)).fold(f64::INFINITY, f64::min)
}

fn key(id: usize) -> GrantKey {
    GrantKey::new("bench", Owner::Session(format!("session-{id:04}").into()))
}

/// The system's clocks, at a time when the tokens of the benchmark are new.
#[derive(Debug)]
struct Ticking(Instant);

impl Ticking {
    fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        flow::NOW.saturating_add(self.0.elapsed())
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::since_origin(self.0.elapsed())
    }
}

/// No provider is asked for anything.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl HttpClient for Nowhere {
    async fn send(&self, _: http::Request<Body>, _: &Limits) -> Result<http::Response<Body>, HttpError> {
        Err(HttpError::new(HttpErrorKind::Connect, Processed::CertainlyNot))
    }
}

/// Counts reads.
#[derive(Debug)]
struct Counted {
    store: Arc<dyn GrantStore>,
    reads: Arc<AtomicUsize>,
}

/// Rows that nobody writes, without a lock: what is left is the keeper's own cost.
#[derive(Clone)]
struct Still(Arc<HashMap<GrantKey, (Revision, Row)>>);

impl Still {
    async fn of(store: &MemoryStore) -> Self {
        let rows = GrantStore::scan(store, None, 100).await.expect("rows");
        Self(Arc::new(rows.into_iter().map(|(key, revision, row)| (key, (revision, row))).collect()))
    }
}

impl fmt::Debug for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Still").field("rows", &self.0.len()).finish()
    }
}

#[async_trait]
impl GrantStore for Counted {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.read(key).await
    }

    async fn swap(
        &self,
        key: &GrantKey,
        expected: Option<Revision>,
        next: Option<Row>,
    ) -> Result<Swap, StoreError> {
        self.store.swap(key, expected, next).await
    }

    async fn due(&self, before: Timestamp, limit: u32) -> Result<Vec<GrantKey>, StoreError> {
        self.store.due(before, limit).await
    }

    async fn scan(
        &self,
        after: Option<&GrantKey>,
        limit: u32,
    ) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        self.store.scan(after, limit).await
    }
}

#[async_trait]
impl GrantStore for Still {
    async fn read(&self, key: &GrantKey) -> Result<Reading, StoreError> {
        Ok(Reading::new(self.0.get(key).cloned(), flow::NOW))
    }

    async fn swap(&self, _: &GrantKey, _: Option<Revision>, _: Option<Row>) -> Result<Swap, StoreError> {
        Ok(Swap::Moved(Reading::new(None, flow::NOW)))
    }

    async fn due(&self, _: Timestamp, _: u32) -> Result<Vec<GrantKey>, StoreError> {
        Ok(Vec::new())
    }

    async fn scan(&self, _: Option<&GrantKey>, _: u32) -> Result<Vec<(GrantKey, Revision, Row)>, StoreError> {
        Ok(Vec::new())
    }
}
