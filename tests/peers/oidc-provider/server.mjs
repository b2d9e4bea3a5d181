// The authorization server of the npm package `oidc-provider`, which we did not write, as tests want it. It listens on
// loopback only and prints one line of JSON when it is ready. settings.mjs says what it reads from the environment,
// control.mjs what tests may ask of it.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { setTimeout } from 'node:timers/promises';

import { Provider, interactionPolicy } from 'oidc-provider';

import * as api from './api.mjs';
import * as automatic from './automatic.mjs';
import { clients } from './clients.mjs';
import { control } from './control.mjs';
import { listen, request } from './journal.mjs';
import { keys } from './keys.mjs';
import { findAccount } from './people.mjs';
import { secret, settings } from './settings.mjs';
import { Store } from './store.mjs';

const LOOPBACK = '127.0.0.1';

// The issuer names its port, so it listens before it knows its own name.
let answer;
const onRequest = (incoming, outgoing) => {
  request(incoming.method, incoming.url.split('?')[0]);
  return answer(incoming, outgoing);
};
const server = settings.tls
  ? https.createServer({ key: readFileSync(settings.tls.key), cert: readFileSync(settings.tls.cert) }, onRequest)
  : http.createServer(onRequest);
const controls = control((letters) => { answer = provider(letters); });
for (const [each, port] of [[server, settings.port], [controls, 0]]) {
  each.listen(port, LOOPBACK);
  await once(each, 'listening');
}
const issuer = `${settings.tls ? 'https' : 'http'}://${settings.host}:${server.address().port}`;
const controlled = `http://${LOOPBACK}:${controls.address().port}`;

const configuration = {
  clients: clients(settings.backchannelLogoutUri ?? `${controlled}/_test/bcl`),
  findAccount,
  adapter: Store,
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  clockTolerance: 0,
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: {
    acr: null, amr: null, auth_time: null, iss: null, sid: null,
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
    email: ['email', 'email_verified'],
  },
  acrValues: ['urn:test:bronze', 'urn:test:silver'],
  enabledJWA: {
    idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA', 'HS256'],
    userinfoSigningAlgValues: ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA', 'HS256'],
  },
  // A second use of a refresh token or a code kills the whole grant.
  rotateRefreshToken: true,
  // The library's own rule wants scope `offline_access`, which it drops unless `prompt=consent` comes with it.
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  pkce: { required: () => true },
  ttl: {
    AccessToken: () => settings.accessTokenLifetime,
    AuthorizationCode: 60, IdToken: 300, RefreshToken: 3600, Interaction: 600, Session: 3600, Grant: 3600,
  },
  features: {
    devInteractions: { enabled: settings.forms },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
  },
  // The library's own fetch refuses addresses on loopback, where back-channel logout goes.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
};
if (!settings.forms) {
  configuration.interactions = {
    policy: interactionPolicy.base(),
    url: (ctx, { uid }) => `${automatic.PATH}${uid}`,
  };
}

// What can happen to an answer of the token endpoint when everything has been done.
async function onTheWay(ctx) {
  await setTimeout(settings.tokenDelay);
  if (settings.tokenFault === 'cut') ctx.req.socket.destroy();
  if (settings.tokenFault === '503') {
    ctx.status = 503;
    ctx.body = 'the gateway has no answer';
  }
}

function provider(letters) {
  const made = new Provider(issuer, { ...configuration, jwks: keys(letters) });
  listen(made);
  const { payload } = made.IdToken.prototype;
  made.IdToken.prototype.payload = async function named() {
    return { ...(await payload.call(this)), ...(settings.idTokensName && { sub: settings.idTokensName }) };
  };
  made.use(async (ctx, next) => {
    if (ctx.path.startsWith(automatic.PATH)) return automatic.automatic(made, ctx);
    if (ctx.path === api.PATH) return api.api(made, ctx);
    await next();
    if (ctx.path === '/token') await onTheWay(ctx);
    return undefined;
  });
  return made.callback();
}

answer = provider('a');
console.log(JSON.stringify({ ready: true, issuer, control: controlled, secret, pid: process.pid }));

const end = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end);
if (settings.untilStdinEnds) process.stdin.on('end', end).resume();
