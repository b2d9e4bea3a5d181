// What the provider remembers. The library's own store forgets the oldest of a thousand entries; this one forgets nothing,
// and outlives a change of keys.

const entries = new Map();
const sessions = new Map();
const grants = new Map();
const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

export class Store {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    // Thirty seconds more, so that the library itself judges what has expired.
    const until = expiresIn ? Date.now() + (expiresIn + 30) * 1000 : Infinity;
    entries.set(this.key(id), { payload, until });
    if (this.model === 'Session') sessions.set(payload.uid, id);
    if (GRANTED.has(this.model) && payload.grantId) {
      if (!grants.has(payload.grantId)) grants.set(payload.grantId, new Set());
      grants.get(payload.grantId).add(this.key(id));
    }
  }

  async find(id) {
    const entry = entries.get(this.key(id));
    if (entry && entry.until < Date.now()) entries.delete(this.key(id));
    return entries.get(this.key(id))?.payload;
  }

  async findByUid(uid) {
    return this.find(sessions.get(uid));
  }

  async consume(id) {
    const entry = entries.get(this.key(id));
    if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) entries.delete(key);
    grants.delete(grantId);
  }
}

// The API refuses every access token that there is; refresh tokens stay.
export function expireAccessTokens() {
  for (const key of entries.keys()) if (key.startsWith('AccessToken:')) entries.delete(key);
}

// Everything that was ever granted is taken back, behind the back of whoever holds its tokens.
export function revokeGrants() {
  for (const keys of grants.values()) for (const key of keys) entries.delete(key);
  grants.clear();
  for (const key of entries.keys()) if (key.startsWith('Grant:')) entries.delete(key);
}
