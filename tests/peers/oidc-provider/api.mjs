// An API that takes the provider's access tokens and says whose they are. The provider's own user info does so for scope
// `openid` only.

import { claims } from './people.mjs';

export const PATH = '/api';

// Seconds. The library counts whole ones from the one that has begun, so a token that is said to live for a second may end at
// once, before anybody can use it.
const LEEWAY = 5;

export async function api(provider, ctx) {
  const [, token] = /^Bearer ([^ ]+)$/i.exec(ctx.get('authorization')) ?? [];
  const found = token && (await provider.AccessToken.find(token, { ignoreExpiration: true }));
  ctx.set('cache-control', 'no-store');
  if (!found || found.exp + LEEWAY <= Date.now() / 1000) {
    ctx.status = 401;
    ctx.set('www-authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer');
    ctx.body = {};
    return;
  }
  ctx.body = { ...claims(found.accountId), scope: found.scope, client_id: found.clientId };
}
