// Who can log in: everybody, but only these are known by more than a name.

const people = {
  alice: {
    email: 'alice@example.test', email_verified: true, name: 'Alice Ünïcode', given_name: 'Alice', family_name: 'Ünïcode',
    preferred_username: 'alice', locale: 'en', updated_at: 1700000000,
  },
  bob: { email: 'bob@example.test', email_verified: false, name: 'Bob' },
};

export const claims = (sub) => ({ sub, ...people[sub] });

export const findAccount = (ctx, sub) => ({ accountId: sub, claims: () => claims(sub) });
