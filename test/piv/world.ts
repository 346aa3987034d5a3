/** What a test wants of a PIV card comes in; the card with its certificates, and a `Transmit` straight to it that counts and can be tampered with, go out. */
import { randomBytes } from 'node:crypto';
import type { Transmit } from '../../core/ports.ts';
import { type Certificate, readCertificate } from '../../native/piv/certificate.ts';
import type { Examined } from '../../native/piv/examine.ts';
import { examineCertificate } from '../../native/piv/examine.ts';
import type { PivExpected, PivProof } from '../../native/piv/proof.ts';
import { provePiv } from '../../native/piv/proof.ts';
import type { PivRecord } from '../../native/piv/record.ts';
import type { SoftwareCard } from '../cards/card.ts';
import type { Authority, Issued, KeyKind } from '../cards/piv/authority.ts';
import { asCa, asCard } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';

export type Enrolled = { readonly root: Issued; readonly leaf: Issued; readonly card: SoftwareCard; readonly record: PivRecord };

/** Of every card made here. */
const ownRoots: Certificate[] = [];
export const certificatesOf = (issued: readonly Issued[]): readonly Certificate[] => issued.flatMap(({ der }) => readCertificate(der) ?? []);

/** A card of that key under a root of its own, and the record of its enrolment. */
export function enrolled(authority: Authority, key: KeyKind): Enrolled {
  const root = authority.issue({ subject: `Root ${key}`, by: null, extensions: asCa, days: 3650 });
  const leaf = authority.issue({ subject: 'Card', by: root, key, extensions: asCard });
  const card = pivCard({ certificate: leaf.der, key: leaf.key });
  card.powered();
  const examined = examine(leaf.der, [root]);
  if (examined.kind !== 'trusted') throw new Error(examined.why);
  ownRoots.push(...certificatesOf([root]));
  return { root, leaf, card, record: examined.record };
}

export function examine(der: Uint8Array, roots: readonly Issued[], pinByPolicy = false, intermediates: readonly Certificate[] = []): Examined {
  return examineCertificate(der, { roots: certificatesOf(roots), intermediates, now: Date.now() + 60_000, revocation: { kind: 'off' }, staleGrace: 0, pinByPolicy });
}

/** Sends and receives with no delay; `tamper` sees each exchange and says what the reader gets in place of the answer. */
export function wire(card: SoftwareCard, tamper: (answer: Uint8Array, command: Uint8Array, count: number) => Uint8Array | null = (answer) => answer) {
  const seen: { readonly command: Uint8Array; readonly answer: Uint8Array }[] = [];
  const transmit: Transmit = (command) => {
    const answer = card.respond(command);
    seen.push({ command, answer });
    return Promise.resolve(tamper(answer, command, seen.length));
  };
  return { transmit, seen };
}

export const expecting = (record: PivRecord, more: Partial<PivExpected> = {}): PivExpected => ({
  record,
  roots: ownRoots,
  intermediates: [],
  now: Date.now(),
  revocation: { kind: 'off' },
  staleGrace: 0,
  ...more,
});

/** One tap. */
export const prove = (transmit: Transmit, record: PivRecord, more: Partial<PivExpected> = {}): Promise<PivProof> => provePiv(transmit, expecting(record, more), randomBytes);
