// What a test says to the provider and asks it, on a port of its own.
//
//   GET  /_test/counters                        how often what was asked and granted
//   GET  /_test/events                          what the library said that it did
//   GET  /_test/bcl                             the logout tokens that came here
//   POST /_test/bcl                             where logout tokens go that no tester wants for itself
//   POST /_test/rotate?set=b                    signs with other keys from now on; `ba` publishes the first ones, too
//   POST /_test/access_token_lifetime?seconds=1
//   POST /_test/token_delay?milliseconds=100    the token endpoint holds its answers back when they are ready
//   POST /_test/token_fault?answer=cut          and then nobody receives them; `503`: a gateway answers instead; none: as usual
//   POST /_test/id_tokens_name?sub=mallory      whoever logged in, ID tokens are about this person; none: as usual
//   POST /_test/expire_access_tokens            the API refuses those that there are
//   POST /_test/revoke_grants                   everything that was granted is taken back, and nobody is told

import http from 'node:http';

import { counters, events, logoutTokens } from './journal.mjs';
import { settings } from './settings.mjs';
import { expireAccessTokens, revokeGrants } from './store.mjs';

const body = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

export function control(signWith) {
  const routes = {
    'GET /_test/counters': () => counters,
    'GET /_test/events': () => events,
    'GET /_test/bcl': () => logoutTokens,
    'POST /_test/bcl': async (request) => {
      logoutTokens.push(new URLSearchParams(await body(request)).get('logout_token'));
    },
    'POST /_test/rotate': (request, query) => signWith(query.get('set') ?? 'b'),
    'POST /_test/access_token_lifetime': (request, query) => {
      settings.accessTokenLifetime = Number(query.get('seconds'));
    },
    'POST /_test/token_delay': (request, query) => {
      settings.tokenDelay = Number(query.get('milliseconds'));
    },
    'POST /_test/token_fault': (request, query) => {
      settings.tokenFault = query.get('answer') ?? undefined;
    },
    'POST /_test/id_tokens_name': (request, query) => {
      settings.idTokensName = query.get('sub') ?? undefined;
    },
    'POST /_test/expire_access_tokens': () => expireAccessTokens(),
    'POST /_test/revoke_grants': () => revokeGrants(),
  };
  return http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://control');
    const route = routes[`${request.method} ${pathname}`];
    if (!route) return response.writeHead(404).end();
    const answer = (await route(request, searchParams)) ?? {};
    return response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(answer));
  });
}
