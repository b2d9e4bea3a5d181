// What happened, for tests to count: by the requests that came in and by what the library itself says that it did.

export const counters = {
  // By method and path.
  requests: {},
  // Requests to the token endpoint, by `grant_type`.
  granted: {},
  // The same that were refused, by `grant_type` and error.
  refused: {},
  // Grants that were revoked: by a second use of a code or a refresh token, or since somebody asked for it.
  revoked: 0,
};
export const events = [];
export const logoutTokens = [];

const AT_MOST = 1000;

const count = (table, name) => {
  table[name] = (table[name] ?? 0) + 1;
};

export function request(method, path) {
  // Paths of one login are not counted.
  if (!/^\/(auth\/|interaction\/|automatic\/)/.test(path)) count(counters.requests, `${method} ${path}`);
}

const note = (type, ctx, error) => {
  const client = ctx?.oidc?.client?.clientId;
  const why = error && [error.message, error.error_description, error.error_detail].filter(Boolean).join(': ');
  events.push({ type, client, why });
  if (events.length > AT_MOST) events.shift();
};

export function listen(provider) {
  for (const type of ['authorization.success', 'grant.success', 'grant.revoked', 'backchannel.success', 'end_session.success']) {
    provider.on(type, (ctx) => note(type, ctx));
  }
  for (const type of ['authorization.error', 'grant.error', 'userinfo.error', 'revocation.error', 'end_session.error', 'backchannel.error']) {
    provider.on(type, (ctx, error) => note(type, ctx, error));
  }
  provider.on('grant.success', (ctx) => count(counters.granted, ctx.oidc.params.grant_type));
  provider.on('grant.error', (ctx, error) => count(counters.refused, `${ctx.oidc.params?.grant_type} ${error.message}`));
  provider.on('grant.revoked', () => { counters.revoked += 1; });
  provider.on('server_error', (ctx, error) => {
    note('server_error', ctx, error);
    console.error(error);
  });
}
