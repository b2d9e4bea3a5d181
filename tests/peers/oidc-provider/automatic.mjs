// A login without a form, at once. `login_hint` says who (alice, if nobody), `deny` that the person says no, and `acr:VALUE` how
// they were authenticated.

export const PATH = '/automatic/';

export async function automatic(provider, ctx) {
  const finish = (result, mergeWithLastSubmission) =>
    provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission });
  const { params, prompt, grantId, session } = await provider.interactionDetails(ctx.req, ctx.res);
  const hint = params.login_hint ?? 'alice';
  if (hint === 'deny') {
    return finish({ error: 'access_denied', error_description: 'the person said no' }, false);
  }
  if (prompt.name === 'login') {
    const acr = hint.startsWith('acr:') ? hint.slice('acr:'.length) : undefined;
    return finish({ login: { accountId: acr ? 'alice' : hint, amr: ['pwd'], acr } }, false);
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  return finish({ consent: { grantId: await grant.save() } }, true);
}
