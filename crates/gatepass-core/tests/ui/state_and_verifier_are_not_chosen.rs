//! Nothing sets `state`, the verifier or the method of PKCE, and nothing leaves them out.
use gatepass_core::{AuthRequest, Client, Pending, Provider};

fn choose(request: AuthRequest, client: Client, pending: Pending, provider: Provider) {
    request.state("fixed");
    request.code_verifier("fixed");
    request.without_state();
    request.without_pkce();
    client.danger_without_pkce();
    pending.state();
    pending.verifier();
    provider.danger_without_pkce();
}

fn main() {}
