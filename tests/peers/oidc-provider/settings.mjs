// What the environment says.

const env = process.env;

const list = (name, absent) => (env[name] ? JSON.parse(env[name]) : absent);

export const settings = {
  // 0: any free one.
  port: Number(env.PORT ?? 0),
  // What the issuer is called by; the server listens on 127.0.0.1 whatever it is.
  host: env.HOST ?? '127.0.0.1',
  // PEM files; with them the server speaks https.
  tls: env.TLS_CERT ? { cert: env.TLS_CERT, key: env.TLS_KEY } : undefined,
  // The library's own login and consent forms; otherwise everybody is logged in at once.
  forms: env.INTERACTION === 'dev',
  // Seconds.
  accessTokenLifetime: Number(env.AT_TTL ?? 3600),
  // How long the token endpoint holds its answers back when they are ready, in milliseconds.
  tokenDelay: 0,
  // What becomes of the token endpoint's answers when they are ready: undefined, `cut` (the connection ends) or `503`.
  tokenFault: undefined,
  // Whom ID tokens name, whoever logged in; undefined: that person.
  idTokensName: undefined,
  // JSON lists.
  redirectUris: list('REDIRECT_URIS', ['http://127.0.0.1:8080/callback']),
  postLogoutRedirectUris: list('POST_LOGOUT_REDIRECT_URIS', []),
  // Where logout tokens go; otherwise to the control server, which keeps them.
  backchannelLogoutUri: env.BACKCHANNEL_LOGOUT_URI,
  // Ends when its standard input does, so that it cannot outlive whoever started it.
  untilStdinEnds: env.UNTIL_STDIN_ENDS === '1',
};

// Legal in a client secret, and written differently by every encoding (RFC 6749 section 2.3.1).
export const secret = 'a-secret:with/odd+chars%&=and~enough-length-0123456789';
