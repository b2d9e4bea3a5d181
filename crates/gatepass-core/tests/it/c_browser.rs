//! Attacks before the browser and on the binding of code and login (catalogue C.1 and C.2).

use gatepass_core::{
    Client, ClientAuth, ConfigError, Provider, RedirectUri, ResumeError, Secret, StartError, UrlFault,
};

use crate::pkc::pair;
use crate::support::*;

fn fault(authorization_endpoint: &str) -> Option<UrlFault> {
    match Provider::builder(authorization_endpoint, TOKEN).danger_allow_http_loopback().build() {
        Err(ConfigError::Url { name: "authorization endpoint", fault }) => Some(fault),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    }
}

#[test]
fn c_01_what_a_shell_would_read_is_encoded() {
    let endpoint = "https://as.example/$(calc)`x`|y;z&'\"<>^";
    let client = client_of(Provider::builder(endpoint, TOKEN).build().unwrap());
    let url = start(client.authorize(&scopes("a")).param("x", "$(calc) `x`|y;z&'\"<>^\n"), 1).url;
    assert_eq!((url.scheme(), url.host_str()), ("https", Some("as.example")));
    for bad in ['`', '"', '<', '>', ' ', '\n', '\\'] {
        assert!(!url.as_str().contains(bad), "{url}");
    }
    let ours = url.query().unwrap();
    for bad in ['$', '(', ')', '|', ';', '\'', '^'] {
        assert!(!ours.contains(bad), "{url}");
    }
}

#[test]
fn c_01_what_the_system_would_run_is_refused() {
    let refused = [
        "a:$(calc)",
        "file:///bin/sh",
        "file:///C:/Windows/System32/calc.exe",
        "javascript:alert(1)",
        "--flag",
        "-x https://as.example/",
        "ms-settings:",
        "\\\\evil\\share",
        "/bin/sh",
        "$(calc)",
        "",
    ];
    for endpoint in refused {
        assert!(fault(endpoint).is_some(), "{endpoint}");
    }
}

#[test]
fn c_07_a_plain_https_url_is_taken() {
    for endpoint in [
        "https://as.example/a",
        "https://as.example:8443",
        "https://xn--s-gua.example/",
        "https://192.0.2.1/a",
    ] {
        assert_eq!(fault(endpoint), None);
    }
}

#[test]
fn c_07_urls_that_only_look_secure_are_refused() {
    let refused = [
        ("http://localhost:80@attacker.example/", UrlFault::UserInfo),
        ("https://as.example@attacker.example/", UrlFault::UserInfo),
        ("https:/as.example@attacker.example/", UrlFault::UserInfo),
        ("https://as.example\\@attacker.example/", UrlFault::Characters),
        ("https:\\\\attacker.example/", UrlFault::Characters),
        ("ht\ttps://as.example/", UrlFault::Characters),
        ("https://as.example/\n", UrlFault::Characters),
        ("\u{0}https://as.example/", UrlFault::Characters),
        ("https://\u{430}s.example/", UrlFault::Characters),
        ("https://as.example./", UrlFault::NoHost),
        ("https://?x", UrlFault::NotAbsolute),
        ("https:attacker.example", UrlFault::NoHost),
        ("//as.example/", UrlFault::NotAbsolute),
        ("http://as.example/?https://", UrlFault::NotHttps),
    ];
    for (endpoint, due) in refused {
        assert_eq!(fault(endpoint), Some(due), "{endpoint:?}");
        assert!(RedirectUri::new(endpoint).is_err(), "{endpoint:?}");
    }
}

#[test]
fn c_09_a_whole_configuration_is_taken() {
    assert!(builder().require_iss().build().is_ok());
}

