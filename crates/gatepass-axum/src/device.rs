//! A hint at the device of a session: words of ours and nothing of the header that is looked at.

use http::{HeaderMap, header};

/// A longer header is looked at no further.
const LONGEST: usize = 512;

/// The first that is found counts: each names itself and those that it descends from.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// What browser and system a request seems to come from, such as `Firefox on Linux`.
pub(crate) fn hint(headers: &HeaderMap) -> Option<Box<str>> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let agent = agent.get(..LONGEST).unwrap_or(agent);
    let safari = agent.contains("Safari/") && agent.contains("Version/");
    let found = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = found(&BROWSERS).or(safari.then_some("Safari"));
    match (browser, found(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}").into()),
        (one, other) => one.or(other).map(Into::into),
    }
}

/// The longest description of an application's own.
const LONGEST_DESCRIPTION: usize = 120;

/// A description without what no list should show, and not too long.
pub(crate) fn bounded(text: &str) -> Box<str> {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_DESCRIPTION).collect::<String>().into()
}

#[cfg(test)]
mod tests;
