//! The scenes of one application in three processes, one of which is killed with a refresh under way.

use std::thread;
use std::time::{Duration, Instant};

use super::app::{WebApp, free_url};
use super::browser::Browser;
use super::process::TempFolder;
use super::provider::Provider;
use super::script::Script;
use super::web::walk_pages;
use crate::verb::Stop;

/// How long the provider takes a refresh token that it has replaced, in seconds. The application's deadlines follow from
/// it, and with them how long the others wait for the one that was killed.
const GRACE: u32 = 12;
const PROCESSES: usize = 3;
const CROWD: usize = 32;

/// What became of a crowd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Answers {
    good: usize,
    /// Their process died.
    cut_off: usize,
    bad: usize,
}

/// Plays all scenes, at a provider of their own.
pub(super) fn play(script: &mut Script, folder: &TempFolder) -> Result<(), Stop> {
    script.scene("Thirty-two requests on an expired token, three processes, one of them killed");
    let rotation = format!("grace:{GRACE}s");
    let provider = Provider::start(&["--rotation", &rotation, "--delay-token", "300"])?;
    let origin = free_url()?;
    let start = |number| WebApp::one_of(&provider, folder, &origin, number, GRACE);
    let mut apps = (0..PROCESSES).map(start).collect::<Result<Vec<_>, _>>()?;
    let mut alice = Browser::new();
    let mut unseen = Script::new(true);
    let to_provider = alice.open(&apps[0].at("/login"))?.target()?;
    let callback = walk_pages(&mut unseen, &mut alice, &to_provider, "alice")?.target()?;
    alice.open(&callback)?;

    provider.expire_access_tokens()?;
    let (answers, killed, took) = crowd_and_kill(&provider, &mut apps, &alice)?;
    script.note(&format!(
        "{} requests: {} answered 200, {} cut off with the process that was killed, {} failed, in {:.1} s",
        PROCESSES * CROWD,
        answers.good,
        answers.cut_off,
        answers.bad,
        took.as_secs_f64()
    ));
    let refreshes = provider.count("refreshes")?;
    script.note(&format!(
        "process {killed} was killed while its refresh was under way; the provider replaced the token, and nobody had \
         the successor; of {refreshes} refreshes the second was for the same token, within the provider's {GRACE} s"
    ));
    script.check(answers.bad == 0, "none failed but those whose process is gone");
    script.check(answers.good >= (PROCESSES - 1) * CROWD, "both processes that are left answered all");
    script.check(refreshes == 2, &format!("one refresh was lost and one made up for it (seen: {refreshes})"));
    script.check(
        provider.count("families_revoked")? == 0,
        "the provider saw no refresh token twice that it minds",
    );
    script.check(provider.count("logins")? == 1, "nobody had to log in again");

    script.scene("The next expiry, with a new process in its place");
    apps.push(start(PROCESSES)?);
    provider.expire_access_tokens()?;
    let asked = ask(&apps, &alice);
    let answers = count(asked.into_iter().map(join));
    script.note(&format!("{} of {} answered 200", answers.good, PROCESSES * CROWD));
    script.check(answers.good == PROCESSES * CROWD, "none failed");
    let refreshes = provider.count("refreshes")? - refreshes;
    script.check(refreshes == 1, &format!("one refresh was made for all of them (seen: {refreshes})"));
    script.check(provider.count("families_revoked")? == 0, "the token that was kept is a good one");
    Ok(())
}

/// Sends the crowd, and kills the process that refreshes as soon as the provider has its request.
fn crowd_and_kill(
    provider: &Provider,
    apps: &mut Vec<WebApp>,
    browser: &Browser,
) -> Result<(Answers, usize, Duration), Stop> {
    let began = Instant::now();
    let asked = ask(apps, browser);
    let killed = loop {
        if let Some(number) = provider.who_refreshes()? {
            break number;
        }
        if began.elapsed() > Duration::from_secs(20) {
            return Err(Stop::Failed("nobody refreshed".into()));
        }
        thread::sleep(Duration::from_millis(5));
    };
    // A process that is dropped is killed as `kill -9` does.
    drop(apps.remove(killed));
    let mut answers = Answers::default();
    for (number, asked) in asked.into_iter().enumerate() {
        match (join(asked), number / CROWD == killed) {
            (Some(200), _) => answers.good += 1,
            (None, true) => answers.cut_off += 1,
            _ => answers.bad += 1,
        }
    }
    Ok((answers, killed, began.elapsed()))
}

type Asked = thread::JoinHandle<Option<u16>>;

/// A crowd at each process; a request without an answer has no status.
fn ask(apps: &[WebApp], browser: &Browser) -> Vec<Asked> {
    let one = |app: &WebApp| {
        let (mut tab, url) = (browser.clone(), app.at("/profile"));
        thread::spawn(move || tab.fetch(&url).map(|page| page.status).ok())
    };
    apps.iter().flat_map(|app| (0..CROWD).map(move |_| one(app))).collect()
}

fn join(asked: Asked) -> Option<u16> {
    asked.join().ok().flatten()
}

fn count(statuses: impl Iterator<Item = Option<u16>>) -> Answers {
    statuses.fold(Answers::default(), |mut answers, status| {
        if status == Some(200) {
            answers.good += 1
        } else {
            answers.bad += 1
        }
        answers
    })
}