/// Whatever a check needs is there when the configuration is built, or the configuration is an error.
#[test]
fn c_09_a_missing_setting_is_never_a_check_left_out() {
    assert_eq!(
        refused(Provider::builder(AUTHORIZE, TOKEN).require_iss().build()),
        ConfigError::IssuerUnknown
    );
    let built = |auth, id: &str| refused(Client::new(provider(), id, auth, REDIRECT));
    assert_eq!(built(ClientAuth::Basic(Secret::from("")), ID), ConfigError::EmptySecret);
    assert_eq!(built(ClientAuth::Post(Secret::from("")), ID), ConfigError::EmptySecret);
    assert_eq!(built(ClientAuth::None, ""), ConfigError::ClientId);
    let empty = Provider::builder("", TOKEN).build();
    assert_eq!(
        refused(empty),
        ConfigError::Url { name: "authorization endpoint", fault: UrlFault::NotAbsolute }
    );
    let empty = Provider::builder(AUTHORIZE, "").build();
    assert_eq!(refused(empty), ConfigError::Url { name: "token endpoint", fault: UrlFault::NotAbsolute });
    for empty in [builder().issuer(""), builder().resource(""), builder().revocation_endpoint("")] {
        assert!(matches!(refused(empty.build()), ConfigError::Url { fault: UrlFault::NotAbsolute, .. }));
    }
    let snapshot = gatepass_core::PendingSnapshot::from_bytes(Vec::new());
    assert_eq!(refused(client().resume(snapshot)), ResumeError::Unreadable);
}

#[test]
fn c_17_states_come_from_the_seed() {
    let of = |number| start(client().authorize(&scopes("a")), number).state;
    assert_ne!(of(1), of(2));
}

#[test]
fn c_17_nobody_chooses_a_state() {
    for name in ["state", "st%61te"] {
        let endpoint = format!("{AUTHORIZE}?{name}=fixed");
        let provider = Provider::builder(&endpoint, TOKEN).build().unwrap();
        let error = refused(Client::new(provider, ID, ClientAuth::None, REDIRECT));
        assert_eq!(error, ConfigError::ReservedParameter("state".into()));
    }
    let request = client().authorize(&scopes("a")).param("state", "fixed");
    assert_eq!(refused(request.start(attempt(1))), StartError::Reserved("state".into()));
    let profile = with_profile(|habits| habits.authorize_params = vec![("state".into(), "fixed".into())]);
    let error = refused(Client::new(profile, ID, ClientAuth::None, REDIRECT));
    assert_eq!(error, ConfigError::ReservedParameter("state".into()));
}

/// The attacker's own login carries the attacker's own verifier, so the provider refuses the stolen code.
#[test]
fn c_27_a_stolen_code_meets_the_verifier_of_the_login_it_is_brought_to() {
    let victim = pair(start(client().authorize(&scopes("a")), 1)).1;
    let attacker = start(client().authorize(&scopes("a")), 2);
    let (request, _) = ask(attacker.receive("code=the-code-of-the-victim").unwrap());
    assert_ne!(only(&sent_form(&request), "code_verifier"), victim);
}

#[test]
fn c_28_a_dropped_challenge_changes_nothing() {
    for answer in ["invalid_request", "unsupported_response_type", "server_error"] {
        let client = client();
        drop(login(&client).receive(&format!("error={answer}")));
        let next = query(&login(&client).url);
        assert_eq!(only(&next, "code_challenge_method"), "S256");
        assert_eq!(only(&next, "code_challenge").len(), 43);
        assert!(has(&sent_form(&ask(login(&client).exchange()).0), "code_verifier"));
    }
}

#[test]
fn c_104_https_is_the_only_scheme_of_an_endpoint() {
    assert_eq!(fault(AUTHORIZE), None);
}

#[test]
fn c_104_schemes_of_the_system_are_refused() {
    for endpoint in
        ["vscode://x/y", "ms-settings://x", "smb://x/y", "ftp://x/y", "ws://x/y", "com.example://x/y"]
    {
        assert_eq!(fault(endpoint), Some(UrlFault::NotHttps), "{endpoint}");
    }
}
