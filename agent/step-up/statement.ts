/** A person who has just proved herself, and what for, come in; a statement that one application can verify goes out: a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037). */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Factor, Reached, SubscriberId } from '../../core/types.ts';

/** Seconds from signing until nobody may act on it. */
export const statementLasts = 60;

export type Claims = {
  /** Whose proof it is: the station's number for the person, as in its ledger. */
  readonly subscriber: SubscriberId;
  /** The station's name. */
  readonly station: string;
  readonly app: string;
  readonly act: string;
  /** The application's own, so that no other request's answer fits. */
  readonly nonce: string;
  readonly factors: readonly Factor[];
  readonly reached: Reached;
};

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** `wall`: milliseconds of Unix time. `jti` is new each time; `exp` is `statementLasts` after `iat` (RFC 7519 §4.1). */
export function makeStatement(key: KeyObject, { subscriber, station, app, act, nonce, factors, reached }: Claims, wall: number): string {
  const iat = Math.floor(wall / 1000);
  const header = { alg: 'EdDSA', typ: 'tapward-step-up+jwt', kid: thumbprint(key) };
  const payload = { iss: station, sub: subscriber, aud: app, act, nonce, factors, aal: reached, jti: randomBytes(16).toString('base64url'), iat, exp: iat + statementLasts };
  const signed = `${encoded(header)}.${encoded(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

export type PublicJwk = { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string; readonly kid: string; readonly use: 'sig'; readonly alg: 'EdDSA' };

/** What applications verify with: to be copied to them once, by an administrator. */
export function publicJwk(key: KeyObject): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: rawPublic(key), kid: thumbprint(key), use: 'sig', alg: 'EdDSA' };
}

const rawPublic = (key: KeyObject): string => String(createPublicKey(key).export({ format: 'jwk' }).x);
/** RFC 7638 with the members of RFC 8037 §2. */
const thumbprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x: rawPublic(key) }))
    .digest('base64url');
