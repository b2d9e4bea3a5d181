//! `application/x-www-form-urlencoded`, both ways (RFC 6749 appendix B).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 is encoded, the space as `%20`: every form decoder reads that,
/// and so do the servers that decode `%` and forget `+`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Appends an encoded value.
pub(crate) fn push_encoded(to: &mut String, value: &str) {
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')) {
        to.push_str(value);
    } else {
        to.extend(utf8_percent_encode(value, ENCODED));
    }
}

/// Appends `name=value`, with a `&` before it unless it opens the text or follows a `?`.
pub(crate) fn push_pair(to: &mut String, name: &str, value: &str) {
    if !to.is_empty() && !to.ends_with(['?', '&']) {
        to.push('&');
    }
    push_encoded(to, name);
    to.push('=');
    push_encoded(to, value);
}

/// Decodes one name or value onto `to`. `None`: a `%` without two hexadecimal digits, a NUL, or no UTF-8; then `to`
/// is left as it was.
pub(crate) fn push_decoded(to: &mut String, text: &[u8]) -> Option<()> {
    let start = to.len();
    let mut bytes = std::mem::take(to).into_bytes();
    let whole = decode(&mut bytes, text);
    if whole.is_none() {
        bytes.truncate(start);
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            *to = text;
            whole
        }
        Err(broken) => {
            let mut bytes = broken.into_bytes();
            bytes.truncate(start);
            *to = String::from_utf8(bytes).unwrap_or_default();
            None
        }
    }
}

fn decode(to: &mut Vec<u8>, text: &[u8]) -> Option<()> {
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        let decoded = match byte {
            b'+' => b' ',
            b'%' => (hex(*rest.next()?)? << 4) | hex(*rest.next()?)?,
            other => other,
        };
        if decoded == 0 {
            return None;
        }
        to.push(decoded);
    }
    Some(())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The `name=value` pairs of a text, still encoded; empty ones are left out.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        }
    })
}
