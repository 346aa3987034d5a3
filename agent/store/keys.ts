/** A key holder comes in; the station's own keys go out, or why there are none. The machine key itself is overwritten before this returns. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { HeldKey, KeyGrade, KeyHolder } from '../../core/ports.ts';
import type { DegradedCause } from '../../core/types.ts';
import { derive, mac } from './sealing.ts';

/** The station's own keys. Those of the station group (pepper, badge index) are random and live in the store, wrapped. */
export type StationKeys = {
  readonly grade: KeyGrade;
  /** Names the machine key without telling anything about it: 16 hex digits. */
  readonly id: string;
  /** Wraps each record's data key: the station's unlocking path. */
  readonly recordWrap: KeyObject;
  /** Wraps the group's keys. */
  readonly groupWrap: KeyObject;
  /** Binds all records, and the generation, into one. */
  readonly storeSeal: KeyObject;
  /** Wraps the ledger's evolving and signing keys. */
  readonly ledger: KeyObject;
  /** Proves the reserve's entries and the emergency code's record. */
  readonly emergency: KeyObject;
  /** Proves the last good policy. */
  readonly policy: KeyObject;
  /** Signs statements for applications (Ed25519). */
  readonly statement: KeyObject;
  /** Names people's work to session helpers and hooks, which learn nothing of whose it is. */
  readonly context: KeyObject;
};

export type Degraded = { readonly kind: 'degraded'; readonly cause: DegradedCause /** One sentence for IT, without secrets. */; readonly detail: string };
export type KeysOutcome = { readonly kind: 'keys'; readonly keys: StationKeys } | { readonly kind: 'absent' } | Degraded;

export const loadKeys = (holder: KeyHolder): KeysOutcome => outcome(holder, holder.load());

/** First set-up of a station only. */
export const createKeys = (holder: KeyHolder): KeysOutcome => outcome(holder, holder.create());

function outcome(holder: KeyHolder, held: HeldKey): KeysOutcome {
  if (held.kind === 'absent') return held;
  if (held.kind === 'unreadable') return { kind: 'degraded', cause: 'storeKey', detail: held.why };
  const { key } = held;
  const keys: StationKeys = {
    grade: holder.grade(),
    id: mac(derive(key, 'key name'), Buffer.of()).toString('hex').slice(0, 16),
    recordWrap: derive(key, 'record wrap'),
    groupWrap: derive(key, 'group wrap'),
    storeSeal: derive(key, 'store seal'),
    ledger: derive(key, 'ledger'),
    emergency: derive(key, 'emergency'),
    policy: derive(key, 'last good policy'),
    statement: signingKey(derive(key, 'step-up statement')),
    context: derive(key, 'context'),
  };
  key.fill(0);
  return { kind: 'keys', keys };
}

/** 32 bytes as an Ed25519 seed, in the frame of RFC 8410 §7. */
export function signingKey(seed: KeyObject): KeyObject {
  const raw = seed.export();
  const framed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), raw]);
  const key = createPrivateKey({ key: framed, format: 'der', type: 'pkcs8' });
  raw.fill(0);
  framed.fill(0);
  return key;
}
