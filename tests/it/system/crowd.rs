//! All of a person's tabs at once, at every process of an application.

use std::sync::Barrier;
use std::thread;

use super::browser::Browser;
use super::site::App;

/// How many requests at once each process gets.
pub(crate) const CROWD: usize = 32;

/// Sends a crowd of requests at once to each process; gives the statuses, 0 where no answer came.
pub(crate) fn crowd(apps: &[&App], browser: &Browser) -> Vec<u16> {
    let start = Barrier::new(apps.len() * CROWD);
    thread::scope(|scope| {
        let ask = |app: &App| {
            let (url, start) = (app.at("/profile"), &start);
            scope.spawn(move || {
                start.wait();
                browser.try_fetch(&url).map_or(0, |page| page.status)
            })
        };
        let asked: Vec<_> = apps.iter().flat_map(|app| (0..CROWD).map(|_| ask(app))).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// How often a token ends in a run; `GATEPASS_ROUNDS` says otherwise.
pub(crate) fn rounds() -> usize {
    std::env::var("GATEPASS_ROUNDS")
        .ok()
        .map_or(20, |rounds| rounds.parse().expect("GATEPASS_ROUNDS: a number"))
}

/// Fails unless every one of them was answered with 200.
#[track_caller]
pub(crate) fn all_served(statuses: &[u16], what: &str) {
    let failed: Vec<_> = statuses.iter().filter(|status| **status != 200).collect();
    assert!(failed.is_empty(), "{what}: {} of {} failed: {failed:?}", failed.len(), statuses.len());
}
