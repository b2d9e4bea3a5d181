//! Ten thousand callbacks and ten thousand starts, of one browser and of browsers without cookies: what they cost.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gatepass_testkit::provider::Provider;

use super::browser::{Browser, parameter};
use super::kept::Rows;
use super::line::{Answer, Line};
use super::process::until;
use super::site::{App, Site};

const REQUESTS: usize = 10_000;
const LINES: usize = 8;

/// Logins that may be under way in all; half of them are for browsers that bring no cookie.
const ROOM: usize = 2_000;

/// What one browser may have under way.
const PER_BROWSER: i64 = 32;

/// What no flood may make of a process that has its own needs.
const MEMORY: u64 = 64 << 20;

const NAVIGATE: [(&str, &str); 3] =
    [("accept", "text/html"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

/// What came of a flood.
struct Flood {
    taken: Duration,
    /// How long the whole login in the middle took.
    honest: Duration,
    /// The bytes of all cookies that one answer set, at most.
    cookie_bytes: usize,
    statuses: Vec<(u16, usize)>,
    /// What the provider heard while nobody but the flood was at it.
    asked: usize,
    rows: Rows,
    memory: [u64; 2],
}

/// Sends the flood on several lines. Somebody who has begun before it comes back after it, and somebody else logs in
/// while it lasts.
fn flood(site: &Site, app: &App, request: impl Fn(usize, &mut Line) -> Answer + Sync) -> Flood {
    let (early, middle) = (Browser::new(), Browser::new());
    let callback = site.go_and_come_back(&early, app);
    let (memory, asked) = (resident(app), site.provider.log().len());
    let (sent, begun) = (AtomicUsize::new(0), Instant::now());
    let mut statuses: Vec<(u16, usize)> = Vec::new();
    let mut cookie_bytes = 0;
    let mut honest = Duration::ZERO;
    thread::scope(|scope| {
        let lines: Vec<_> = (0..LINES)
            .map(|_| {
                scope.spawn(|| {
                    let mut line = Line::open(&app.url);
                    let mut seen: Vec<(u16, usize)> = Vec::new();
                    loop {
                        let number = sent.fetch_add(1, Ordering::Relaxed);
                        if number >= REQUESTS {
                            return seen;
                        }
                        let answer = request(number, &mut line);
                        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
                        seen.push((answer.status, set.map(|(_, cookie)| cookie.len()).sum()));
                    }
                })
            })
            .collect();
        until("half of the flood", || (sent.load(Ordering::Relaxed) >= REQUESTS / 2).then_some(()));
        let login = Instant::now();
        let page = follow(&middle, &app.at("/login?return_to=/profile"), app);
        assert!(page.contains("user-alice"), "an honest login in the middle: {page}");
        honest = login.elapsed();
        assert!(sent.load(Ordering::Relaxed) < REQUESTS, "the flood was over before the honest login");
        for line in lines {
            for (status, bytes) in line.join().unwrap() {
                cookie_bytes = cookie_bytes.max(bytes);
                match statuses.iter_mut().find(|(known, _)| *known == status) {
                    Some((_, count)) => *count += 1,
                    None => statuses.push((status, 1)),
                }
            }
        }
    });
    let taken = begun.elapsed();
    // The honest login: authorization, code, user.
    let asked = site.provider.log().len() - asked - 3;
    app.arrive(&early, &callback).is(303);
    app.profile(&early).is(200);
    let rows = Rows::of(site.folder.path());
    Flood { taken, honest, cookie_bytes, statuses, asked, rows, memory: [memory, resident(app)] }
}

/// Follows redirects, also to the address that only the world knows.
fn follow(browser: &Browser, url: &str, app: &App) -> String {
    let mut page = browser.open(url);
    for _ in 0..8 {
        if page.status != 303 && page.status != 302 {
            return page.body;
        }
        let target = page.target();
        let is_ours = !target.starts_with("http://127.0.0.1:") || target.starts_with("http://127.0.0.1:9/");
        page = if is_ours { app.arrive(browser, &target) } else { browser.open(&target) };
    }
    panic!("no end of redirects");
}

/// Bytes of memory that the process holds.
fn resident(app: &App) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", app.process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Every callback was refused, or its browser sent to begin anew, and the provider heard of none.
#[track_caller]
fn unheard(flood: &Flood) {
    assert_eq!(flood.asked, 0);
    assert!(flood.statuses.iter().all(|(status, _)| matches!(status, 400 | 303)), "{:?}", flood.statuses);
    assert!(flood.cookie_bytes < 128, "{}", flood.cookie_bytes);
}

#[test]
fn cbk_08_c_25_ten_thousand_callbacks_and_starts_stay_within_bounds() {
    // Codes outlast the flood on a machine that has much else to do.
    let provider = Provider::builder().code_lifetime(Duration::from_secs(600));
    let site = Site::with(provider).variable("LOGINS_UNDER_WAY", &ROOM.to_string());
    let app = site.start();
    site.log_in(&Browser::new(), &app);
    let one = Browser::new();
    let newest = site.go_and_come_back(&one, &app);
    let iss = parameter(&newest, "iss");
    let cookies = one.cookies();
    let of_one = [NAVIGATE.as_slice(), &[("cookie", &*cookies)]].concat();
    let forged = |number: usize| {
        let iss: String = url::form_urlencoded::byte_serialize(iss.as_bytes()).collect();
        format!("/callback?code=forged&state=forged-{number}&iss={iss}")
    };

    println!(
        "flood of 10000            | seconds | us each | login ms | RSS MiB        | rows p/c/l     | cookie bytes | asked | answers"
    );
    let note = |what: &str, flood: &Flood| {
        let Rows { parked, claimed, landed } = flood.rows;
        let mib = |at: usize| flood.memory[at] as f64 / f64::from(1 << 20);
        println!(
            "{what:25} | {:7.1} | {:7.0} | {:8.0} | {:5.1} -> {:5.1} | {:14} | {:12} | {:5} | {:?}",
            flood.taken.as_secs_f64(),
            flood.taken.as_micros() as f64 / REQUESTS as f64,
            flood.honest.as_secs_f64() * 1000.0,
            mib(0),
            mib(1),
            format!("{parked}/{claimed}/{landed}"),
            flood.cookie_bytes,
            flood.asked,
            flood.statuses,
        );
        assert!(flood.memory[1].saturating_sub(flood.memory[0]) < MEMORY, "memory grows with the flood");
        assert_eq!(claimed, 0);
    };

    let before = Rows::of(site.folder.path());
    let callbacks = flood(&site, &app, |number, line| line.get(&forged(number), &of_one));
    note("callbacks of one browser", &callbacks);
    unheard(&callbacks);
    assert_eq!(callbacks.rows.parked, before.parked, "a forged callback changed a row");

    let strangers = flood(&site, &app, |number, line| line.get(&forged(number), &NAVIGATE));
    note("callbacks without cookies", &strangers);
    unheard(&strangers);
    assert_eq!(strangers.rows.parked, before.parked, "a forged callback changed a row");

    // A login that was begun before ten thousand callbacks with its own cookie is as good as ever.
    app.arrive(&one, &newest).is(303);
    let cookies = one.cookies();
    let of_one = [NAVIGATE.as_slice(), &[("cookie", &*cookies)]].concat();

    let starts = flood(&site, &app, |_, line| line.get("/login", &of_one));
    note("starts of one browser", &starts);
    assert_eq!((starts.asked, &*starts.statuses), (0, [(303, REQUESTS)].as_slice()));
    assert_eq!(starts.rows.parked, PER_BROWSER, "one browser has more logins under way than it may");
    assert!(starts.cookie_bytes < 128, "{}", starts.cookie_bytes);
    // Its newest login is one like any other.
    site.log_in(&one, &app);

    let newcomers = flood(&site, &app, |_, line| line.get("/login", &NAVIGATE));
    note("starts without cookies", &newcomers);
    assert_eq!((newcomers.asked, &*newcomers.statuses), (0, [(303, REQUESTS)].as_slice()));
    assert!(newcomers.cookie_bytes < 128, "{}", newcomers.cookie_bytes);
    let kept = usize::try_from(newcomers.rows.all()).unwrap();
    assert!(kept <= ROOM / 2 + 8, "{kept} rows where half of the room is {}", ROOM / 2);
}
