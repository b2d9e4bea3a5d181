//! Sends the person to a URL: in their own browser, never in a view of ours (RFC 8252 section 8.12).
//!
//! No shell is involved. `$BROWSER` is a program and its arguments, split at spaces, and the URL is one argument more.

use std::io;
use std::process::{Command, Stdio};
use std::thread;

use url::{Host, Url};

/// Opens the URL with the command, or asks the person to.
pub(crate) fn open(url: &Url, command: Option<&str>, http_loopback: bool) -> io::Result<()> {
    if !is_for_a_browser(url.as_str(), http_loopback) {
        return Err(io::Error::other("the url is none that may be handed to a browser"));
    }
    let mut words = command.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let Some(program) = words.next() else {
        eprintln!("Open this URL in a browser to log in:\n\n{url}\n");
        return Ok(());
    };
    let started = Command::new(program)
        .args(words)
        .arg(url.as_str())
        // Standard output is for the answer of the API alone.
        .stdout(Stdio::from(io::stderr()))
        .spawn();
    let url = url.clone();
    let failed = move |why: &dyn std::fmt::Display| {
        eprintln!("{why}. Open this URL yourself to log in:\n\n{url}\n");
    };
    match started {
        Err(why) => failed(&format_args!("$BROWSER cannot be started ({why})")),
        Ok(mut browser) => {
            eprintln!("Waiting for you to log in with the browser ...");
            // Browsers stay open, or hand the URL to one that does: only a failure is of interest.
            thread::spawn(move || match browser.wait() {
                Ok(status) if status.success() => {}
                Ok(status) => failed(&format_args!("$BROWSER ended with {status}")),
                Err(why) => failed(&format_args!("$BROWSER was lost ({why})")),
            });
        }
    }
    Ok(())
}

/// Anything but https, and http to this machine where that is allowed, could start something else than a browser; and
/// what begins with `-` could be an option.
pub(crate) fn is_for_a_browser(url: &str, http_loopback: bool) -> bool {
    let plain = url.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
    let Ok(parsed) = Url::parse(url) else { return false };
    let loopback = match parsed.host() {
        None => return false,
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
    };
    let secure = parsed.scheme() == "https" || (parsed.scheme() == "http" && loopback && http_loopback);
    plain && secure && url.starts_with("http")
}
