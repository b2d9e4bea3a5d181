//! The head of a request, and whether it is a callback.
//!
//! Judged in this order: form, `Host` (a page elsewhere may have bound its own name to this address), path, method,
//! query.

use gatepass_core::Callback;

use super::page::Page;

/// What the requests of this login look like.
#[derive(Debug)]
pub(super) struct Site {
    /// `127.0.0.1:port`
    pub(super) authority: String,
    pub(super) path: String,
}

#[derive(Debug)]
pub(super) enum Asked {
    /// The head goes on.
    Unfinished,
    Callback(Box<Callback>),
    Refused(Page),
}

pub(super) fn read_head(bytes: &[u8], site: &Site) -> Asked {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Asked::Unfinished;
    };
    match judge(&bytes[..end], site) {
        Ok(callback) => Asked::Callback(Box::new(callback)),
        Err(page) => Asked::Refused(page),
    }
}

fn judge(head: &[u8], site: &Site) -> Result<Callback, Page> {
    let mut lines = head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let line = lines.next().and_then(|line| std::str::from_utf8(line).ok()).ok_or(Page::Malformed)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Page::Malformed);
    };
    if host(lines)? != site.authority.as_bytes() {
        return Err(Page::Malformed);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != site.path {
        return Err(Page::NotFound);
    }
    if method != "GET" {
        return Err(Page::NotAllowed);
    }
    Callback::from_query(query).map_err(|_| Page::Unknown)
}

/// The one `Host` of the fields.
fn host<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Result<&'a [u8], Page> {
    let mut host = None;
    for field in fields {
        let colon = field.iter().position(|&byte| byte == b':').ok_or(Page::Malformed)?;
        let (name, value) = (&field[..colon], &field[colon + 1..]);
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(Page::Malformed);
        }
        if name.eq_ignore_ascii_case(b"host") && host.replace(value.trim_ascii()).is_some() {
            return Err(Page::Malformed);
        }
    }
    host.ok_or(Page::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn asked(head: &str) -> &'static str {
        let site = Site { authority: "127.0.0.1:4000".to_owned(), path: "/callback".to_owned() };
        match read_head(head.as_bytes(), &site) {
            Asked::Unfinished => "unfinished",
            Asked::Callback(_) => "callback",
            Asked::Refused(page) => page.status(),
        }
    }

    #[test]
    fn nat_05_only_a_get_of_the_path_with_one_right_host_is_a_callback() {
        const HOST: &str = "Host: 127.0.0.1:4000\r\n";
        for (line, fields, expected) in [
            ("GET /callback?code=a&state=b HTTP/1.1", HOST, "callback"),
            ("GET /callback?code=a&state=b HTTP/1.0", HOST, "callback"),
            (
                "GET /callback?error=access_denied HTTP/1.1",
                "hOST:127.0.0.1:4000 \r\nCookie: \u{e9}=1\r\n",
                "callback",
            ),
            ("GET /callback HTTP/1.1", HOST, "400 Bad Request"),
            ("GET /callback?code=a&code=b HTTP/1.1", HOST, "400 Bad Request"),
            ("GET /callback?code=%ff HTTP/1.1", HOST, "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "", "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "Host: localhost:4000\r\n", "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "Host: evil.example\r\n", "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "Host: 127.0.0.1\r\n", "400 Bad Request"),
            (
                "GET /callback?code=a HTTP/1.1",
                "Host: 127.0.0.1:4000\r\nHost: 127.0.0.1:4000\r\n",
                "400 Bad Request",
            ),
            ("GET /callback?code=a HTTP/1.1", "Host : 127.0.0.1:4000\r\n", "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "Host: 127.0.0.1:4000\r\n folded: yes\r\n", "400 Bad Request"),
            ("GET /callback?code=a HTTP/1.1", "Host: 127.0.0.1:4000\r\nnonsense\r\n", "400 Bad Request"),
            ("GET http://127.0.0.1:4000/callback?code=a HTTP/1.1", HOST, "404 Not Found"),
            ("GET /favicon.ico HTTP/1.1", HOST, "404 Not Found"),
            ("GET /callback/?code=a HTTP/1.1", HOST, "404 Not Found"),
            ("GET /Callback?code=a HTTP/1.1", HOST, "404 Not Found"),
            ("GET //callback?code=a HTTP/1.1", HOST, "404 Not Found"),
            ("HEAD /callback?code=a HTTP/1.1", HOST, "405 Method Not Allowed"),
            ("POST /callback?code=a HTTP/1.1", HOST, "405 Method Not Allowed"),
            ("get /callback?code=a HTTP/1.1", HOST, "405 Method Not Allowed"),
            ("GET /callback?code=a HTTP/2.0", HOST, "400 Bad Request"),
            ("GET  /callback?code=a HTTP/1.1", HOST, "400 Bad Request"),
            ("GET /callback?code=a", HOST, "400 Bad Request"),
            ("\u{16}\u{3}\u{1}", "", "400 Bad Request"),
        ] {
            assert_eq!(asked(&format!("{line}\r\n{fields}\r\n")), expected, "{line} {fields}");
        }
        assert_eq!(asked("GET /callback?code=a HTTP/1.1\r\nHost: 127.0.0.1:4000\r\n"), "unfinished");
        assert_eq!(asked(""), "unfinished");
    }
}
