//! Who a person is at a provider that signs no ID tokens, and how far an email is believed.

use gatepass_core::{Claims, Email, EmailTrust, PersonAt, Profile, Provider};
use url::Url;

#[test]
fn uin_04_an_id_is_read_where_the_profile_says_to_the_last_digit() {
    let read =
        |path: &str, answer: &str| PersonAt::new("https://api.example/me", path).read(answer.as_bytes());
    for (path, answer, id) in [
        ("id", r#"{"id":9007199254740993}"#, "9007199254740993"),
        ("id", r#"{"id":-3,"name":"x"}"#, "-3"),
        ("id", r#"{"id":"00042"}"#, "00042"),
        ("data.id", r#"{"data":{"id":"tw-1"},"id":"no"}"#, "tw-1"),
        ("a.b.c", r#"{"a":{"b":{"c":12345678901234567890123}}}"#, "12345678901234567890123"),
    ] {
        assert_eq!(read(path, answer).as_deref(), Some(id), "{path} in {answer}");
    }
    for (path, answer) in [
        ("id", r#"{"id":1.0}"#),
        ("id", r#"{"id":1e3}"#),
        ("id", r#"{"id":true}"#),
        ("id", r#"{"id":null}"#),
        ("id", r#"{"id":""}"#),
        ("id", r#"{"id":{}}"#),
        ("id", r#"{"id":1,"id":2}"#),
        ("id", r#"{"ID":1}"#),
        ("data.id", r#"{"data":[{"id":1}]}"#),
        ("data.id", r#"{"id":1}"#),
        ("id", r#"[{"id":1}]"#),
        ("id", "no json"),
    ] {
        assert_eq!(read(path, answer), None, "{path} in {answer}");
    }
}

#[test]
fn k_21_the_resource_that_says_who_a_person_is_may_receive_tokens_and_no_other() {
    let provider = |person: Option<PersonAt>| {
        let mut profile = Profile::strict();
        profile.person = person;
        let builder = Provider::builder("https://as.example/a", "https://as.example/t");
        builder.profile(profile).build()
    };
    let api = Url::parse("https://api.example/other").unwrap();
    assert!(!provider(None).unwrap().may_receive_tokens(&api), "the default is strict");
    let known = provider(Some(PersonAt::new("https://api.example/me", "id"))).unwrap();
    assert!(known.may_receive_tokens(&api));
    assert!(!known.may_receive_tokens(&Url::parse("https://elsewhere.example/me").unwrap()));
    provider(Some(PersonAt::new("http://api.example/me", "id"))).unwrap_err();
}

#[test]
fn k_22_an_email_is_believed_as_far_as_the_profile_says() {
    assert_eq!(Profile::strict().email, EmailTrust::Claim);
    let verified = |claim: &str, trust| {
        let claims = Claims::read(format!(r#"{{"email":"a@b.example"{claim}}}"#)).unwrap();
        matches!(claims.email_by(trust), Some(Email::Verified(_)))
    };
    for (claim, by_claim, by_text) in [
        (r#","email_verified":true"#, true, true),
        (r#","email_verified":"true""#, false, true),
        (r#","email_verified":"TRUE""#, false, false),
        (r#","email_verified":1"#, false, false),
        (r#","email_verified":"false""#, false, false),
        (r#","email_verified":false"#, false, false),
        ("", false, false),
    ] {
        assert_eq!(verified(claim, EmailTrust::Claim), by_claim, "{claim}");
        assert_eq!(verified(claim, EmailTrust::ClaimOrText), by_text, "{claim}");
        assert!(!verified(claim, EmailTrust::Never), "{claim}");
    }
    let nobody = Claims::read(r#"{"email_verified":true}"#.to_owned()).unwrap();
    assert_eq!(nobody.email_by(EmailTrust::ClaimOrText), None);
}
