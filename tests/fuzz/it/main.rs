//! The corpus and made-up bytes, through every reader.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gatepass_axum::ReturnTo;
use gatepass_fuzz::{OURS, all, named, openid};
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

/// What the corpus calls sound is taken and nothing else: readers that refuse everything would show nothing.
#[test]
fn what_is_sound_is_taken_and_nothing_else() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for reader in ["id_token", "logout_token", "user_info", "key_set", "metadata", "issuer"] {
        let (mut sound, mut others) = (0, Vec::new());
        for input in corpus.join(reader).read_dir().unwrap() {
            let input = input.unwrap();
            let name = input.file_name().into_string().unwrap();
            let is_taken = openid::is_taken(reader, &fs::read(input.path()).unwrap());
            sound += usize::from(is_taken);
            if is_taken != name.starts_with("sound") {
                others.push(name);
            }
        }
        assert!(sound > 1 && others.is_empty(), "{reader}: {others:?}");
    }
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

const HEADER: &[&str] = &[
    r#""alg":"ES256""#,
    r#""alg":"RS256""#,
    r#""alg":"none""#,
    r#""alg":null"#,
    r#""\u0061lg":"EdDSA""#,
    r#""kid":"k1""#,
    r#""kid":"k2""#,
    r#""kid":1"#,
    r#""typ":"JWT""#,
    r#""typ":"logout+jwt""#,
    r#""typ":"application/jwt""#,
    r#""crit":[]"#,
    r#""jku":"https://evil.example""#,
    r#""x5c":{}"#,
    r#""zip":"DEF""#,
];

const SOUND: &[&str] = &[
    r#""iss":"https://op.example""#,
    r#""aud":"my-app""#,
    r#""sub":"alice""#,
    r#""iat":1800000000"#,
    r#""exp":1800000300"#,
];

const CLAIMS: &[&str] = &[
    r#""nonce":"@nonce@""#,
    r#""nonce":"x""#,
    r#""at_hash":"@at_hash@""#,
    r#""at_hash":"x""#,
    r#""c_hash":"@c_hash@""#,
    r#""events":{"http://schemas.openid.net/event/backchannel-logout":{}}"#,
    r#""events":{"http://schemas.openid.net/event/backchannel-logout":1}"#,
    r#""jti":"j""#,
    r#""jti":"""#,
    r#""sid":"s""#,
    r#""sid":"""#,
    r#""azp":"my-app""#,
    r#""azp":["my-app"]"#,
    r#""aud":["my-app","other"]"#,
    r#""s\u0075b":"bob""#,
    r#""sub":"al\u0069ce""#,
    r#""nbf":1.8e9"#,
    r#""nbf":1800000061"#,
    r#""auth_time":"now""#,
    r#""exp":1e400"#,
    r#""email":"a@op.example""#,
    r#""email_verified":"true""#,
    r#""email_verified":true"#,
    r#""\ud800":1"#,
    r#""x":[[[[{}]]]]"#,
];

/// An object of some of these members, well-formed but for its ends at times.
fn object(members: impl Strategy<Value = Vec<&'static str>>) -> impl Strategy<Value = String> {
    let ends = prop_oneof![
        9 => Just(("{", "}")),
        1 => prop::sample::select(&[("", "}"), ("{", ""), ("[", "]"), (" {", "}\n"), ("{", "}}"), ("{,", "}")][..]),
    ];
    (members, ends).prop_map(|(members, (start, end))| format!("{start}{}{end}", members.join(",")))
}

