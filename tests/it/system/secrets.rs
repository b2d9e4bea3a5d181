//! Whether bytes show a secret, in whichever way programs write bytes down.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret, and every way of writing it down.
#[derive(Debug)]
pub(crate) struct Secret {
    name: String,
    /// How it is written, and the text to look for.
    needles: Vec<(&'static str, Spelling, String)>,
}

/// In which reading of a text a needle is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spelling {
    AsIs,
    LowerCase,
    NoSpace,
    Percent,
}

impl Secret {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 16, "{name} is too short to be told from chance");
        let mut needles = Vec::new();
        // A half of it is as bad as all of it.
        let halves = if bytes.len() >= 32 { vec![bytes.split_at(bytes.len() / 2)] } else { Vec::new() };
        let parts = halves.iter().flat_map(|(first, second)| [*first, *second]).chain([bytes]);
        for part in parts {
            needles.push(("text", Spelling::AsIs, latin(part)));
            needles.push(("percent-encoding", Spelling::Percent, latin(part)));
            needles.push(("escapes", Spelling::AsIs, part.escape_ascii().to_string()));
            needles.push(("hex", Spelling::LowerCase, hex(part)));
            let list: Vec<String> = part.iter().map(u8::to_string).collect();
            needles.push(("list of bytes", Spelling::NoSpace, list.join(",")));
            for shift in 0..3 {
                let mut shifted = vec![0; shift];
                shifted.extend_from_slice(part);
                let (whole, cut) = (shifted.len() * 8 / 6, (shift * 8).div_ceil(6));
                needles.push((
                    "base64",
                    Spelling::AsIs,
                    STANDARD_NO_PAD.encode(&shifted)[cut..whole].to_owned(),
                ));
                let url = URL_SAFE_NO_PAD.encode(&shifted)[cut..whole].to_owned();
                needles.push(("base64url", Spelling::AsIs, url));
            }
        }
        needles.sort_by(|one, other| one.2.cmp(&other.2));
        needles.dedup_by(|one, other| (one.1, &one.2) == (other.1, &other.2));
        Self { name: name.to_owned(), needles }
    }

    /// A text that stands for bytes, and the bytes that it stands for: both are the secret.
    pub(crate) fn of_base64url(name: &str, text: &str) -> Vec<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        vec![Self::new(name, text.as_bytes()), Self::new(&format!("{name}, decoded"), &bytes)]
    }
}

/// Bytes, in all the readings in which something is looked for.
#[derive(Debug)]
pub(crate) struct Haystack {
    as_is: String,
    lower_case: String,
    no_space: String,
    percent: String,
}

impl Haystack {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let as_is = latin(bytes);
        let lower_case = as_is.to_ascii_lowercase();
        let no_space = as_is.split_ascii_whitespace().collect();
        let percent = latin(&percent_decoded(bytes));
        Self { as_is, lower_case, no_space, percent }
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.as_is.contains(text)
    }

    /// Names the secrets that it shows and how, but for those of some names.
    pub(crate) fn reveals(&self, secrets: &[Secret], but_for: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for secret in
            secrets.iter().filter(|secret| !but_for.iter().any(|name| secret.name.starts_with(name)))
        {
            for (how, spelling, needle) in &secret.needles {
                let text = match spelling {
                    Spelling::AsIs => &self.as_is,
                    Spelling::LowerCase => &self.lower_case,
                    Spelling::NoSpace => &self.no_space,
                    Spelling::Percent => &self.percent,
                };
                if let Some(at) = text.find(needle.as_str()) {
                    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
                    let line: String = text[start..at].chars().take(300).collect();
                    found.push(format!("{} as {how}, after {line:?}", secret.name));
                }
            }
        }
        found
    }
}

/// Every byte a character, so that what is no UTF-8 is searched as well.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whatever is escaped of it, in either case. A `+` may be a space, if it comes of a form, or itself: it is read as a
/// space, and a needle for the other reading is the text as it is.
fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                at += 3;
            }
            (byte, ..) => {
                decoded.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    decoded
}

#[test]
fn every_way_of_writing_a_secret_down_is_found() {
    let text = b"gp_refresh_Zk3+x~ /&=8q\"\\wR\x01\xff-tail-of-it".as_slice();
    let secret = [Secret::new("the token", text)];
    let percent_all = text.iter().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
    let form: String = url::form_urlencoded::byte_serialize(text).collect();
    let debug = |prefix: &[u8]| format!("{:?}", [prefix, text, b"after"].concat());
    let mut written = vec![
        ("text", text.to_vec()),
        ("percent, all of it", percent_all.to_lowercase().into_bytes()),
        ("percent, upper case", percent_all.into_bytes()),
        ("percent, as in a form", form.into_bytes()),
        ("hex", hex(text).into_bytes()),
        ("hex, upper case", hex(text).to_uppercase().into_bytes()),
        ("decimal", debug(b"").into_bytes()),
        ("decimal among others", debug(b"before").into_bytes()),
        ("decimal over lines", format!("{text:#?}").into_bytes()),
        ("decimal in JSON", serde_json::to_vec(text).unwrap()),
        ("byte string", format!("b\"{}\"", text.escape_ascii()).into_bytes()),
        ("the first half", text[..text.len() / 2].to_vec()),
        ("the second half", text[text.len() / 2..].to_vec()),
    ];
    for prefix in ["", "1", "12"] {
        for suffix in ["", "1", "12"] {
            let among = [prefix.as_bytes(), text, suffix.as_bytes()].concat();
            written.push(("base64", STANDARD_NO_PAD.encode(&among).into_bytes()));
            written.push(("base64url", URL_SAFE_NO_PAD.encode(&among).into_bytes()));
        }
    }
    for (how, bytes) in written {
        let around = [b"\xfe\x00 a line {value: \"", bytes.as_slice(), b"\"}\n"].concat();
        assert!(!Haystack::new(&around).reveals(&secret, &[]).is_empty(), "not found: {how}");
        assert!(Haystack::new(&around).reveals(&secret, &["the token"]).is_empty());
    }
    let other = Haystack::new(b"gp_refresh_ of another, 103,112,95 and Z3BfcmVmcmVzaF8");
    assert!(other.reveals(&secret, &[]).is_empty());
}

#[test]
fn what_stands_for_bytes_is_found_as_those_bytes_too() {
    let bytes: Vec<u8> = (100..132).map(|at: u8| at.wrapping_mul(7)).collect();
    let secrets = Secret::of_base64url("state", &URL_SAFE_NO_PAD.encode(&bytes));
    assert!(!Haystack::new(&bytes).reveals(&secrets, &[]).is_empty());
    assert!(!Haystack::new(hex(&bytes).as_bytes()).reveals(&secrets, &[]).is_empty());
}
