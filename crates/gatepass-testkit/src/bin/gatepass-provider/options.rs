//! The command line of the provider.

use crate::openid::Wanted;
use gatepass_testkit::Provider;
use gatepass_testkit::provider::openid::Misbehaviour;
use gatepass_testkit::provider::{
    Builder, Client, Endpoint, Fault, IssParameter, Mode, RefreshTokens, Revocation, Rotation, User,
};
use lexopt::prelude::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const HELP: &str = "\
A scriptable OAuth 2.0 provider on loopback, for tests of login clients.

Usage: gatepass-provider [options]

Prints one line of JSON when it listens: {\"ready\":true,\"issuer\":...,\"authorization_endpoint\":...,...}
Runs until SIGTERM or SIGINT. Users: alice and bob, whose password is their name.

  --listen ADDRESS:PORT       where to listen (127.0.0.1:0: a free port)
  --danger-any-address        lets --listen leave the loopback; everybody there controls the provider
  --issuer-path PATH          gives the issuer a path, such as /tenant
  --mode pages|auto           a person sees pages (default), or login_hint=alice|bob|deny|error:CODE decides
  --client ID[:SECRET]:URI    registers a client and its redirect URI; again for more of either
                              (default: app:secret and cli, at /callback on any loopback port)
  --any-loopback-port         lets the port of redirect URIs on 127.0.0.1 and [::1] vary
  --user NAME[:PASSWORD]      adds a person instead of alice and bob; again for more
  --scopes 'A B C'            the scopes that exist (profile email offline_access read write)
  --grant-at-most 'A B'       grants no more than these
  --no-pkce                   does not insist on PKCE
  --iss sent|left-off-errors|unannounced|absent
                              the iss parameter of RFC 9207 (sent)
  --no-iss                    the same as --iss absent
  --redirect-parameter N=V    one more parameter in authorization responses; again for more
  --token-member N=JSON       one more member in token responses; again for more
  --code-lifetime SECONDS     (30)
  --access-token-lifetime SECONDS
                              (3600)
  --refresh-token-lifetime SECONDS
                              (for ever)
  --refresh-tokens always|offline-access|never
                              which grants get one (always)
  --rotation off|strict|grace:10s[:idempotent]
                              what becomes of a used refresh token (strict): it stays, or it gives way to a new one and
                              kills the family when it comes back, at once or after a while
  --revocation per-token|per-grant
                              what one revocation ends (per-grant)
  --delay-token MS            answers token requests only after that time
  --stopped-clock             the clock moves by the control API only
  --help, --version

Control, as JSON: GET /_control/log, stats, faults, gate?name=G; POST /_control/faults, release, advance,
expire_access_tokens, reset; DELETE /_control/faults. For OpenID Connect: GET /_control/modules, misbehaviour,
logout_notices, initiate_login; POST /_control/misbehave, rotate_keys, log_out, post_logout_token, logout_token.
The documentation of the crate gatepass-testkit has the bodies.
";

pub(crate) enum Order {
    Help,
    Version,
    ListMisbehaviours,
    Start(Box<Start>),
}

pub(crate) struct Start {
    pub(crate) builder: Builder,
    pub(crate) faults: Vec<Fault>,
    pub(crate) misbehaviour: Misbehaviour,
}

pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Order, lexopt::Error> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let mut builder = Provider::builder().control_api().mode(Mode::Pages);
    let mut faults = Vec::new();
    let mut clients = BTreeMap::<String, Client>::new();
    let mut openid = Wanted::default();
    let mut any_loopback_port = false;
    let mut any_address = false;
    let mut address: Option<SocketAddr> = None;
    while let Some(argument) = parser.next()? {
        builder = match argument {
            Long("help") | Short('h') => return Ok(Order::Help),
            Long("version") | Short('V') => return Ok(Order::Version),
            Long("list-misbehaviours") => return Ok(Order::ListMisbehaviours),
            Long("listen") => {
                address = Some(parser.value()?.parse()?);
                builder
            }
            Long("danger-any-address") => {
                any_address = true;
                builder
            }
            Long("issuer-path") => builder.issuer_path(&parser.value()?.string()?),
            Long("mode") => builder.mode(parser.value()?.parse_with(mode)?),
            Long("client") => {
                let (id, secret, uri) = parser.value()?.parse_with(client)?;
                let known = clients.remove(&id).unwrap_or_else(|| match &secret {
                    Some(secret) => Client::confidential(&id, secret),
                    None => Client::public(&id),
                });
                clients.insert(id, known.redirect_uri(&uri));
                builder
            }
            Long("any-loopback-port") => {
                any_loopback_port = true;
                builder
            }
            Long("user") => {
                let user = parser.value()?.string()?;
                builder.user(match user.split_once(':') {
                    Some((name, password)) => User::new(name, name).password(password),
                    None => User::new(&user, &user),
                })
            }
            Long("scopes") => {
                let scopes = parser.value()?.string()?;
                builder.scopes(&scopes.split_whitespace().collect::<Vec<_>>())
            }
            Long("grant-at-most") => {
                let scopes = parser.value()?.string()?;
                builder.grant_at_most(&scopes.split_whitespace().collect::<Vec<_>>())
            }
            Long("no-pkce") => builder.without_required_pkce(),
            Long("iss") => builder.iss(parser.value()?.parse_with(iss)?),
            Long("no-iss") => builder.iss(IssParameter::Absent),
            Long("redirect-parameter") => {
                let (name, value) = parser.value()?.parse_with(pair)?;
                builder.redirect_parameter(&name, &value)
            }
            Long("token-member") => {
                let (name, value) = parser.value()?.parse_with(pair)?;
                let value: serde_json::Value = serde_json::from_str(&value).map_err(|error| {
                    lexopt::Error::from(format!("--token-member {name} is not JSON: {error}"))
                })?;
                builder.token_member(&name, value)
            }
            Long("code-lifetime") => builder.code_lifetime(parser.value()?.parse_with(seconds)?),
            Long("access-token-lifetime") => {
                builder.access_token_lifetime(parser.value()?.parse_with(seconds)?)
            }
            Long("refresh-token-lifetime") => {
                builder.refresh_token_lifetime(parser.value()?.parse_with(seconds)?)
            }
            Long("refresh-tokens") => builder.refresh_tokens(parser.value()?.parse_with(refresh_tokens)?),
            Long("rotation") => builder.rotation(parser.value()?.parse_with(rotation)?),
            Long("revocation") => builder.revocation(parser.value()?.parse_with(revocation)?),
            Long("delay-token") => {
                let by = Duration::from_millis(parser.value()?.parse()?);
                faults.push(Fault::before(Endpoint::Token).delay(by).until_cleared());
                builder
            }
            Long("stopped-clock") => builder.stopped_clock(),
            Long(name) => {
                let name = name.to_owned();
                openid.take(&name, &mut parser)?;
                builder
            }
            other => return Err(other.unexpected()),
        };
    }
    if let Some(address) = address {
        if !address.ip().is_loopback() && !any_address {
            return Err("--listen leaves the loopback; --danger-any-address allows that".into());
        }
        builder = builder.listen(address);
    }
    let (mut builder, misbehaviour) = openid.apply(builder, &mut clients)?;
    for client in clients.into_values() {
        builder = builder.client(if any_loopback_port { client.any_loopback_port() } else { client });
    }
    Ok(Order::Start(Box::new(Start { builder, faults, misbehaviour })))
}