/// A token to be signed: most have what every token needs, in any order, with more beside it.
fn token() -> impl Strategy<Value = Vec<u8>> {
    let algorithm = prop::sample::select(&["RS256", "PS256", "ES256", "EdDSA", "HS256"][..]);
    let header = object(prop::collection::vec(prop::sample::select(HEADER), 0..3));
    let claims = (
        prop::sample::subsequence(SOUND, SOUND.len() - 1..=SOUND.len()),
        prop::collection::vec(prop::sample::select(CLAIMS), 0..4),
    );
    let claims = claims.prop_map(|(sound, more)| [sound, more].concat()).prop_shuffle();
    (algorithm, any::<bool>(), header, object(claims)).prop_map(|(algorithm, is_plain, header, claims)| {
        let plain = format!(r#"{{"alg":"{algorithm}"}}"#);
        format!("{algorithm}\n{}\n{claims}", if is_plain { plain } else { header }).into_bytes()
    })
}

const RAW: &[&str] = &[
    ".",
    "..",
    "....",
    "eyJhbGciOiJFUzI1NiJ9",
    "eyJhbGciOiJub25lIn0",
    "e30",
    "AAAA",
    "=",
    "-",
    "_",
    "+",
    "%",
    " ",
];

const KEYS: &[&str] = &[
    r#"{@p256@}"#,
    r#"{@rsa@,"kid":"a"}"#,
    r#"{@ed25519@,"use":"sig"}"#,
    r#"{@ed25519@,"use":"enc"}"#,
    r#"{@rsa@,"alg":"PS256"}"#,
    r#"{@p256@,"key_ops":["verify"]}"#,
    r#"{@p256@,"d":"AAAA"}"#,
    r#"{@p256@,@rsa@}"#,
    r#"{"kty":"oct","k":"AAAA"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
    r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
    "null",
    "{",
    "[]",
];

const METADATA: &[&str] = &[
    r#""issuer":"https://op.example""#,
    r#""authorization_endpoint":"https://op.example/authorize""#,
    r#""token_endpoint":"https://op.example/token""#,
];

const MORE_METADATA: &[&str] = &[
    r#""issuer":"https://evil.example""#,
    r#""jwks_uri":"https://op.example/jwks""#,
    r#""jwks_uri":"http://op.example/jwks""#,
    r#""jwks_uri":"https://a@op.example/jwks""#,
    r#""userinfo_endpoint":"https://op.example/#""#,
    r#""userinfo_endpoint":null"#,
    r#""end_session_endpoint":"https:\\\\op.example""#,
    r#""revocation_endpoint":"javascript:""#,
    r#""registration_endpoint":"https://[::1]:1/x?y""#,
    r#""introspection_endpoint":" https://op.example""#,
    r#""response_types_supported":["id_token","code"]"#,
    r#""response_types_supported":[]"#,
    r#""code_challenge_methods_supported":["S256"]"#,
    r#""code_challenge_methods_supported":"S256""#,
    r#""authorization_response_iss_parameter_supported":1"#,
    r#""backchannel_logout_supported":true"#,
    r#""x":{"issuer":1}"#,
];

const ISSUERS: &[&str] = &[
    "https://",
    "http://",
    "op.example",
    ":8443",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "@",
    ":",
    "%2e",
    "%2F",
    "..",
    "{",
    "}",
    "[::1]",
    " ",
    "\t",
    "\u{f6}",
    "x",
    "127.0.0.1",
    "%00",
    ".well-known",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_token_of_the_provider_is_judged_as_others_judge_it(bytes in token()) {
        read("id_token", &bytes);
        read("logout_token", &bytes);
        read("user_info", &bytes);
    }

    #[test]
    fn any_text_is_no_token(bytes in pieces(RAW)) {
        for reader in ["id_token", "logout_token", "user_info"] {
            read(reader, &bytes);
            prop_assert!(!openid::is_taken(reader, &bytes));
        }
    }

    #[test]
    fn any_key_set_is_read_or_refused(keys in prop::collection::vec(prop::sample::select(KEYS), 0..5), bytes in pieces(KEYS)) {
        read("key_set", format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes());
        read("key_set", &bytes);
    }

    #[test]
    fn any_metadata_are_read_or_refused(
        document in object((
            prop::sample::subsequence(METADATA, METADATA.len() - 1..=METADATA.len()),
            prop::collection::vec(prop::sample::select(MORE_METADATA), 0..4),
        ).prop_map(|(sound, more)| [sound, more].concat()).prop_shuffle()),
        bytes in pieces(MORE_METADATA),
    ) {
        read("metadata", document.as_bytes());
        read("metadata", &bytes);
    }

    #[test]
    fn any_issuer_is_asked_at_its_place_or_not_at_all(bytes in pieces(ISSUERS)) {
        read("issuer", &bytes);
        read("issuer", &[b"https://op.example", bytes.as_slice()].concat());
    }

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
