//! The corpus and made-up bytes, through every reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gatepass_axum::ReturnTo;
use gatepass_fuzz::{OURS, all, named};
use proptest::prelude::*;

#[test]
fn every_input_of_the_corpus_is_read_or_refused() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = BTreeSet::new();
    for corpus in [here.join("corpus"), here.join("../../crates/gatepass-core/tests/corpus")] {
        for folder in corpus.read_dir().unwrap() {
            let folder = folder.unwrap();
            let name = folder.file_name().into_string().unwrap();
            let reader = named(&name).unwrap_or_else(|| panic!("there is no reader for {name}"));
            let inputs: Vec<_> =
                folder.path().read_dir().unwrap().map(|input| input.unwrap().path()).collect();
            assert!(!inputs.is_empty(), "{name}");
            inputs.iter().for_each(|input| reader(&fs::read(input).unwrap()));
            seen.insert(name);
        }
    }
    assert_eq!(seen, all().map(|(name, _)| name.to_owned()).collect(), "one folder a reader");
}

/// Text of the pieces of which such inputs are made.
fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => "[a-zA-Z0-9]{1,5}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn read(name: &str, bytes: &[u8]) {
    OURS.iter().find(|(known, _)| *known == name).unwrap().1(bytes);
}

const PLACES: &[&str] = &[
    "/",
    "//",
    "\\",
    "/\\",
    "..",
    "/..",
    "/.",
    "/./",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%09",
    "\t",
    "\n",
    "\r",
    "\0",
    " ",
    "@",
    ":",
    ":80",
    "?",
    "#",
    "evil.example",
    "https:",
    "http://",
    "javascript:",
    "\u{a0}",
    "\u{ff0f}",
    "\u{2215}",
    "\u{feff}",
    "a/b",
    "x=y&z",
];

const COOKIES: &[&str] = &[
    "gatepass-browser=",
    "; gatepass-browser=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
    ";",
    "; ",
    "=",
    " ",
    "\t",
    "\"",
    ",",
    "theme=dark",
    "gatepass-session=",
    "Gatepass-Browser=",
    "\u{e9}",
    "-",
    "_",
];

const CALLBACKS: &[&str] = &[
    "state=",
    "code=",
    "iss=",
    "error=",
    "&",
    "&&",
    "=",
    "x",
    "%",
    "%2",
    "%zz",
    "%00",
    "%ff",
    "%c0%af",
    "%e2%82%ac",
    "+",
    "id_token=",
    "response=",
    "access_token=",
    "error_description=",
    "State=",
    "st%61te=",
    "<script>",
    "\"><",
    "%22%3e%3cscript%3e",
    "\u{e9}",
    ";",
    "gatepass_sent_on=1",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn c_90_what_is_taken_as_a_place_stays_on_the_origin(bytes in pieces(PLACES)) {
        read("return_to", &bytes);
        read("return_to", &[b"/", bytes.as_slice()].concat());
    }

    #[test]
    fn arq_18_an_ordinary_place_is_taken_as_it_is(place in "(/[a-z0-9_~-]{1,9}){1,5}/?([?][a-z]{1,5}=[a-z0-9/:.%@-]{0,9})?") {
        prop_assume!(!place.contains('%'));
        prop_assert_eq!(ReturnTo::parse(&place).map(|taken| taken.to_string()), Ok(place));
    }

    #[test]
    fn c_31_our_cookie_is_found_if_it_is_there(bytes in pieces(COOKIES)) {
        read("cookie_header", &bytes);
    }

    #[test]
    fn c_31_any_query_is_a_refusal_where_nobody_has_begun(bytes in pieces(CALLBACKS)) {
        read("callback_query", &bytes);
    }

    #[test]
    fn c_31_any_form_is_a_refusal_or_the_page_between(bytes in pieces(CALLBACKS)) {
        read("callback_form", &bytes);
    }
}
