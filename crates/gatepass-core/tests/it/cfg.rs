//! Configuration: endpoints, redirect URIs, client authentication.

use gatepass_core::{
    BasicEncoding, Client, ClientAuth, ConfigError, Profile, Provider, RedirectUri, Secret, UrlFault,
};

use crate::support::*;

/// What is wrong with a URL, for each place that takes an endpoint.
fn faults(url: &str, loopback: bool) -> Vec<(&'static str, UrlFault)> {
    let other = "https://other.example/";
    let builders = [
        Provider::builder(url, other),
        Provider::builder(other, url),
        Provider::builder(other, other).revocation_endpoint(url),
        Provider::builder(other, other).issuer(url),
        Provider::builder(other, other).resource(url),
    ];
    let named = ["authorization endpoint", "token endpoint", "revocation endpoint", "issuer", "resource"];
    let mut faults = Vec::new();
    for (builder, due) in builders.into_iter().zip(named) {
        let builder = if loopback { builder.danger_allow_http_loopback() } else { builder };
        match builder.build() {
            Err(ConfigError::Url { name, fault }) => {
                assert_eq!(name, due);
                faults.push((name, fault));
            }
            Err(other) => panic!("{url}: {other:?}"),
            Ok(_) => {}
        }
    }
    faults
}

fn demand_fault(url: &str, fault: UrlFault) {
    for loopback in [false, true] {
        let found = faults(url, loopback);
        assert_eq!(found.len(), 5, "{url} was taken");
        assert!(found.iter().all(|(_, found)| *found == fault), "{url}: {found:?}");
    }
}

#[test]
fn cfg_01_a_redirect_uri_is_kept_as_it_was_typed() {
    let typed = [
        "https://c.example/cb?tenant=1",
        "https://c.example/cb?",
        "HTTPS://C.example:443/CB/../%7e?%41=b&b=",
        "http://127.0.0.1:8080/cb",
        "http://127.255.1.2/cb",
        "http://[::1]:9/cb",
        "http://localhost/cb",
        "com.example.app:/cb",
        "com.example.app:/cb?to=https://c.example/",
    ];
    for uri in typed {
        assert_eq!(RedirectUri::new(uri).unwrap().as_str(), uri);
        let client = Client::new(provider(), ID, ClientAuth::None, uri).unwrap();
        assert_eq!(client.redirect_uri().as_str(), uri);
        assert_eq!(only(&query(&login(&client).url), "redirect_uri"), uri);
    }
}

/// Every callback would hold the parameter twice, and be refused.
#[test]
fn cfg_01_a_redirect_uri_holds_no_parameter_of_a_callback() {
    let with = |query: &str| {
        let provider = builder().build().unwrap();
        Client::new(provider, "id", ClientAuth::None, format!("https://app.example/cb?{query}"))
    };
    for name in ["state", "code", "iss", "error", "id_token", "st%61te"] {
        let error = refused(with(&format!("tenant=1&{name}=x")));
        assert!(matches!(error, ConfigError::ReservedParameter(_)), "{name}: {error}");
    }
    assert!(with("tenant=1&State=x").is_ok());
}

#[test]
fn cfg_01_a_redirect_uri_is_absolute_and_without_a_fragment() {
    let refused = [
        ("https://c.example/cb#x", UrlFault::Fragment),
        ("https://c.example/cb#", UrlFault::Fragment),
        ("com.example.app:/cb#x", UrlFault::Fragment),
        ("/cb", UrlFault::NotAbsolute),
        ("c.example/cb", UrlFault::NotAbsolute),
        ("", UrlFault::NotAbsolute),
        ("https://", UrlFault::NotAbsolute),
        (" https://c.example/cb", UrlFault::Characters),
        ("https://c.example/c b", UrlFault::Characters),
        ("https://c.example/c\tb", UrlFault::Characters),
        ("https://c.example/\u{fc}", UrlFault::Characters),
        ("https://c.example\\cb", UrlFault::Characters),
        ("myapp:/cb", UrlFault::PrivateScheme),
        ("com.example.app://cb", UrlFault::PrivateScheme),
        ("com.example.app:///cb", UrlFault::PrivateScheme),
        ("com.example.app:cb", UrlFault::PrivateScheme),
        ("javascript:alert(1)", UrlFault::PrivateScheme),
        ("data:text/html,x", UrlFault::PrivateScheme),
        ("file:///etc/passwd", UrlFault::PrivateScheme),
    ];
    for (uri, fault) in refused {
        assert_eq!(RedirectUri::new(uri), Err(fault), "{uri}");
        let error = refused_client(ClientAuth::None, uri);
        assert_eq!(error, ConfigError::Url { name: "redirect uri", fault });
        assert_eq!(error.to_string(), format!("the redirect uri {fault}"));
    }
}

