// The provider's signing keys, made in this process and never written anywhere.

import { generateKeyPairSync } from 'node:crypto';

const jwk = (...kind) => ({ ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), use: 'sig' });

const make = () => [
  jwk('rsa', { modulusLength: 2048 }),
  jwk('ec', { namedCurve: 'P-256' }),
  jwk('ed25519'),
];

const sets = new Map();

// A set has a letter; of several the first one signs, and all are published.
export function keys(letters) {
  return {
    keys: [...letters].flatMap((letter) => {
      if (!sets.has(letter)) sets.set(letter, make());
      return sets.get(letter);
    }),
  };
}
