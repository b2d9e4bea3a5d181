// The registered clients.

import { secret, settings } from './settings.mjs';

const ID_TOKEN_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA', 'HS256'];

export function clients(backchannelLogoutUri) {
  const web = {
    redirect_uris: settings.redirectUris,
    post_logout_redirect_uris: settings.postLogoutRedirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: true,
  };
  const basic = { ...web, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' };
  // A program on the person's own machine: any port of these redirect URIs is right (RFC 8252 section 7.3).
  const native = {
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
    grant_types: web.grant_types,
    response_types: web.response_types,
  };
  // Whose ID tokens are keyed with a secret must have one.
  const keyed = { ...native, client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' };
  return [
    { ...basic, client_id: 'basic' },
    { ...basic, client_id: 'odd id:with/space+plus%' },
    { ...basic, client_id: 'post', token_endpoint_auth_method: 'client_secret_post' },
    { ...web, client_id: 'public', token_endpoint_auth_method: 'none' },
    { ...native, client_id: 'native' },
    ...ID_TOKEN_ALGORITHMS.map((alg) => ({ ...basic, client_id: `id-${alg}`, id_token_signed_response_alg: alg })),
    ...ID_TOKEN_ALGORITHMS.map((alg) => ({
      ...(alg === 'HS256' ? keyed : native), client_id: `native-${alg}`, id_token_signed_response_alg: alg,
    })),
    { ...basic, client_id: 'signed-userinfo', userinfo_signed_response_alg: 'ES256' },
    { ...basic, client_id: 'all-HS256', id_token_signed_response_alg: 'HS256', userinfo_signed_response_alg: 'HS256' },
    { ...native, client_id: 'native-signed-userinfo', userinfo_signed_response_alg: 'ES256' },
  ];
}