fn refused_client(auth: ClientAuth, redirect_uri: &str) -> ConfigError {
    refused(Client::new(provider(), ID, auth, redirect_uri))
}

#[test]
fn cfg_02_the_query_of_an_endpoint_stays() {
    let provider = Provider::builder("https://as.example/a?p=b2c_1&x=%20y", "https://as.example/t?p=b2c_1")
        .revocation_endpoint("https://as.example/r?p=b2c_1")
        .build()
        .unwrap();
    let client = client_of(provider);
    let login = login(&client);
    assert!(login.url.as_str().starts_with("https://as.example/a?p=b2c_1&x=%20y&response_type=code&"));
    let (request, _) = ask(login.exchange());
    assert_eq!(request.uri(), "https://as.example/t?p=b2c_1");
    let (request, _) = ask(client.revoke(secret(), gatepass_core::TokenKind::Access).unwrap());
    assert_eq!(request.uri(), "https://as.example/r?p=b2c_1");
}

#[test]
fn cfg_02_an_endpoint_with_a_fragment_is_refused() {
    for url in ["https://as.example/#f", "https://as.example/?a#", "https://as.example#/token"] {
        demand_fault(url, UrlFault::Fragment);
    }
}

#[test]
fn cfg_03_loopback_may_be_http_where_that_is_asked_for() {
    for url in ["http://127.0.0.1:8080/a", "http://[::1]/a", "http://localhost:1/a", "https://as.example/a"] {
        assert_eq!(faults(url, true), []);
        assert_eq!(faults(url, false).len(), if url.starts_with("https") { 0 } else { 5 });
    }
}

#[test]
fn cfg_03_what_is_not_https_is_refused() {
    for url in ["http://as.example/a", "HTTP://as.example/a", "http://10.0.0.1/a", "ftp://as.example/a"] {
        demand_fault(url, UrlFault::NotHttps);
    }
    for url in ["http://127.0.0.1/a", "http://localhost/a", "http://[::1]/a"] {
        let found = faults(url, false);
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|(_, fault)| *fault == UrlFault::LoopbackNotAllowed));
    }
    for uri in ["http://app.example/cb", "http://192.168.0.1/cb", "http://[::ffff:127.0.0.1]/cb"] {
        assert_eq!(RedirectUri::new(uri), Err(UrlFault::NotHttps));
    }
}

#[test]
fn cfg_04_loopback_is_judged_on_the_parsed_url() {
    for url in ["http://127.1/a", "http://0x7f.0.0.1/a", "http://2130706433/a", "http://LOCALHOST/a"] {
        assert_eq!(faults(url, true), [], "{url} is loopback for every browser");
    }
}

#[test]
fn cfg_04_look_alikes_are_refused() {
    let look_alikes = [
        ("http://127.0.0.1.evil.example/a", UrlFault::NotHttps),
        ("http://localhost.evil.example/a", UrlFault::NotHttps),
        ("http://evil.example/127.0.0.1", UrlFault::NotHttps),
        ("http://evil.example?http://localhost/", UrlFault::NotHttps),
        ("http://localhost@evil.example/a", UrlFault::UserInfo),
        ("http://localhost:80@evil.example/a", UrlFault::UserInfo),
        ("http://127.0.0.1:80%40evil.example/a", UrlFault::NotAbsolute),
        ("http://0.0.0.0/a", UrlFault::NotHttps),
        ("http://[::]/a", UrlFault::NotHttps),
        ("http://[::ffff:127.0.0.1]/a", UrlFault::NotHttps),
        ("http://localhost./a", UrlFault::NoHost),
        ("http://128.0.0.1/a", UrlFault::NotHttps),
        ("https://user:pw@as.example/a", UrlFault::UserInfo),
        ("https://@as.example/a", UrlFault::UserInfo),
        ("https://:@as.example/a", UrlFault::UserInfo),
        ("https:/as.example@evil.example/a", UrlFault::UserInfo),
        ("https:as.example@evil.example/a", UrlFault::UserInfo),
        ("https:///as.example@evil.example/a", UrlFault::UserInfo),
        ("https:evil.example/a", UrlFault::NoHost),
        ("https:/evil.example/a", UrlFault::NoHost),
        ("https:///evil.example/a", UrlFault::NoHost),
        ("https://as.example./a", UrlFault::NoHost),
    ];
    for (url, fault) in look_alikes {
        demand_fault(url, fault);
        assert!(RedirectUri::new(url).is_err(), "{url}");
    }
}

