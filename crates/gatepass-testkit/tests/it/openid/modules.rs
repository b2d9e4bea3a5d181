//! The modules of the conformance suite, by name.

use super::client::*;
use gatepass_testkit::provider::openid::{Misbehaviour, Module, Owes};
use std::collections::BTreeSet;

/// The names of section A of the requirements, but for A.8, which holds no modules.
fn required() -> BTreeSet<&'static str> {
    let page = include_str!("../../../../../docs/requirements.md");
    let section = page.split("\n## A. ").nth(1).unwrap().split("\n## B. ").next().unwrap();
    let names = section
        .split("\n### ")
        .skip(1)
        .filter(|part| !part.starts_with("A.8"))
        .flat_map(|part| part.lines().filter_map(|line| line.strip_prefix("| ")))
        .filter_map(|row| row.split(" |").next())
        .filter(|name| *name != "id");
    names.collect()
}

#[test]
fn each_module_of_the_requirements_is_played_or_said_not_to_be() {
    let required = required();
    assert!(required.len() > 90, "{}", required.len());
    let played: BTreeSet<_> = Module::all().map(Module::name).collect();
    let not_played: BTreeSet<_> = Module::not_played().iter().map(|(name, _)| *name).collect();
    assert_eq!(played.intersection(&not_played).next(), None);
    assert_eq!(played.union(&not_played).copied().collect::<BTreeSet<_>>(), required);
    assert_eq!(Module::all().count(), played.len(), "a module twice");
    assert_eq!(Module::not_played().len(), not_played.len(), "a module twice");
    for (name, why) in Module::not_played() {
        assert!(Misbehaviour::named(name).is_none() && !why.is_empty());
    }
}

#[test]
fn a_module_that_is_to_be_refused_has_a_fault_and_others_differ_from_it() {
    for module in Module::all() {
        let played = Misbehaviour::named(module.name()).unwrap();
        if module.owes() == Owes::Refusal {
            assert_ne!(played, played.without_fault(), "{}", module.name());
        }
        assert!(!module.plays().is_empty());
    }
    assert!(Misbehaviour::named("oidcc-client-test-nonsense").is_none());
}

/// Without its fault each module's provider gives a login whose token fits one key, or the client's secret.
#[test]
fn without_its_fault_each_module_gives_a_sound_login() {
    let provider = provider();
    for module in Module::all() {
        provider.misbehave(Misbehaviour::named(module.name()).unwrap().without_fault());
        let token = log_in(&provider).member("id_token");
        let secret = jsonwebtoken::DecodingKey::from_secret(b"secret");
        assert!(fitting(&provider, &token) == 1 || fits(&token, &secret), "{}", module.name());
    }
}