fn mode(text: &str) -> Result<Mode, &'static str> {
    match text {
        "pages" => Ok(Mode::Pages),
        "auto" => Ok(Mode::Auto),
        _ => Err("expected pages or auto"),
    }
}

fn iss(text: &str) -> Result<IssParameter, &'static str> {
    match text {
        "sent" => Ok(IssParameter::Sent),
        "left-off-errors" => Ok(IssParameter::LeftOffErrors),
        "unannounced" => Ok(IssParameter::Unannounced),
        "absent" => Ok(IssParameter::Absent),
        _ => Err("expected sent, left-off-errors, unannounced or absent"),
    }
}

fn refresh_tokens(text: &str) -> Result<RefreshTokens, &'static str> {
    match text {
        "always" => Ok(RefreshTokens::Always),
        "offline-access" => Ok(RefreshTokens::OfflineAccess),
        "never" => Ok(RefreshTokens::Never),
        _ => Err("expected always, offline-access or never"),
    }
}

fn revocation(text: &str) -> Result<Revocation, &'static str> {
    match text {
        "per-token" => Ok(Revocation::PerToken),
        "per-grant" => Ok(Revocation::PerGrant),
        _ => Err("expected per-token or per-grant"),
    }
}

fn rotation(text: &str) -> Result<Rotation, &'static str> {
    match text {
        "off" => return Ok(Rotation::Off),
        "strict" => return Ok(Rotation::Strict),
        _ => {}
    }
    let mistake = "expected off, strict or grace:10s[:idempotent]";
    let (window, idempotent) = match text.strip_prefix("grace:").ok_or(mistake)?.split_once(':') {
        Some((window, "idempotent")) => (window, true),
        Some(_) => return Err(mistake),
        None => (text.trim_start_matches("grace:"), false),
    };
    let window = seconds(window.strip_suffix('s').unwrap_or(window)).map_err(|_| mistake)?;
    Ok(Rotation::Grace { window, idempotent })
}

pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().map_err(|_| "expected a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "expected a number of seconds")
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The redirect URI begins at the scheme before `://`, so that a secret may stand before it.
fn client(text: &str) -> Result<(String, Option<String>, String), &'static str> {
    let mistake = "expected ID[:SECRET]:REDIRECT_URI with an absolute redirect URI";
    let (before, _) = text.split_once("://").ok_or(mistake)?;
    let (names, _) = before.rsplit_once(':').ok_or(mistake)?;
    let uri = text[names.len() + 1..].to_owned();
    let (id, secret) = match names.split_once(':') {
        Some((id, secret)) => (id, Some(secret.to_owned())),
        None => (names, None),
    };
    if id.is_empty() || url::Url::parse(&uri).is_err() {
        Err(mistake)
    } else {
        Ok((id.to_owned(), secret, uri))
    }
}
