//! The answers. All of them are constants: nothing of a request is in any.

/// What the browser is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Done,
    Declined,
    Failed,
    /// A callback, but not of this login.
    Unknown,
    Malformed,
    NotFound,
    NotAllowed,
    TooLarge,
}

const STYLE: &str = include_str!("page.css");

/// The hash of the style sheet, the only thing that a page may use.
const STYLE_HASH: &str = "YQQUJGnSu19vgXFHH0Vr/7tV9F8DZFrjHZhdiqFbQf0=";

impl Page {
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Done | Self::Declined | Self::Failed => "200 OK",
            Self::Unknown | Self::Malformed => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::NotAllowed => "405 Method Not Allowed",
            Self::TooLarge => "431 Request Header Fields Too Large",
        }
    }

    /// What a person reads; the others are for programs.
    fn words(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Done => {
                Some(("You are logged in", "You can close this window and go back to the program."))
            }
            Self::Declined => Some((
                "You said no",
                "The program was given no access. You can close this window and go back to the program.",
            )),
            Self::Failed => Some((
                "The login did not work",
                "The program says why. You can close this window and go back to the program.",
            )),
            Self::Unknown => Some((
                "This is not the login that is under way",
                "Nothing has changed, and the program still waits for you. You can close this window and finish the login in \
                 the window that the program has opened last.",
            )),
            Self::Malformed | Self::NotFound | Self::NotAllowed | Self::TooLarge => None,
        }
    }

    /// The whole answer.
    pub(super) fn answer(self) -> Vec<u8> {
        let status = self.status();
        let allow = if self == Self::NotAllowed { "Allow: GET\r\n" } else { "" };
        let (kind, body) = match self.words() {
            None => ("", String::new()),
            Some((title, text)) => ("Content-Type: text/html; charset=utf-8\r\n", html(title, text)),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\n{allow}{kind}Content-Length: {length}\r\nCache-Control: no-store\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

fn html(title: &str, text: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n</main>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn nat_06_the_policy_names_the_style_sheet_that_is_sent() {
        assert_eq!(STYLE_HASH, STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));
    }
}
