//! The part of the command line that only an OpenID provider needs.

use gatepass_testkit::provider::openid::{Algorithm, Misbehaviour, Module, OpenId, Owes};
use gatepass_testkit::provider::{Builder, Client};
use lexopt::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) const HELP: &str = "
OpenID Connect; each of these options switches it on:

  --openid                    discovery, keys, ID tokens, user info and logout
  --signing-algorithm RS256|PS256|ES256|EdDSA|HS256
                              of ID tokens and logout tokens (RS256); HS256 is keyed with the client secret
  --jwks-path PATH            where the keys are, below the issuer (/jwks)
  --signed-user-info ALGORITHM
                              user info is a JWT signed by that algorithm, not JSON
  --id-token-lifetime SECONDS (300)
  --client-algorithm ID:ALGORITHM
                              signs for this client by another algorithm
  --post-logout-redirect-uri ID:URI
                              the browser may return there from a logout (/logged-out for the default clients)
  --backchannel-logout-uri ID:URI
                              logout tokens are posted there; http only
  --initiate-login-uri ID:URI
                              a login may be begun there
                              (these four name a --client, and may come again)
  --misbehave MODULE          misbehaves like the provider of that module of the conformance suite
  --without-fault             the same provider without the fault, for the accepting twin
  --list-misbehaviours        prints the modules and what their providers do
";

/// What the command line says of OpenID Connect.
#[derive(Default)]
pub(crate) struct Wanted {
    settings: Option<OpenId>,
    misbehaviour: Option<Misbehaviour>,
    without_fault: bool,
    of_clients: Vec<OfClient>,
}

/// Something about a client that may be named later.
struct OfClient {
    option: String,
    id: String,
    change: Box<dyn FnOnce(Client) -> Client>,
}

impl Wanted {
    /// Takes an option of this part; any other is unexpected.
    pub(crate) fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), lexopt::Error> {
        let settings = self.settings.take().unwrap_or_default();
        self.settings = Some(match name {
            "openid" => settings,
            "signing-algorithm" => settings.algorithm(parser.value()?.parse_with(algorithm)?),
            "jwks-path" => settings.jwks_path(&parser.value()?.string()?),
            "signed-user-info" => settings.signed_user_info(parser.value()?.parse_with(algorithm)?),
            "id-token-lifetime" => {
                settings.id_token_lifetime(parser.value()?.parse_with(super::options::seconds)?)
            }
            "client-algorithm" => {
                let (id, value) = parser.value()?.parse_with(of_client)?;
                let algorithm = algorithm(&value)?;
                self.change(name, id, move |client| client.signed_by(algorithm));
                settings
            }
            "post-logout-redirect-uri" => {
                let (id, uri) = parser.value()?.parse_with(of_client)?;
                self.change(name, id, move |client| client.post_logout_redirect_uri(&uri));
                settings
            }
            "backchannel-logout-uri" => {
                let (id, uri) = parser.value()?.parse_with(of_client)?;
                self.change(name, id, move |client| client.backchannel_logout_uri(&uri));
                settings
            }
            "initiate-login-uri" => {
                let (id, uri) = parser.value()?.parse_with(of_client)?;
                self.change(name, id, move |client| client.initiate_login_uri(&uri));
                settings
            }
            "misbehave" => {
                let module = parser.value()?.string()?;
                let known = Misbehaviour::named(&module)
                    .ok_or_else(|| format!("--misbehave {module}: see --list-misbehaviours"))?;
                self.misbehaviour = Some(known);
                settings
            }
            "without-fault" => {
                self.without_fault = true;
                settings
            }
            other => return Err(lexopt::Error::UnexpectedOption(format!("--{other}"))),
        });
        Ok(())
    }

    fn change(&mut self, option: &str, id: String, change: impl FnOnce(Client) -> Client + 'static) {
        self.of_clients.push(OfClient { option: option.to_owned(), id, change: Box::new(change) });
    }

    /// Hands over what was said; each client that is spoken of must have been named.
    pub(crate) fn apply(
        self,
        builder: Builder,
        clients: &mut BTreeMap<String, Client>,
    ) -> Result<(Builder, Misbehaviour), lexopt::Error> {
        for OfClient { option, id, change } in self.of_clients {
            let client = clients
                .remove(&id)
                .ok_or_else(|| format!("--{option} {id}:...: there is no --client of this name"))?;
            clients.insert(id, change(client));
        }
        let mut misbehaviour = self.misbehaviour.unwrap_or_default();
        if self.without_fault {
            misbehaviour = misbehaviour.without_fault();
        }
        let builder = match self.settings {
            Some(settings) => builder.openid(settings),
            None => builder,
        };
        Ok((builder, misbehaviour))
    }
}

/// The modules, a line each.
pub(crate) fn list() -> String {
    let mut list = String::new();
    for module in Module::all() {
        let owes = if module.owes() == Owes::Refusal { "refuse" } else { "accept" };
        let _ = writeln!(list, "{owes}  {}: {}", module.name(), module.plays());
    }
    for (name, why) in Module::not_played() {
        let _ = writeln!(list, "none    {name}: {why}");
    }
    list
}

fn algorithm(text: &str) -> Result<Algorithm, &'static str> {
    Algorithm::named(text).ok_or("expected RS256, PS256, ES256, EdDSA or HS256")
}

fn of_client(text: &str) -> Result<(String, String), &'static str> {
    let (id, value) = text.split_once(':').ok_or("expected the id of a client, a colon and a value")?;
    Ok((id.to_owned(), value.to_owned()))
}