/// What a token request carries of the client, by method: header, id in the body, secret in the body.
fn methods_used(auth: ClientAuth, profile: impl FnOnce(&mut Profile)) -> (bool, bool, bool) {
    let client = Client::new(with_profile(profile), ID, auth, REDIRECT).unwrap();
    let (request, _) = ask(login(&client).exchange());
    let form = sent_form(&request);
    (header(&request, "authorization").is_some(), has(&form, "client_id"), has(&form, "client_secret"))
}

#[test]
fn cfg_07_each_method_sends_its_own() {
    assert_eq!(methods_used(ClientAuth::None, |_| ()), (false, true, false));
    assert_eq!(methods_used(ClientAuth::Basic(secret()), |_| ()), (true, false, false));
    assert_eq!(methods_used(ClientAuth::Post(secret()), |_| ()), (false, true, true));
}

#[test]
fn cfg_07_a_secret_is_never_sent_in_two_ways() {
    for beside in [false, true] {
        for basic in [BasicEncoding::Form, BasicEncoding::Raw] {
            for auth in [ClientAuth::None, ClientAuth::Basic(secret()), ClientAuth::Post(secret())] {
                let (in_header, _, in_body) = methods_used(auth, |profile| {
                    profile.client_id_beside_basic = beside;
                    profile.basic = basic;
                });
                assert!(!(in_header && in_body));
            }
        }
    }
    for name in ["client_secret", "client_assertion", "client_assertion_type", "client_id"] {
        let provider = with_profile(|profile| profile.token_params = vec![(name.into(), "x".into())]);
        let error = refused(Client::new(provider, ID, ClientAuth::Basic(secret()), REDIRECT));
        assert_eq!(error, ConfigError::ReservedParameter(name.into()));
    }
}

#[test]
fn cfg_08_a_public_client_is_a_variant_of_its_own() {
    assert!(Client::new(provider(), ID, ClientAuth::None, REDIRECT).is_ok());
    assert!(Client::new(provider(), ID, ClientAuth::Post(Secret::from(" ")), REDIRECT).is_ok());
}

#[test]
fn cfg_08_an_empty_secret_is_refused() {
    for auth in [ClientAuth::Basic(Secret::from("")), ClientAuth::Post(Secret::from(""))] {
        assert_eq!(refused_client(auth, REDIRECT), ConfigError::EmptySecret);
    }
    for bad in ["a\nb", "a\0b", "\u{7f}", "\u{85}"] {
        for auth in [ClientAuth::Basic(Secret::from(bad)), ClientAuth::Post(Secret::from(bad))] {
            let error = refused_client(auth, REDIRECT);
            assert_eq!(error, ConfigError::SecretCharacters);
            assert!(!printed(&error).contains(bad));
        }
    }
    for id in ["", "a\nb"] {
        let error = refused(Client::new(provider(), id, ClientAuth::None, REDIRECT));
        assert_eq!(error, ConfigError::ClientId);
    }
}

#[test]
fn neither_the_mode_of_callbacks_nor_a_nonce_stands_in_an_endpoint() {
    let client = |endpoint: &str, param: Option<(&str, &str)>| {
        let mut profile = Profile::strict();
        profile.authorize_params.extend(param.map(|(name, value)| (name.into(), value.into())));
        let provider =
            Provider::builder(endpoint, "https://as.example/token").profile(profile).build().unwrap();
        Client::new(provider, "id", ClientAuth::None, REDIRECT)
    };
    for (query, param, name) in [
        ("?response_mode=form_post", None, "response_mode"),
        ("?a=b&response%5Fmode=query", None, "response_mode"),
        ("?nonce=n", None, "nonce"),
        ("", Some(("nonce", "n")), "nonce"),
    ] {
        let error = refused(client(&format!("https://as.example/authorize{query}"), param));
        assert_eq!(error, ConfigError::ReservedParameter(name.into()), "{query}");
    }
    assert!(client("https://as.example/authorize?tenant=t", Some(("response_mode", "form_post"))).is_ok());
}
